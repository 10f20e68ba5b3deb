"""2.3: nobody pays more than the price that followed from cost, and every price did follow."""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal
from itertools import groupby
from typing import NamedTuple

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory import pricing
from inventory.models import Costing, Item, Move
from shop.audit.checks import Figure, check, count, row, rows, yuan

#: Moves by which a goods list says what a unit costs.
STATED = (Move.Kind.OPENING.value, Move.Kind.COST.value)
#: What a station may declare at most (`Station.loss_rate`).
MOST_LOSS = Decimal("0.2")


@check("2.3", gettext_lazy("按进价"))
def at_cost() -> Iterator[Figure]:
    charged, lost, donated = row(
        "SELECT SUM(CASE WHEN order_id IS NOT NULL THEN -CAST(ROUND(value * 100) AS bigint) END),"
        " SUM(CASE WHEN kind IN (%(waste)s, %(count)s)"
        " THEN CAST(ROUND(-in_stock_delta * COALESCE(unit_cost, 0) * 100) AS bigint) END),"
        " SUM(CASE WHEN kind = %(donate)s THEN -CAST(ROUND(value * 100) AS bigint) END)"
        " FROM {move}",
        waste=Move.Kind.WASTE.value,
        count=Move.Kind.COUNT.value,
        donate=Move.Kind.DONATE.value,
    )
    variance = sum((account.variance for account in pricing.accounts()), Decimal(0))
    yield Figure("costings", _("核价"), Costing.objects.count())
    yield Figure("charged", _("货款"), yuan(charged))
    yield Figure("lost", _("损耗"), yuan(lost))
    yield Figure("donated", _("捐出"), yuan(donated))
    yield Figure("variance", _("差额账户"), variance.quantize(pricing.FEN))
    dear, unknown = _above_cost()
    yield Figure("above_cost", _("高于核价的预留和售出"), dear, wrong=True)
    yield Figure("without_cost", _("没有核价就卖的"), unknown, wrong=True)
    yield Figure("settled_up", _("结算后反而更贵的"), _settled_up(), wrong=True)
    above_ceiling = count(
        "SELECT 1 FROM {terms} AS terms JOIN {line} AS line ON line.id = terms.line_id"
        " WHERE ROUND(terms.final_price * 100) > ROUND(line.unit_price_incl_tax * 100)"
    )
    yield Figure("above_ceiling", _("超过预订最高价的行"), above_ceiling, wrong=True)
    yield Figure("marked_up", _("标价高于核价的货品"), _marked_up(), wrong=True)
    found = _Costings()
    yield Figure("other_rates", _("按当时损耗率核的价"), found.other_rates)
    yield Figure("costings_off", _("不合规则的核价"), found.off, wrong=True)
    uncosted = count(
        "SELECT 1 FROM {receipt_line} AS line LEFT JOIN {costing} AS costing"
        " ON costing.receipt_id = line.receipt_id AND costing.item_id = line.item_id"
        " WHERE line.units > 0 AND costing.id IS NULL"
    )
    yield Figure("uncosted", _("没有核价的入库行"), uncosted, wrong=True)
    extras_off = count(
        "SELECT receipt.id FROM {receipt} AS receipt"
        " LEFT JOIN {receipt_line} AS line ON line.receipt_id = receipt.id"
        " GROUP BY receipt.id, receipt.transport, receipt.packing"
        " HAVING ROUND((receipt.transport + receipt.packing) * 100)"
        " <> ROUND(COALESCE(SUM(line.extra), 0) * 100)"
    )
    yield Figure("extras_off", _("费用没摊平的入库单"), extras_off, wrong=True)


