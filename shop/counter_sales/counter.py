"""柜台: goods sold over the counter, paid and carried away at once.

A sale is an order like any other, without basket, placement or parcel; what it needs beyond
Oscar's rows is its `CounterSale`. Nothing is held before it is sold. Money is yuan.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Q, Sum
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from oscar.core.loading import get_model

from delivery import channels, locks, rounds
from delivery.channels import Channel
from delivery.models import Grid, Household, RiskLevel, Round
from delivery.templatetags.station import yuan
from inventory import stock
from inventory.models import Item, Station
from shop import baskets, order_rows
from shop.counter_sales.reads import goods, unpromised
from shop.errors import (
    CounterClosed,
    NonceTaken,
    SaleChanged,
    SaleRefused,
    ShortLine,
    SoldOut,
)
from shop.forms import BIGGEST_KEY
from shop.models import CounterSale, MoneyMove, OrderStatus
from shop.money import MOST, ZERO, accounts, ledger, orders
from shop.money.funds import subsidies
from shop.wanted import MOST_OF_ONE, Wanted

Order = get_model("order", "Order")
OrderLine = get_model("order", "Line")

Way = CounterSale.Way
_NOT_OURS = gettext_lazy("有一样货不是本驿站的，请重新扫一次。")
#: Where the money comes from, by the way it is paid.
SOURCES = {Way.CASH: MoneyMove.Account.CASH, Way.ACCOUNT: MoneyMove.Account.HOUSEHOLD}


@dataclass(frozen=True)
class Quote:
    """What a sale comes to right now, and what of it cannot be had."""

    lines: list[Wanted]
    short: list[ShortLine]
    total: Decimal
    #: Goods, quantities and prices in a few characters: what the page showed.
    seen: str

    @property
    def subsidy(self) -> Decimal:
        """What funds pay of it."""
        return sum((line.subsidy for line in self.lines), ZERO)

    @property
    def to_pay(self) -> Decimal:
        return self.total - self.subsidy


def refuse_closed(household: Household) -> None:
    """Raises `CounterClosed` unless the door's grid may come to the counter today."""
    grid = Grid.objects.get(pk=household.grid_id)
    if not channels.allowed(grid, Channel.COUNTER):
        ways = [way for way in Channel if channels.allowed(grid, way)]
        level = RiskLevel(grid.risk_level).label
        raise CounterClosed(grid.name, str(level), [str(way.label) for way in ways])


def quote(station: Station, household: Household, wanted: Mapping[int, int]) -> Quote:
    """`{stock record id: units}` at today's prices, in the order they were asked for.

    Goods of another station, without a price, or pre-ordered are not there: `SaleRefused`.
    Four queries, however many goods; one more if a fund pays for some.
    """
    return _quote(station, household, wanted, subsidies.offered)


def _quote(
    station: Station,
    household: Household,
    wanted: Mapping[int, int],
    with_subsidies: Callable[[list[Wanted]], list[Wanted]],
) -> Quote:
    _refuse_nonsense(wanted)
    lines = with_subsidies(_lines(station, household, _round(household.grid), wanted))
    free = unpromised([line.record_id for line in lines])
    found = (line.short(free[line.record_id] if line.on_sale else 0) for line in lines)
    return Quote(
        lines=lines,
        short=[short for short in found if short],
        total=sum((line.price * line.quantity for line in lines), ZERO),
        seen=baskets.digest(lines, None),
    )


def sell(
    station: Station,
    household: Household,
    wanted: Mapping[int, int],
    *,
    by,
    way: CounterSale.Way,
    nonce: UUID,
    tendered: Decimal | None = None,
    seen: str | None = None,
):
    """Sells `{stock record id: units}` to a door and returns the order.

    The same nonce with the same goods is the same sale, however often it is tapped. `tendered`:
    the cash that was handed over (None: exactly enough). `seen`: the quote's, of the page.

    Raises `CounterClosed`, `SaleRefused`, `SoldOut` (all shortages at once, the household's limit
    counts what it ordered to its door), `SaleChanged`, `AccountShort`, `NonceTaken`. Nothing is
    written then.
    """
    if household.grid.station_id != station.pk:
        raise SaleRefused(_("这一户不是本驿站的。"))
    _refuse_nonsense(wanted)
    round = _round(household.grid)
    try:
        with transaction.atomic():
            if round:
                locks.round_shared(round.pk, household.pk)
            else:
                locks.household(household.pk)
            if first := _sold_before(nonce, household, wanted, way):
                return first
            refuse_closed(household)
            # Late, once, and before we look: what is checked here is what is sold.
            stock.lock(goods(station).filter(record__in=wanted).values_list("record_id", flat=True))
            quoted = _quote(station, household, wanted, subsidies.agreed)
            _refuse(quoted, way, tendered, seen)
            return _write(quoted, station, household, round, by, way, nonce, tendered)
    except IntegrityError as error:
        if not CounterSale.objects.filter(nonce=nonce).exists():
            raise
        raise NonceTaken from error  # another door's, at the same moment


def _refuse_nonsense(wanted: Mapping[int, int]) -> None:
    if not wanted:
        raise SaleRefused(_("还没有选东西。"))
    if any(not 1 <= units <= MOST_OF_ONE for units in wanted.values()):
        raise SaleRefused(_("一样货一次可以卖 1 到 %d 份。") % MOST_OF_ONE)
    if any(not 1 <= pk <= BIGGEST_KEY for pk in wanted):
        raise SaleRefused(_NOT_OURS)


