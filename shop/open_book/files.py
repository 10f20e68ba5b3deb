"""The open book as sheets to take home: (title, header, rows), for `inventory.sheets.writing`."""

from collections.abc import Iterable

from django.utils.translation import gettext as _

from inventory.models import Costing, Station
from inventory.sheets.writing import Sheet
from shop.open_book import book
from shop.open_book.reports import Report, Sums


def period(report: Report) -> Sheet:
    """Good by good, and the sum; units of different goods add up to nothing."""
    header = [
        *(_("货品"), _("单位"), _("期初数量"), _("期初金额（元）"), _("进货数量")),
        *(_("进货金额（元）"), _("卖出数量"), _("收的货款（元）"), _("卖出部分的成本（元）")),
        *(_("损耗数量"), _("损耗（元）"), _("捐出数量"), _("捐出（元）"), _("差额（元）")),
    ]
    rows = [[row.title, row.unit, *_figures(row.sums)] for row in report.rows]
    total = [None if isinstance(value, int) else value for value in _figures(report.total)]
    return _("期间账"), header, [*rows, [_("合计"), "", *total]]


def _figures(sums: Sums) -> list[object]:
    return [
        *(sums.opened_units, sums.opened, sums.bought_units, sums.bought),
        *(sums.sold_units, sums.charged, sums.cost, sums.lost_units, sums.lost),
        *(sums.donated_units, sums.donated, sums.variance),
    ]


def money(report: Report) -> Sheet:
    taken = report.taken
    rows: list[list[object]] = [
        [_("从"), report.since],
        [_("到"), report.until],
        [_("上门收到的现金（元）"), taken.doors],
        [_("柜台收到的现金（元）"), taken.counter],
        [_("存进账户的现金（元）"), taken.accounts],
        [_("收到的转账（元）"), taken.transfers],
        [_("网上付款，减去退款（元）"), taken.online],
        [_("捐给互助金的（元）"), taken.gifts],
        [_("一共（元）"), taken.all],
        [_("期初（元）"), report.total.opened],
        [_("进货（元）"), report.total.bought],
        [_("收的货款（元）"), report.total.charged],
        [_("成本（元）"), report.total.cost],
        [_("损耗（元）"), report.total.lost],
        [_("捐出（元）"), report.total.donated],
        [_("差额（元）"), report.total.variance],
    ]
    return _("收支"), [_("项目"), _("数")], rows


def funds(report: Report) -> Sheet:
    """Fund by fund; for whom they paid is nobody's business."""
    header = [_("互助金"), _("来源"), _("收到（元）"), _("付了（元）"), _("还剩（元）")]
    rows: list[list[object]] = [
        [str(each.fund), each.fund.get_giver_display(), each.given, each.paid, each.left]
        for each in report.funds
    ]
    return _("互助金"), header, rows


def prices(station: Station, report: Report) -> Sheet:
    """Every price that was set from cost in the report's days, the newest first."""
    header = [
        *(_("时间"), _("货品"), _("单位"), _("原有"), _("原均价（元）"), _("新到")),
        *(_("进价金额（元）"), _("分摊的费用（元）"), _("加权均价（元）"), _("差额账户（元）")),
        *(_("每份修正（元）"), _("售价（元）")),
    ]
    costings = Costing.objects.filter(
        item__record__partner=station.partner_id,
        at__date__gte=report.since,
        at__date__lte=report.until,
    )
    return _("核价"), header, list(_prices(costings.order_by("-pk")))


def _prices(costings) -> Iterable[list[object]]:
    names = costings.values_list("item__record__product__title", "item__unit")
    for (title, unit), (_item, entry) in zip(names, book.entries_of(costings), strict=True):
        yield [
            *(entry.at, title, unit, entry.units_before, entry.average_before, entry.units_in),
            *(entry.invoice, entry.extra, entry.average, entry.variance, entry.correction),
            entry.price,
        ]
