"""What is said of played days: what happened, and what every good brought beyond its cost."""

from collections.abc import Iterator, Mapping
from unicodedata import east_asian_width

from django.utils.translation import gettext as _

from shop.open_book.reports import Report

NAME_WIDTH, FIGURE_WIDTH = 26, 12


def parts():
    """((timer, title), ((label, key), …)) in the order of a day."""
    return (
        (
            ("order", _("下单")),
            (
                (_("下成的订单"), "placed"),
                (_("取消的订单"), "cancelled"),
                (_("改过的订单"), "changed"),
                (_("没改成的"), "changes_refused"),
                (_("每波都要的单"), "standing_ordered"),
                (_("卖完了、改过的行"), "sold_out_lines"),
                (_("超过限购、改过的行"), "limited_lines"),
                (_("什么也没买到的人"), "went_without"),
                (_("截单后才来、被谢绝的"), "too_late"),
            ),
        ),
        (
            ("buy", _("采购和入库")),
            (
                (_("“该买什么”里的行"), "proposed_lines"),
                (_("下给供应商的采购单"), "purchases"),
                (_("取消的采购单"), "purchases_cancelled"),
                (_("拆开的采购单"), "purchases_split"),
                (_("不再等的采购单"), "purchases_given_up"),
                (_("入库单"), "receipts"),
                (_("同一车又来登记、被拒的"), "deliveries_refused"),
                (_("没来的行"), "lines_missing"),
                (_("少来的行"), "lines_short"),
                (_("多来的行"), "lines_over"),
                (_("换成相近的行"), "lines_similar"),
                (_("比报价贵的行"), "lines_dearer"),
                (_("比报价便宜的行"), "lines_cheaper"),
                (_("破损退回的份数"), "units_sent_back"),
            ),
        ),
        (
            ("share", _("分货")),
            (
                (_("分过的货"), "goods_shared"),
                (_("要的份数"), "units_wanted"),
                (_("分到的份数"), "units_shared"),
            ),
        ),
        (
            ("deliver", _("装箱和派送")),
            (
                (_("包裹"), "parcels"),
                (_("住户"), "doors"),
                (_("批次"), "batches"),
                (_("逐行勾过的行"), "lines_ticked"),
                (_("称过的行"), "lines_weighed"),
                (_("找不到、少装的行"), "lines_not_found"),
                (_("勾错、撤销的行"), "ticks_undone"),
                (_("太重、装不进批次的包裹"), "too_heavy"),
                (_("没人带得动的批次"), "nobody_to_carry"),
                (_("收回改派的批次"), "taken_back"),
                (_("放门口"), "stops_left"),
                (_("当面交"), "stops_handed"),
                (_("没送成"), "stops_failed"),
                (_("还没到的"), "stops_waiting"),
            ),
        ),
        (
            ("counter", _("柜台")),
            (
                (_("卖成的"), "counter_sales"),
                (_("往账户存钱"), "deposits"),
                (_("账户不够、没买成的"), "accounts_short"),
                (_("网格不能到店、被谢绝的"), "counter_closed"),
                (_("不够卖的行"), "counter_lines_short"),
            ),
        ),
        (
            ("again", _("再送和更正")),
            (
                (_("最后送到的包裹"), "delivered"),
                (_("最后没送到的包裹"), "not_delivered"),
                (_("按错后更正"), "corrections"),
                (_("重复提交"), "repeats"),
                (_("重复提交里改变了什么的"), "repeats_that_changed_something"),
                (_("编号相同内容不同、被拒的"), "conflicts"),
            ),
        ),
        (
            ("online", _("网上付款")),
            (
                (_("选了网上付款的订单"), "online"),
                (_("太少、不能网上付的"), "too_little_online"),
                (_("付成的"), "paid_online"),
                (_("银行拒了、重付的"), "declined"),
                (_("截单后才付的"), "paid_after_close"),
                (_("没付、放了货的"), "let_go"),
                (_("付晚了、退钱的"), "late_refunded"),
                (_("付晚了、下次送的"), "late_back_ordered"),
                (_("改成送到时付的"), "ways_changed"),
                (_("改了以后又在网上付的"), "paid_after_all"),
                (_("Stripe 没有应答"), "stripe_down"),
                (_("收到的通知"), "events"),
                (_("送出的退款"), "refunds_sent"),
                (_("应答丢了、重送的退款"), "refunds_lost"),
                (_("改退账户的退款"), "refunds_moved"),
                (_("拒付争议"), "disputes"),
            ),
        ),
        (
            ("back", _("退回和售后")),
            (
                (_("退回上架的包裹"), "parcels_returned"),
                (_("报的售后"), "claims"),
                (_("退了钱的售后"), "claims_accepted"),
                (_("别人已经答复、被拒的"), "claims_answered_already"),
                (_("退回柜台的"), "sales_brought_back"),
                (_("退回时已坏的份数"), "units_spoiled_on_the_way"),
            ),
        ),
        (
            ("money", _("收账和交款")),
            (
                (_("到柜台付清的欠款"), "debts_paid"),
                (_("网格长上门代收的"), "debts_to_leader"),
                (_("代收后撤销的"), "collections_undone"),
                (_("交款"), "hand_ins"),
                (_("交款有差额的"), "hand_ins_off"),
                (_("一个人点、点晚了被拒的"), "hand_ins_refused"),
                (_("隔夜没交的"), "kept_overnight"),
                (_("点钱箱"), "till_counts"),
                (_("钱箱有差额的"), "till_counts_off"),
                (_("交款后更正的收款"), "corrections_of_money"),
                (_("存进银行"), "banked"),
                (_("住户取回存款"), "paid_back"),
                (_("给可赊额度的住户"), "credits"),
                (_("捐进互助金"), "gifts"),
                (_("退回的捐款"), "gifts_given_back"),
                (_("互助金补过的行"), "subsidised"),
            ),
        ),
        (
            ("count", _("盘点和损耗")),
            (
                (_("盘过的货架"), "shelves_counted"),
                (_("自己核对自己、被拒的"), "own_counts_refused"),
                (_("留给订单、没盘成的"), "counts_refused"),
                (_("盘亏的份数"), "units_not_found"),
                (_("盘盈的份数"), "units_found"),
                (_("报损的份数"), "units_wasted"),
                (_("捐出的份数"), "units_donated"),
                (_("留给订单、不能报损的"), "losses_refused"),
            ),
        ),
    )