def _round(grid: Grid) -> Round | None:
    """With which orders the limit counts a sale: of the round that takes orders now, else of the
    one whose goods are still to be delivered; None between two rounds."""
    if current := rounds.current(grid):
        return current
    closed = Round.objects.serving(grid).filter(
        status=Round.Status.CLOSED, delivers_to__gt=timezone.now()
    )
    return closed.order_by("-closes_at", "-pk").first()


def _lines(
    station: Station, household: Household, round: Round | None, wanted: Mapping[int, int]
) -> list[Wanted]:
    # Taken off sale since it was picked up: told like a shortage, by its name.
    there = Item.objects.filter(record__partner=station.partner_id, record__price__isnull=False)
    granted = there.annotate(**subsidies.fitting(household.pk, "pk"))
    items = granted.select_related("record__product", "record__partner").in_bulk(
        list(wanted), field_name="record_id"
    )
    if len(items) < len(wanted):
        raise SaleRefused(_NOT_OURS)
    for item in items.values():
        if item.selling == Item.Selling.PREORDER:
            words = _("“%s”是预订的货，要先分给下单的住户，柜台不卖。")
            raise SaleRefused(words % item.record.product.title)
    limited = [pk for pk, item in items.items() if item.household_limit is not None]
    taken = _taken(household, round, limited) if limited else {}
    return [_line(items[pk], units, taken.get(pk, 0)) for pk, units in wanted.items()]


def _line(item, units: int, taken: int) -> Wanted:
    record, product = item.record, item.record.product
    return Wanted(
        record_id=record.pk,
        quantity=units,
        price=record.price,
        in_stock=record.num_in_stock,
        allocated=record.num_allocated,
        limit=item.household_limit,
        unit=item.unit,
        weight_g=item.weight_g,
        on_sale=product.is_public,
        product_id=product.pk,
        title=product.title,
        upc=product.upc,
        sku=record.partner_sku,
        partner_id=record.partner_id,
        partner=record.partner.name,
        preorder=False,
        taken=taken,
        fund_id=item.granting_fund,
        share=item.granted_share or ZERO,
    )


def _taken(household: Household, round: Round | None, record_ids: Sequence[int]) -> dict[int, int]:
    """Units the door has of these goods already, by either channel. Between two rounds: over the
    counter today."""
    if round is None:
        mine = Q(
            order__counter_sale__household=household,
            order__counter_sale__round=None,
            order__counter_sale__at__gte=timezone.localtime().replace(
                hour=0, minute=0, second=0, microsecond=0
            ),
        )
    else:
        mine = Q(order__placement__household=household, order__placement__round=round) | Q(
            order__counter_sale__household=household, order__counter_sale__round=round
        )
    lines = OrderLine.objects.filter(mine, stockrecord__in=record_ids)
    rows = lines.exclude(order__status=OrderStatus.CANCELLED).order_by()
    return dict(rows.values_list("stockrecord_id").annotate(units=Sum("quantity")))


def _sold_before(nonce: UUID, household: Household, wanted: Mapping[int, int], way: str):
    """The order this nonce made, if it is a repeat. Raises `NonceTaken` if it says otherwise."""
    first = CounterSale.objects.filter(nonce=nonce).select_related("order").first()
    if first is None:
        return None
    sold = dict(first.order.lines.values_list("stockrecord_id", "quantity"))
    if (first.household_id, first.way, sold) != (household.pk, way, dict(wanted)):
        raise NonceTaken
    return first.order


def _refuse(quoted: Quote, way: str, tendered: Decimal | None, seen: str | None) -> None:
    if quoted.short:
        raise SoldOut(quoted.short)
    if seen is not None and seen != quoted.seen:
        raise SaleChanged
    if way == Way.CASH and tendered is not None:
        if tendered < quoted.to_pay:
            words = _("收到 %(got)s，还差 %(missing)s。")
            missing = quoted.to_pay - tendered
            raise SaleRefused(words % {"got": yuan(tendered), "missing": yuan(missing)})
        if tendered > quoted.to_pay + MOST:
            raise SaleRefused(_("收到的现金太多了，请看看是不是多按了一位。"))


def _write(
    quoted: Quote,
    station: Station,
    household: Household,
    round: Round | None,
    by,
    way: CounterSale.Way,
    nonce: UUID,
    tendered: Decimal | None,
):
    order = order_rows.write(None, user=by, lines=quoted.lines, status=OrderStatus.TAKEN)
    CounterSale.objects.create(
        order_id=order.pk,
        station=station,
        household=household,
        round=round,
        way=way,
        tendered=tendered if way == Way.CASH else None,
        nonce=nonce,
        by=by,
        at=order.date_placed,
    )
    source = SOURCES[way]
    if source == MoneyMove.Account.HOUSEHOLD:
        accounts.refuse_short(household, quoted.to_pay)
    subsidies.write(order.pk, quoted.lines)
    charged = orders.charge(order.pk, household, quoted.total)
    given = subsidies.paid(order.pk, household, quoted.lines)
    paid = orders.payment(order.pk, household, quoted.to_pay, source)
    ledger.post([charged, *given, paid], by=by, fresh=True)
    stock.sell(
        [
            stock.Promise(order.pk, line.record_id, line.quantity, line.price)
            for line in quoted.lines
        ],
        by=by,
    )
    return order
