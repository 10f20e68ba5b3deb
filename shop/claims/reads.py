"""Which claims there are. Reads only."""

from collections import defaultdict
from collections.abc import Iterable

from django.db.models import F, Q, QuerySet
from django.utils import timezone
from oscar.core.loading import get_model

from delivery.models import Household
from inventory.models import Station
from inventory.words import listed
from shop.claims.claiming import COUNTS, OPEN_FOR
from shop.models import Claim, OrderStatus
from shop.settlement.bills import Bill

Order = get_model("order", "Order")

#: Orders a search shows.
MOST_FOUND = 30


def of_station(station: Station) -> QuerySet[Claim]:
    """With what a list shows of them."""
    claims = Claim.objects.filter(line__order__placement__household__grid__station=station)
    return claims.select_related(
        "line__order__placement__household__grid", "line__stockrecord__item", "by", "answered_by"
    )


def waiting(station: Station) -> QuerySet[Claim]:
    return of_station(station).filter(status=Claim.Status.OPEN).order_by("pk")


def unanswered(household: Household) -> QuerySet[Claim]:
    """Its claims that nobody has answered."""
    claims = Claim.objects.filter(status=Claim.Status.OPEN)
    return claims.filter(line__order__placement__household=household)


def answered(station: Station) -> QuerySet[Claim]:
    return of_station(station).exclude(status=Claim.Status.OPEN).order_by("-answered_at", "-pk")


def of_order(order) -> QuerySet[Claim]:
    """What its household said of it, and what was answered."""
    claims = Claim.objects.filter(line__order=order).select_related("line__stockrecord__item")
    return claims.order_by("pk")


def still_right(bill: Bill, claims: Iterable[Claim]) -> set[int]:
    """Lines of an order, by key, of which something came that is still charged and that none of
    its `claims` says to be wrong. No query."""
    claimed: dict[int, int] = defaultdict(int)
    for claim in claims:
        if claim.status in COUNTS:
            claimed[claim.line_id] += claim.units
    return {line.pk for line in bill.lines if line.now > 0 and line.there > claimed[line.pk]}


def orders(station: Station) -> QuerySet:
    """Orders to doors of the station, not those of families that moved out."""
    door = "placement__household"
    found = Order.objects.filter(placement__household__grid__station=station)
    moved_out = Q(date_placed__lt=F(f"{door}__lived_in_since"))
    return found.exclude(moved_out).select_related("placement__round", f"{door}__grid")


def claimable(station: Station, words: str) -> list:
    """Orders that lately reached the doors with these words on their walls, the latest first, with
    their `goods` named. Two queries."""
    doors = Household.objects.of_station(station).painted(words)
    found = orders(station).filter(
        placement__household__in=doors.order_by(),
        status=OrderStatus.DELIVERED,
        placement__round__delivers_to__gt=timezone.now() - 2 * OPEN_FOR,
    )
    latest = list(found.prefetch_related("lines").order_by("-date_placed", "-pk")[:MOST_FOUND])
    for order in latest:
        order.goods = listed(line.title for line in order.lines.all() if line.quantity)
    return latest
