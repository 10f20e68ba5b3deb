"""The day as sheets to file: (title, header, rows), for `inventory.sheets.writing`."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from inventory.sheets.writing import Sheet
from shop.day_end.days import DayTotals
from shop.day_end.report import DayEnd, Line, Statement


def sheets(found: DayEnd, days: Sequence[DayTotals]) -> list[Sheet]:
    return [
        *(_money(found), _goods(found), _counts(found), _written_off(found)),
        _days(days),
    ]


def _money(found: DayEnd) -> Sheet:
    rows: list[list[object]] = [
        [_("日子"), found.day],
        [_("下单（单）"), found.orders],
        [_("柜台（单）"), found.counter_sales],
        *_part(_("货款怎么付的"), found.paid, found.all_paid),
        *_part(_("退到哪里"), found.refunded, found.all_refunded),
        *_part(_("住户账户存取"), found.accounts),
        *_part(_("网上付款的争议"), found.disputes),
        *_statement(_("还没付的货款"), found.owed),
        *_statement(_("钱箱"), found.till),
        *_statement(_("经手人手上"), found.hands),
        [],
        [_("点款差额（元）"), found.difference],
        [_("其中点钱时差的（元）"), found.counted],
        [_("其中交款后更正的（元）"), found.corrected],
        [_("核价差额（元）"), found.goods.total.variance],
        [_("其中售后和少秤让掉的（元）"), found.let_off],
        [_("卖出的货款里还在等网上付款的（元）"), found.awaiting],
    ]
    return _("钱"), [_("项目"), _("数")], rows


def _part(title: str, lines: Sequence[Line], total: object = None) -> list[list[object]]:
    rows: list[list[object]] = [[line.label, line.amount] for line in lines]
    if total is not None:
        rows.append([_("合计"), total])
    return [[], [title], *rows]


def _statement(title: str, statement: Statement) -> list[list[object]]:
    rows: list[list[object]] = [[line.label, line.amount] for line in statement.lines]
    return [[], [title], [_("当天开始"), statement.before], *rows, [_("当天结束"), statement.after]]


def _goods(found: DayEnd) -> Sheet:
    header = [
        *(_("货品"), _("单位"), _("卖出数量"), _("收的货款（元）"), _("卖出部分的成本（元）")),
        *(_("损耗数量"), _("损耗（元）"), _("差额（元）")),
    ]
    rows: list[list[object]] = []
    for row in found.traded:
        s = row.sums
        rows.append(
            [
                *(row.title, row.unit, s.sold_units, s.charged, s.cost),
                *(s.lost_units, s.lost, s.variance),
            ]
        )
    s = found.goods.total
    rows.append([_("合计"), "", None, s.charged, s.cost, None, s.lost, s.variance])
    return _("货"), header, rows


def _counts(found: DayEnd) -> Sheet:
    header = [
        *(_("时间"), _("谁手上的"), _("应有（元）"), _("点到（元）"), _("差额（元）")),
        *(_("谁点的"), _("谁在场"), _("备注")),
    ]
    rows = [
        [
            *(count.at, str(count.holder) if count.holder else _("钱箱"), count.expected),
            *(count.counted, count.difference, str(count.counted_by), str(count.witness)),
            count.note,
        ]
        for count in found.counts
    ]
    return _("点款"), header, rows


def _written_off(found: DayEnd) -> Sheet:
    header = [_("时间"), pgettext("一个", "订单"), _("核销（元）"), _("为什么"), _("谁核销的")]
    rows: list[list[object]] = [
        [
            *(move.at, move.order.number if move.order else _("账户欠的"), move.amount),
            *(move.note, str(move.by)),
        ]
        for move in found.written_off
    ]
    return _("核销"), header, rows


def _days(days: Sequence[DayTotals]) -> Sheet:
    rows = [[day.day, day.charged, day.paid] for day in days]
    return _("近 30 天"), [_("日子"), _("货款（元）"), _("付款（元）")], rows
