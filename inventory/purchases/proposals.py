"""该买什么: what a station should buy now, from whom, and why.

A good is needed when what is free and on its way falls short of what is waited for and of its
minimum stock; quantities are rounded up to the supplier's packs. Reads only, in a fixed number of
queries.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db.models import Max, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from inventory.models import Item, Lot, Offer, Purchase, PurchaseLine, Station, Supplier
from inventory.purchases import suppliers


@dataclass(frozen=True)
class ProposalLine:
    """One good; units, and packs of `pack_units` of them.

    `waiting`: ordered by households, nothing is held for it. `free`: in the building, promised to
    nobody and not past its date (`expired` units are; below zero: even what is promised is).
    `on_order`: a supplier was told, it has not come. `drafted`: on drafts, nobody was told.
    """

    item: Item
    offer: Offer | None
    waiting: int
    minimum: int
    free: int
    on_order: int
    needed: int
    drafted: int = 0
    expired: int = 0

    @property
    def title(self) -> str:
        return self.item.record.product.title

    @property
    def pack_units(self) -> int:
        return self.offer.pack_units if self.offer else 1

    @property
    def pack_price(self) -> Decimal | None:
        return self.offer.pack_price if self.offer else None

    @property
    def packs(self) -> int:
        return -(-self.needed // self.pack_units)

    @property
    def units(self) -> int:
        return self.packs * self.pack_units

    @property
    def cost(self) -> Decimal | None:
        """Yuan; None while nobody knows the price."""
        return None if self.pack_price is None else self.pack_price * self.packs

    @property
    def packs_beyond_drafts(self) -> int:
        """What is still to be ordered if all drafts are placed: what a page suggests."""
        return -(-max(0, self.needed - self.drafted) // self.pack_units)

    @property
    def units_beyond_drafts(self) -> int:
        return self.packs_beyond_drafts * self.pack_units

    @property
    def cost_beyond_drafts(self) -> Decimal | None:
        """Yuan for those."""
        price = self.pack_price
        return None if price is None else price * self.packs_beyond_drafts


@dataclass(frozen=True)
class Proposal:
    """What to buy of one supplier; None: of goods nobody is known to sell."""

    supplier: Supplier | None
    lines: list[ProposalLine]
    #: The newest purchase of this supplier when this was read; see `purchasing.draft`.
    seen: int = 0
    now: datetime = field(default_factory=timezone.now)

    @property
    def cost(self) -> Decimal:
        """Yuan for the packs suggested, of goods whose price is known."""
        return sum((line.cost_beyond_drafts or Decimal(0) for line in self.lines), Decimal(0))

    @property
    def unpriced(self) -> int:
        return sum(line.pack_price is None for line in self.lines)

    @property
    def below_minimum(self) -> Decimal:
        """Yuan that the order lacks to what the supplier delivers at all."""
        least = self.supplier.minimum_order if self.supplier else Decimal(0)
        return max(Decimal(0), least - self.cost)

    @property
    def in_time(self) -> bool:
        return self.supplier is None or suppliers.in_time(self.supplier, self.now)

    @property
    def arrives_on(self) -> date | None:
        return suppliers.arrives_on(self.supplier, self.now) if self.supplier else None


@dataclass(frozen=True)
class Coming:
    """A purchase line of which units are still to come, or to be ordered."""

    purchase: Purchase
    units: int


def propose(
    station: Station, waiting: Mapping[int, int], *, now: datetime | None = None
) -> list[Proposal]:
    """Per supplier what is needed, the goods without a supplier last. `waiting`: units by item.

    Suppliers come by their cut-off, the earliest first; goods by name. Five queries.
    """
    now = now or timezone.now()
    goods = needs(station, waiting, now=now)
    offers = _offers(station)
    newest = dict(
        Purchase.objects.filter(station=station)
        .values_list("supplier")
        .annotate(newest=Max("pk"))
        .order_by()
    )
    lines: dict[int | None, list[ProposalLine]] = defaultdict(list)
    sellers: dict[int | None, Supplier | None] = {None: None}
    for line in goods:
        if not line.needed:
            continue
        offer = offers.get(line.item.pk)
        key = offer.supplier_id if offer else None
        sellers[key] = offer.supplier if offer else None
        lines[key].append(_with(line, offer))
    proposals = [
        Proposal(sellers[key], found, newest.get(key, 0), now) for key, found in lines.items()
    ]
    return sorted(proposals, key=_by_cut_off)


def needs(
    station: Station,
    waiting: Mapping[int, int],
    *,
    item: Item | None = None,
    now: datetime | None = None,
) -> list[ProposalLine]:
    """All goods of a station (or the one) with what is wanted and there of them, by name, without
    offers. Three queries."""
    items = Item.objects.stocked().filter(record__partner=station.partner_id)
    if item is not None:
        items = items.filter(pk=item.pk)
    came = coming(station)
    on_order, drafted = (
        {pk: sum(c.units for c in found) for pk, found in came[status].items()}
        for status in (Purchase.Status.PLACED, Purchase.Status.DRAFT)
    )
    today = timezone.localtime(now).date()
    expired = dict(
        Lot.objects.filter(item__in=items, units__gt=0, expires_on__lt=today)
        .values_list("item")
        .annotate(units=Sum("units"))
        .order_by()
    )
    found = []
    for good in items.select_related("record__product").order_by("record__product__title", "pk"):
        record, spoiled = good.record, expired.get(good.pk, 0)
        free = (record.num_in_stock or 0) - (record.num_allocated or 0) - spoiled
        # What is off the shelf is not filled up, only bought for those who ordered it.
        minimum = good.minimum if record.product.is_public else 0
        waited, ordered = waiting.get(good.pk, 0), on_order.get(good.pk, 0)
        found.append(
            ProposalLine(
                item=good,
                offer=None,
                waiting=waited,
                minimum=minimum,
                free=free,
                on_order=ordered,
                needed=max(0, waited + minimum - free - ordered),
                drafted=drafted.get(good.pk, 0),
                expired=spoiled,
            )
        )
    return found


def coming(station: Station, item: Item | None = None) -> dict[str, dict[int, list[Coming]]]:
    """By status (placed, draft) and item: the purchases that are to bring some. One query."""
    lines = PurchaseLine.objects.filter(
        purchase__station=station,
        purchase__status__in=(Purchase.Status.PLACED, Purchase.Status.DRAFT),
    )
    if item is not None:
        lines = lines.filter(item=item)
    found: dict[str, dict[int, list[Coming]]] = {
        Purchase.Status.PLACED: defaultdict(list),
        Purchase.Status.DRAFT: defaultdict(list),
    }
    for line in (
        lines.select_related("purchase__supplier")
        .annotate(came=Coalesce(Sum("received__units"), 0))
        .order_by("purchase__expected_on", "purchase_id")
    ):
        if units := max(0, line.units - line.came):
            found[line.purchase.status][line.item_id].append(Coming(line.purchase, units))
    return found


def _offers(station: Station) -> dict[int, Offer]:
    """By item: of the suppliers in use the preferred one's, else the oldest."""
    found: dict[int, Offer] = {}
    offers = Offer.objects.filter(supplier__station=station, supplier__active=True)
    for offer in offers.select_related("supplier").order_by("-preferred", "pk"):
        found.setdefault(offer.item_id, offer)
    return found


def _with(line: ProposalLine, offer: Offer | None) -> ProposalLine:
    return ProposalLine(**(vars(line) | {"offer": offer}))


def _by_cut_off(proposal: Proposal) -> tuple:
    supplier = proposal.supplier
    if supplier is None:
        return (2,)
    if supplier.cut_off is None:
        return (1, supplier.name, supplier.pk)
    return (0, not proposal.in_time, supplier.cut_off, supplier.name, supplier.pk)
