"""The book of money itself: that every row may be there, and what its accounts stand at."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from django.utils.translation import gettext as _

from shop.audit.checks import TABLES, Figure, count, rows, yuan
from shop.models import Adjustment, MoneyMove, OrderStatus

Account, Kind = MoneyMove.Account, MoneyMove.Kind

CASH, PERSON, TRANSFER, BANK, STRIPE = (
    Account.CASH,
    Account.PERSON,
    Account.TRANSFER,
    Account.BANK,
    Account.STRIPE,
)
ORDER, HOUSEHOLD, FUND, SALES = Account.ORDER, Account.HOUSEHOLD, Account.FUND, Account.SALES
DIFFERENCE, DISPUTED, BAD_DEBT = Account.DIFFERENCE, Account.DISPUTED, Account.BAD_DEBT

#: What money may do, and how we call it: the table of docs/money.md. From, to.
FLOWS: dict[MoneyMove.Kind, set[tuple[MoneyMove.Account, MoneyMove.Account]]] = {
    Kind.CHARGE: {(ORDER, SALES)},
    Kind.ADJUSTMENT: {(SALES, ORDER), (ORDER, SALES)},
    Kind.PAYMENT: {
        *((account, ORDER) for account in (CASH, PERSON, TRANSFER, HOUSEHOLD, STRIPE)),
        # A handoff was corrected.
        (ORDER, PERSON),
        (ORDER, TRANSFER),
    },
    Kind.REFUND: {
        *((ORDER, account) for account in (HOUSEHOLD, STRIPE, CASH)),
        # It did not get through.
        (STRIPE, HOUSEHOLD),
        (STRIPE, ORDER),
        # The payer's bank had given it back already.
        (STRIPE, DISPUTED),
    },
    Kind.DEPOSIT: {
        *((account, HOUSEHOLD) for account in (CASH, TRANSFER)),
        # It had been written down wrong.
        *((HOUSEHOLD, account) for account in (CASH, TRANSFER)),
    },
    Kind.WITHDRAWAL: {(HOUSEHOLD, CASH), (HOUSEHOLD, TRANSFER)},
    Kind.SUBSIDY: {(FUND, ORDER), (ORDER, FUND)},
    Kind.DONATION: {
        *((account, FUND) for account in (CASH, TRANSFER, BANK)),
        # A gift was given back, or had been written down wrong.
        *((FUND, account) for account in (CASH, TRANSFER, BANK)),
    },
    Kind.HAND_IN: {(CASH, PERSON)},
    Kind.DIFFERENCE: {
        (DIFFERENCE, PERSON),
        (PERSON, DIFFERENCE),
        (DIFFERENCE, CASH),
        (CASH, DIFFERENCE),
    },
    Kind.BANKED: {(BANK, CASH)},
    Kind.DISPUTE: {(DISPUTED, STRIPE), (STRIPE, DISPUTED)},
    Kind.WRITE_OFF: {(BAD_DEBT, ORDER), (BAD_DEBT, HOUSEHOLD), (ORDER, BAD_DEBT)},
}

#: What an account (`own`) gave (above zero) and got, in fen: its sum is what it stands at if the
#: station holds it, and below zero what it stands at if it belongs to others.
_SIDES = (
    "SELECT {columns}, CAST(ROUND(amount * 100) AS bigint) AS fen FROM {money}"
    " WHERE source = %(own)s"
    " UNION ALL SELECT {columns}, -CAST(ROUND(amount * 100) AS bigint) FROM {money}"
    " WHERE target = %(own)s"
)


def _sides(columns: str) -> dict[str, str]:
    """{sides} for a query."""
    return {"sides": _SIDES.format(columns=columns, money=TABLES["money"])}


def figures() -> Iterator[Figure]:
    pairs = rows(
        "SELECT kind, source, target, COUNT(*), SUM(CAST(ROUND(amount * 100) AS bigint))"
        " FROM {money} GROUP BY kind, source, target"
    )
    held: dict[str, int] = defaultdict(int)
    unruly = 0
    for kind, source, target, number, fen in pairs:
        held[source] += int(fen)
        held[target] -= int(fen)
        unruly += 0 if (source, target) in FLOWS.get(kind, ()) else number
    yield Figure("moves", _("资金流水"), sum(pair[3] for pair in pairs))
    yield Figure("owed", _("还没付"), yuan(held[ORDER]))
    for account in (PERSON, CASH, TRANSFER, BANK, STRIPE):
        yield Figure(account.value, str(account.label), yuan(held[account]))
    for account in (HOUSEHOLD, FUND):
        yield Figure(account.value, str(account.label), -yuan(held[account]))
    for account in (DIFFERENCE, DISPUTED, BAD_DEBT):
        yield Figure(account.value, str(account.label), yuan(held[account]))
    yield Figure("unruly", _("没有这种走法的资金流水"), unruly, wrong=True)
    yield Figure("strangers", _("记在别人家的资金流水"), _strangers(), wrong=True)
    yield Figure("next_family", _("退进下一家账户的退款"), _next_family(), wrong=True)
    yield Figure("overdrawn", _("超过额度的账户"), _overdrawn(), wrong=True)
    yield Figure("undone_off", _("撤得不对的充值"), _undone_off(), wrong=True)
    yield Figure("collected_off", _("和交接对不上的上门收款"), _collected_off(), wrong=True)
    yield Figure("hands_below", _("交得比收得还多的经手人"), _hands_below(), wrong=True)
    yield Figure("counts_off", _("和点款单对不上的交款"), _counts_off(), wrong=True)
    yield Figure("expected_off", _("应有数不对的点款单"), _expected_off(), wrong=True)
    yield Figure("funds_below", _("花得比捐得还多的互助金"), _funds_below(), wrong=True)
    yield Figure("subsidies_off", _("补贴不对的订单"), _subsidies_off(), wrong=True)


def _strangers() -> int:
    """Money of an order is of its door and station, money of a door or fund of its station."""
    return count(
        "SELECT money.id FROM {money} AS money"
        " LEFT JOIN {placement} AS placement ON placement.order_id = money.order_id"
        " LEFT JOIN {sale} AS sale ON sale.order_id = money.order_id"
        " LEFT JOIN {household} AS household ON household.id = money.household_id"
        " LEFT JOIN {grid} AS grid ON grid.id = household.grid_id"
        " LEFT JOIN {fund} AS fund ON fund.id = money.fund_id"
        " WHERE (money.order_id IS NOT NULL AND COALESCE(money.household_id, 0)"
        " <> COALESCE(placement.household_id, sale.household_id, 0))"
        " OR money.station_id <> COALESCE(grid.station_id, money.station_id)"
        " OR money.station_id <> COALESCE(fund.station_id, money.station_id)"
    )


def _next_family() -> int:
    """What is given back of an order of a family that moved out is not for whoever came after."""
    return count(
        "SELECT money.id FROM {money} AS money"
        " JOIN {order} AS placed ON placed.id = money.order_id"
        " JOIN {household} AS household ON household.id = money.household_id"
        " WHERE money.kind = %(refund)s AND money.target = %(own)s"
        " AND placed.date_placed < household.lived_in_since"
        " AND money.at >= household.lived_in_since",
        refund=Kind.REFUND.value,
        own=HOUSEHOLD.value,
    )


def _overdrawn() -> int:
    return count(
        "SELECT sides.household_id FROM ({sides}) AS sides"
        " LEFT JOIN {account_terms} AS terms ON terms.household_id = sides.household_id"
        " GROUP BY sides.household_id, terms.credit_limit"
        " HAVING SUM(fen) > COALESCE(ROUND(terms.credit_limit * 100), 0)",
        _sides("household_id"),
        own=HOUSEHOLD.value,
    )


def _undone_off() -> int:
    """A deposit that was undone was there before, and went back the way it came."""
    return count(
        "SELECT undoing.id FROM {money} AS undoing"
        " LEFT JOIN {money} AS undone ON undone.id = undoing.undoes_id"
        " WHERE (undoing.undoes_id IS NOT NULL"
        " OR (undoing.kind = %(deposit)s AND undoing.source = %(own)s))"
        " AND NOT COALESCE(undone.id < undoing.id AND undone.kind = %(deposit)s"
        " AND undoing.kind = %(deposit)s"
        " AND undone.source = undoing.target AND undone.target = undoing.source"
        " AND undone.household_id = undoing.household_id"
        " AND ROUND(undone.amount * 100) = ROUND(undoing.amount * 100), FALSE)",
        deposit=Kind.DEPOSIT.value,
        own=HOUSEHOLD.value,
    )


def _collected_off() -> int:
    """Of every stop, what its last handoff says was collected is what the ledger says."""
    return count(
        "SELECT stop_id, source FROM ("
        " SELECT handoff.stop_id, %(person)s AS source, CAST(ROUND(cash * 100) AS bigint) AS fen"
        " FROM {handoff} AS handoff WHERE NOT EXISTS"
        " (SELECT 1 FROM {handoff} AS later WHERE later.corrects_id = handoff.id)"
        " UNION ALL"
        " SELECT handoff.stop_id, %(transfer)s, CAST(ROUND(transfer * 100) AS bigint)"
        " FROM {handoff} AS handoff WHERE NOT EXISTS"
        " (SELECT 1 FROM {handoff} AS later WHERE later.corrects_id = handoff.id)"
        " UNION ALL"
        " SELECT handoff.stop_id, CASE WHEN source = %(order)s THEN target ELSE source END,"
        " CASE WHEN source = %(order)s THEN 1 ELSE -1 END * CAST(ROUND(amount * 100) AS bigint)"
        " FROM {money} AS money JOIN {handoff} AS handoff ON handoff.id = money.handoff_id"
        ") AS both_sides GROUP BY stop_id, source HAVING SUM(fen) <> 0",
        person=PERSON.value,
        transfer=TRANSFER.value,
        order=ORDER.value,
    )


def _hands_below() -> int:
    return count(
        "SELECT station_id, holder_id FROM ({sides}) AS sides"
        " GROUP BY station_id, holder_id HAVING SUM(fen) < 0",
        _sides("station_id, holder_id"),
        own=PERSON.value,
    )


def _counts_off() -> int:
    """What was counted went into the till, and what was missing or too much is written down. The
    till itself stays where it is."""
    return count(
        "SELECT counted.id FROM {cash_count} AS counted"
        " LEFT JOIN {money} AS money ON money.count_id = counted.id"
        " GROUP BY counted.id, counted.holder_id, counted.station_id, counted.counted,"
        " counted.expected HAVING"
        " SUM(CASE WHEN money.kind = %(hand_in)s"
        " THEN CAST(ROUND(money.amount * 100) AS bigint) ELSE 0 END)"
        " <> CASE WHEN counted.holder_id IS NULL THEN 0"
        " ELSE CAST(ROUND(counted.counted * 100) AS bigint) END"
        " OR SUM(CASE WHEN money.source = %(difference)s"
        " THEN -CAST(ROUND(money.amount * 100) AS bigint)"
        " WHEN money.target = %(difference)s THEN CAST(ROUND(money.amount * 100) AS bigint)"
        " ELSE 0 END) <> CAST(ROUND(counted.counted * 100) AS bigint)"
        " - CAST(ROUND(counted.expected * 100) AS bigint)"
        " OR SUM(CASE WHEN money.station_id <> counted.station_id"
        " OR COALESCE(money.holder_id, 0) <> COALESCE(counted.holder_id, 0)"
        " THEN 1 ELSE 0 END) > 0",
        hand_in=Kind.HAND_IN.value,
        difference=DIFFERENCE.value,
    )


def _expected_off() -> int:
    """Whose hands were counted held what the count says, by all that was written before it. Of the
    till nobody can say so: it goes on selling."""
    return count(
        "SELECT counted.id FROM {cash_count} AS counted LEFT JOIN ("
        " SELECT count_id, MIN(upto - fen) AS before FROM ("
        " SELECT id, count_id, fen, SUM(fen) OVER"
        " (PARTITION BY station_id, holder_id ORDER BY id) AS upto,"
        " ROW_NUMBER() OVER (PARTITION BY count_id ORDER BY id) AS nth"
        " FROM ({sides}) AS sides) AS running WHERE count_id IS NOT NULL AND nth = 1"
        " GROUP BY count_id) AS held ON held.count_id = counted.id"
        " WHERE counted.holder_id IS NOT NULL"
        " AND CAST(ROUND(counted.expected * 100) AS bigint) <> COALESCE(held.before, 0)",
        _sides("id, count_id, station_id, holder_id"),
        own=PERSON.value,
    )


def _funds_below() -> int:
    """A fund stands at what it owes: below nothing when it gave more than it got."""
    return count(
        "SELECT fund_id FROM ({sides}) AS sides GROUP BY fund_id HAVING SUM(fen) > 0",
        _sides("fund_id"),
        own=FUND.value,
    )


def _subsidies_off() -> int:
    """By order and fund: what it gave is its share of what each line comes to now, to the fen. It
    may be less where a mistake was undone: the fund may have been empty by then."""
    agreed = rows(
        "SELECT subsidy.order_id, subsidy.fund_id, subsidy.share,"
        " CAST(ROUND(line.line_price_incl_tax * 100) AS bigint) + COALESCE((SELECT"
        " SUM(CAST(ROUND(adjustment.amount * 100) AS bigint)) FROM {adjustment} AS adjustment"
        " WHERE adjustment.line_id = line.id), 0), (SELECT COUNT(*) FROM {adjustment} AS undone"
        " WHERE undone.line_id = line.id AND undone.kind = %(undone)s)"
        " FROM {subsidy} AS subsidy JOIN {line} AS line ON line.id = subsidy.line_id"
        " JOIN {order} AS placed ON placed.id = subsidy.order_id"
        " WHERE placed.status <> %(cancelled)s",
        cancelled=OrderStatus.CANCELLED.value,
        undone=Adjustment.Kind.UNDONE.value,
    )
    off: dict[tuple[int, int], int] = defaultdict(int)
    may_be_less = set()
    for order_id, fund_id, share, fen, undone in agreed:
        if undone:
            may_be_less.add((order_id, fund_id))
        part = Decimal(str(share)) * int(fen)
        off[order_id, fund_id] -= int(part.quantize(Decimal(1), ROUND_HALF_UP))
    given = rows(
        "SELECT order_id, fund_id, SUM(fen) FROM ({sides}) AS sides"
        " WHERE order_id IS NOT NULL GROUP BY order_id, fund_id",
        _sides("order_id, fund_id"),
        own=FUND.value,
    )
    for order_id, fund_id, fen in given:
        off[order_id, fund_id] += int(fen)
    return sum(1 for of, fen in off.items() if fen > 0 or (fen < 0 and of not in may_be_less))