def _above_cost() -> tuple[int, int]:
    """What was held or sold above the price in force when it was, and without there being one.

    What was given up by mistake may be held again at what was promised first. A sale over the
    counter may come out of several lots; its first move says the money. From before there were
    costings, what the goods list said last.
    """
    dear, unknown = row(
        "SELECT SUM(CASE WHEN sold.fen > sold.units * sold.price_fen AND NOT EXISTS ("
        "SELECT 1 FROM {move} AS first WHERE first.order_id = sold.order_id"
        " AND first.item_id = sold.item_id AND first.kind = %(reserve)s AND first.id < sold.id"
        " AND -ROUND(first.value * 100) * sold.units >= sold.fen * first.allocated_delta"
        ") THEN 1 ELSE 0 END),"
        " SUM(CASE WHEN sold.price_fen IS NULL THEN 1 ELSE 0 END)"
        " FROM (SELECT given.id, given.order_id, given.item_id, given.units, given.fen, COALESCE("
        " (SELECT CAST(ROUND(costing.price * 100) AS bigint) FROM {costing} AS costing"
        " WHERE costing.item_id = given.item_id AND costing.last_move_id < given.id"
        " ORDER BY costing.id DESC LIMIT 1),"
        " (SELECT CAST(ROUND(move.unit_cost * 100) AS bigint) FROM {move} AS move"
        " WHERE move.item_id = given.item_id AND move.kind IN (%(opening)s, %(cost)s)"
        " AND move.id < given.id ORDER BY move.id DESC LIMIT 1)) AS price_fen"
        " FROM (SELECT id, order_id, item_id, allocated_delta AS units,"
        " -CAST(ROUND(value * 100) AS bigint) AS fen FROM {move} WHERE kind = %(reserve)s"
        " UNION ALL"
        " SELECT MIN(id), order_id, item_id, -SUM(in_stock_delta),"
        " -SUM(CAST(ROUND(value * 100) AS bigint)) FROM {move} WHERE kind = %(sale)s"
        " GROUP BY order_id, item_id) AS given) AS sold",
        opening=STATED[0],
        cost=STATED[1],
        reserve=Move.Kind.RESERVE.value,
        sale=Move.Kind.SALE.value,
    )
    return int(dear or 0), int(unknown or 0)


def _settled_up() -> int:
    """Settling (loose goods by weight) may only take off what was promised."""
    return count(
        "SELECT order_id, item_id FROM {move} WHERE kind = %(settle)s GROUP BY order_id, item_id"
        " HAVING SUM(CAST(ROUND(value * 100) AS bigint)) < 0",
        settle=Move.Kind.SETTLE.value,
    )


def _marked_up() -> int:
    """A list may state a higher price only where it is a ceiling."""
    return count(
        "SELECT 1 FROM {record} AS record JOIN {item} AS item ON item.record_id = record.id"
        " LEFT JOIN (SELECT item_id, MAX(id) AS id FROM {costing} GROUP BY item_id) AS latest"
        " ON latest.item_id = item.id"
        " LEFT JOIN {costing} AS costing ON costing.id = latest.id"
        " WHERE ROUND(record.price * 100) > COALESCE(ROUND(costing.price * 100), 0)"
        " AND NOT (item.selling = %(preorder)s AND ROUND(record.price * 100) = COALESCE("
        " (SELECT ROUND(move.unit_cost * 100) FROM {move} AS move"
        " WHERE move.item_id = item.id AND move.kind = %(cost)s"
        " AND move.id > COALESCE(costing.last_move_id, 0) ORDER BY move.id DESC LIMIT 1), 0))",
        preorder=Item.Selling.PREORDER.value,
        cost=Move.Kind.COST.value,
    )


class _Row(NamedTuple):
    pk: int
    item_id: int
    receipt_id: int | None
    units_before: int
    average_before: Decimal
    units_in: int
    cost_in: Decimal
    average: Decimal
    variance: Decimal
    correction: Decimal
    price_before: Decimal | None
    price: Decimal
    book_value: Decimal
    loss_rate: Decimal
    kind: str | None
    stated: Decimal | None
    added: int | None


_COLUMNS = (
    *_Row._fields[:13],
    "item__record__partner__station__loss_rate",
    "last_move__kind",
    "last_move__unit_cost",
    "last_move__in_stock_delta",
)


