"""An order is changed before the cut-off: more, fewer or none of what is in it.

What stays keeps the price it was ordered at. A unit that is added is bought today, so it comes only
while today's price, and what a fund pays of it, are still the line's; otherwise it is another
order's. What is paid online is not asked for again: such an order only becomes smaller.

A line of which nothing is left stays, with no units: what a fund agreed to pay hangs on it.
"""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from delivery import locks
from delivery.models import Round
from inventory import lots, stock
from inventory.models import Item
from shop import limits, ordered_bundles, ordering
from shop.errors import (
    CannotAdd,
    CannotChange,
    OrderChanged,
    ShortLine,
    SoldOut,
    TooHeavy,
    WayClosed,
)
from shop.models import MoneyMove, OrderStatus, Placement
from shop.money import ZERO, ledger, orders
from shop.money.funds import subsidies
from shop.money.ledger import Entry, Standing
from shop.payments import ways

Order = get_model("order", "Order")
OrderLine = get_model("order", "Line")
LinePrice = get_model("order", "LinePrice")

#: Columns of a line that say what all its units come to.
_SUMS = (
    "line_price_incl_tax",
    "line_price_excl_tax",
    "line_price_before_discounts_incl_tax",
    "line_price_before_discounts_excl_tax",
)


def change(
    order,
    wanted: Mapping[int, int],
    *,
    by,
    seen: Mapping[int, int] | None = None,
):
    """Makes the order hold so many units by stock record, and returns it; what is not named stays.

    A bundle's own record may be named: its parts follow. None of anything is `ordering.cancel`.
    `seen`: units by record, as the page showed the order's lines; an order that is as wanted
    already is left so, whatever was seen.

    Raises `CannotChange` (too late, or not in the order), `OrderChanged`, and for more than there
    was `SoldOut` (`left`: what the line may hold at most), `CannotAdd`, `TooHeavy`, `WayClosed`,
    `AccountShort`. Nothing is written then.
    """
    placement = Placement.objects.select_related("order", "household__grid__station").get(
        order=order
    )
    with transaction.atomic():
        locks.round_shared(placement.round_id, placement.household_id)
        ledger.lock([order.pk])
        lines = _lines(order)
        bundles = ordered_bundles.of_order(order)
        now = {record_id: line.quantity for record_id, line in lines.items()}
        there = now.keys() | {bundle.record_id for bundle in bundles}
        # None of a bundle that is gone is what a second tap wants.
        if any(units for pk, units in wanted.items() if pk not in there):
            raise CannotChange(_("这一单里没有这样货，想加请另下一单。"))
        target = ordered_bundles.expand(bundles, now, wanted)
        differing = {pk: units for pk, units in target.items() if units != now[pk]}
        if differing and not _gone_already(placement, target):
            if seen is not None and any(seen.get(pk, 0) != units for pk, units in now.items()):
                raise OrderChanged
            if any(target.values()):
                # Late, once, and before we look: what is checked here is what is held.
                stock.lock(differing)
                _refuse_more(placement, lines, target)
                ordered_bundles.follow(bundles, target, wanted)
                _hold(order, lines, differing, by=by)
                _book(placement, _write(order, lines, differing), by=by)
            else:
                ordering.cancel(order, by=by)
        return Order.objects.get(pk=order.pk)


def _lines(order) -> dict[int, Any]:
    """By stock record; with what was agreed beyond Oscar's columns."""
    found = order.lines.annotate(
        preordered=F("terms__preorder"), fund=F("subsidy__fund"), share=F("subsidy__share")
    )
    return {line.stockrecord_id: line for line in found.order_by("pk")}


def _gone_already(placement: Placement, target: Mapping[int, int]) -> bool:
    """Whether it is cancelled, as was wanted. Raises `CannotChange` where nothing can be wanted
    any more."""
    mine = Order.objects.filter(pk=placement.order_id)
    # The round that is locked: a late payment may have moved the order into another one.
    still = Round.objects.taking_orders().filter(pk=placement.round_id)
    if mine.filter(status=OrderStatus.PLACED, placement__round__in=still).exists():
        return False
    status = mine.values_list("status", flat=True).get()
    if status == OrderStatus.AWAITING:
        raise CannotChange(_("这一单还没付款，付好了再改，或者取消重下。"))
    if status == OrderStatus.CANCELLED and any(target.values()):
        raise CannotChange(_("这一单已经取消了。"))
    if status != OrderStatus.CANCELLED:
        raise CannotChange
    return True


def _refuse_more(placement: Placement, lines: Mapping[int, Any], target: Mapping[int, int]) -> None:
    """Raises what `change` raises if there cannot be more of what there is to be more of."""
    more = {pk for pk, line in lines.items() if target[pk] > line.quantity}
    if not more:
        return
    door, station = placement.household, placement.household.grid.station
    if ways.ALL[placement.way].first_status == OrderStatus.AWAITING:
        raise CannotAdd(_("网上付的订单只能减少，想多要请另下一单。"))
    if ways.chosen(station, placement.way) is None:
        raise WayClosed
    asked = Item.objects.filter(record__in=[pk for pk, units in target.items() if units])
    items = (
        asked.select_related("record__product")
        .annotate(expired=lots.expired(), **subsidies.fitting(door.pk, "pk"))
        .in_bulk(field_name="record_id")
    )
    limited = {pk for pk in more if items[pk].household_limit is not None}
    taken = limits.taken(door.pk, placement.round_id, limited, but=placement.order_id)
    short = []
    for pk in sorted(more):
        line, item = lines[pk], items[pk]
        if not _same_terms(line, item):
            words = _("“%s”的价格变了，原来订的不变；想多要请另下一单。")
            raise CannotAdd(words % line.title)
        if refused := _short(line, item, target[pk], taken.get(pk, 0)):
            short.append(refused)
    if short:
        raise SoldOut(short)
    weight_g = sum(item.weight_g * target[pk] for pk, item in items.items())
    if weight_g > station.batch_weight_g:
        raise TooHeavy(weight_g, station.batch_weight_g)