def day(counts: Mapping[str, int], seconds: Mapping[str, float]) -> Iterator[str]:
    for (timer, title), rows in parts():
        took = seconds.get(timer)
        yield title + (f"  {took:.1f} s" if took is not None else "")
        for label, key in rows:
            yield f"{counts.get(key, 0):>8}  {label}"


def margins(report: Report) -> Iterator[str]:
    """What was charged less what it cost, good by good: it makes good what was lost, and the rest
    stands on the good's published account."""
    yield _line(
        _("货品"),
        *(_("卖出"), _("货款"), _("成本"), _("毛利"), _("损耗"), _("差额"), _("说不清的")),
    )
    for row in report.rows:
        if row.sums.traded:
            s = row.sums
            yield _line(
                *(row.title, s.sold_units, s.charged, s.cost, s.margin, s.lost, s.variance),
                s.unexplained,
            )
    s = report.total
    yield _line(_("合计"), "", s.charged, s.cost, s.margin, s.lost, s.variance, s.unexplained)


def _line(name: str, *figures: object) -> str:
    return _left(name, NAME_WIDTH) + "".join(_right(str(f), FIGURE_WIDTH) for f in figures)


def _left(text: str, width: int) -> str:
    return text + " " * max(1, width - _wide(text))


def _right(text: str, width: int) -> str:
    return " " * max(1, width - _wide(text)) + text


def _wide(text: str) -> int:
    """In columns of a terminal: a Chinese character takes two."""
    return sum(2 if east_asian_width(c) in "WF" else 1 for c in text)