class _Costings:
    """Every costing made again from the moves before it and its receipt, good by good."""

    def __init__(self) -> None:
        self.off = self.other_rates = 0
        #: costing -> free units and fen that moves brought since the one before it.
        self.since = {
            pk: (int(units or 0), yuan(fen))
            for pk, units, fen in rows(
                "SELECT span.id, SUM(move.in_stock_delta - move.allocated_delta),"
                " SUM(CAST(ROUND(move.value * 100) AS bigint))"
                " FROM (SELECT id, item_id, last_move_id AS until, COALESCE(LAG(last_move_id)"
                " OVER (PARTITION BY item_id ORDER BY id), 0) AS since FROM {costing}) AS span"
                " LEFT JOIN {move} AS move ON move.item_id = span.item_id"
                " AND move.id > span.since AND move.id <= span.until GROUP BY span.id"
            )
        }
        #: (receipt, item) -> units and yuan it says.
        self.came = {
            (receipt_id, item_id): (int(units), yuan(fen))
            for receipt_id, item_id, units, fen in rows(
                "SELECT receipt_id, item_id, SUM(units),"
                " SUM(CAST(ROUND((cost + extra) * 100) AS bigint))"
                " FROM {receipt_line} GROUP BY receipt_id, item_id"
            )
        }
        found = Costing.objects.order_by("item_id", "pk").values_list(*_COLUMNS)
        for _item, of_item in groupby(map(_Row._make, found), key=lambda row: row.item_id):
            self._follow(of_item)

    def _follow(self, costings: Iterator[_Row]) -> None:
        units, last = 0, None
        for costing in costings:
            change, value = self.since[costing.pk]
            units += change
            ok = (
                self._stated_right(costing, last, units, value)
                if costing.receipt_id is None
                else self._received_right(costing, last, units, value)
            )
            self.off += not ok
            last = costing

    def _received_right(self, row: _Row, last: _Row | None, units: int, value: Decimal) -> bool:
        units_in, cost_in = self.came.get((row.receipt_id or 0, row.item_id), (0, Decimal(0)))
        before = units - units_in
        average = last.average if last else row.price_before or Decimal(0)
        book = last.book_value + value - cost_in if last else average * before
        variance = (average * before - book).quantize(pricing.FEN, ROUND_HALF_UP)
        if not units_in or not self._right_rule(row, before, average, units_in, cost_in, variance):
            return False
        return (row.units_before, row.average_before, row.variance, row.book_value) == (
            before,
            average,
            variance,
            book + cost_in,
        )

    def _right_rule(self, row: _Row, before, average, units_in, cost_in, variance) -> bool:
        if (row.units_in, row.cost_in) != (units_in, cost_in):
            return False
        asked = {
            "units_before": before,
            "average_before": average,
            "units_in": units_in,
            "cost_in": cost_in,
            "variance": variance,
        }
        says = (row.average, row.correction, row.price)
        if says == pricing_of(asked, row.loss_rate):
            return True
        # The station declared another rate then: a correction that was cut off tells which.
        rate = abs(row.correction) / row.average if row.average else Decimal(0)
        if rate > MOST_LOSS or says != pricing_of(asked, rate):
            return False
        self.other_rates += 1
        return True

    def _stated_right(self, row: _Row, last: _Row | None, units: int, value: Decimal) -> bool:
        """A goods list said the cost; the variance so far stays as it was."""
        stated = row.stated if row.kind in STATED else row.price_before
        if stated is None or (row.average, row.price) != (stated, stated):
            return False
        variance = Decimal(0)
        if last:
            added = (row.added or 0) if row.kind == Move.Kind.OPENING else 0
            book = last.book_value + value - added * stated
            exact = last.average * (units - added) - book
            variance = exact.quantize(pricing.FEN, ROUND_HALF_UP)
        return (row.variance, row.book_value) == (variance, stated * units - variance)


def pricing_of(asked: dict, loss_rate: Decimal) -> tuple[Decimal, Decimal, Decimal]:
    priced = pricing.rule(**asked, loss_rate=loss_rate)
    return priced.average, priced.correction, priced.price