def _same_terms(line, item: Item) -> bool:
    """Whether a unit that is ordered today costs its household the same."""
    record = item.record
    if record.price is None or not record.product.is_public:
        return True  # it is not sold at all: a shortage
    preorder = item.selling == Item.Selling.PREORDER
    today = (record.price, preorder, item.granting_fund, item.granted_share)
    return today == (line.unit_price_incl_tax, bool(line.preordered), line.fund, line.share)


def _short(line, item: Item, units: int, taken: int) -> ShortLine | None:
    record = item.record
    on_sale = record.price is not None and record.product.is_public
    more = limits.left_of(item, item.expired) if on_sale else 0
    left = min(line.quantity + more, limits.MOST_OF_ONE)
    allowed = None if item.household_limit is None else item.household_limit - taken
    limited = allowed is not None and allowed < left
    if limited and allowed is not None:
        left = max(line.quantity, allowed)
    if units <= left:
        return None
    return ShortLine(record.pk, line.title, item.unit, units, left, limited)


def _hold(order, lines: Mapping[int, Any], units: Mapping[int, int], *, by) -> None:
    """What is held follows; of what is pre-ordered nothing is. Call before `_write`."""
    more: list[stock.Promise] = []
    fewer: list[stock.Promise] = []
    for pk, line in lines.items():
        change = units.get(pk, line.quantity) - line.quantity
        if change and not line.preordered:
            promise = stock.Promise(order.pk, pk, abs(change), line.unit_price_incl_tax)
            (more if change > 0 else fewer).append(promise)
    if fewer:
        stock.release(fewer, by=by)
    stock.reserve(more, by=by)


def _write(order, lines: Mapping[int, Any], units: Mapping[int, int]) -> Decimal:
    """The lines, their prices and the order's total; yuan it comes to more than before."""
    before = sum((line.line_price_incl_tax for line in lines.values()), ZERO)
    changed = [lines[pk] for pk in units]
    for line in changed:
        line.quantity = units[line.stockrecord_id]
        line.num_allocated = 0 if line.preordered else line.quantity
        for column in _SUMS:
            setattr(line, column, line.unit_price_incl_tax * line.quantity)
    OrderLine.objects.bulk_update(changed, ["quantity", "num_allocated", *_SUMS])
    quantities = {line.pk: line.quantity for line in changed}
    prices = list(LinePrice.objects.filter(line__in=changed))
    for price in prices:
        price.quantity = quantities[price.line_id]
    LinePrice.objects.bulk_update(prices, ["quantity"])
    total = sum((line.line_price_incl_tax for line in lines.values()), ZERO)
    Order.objects.filter(pk=order.pk).update(total_incl_tax=total, total_excl_tax=total)
    return total - before


def _book(placement: Placement, more: Decimal, *, by) -> None:
    """What the order comes to more (below zero: less), what its funds pay of that, and what is now
    to be paid the way its household chose. What is too much goes back by itself."""
    order, door = placement.order, placement.household
    standing = ledger.standings([order.pk])[order.pk]
    adjusted = orders.adjustment(order.pk, door.grid.station_id, door.pk, more)
    given = _follow_funds(order.pk, standing)
    to_pay = standing.owed + more
    for entry in given:
        to_pay -= entry.amount if entry.target == MoneyMove.Account.ORDER else -entry.amount
    claimed: list[Entry] = []
    if to_pay > max(standing.owed, ZERO):
        paying = ways.ALL[placement.way]
        claimed = paying.claim(order, door, to_pay - max(standing.owed, ZERO), by=by)
    ledger.post([adjusted, *given, *claimed], by=by)


def _follow_funds(order_id: int, standing: Standing) -> list[Entry]:
    """What moves between the order and its funds, so that they pay their share of the lines as
    they are now. Raises `CannotAdd` if a fund has not so much left."""
    paid = {
        which: yuan
        for (account, which), yuan in standing.paid.items()
        if account == MoneyMove.Account.FUND and which is not None
    }
    meant = {fund_id: yuan for (_pk, fund_id), yuan in subsidies.meant([order_id]).items()}
    more = {pk: meant.get(pk, ZERO) - paid.get(pk, ZERO) for pk in paid.keys() | meant.keys()}
    taking = {pk for pk, yuan in more.items() if yuan > 0}
    if taking:
        subsidies.lock(taking)
        left = subsidies.left(taking, active=True)
        if any(left.get(pk, ZERO) < more[pk] for pk in taking):
            raise CannotAdd(_("互助金不够再补了，原来订的不变；想多要请另下一单。"))
    entries = []
    for fund_id, amount in sorted(more.items()):
        entry = Entry(
            station_id=standing.station_id,
            kind=MoneyMove.Kind.SUBSIDY,
            source=MoneyMove.Account.FUND,
            target=MoneyMove.Account.ORDER,
            amount=abs(amount),
            household_id=standing.household_id,
            order_id=order_id,
            fund_id=fund_id,
        )
        entries.append(entry if amount > 0 else entry.turned())
    return entries
