"""What was sold over the counter is brought back: its money goes back to the door, its goods to the
shelf, or off the books if they cannot be sold again."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from uuid import UUID

from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery import locks
from delivery.templatetags.station import yuan
from inventory import stock
from inventory.models import Move
from shop.errors import NonceTaken, TakeBackRefused
from shop.models import Adjustment, CounterSale, MoneyMove
from shop.money import ZERO, accounts, ledger, once
from shop.settlement import afterwards
from shop.settlement.afterwards import Less, OrderLine
from shop.settlement.returning import CAME_BACK, Back, put_on_shelf

RETURNED, REFUND = Adjustment.Kind.RETURNED, MoneyMove.Kind.REFUND


def take_back(
    sale: CounterSale,
    units: Mapping[int, int],
    *,
    by,
    cash: bool,
    nonce: UUID,
    spoiled: Mapping[int, int] | None = None,
) -> Decimal:
    """`units` by line of the sale are brought back, `spoiled` of them cannot be sold again.

    What they were sold for is given back: out of the till (`cash`), or into the door's account; a
    fund's share to the fund. Returns the yuan that the household gets. The same nonce again
    changes nothing.
    Raises `TakeBackRefused`, `NonceTaken`.
    """
    brought = {line_id: number for line_id, number in units.items() if number}
    bad = {line_id: number for line_id, number in (spoiled or {}).items() if number}
    if not brought:
        raise TakeBackRefused(_("请填退回来几份。"))
    # Goods may have cost nothing: what is always written is that they came back.
    with once.tap(Adjustment, nonce) as tap:
        locks.household(sale.household_id)
        ledger.lock([sale.order_id])
        if first := tap.again(order_id=sale.order_id, kind=RETURNED):
            return _given_before(first, brought, bad, cash)
        _refuse_purse(sale, cash)
        less = _worth(sale, brought, bad)
        backs = _backs(sale, less, bad)
        # Before the money: a fund may have its part in it (docs/locking.md).
        stock.lock([back.record_id for back in backs])
        written = afterwards.take_off(
            sale.order_id,
            sale.household,
            RETURNED,
            less,
            by=by,
            at=timezone.now(),
            nonce=nonce,
            in_cash=cash,
        )
        put_on_shelf(sale.order_id, backs, by=by)
        return sum((each.amount for each in written if each.kind == REFUND), ZERO)


def done(sale: CounterSale) -> QuerySet[Adjustment]:
    """What was brought back so far, as one takes money off."""
    of_sale = Adjustment.objects.filter(order=sale.order_id, kind=RETURNED)
    return of_sale.select_related("line__stockrecord__item")


def left(sale: CounterSale) -> dict[int, int]:
    """By line, units that were not brought back yet. Two queries."""
    units = dict(sale.order.lines.order_by("pk").values_list("pk", "quantity"))
    back = Adjustment.objects.filter(order=sale.order_id, kind=RETURNED).order_by()
    for line_id, number in back.values_list("line").annotate(sum=Sum("units")):
        units[line_id] += number
    return units


def _given_before(
    first: Adjustment, brought: Mapping[int, int], bad: Mapping[int, int], cash: bool
) -> Decimal:
    """What the household got when it was said first: all of it is of one moment. Raises
    `NonceTaken` if other goods, or another purse, were said then."""
    written = Adjustment.objects.filter(order=first.order_id, kind=RETURNED, at=first.at)
    if brought != {line_id: -units for line_id, units in written.values_list("line", "units")}:
        raise NonceTaken
    if dict(bad) != _spoiled_before(first, brought):
        raise NonceTaken
    given = MoneyMove.objects.filter(order=first.order_id, kind=REFUND, at=first.at)
    purse = MoneyMove.Account.CASH if cash else MoneyMove.Account.HOUSEHOLD
    # Where nothing was given, the purse says nothing.
    if given.exclude(target=purse).exists():
        raise NonceTaken
    return sum(given.values_list("amount", flat=True), ZERO)


def _spoiled_before(first: Adjustment, brought: Mapping[int, int]) -> dict[int, int]:
    """By line, units that left the books as soon as they were back. The goods were locked from
    before `first.at` to the end, so the next moves of each are of that tap."""
    found: dict[int, int] = {}
    for line in OrderLine.objects.filter(pk__in=brought):
        back = brought[line.pk]
        moves = Move.objects.filter(item__record=line.stockrecord_id, at__gte=first.at)
        for move in moves.order_by("pk").iterator():
            if back and move.kind == Move.Kind.RETURN and move.order_id == first.order_id:
                back -= move.in_stock_delta
            elif not back and move.kind == Move.Kind.WASTE and move.note == CAME_BACK:
                found[line.pk] = found.get(line.pk, 0) - move.in_stock_delta
            else:
                break
    return found


def _refuse_purse(sale: CounterSale, cash: bool) -> None:
    """Whose money it is."""
    if not cash and sale.at < sale.household.lived_in:
        raise TakeBackRefused(_("买的那家已经搬走了，驿站账户是别人的，请退现金。"))
    on_credit = cash and sale.way == CounterSale.Way.ACCOUNT
    if on_credit and (there := accounts.balance(sale.household)) < 0:
        # What is owed comes first.
        words = _("这户的驿站账户还欠 %s，请退到账户。")
        raise TakeBackRefused(words % yuan(-there))


def _worth(sale: CounterSale, brought: Mapping[int, int], bad: Mapping[int, int]) -> list[Less]:
    """What is to be taken off, line by line. Call with the order locked."""
    lines = sale.order.lines.select_related("stockrecord__item").in_bulk()
    there, worth = left(sale), afterwards.worth(sale.order_id)
    if brought.keys() - lines.keys() or bad.keys() - brought.keys():
        raise TakeBackRefused(_("有一行不是这一笔的，请刷新再看。"))
    less = []
    for line_id, units in sorted(brought.items()):
        line = lines[line_id]
        of = {"good": line.title, "unit": line.stockrecord.item.unit}
        if not 0 < units <= there[line_id]:
            words = _("%(good)s最多还能退 %(left)d %(unit)s。")
            raise TakeBackRefused(words % {**of, "left": there[line_id]})
        if not 0 <= bad.get(line_id, 0) <= units:
            words = _("%(good)s退回来 %(units)d %(unit)s，坏了的不能比这多。")
            raise TakeBackRefused(words % {**of, "units": units})
        less.append(Less(line_id, min(worth[line_id], line.unit_price_incl_tax * units), units))
    return less


def _backs(sale: CounterSale, less: Iterable[Less], bad: Mapping[int, int]) -> list[Back]:
    records = dict(sale.order.lines.values_list("pk", "stockrecord"))
    return [
        Back(records[line_id], units, amount, bad.get(line_id, 0))
        for line_id, amount, units in less
    ]
