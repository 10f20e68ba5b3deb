"""手上的钱: what somebody holds, made of what, and what of it waits for a second person. Reads
only."""

from dataclasses import dataclass
from decimal import Decimal

from django.db.models import Count, Max, Q, Sum
from django.utils.translation import gettext as _

from delivery.models import Batch, GridRole, Volunteer
from inventory.models import Station
from shop.models import CashSlip, MoneyMove, User
from shop.money import FEN, ZERO
from shop.money.cash import cash

Account, Kind = MoneyMove.Account, MoneyMove.Kind


@dataclass(frozen=True)
class Part:
    """So many yuan of so many doors: of a batch, or taken at doors without one."""

    words: str
    doors: int
    amount: Decimal


@dataclass(frozen=True)
class Hands:
    """`slip`: what somebody counted and the other has not confirmed yet. Without a holder: the
    till."""

    station: Station
    holder: User | None
    amount: Decimal
    slip: CashSlip | None

    @property
    def is_counted_anew(self) -> bool:
        """Money came or went after it was counted: the slip is worth nothing any more."""
        return self.slip is not None and self.slip.expected != self.amount


def stations_of(user: User) -> list[Station]:
    """Where this person takes money at doors, or still holds some."""
    places = Q(pk__in=Volunteer.objects.filter(user=user).values("station"))
    places |= Q(pk__in=GridRole.objects.filter(user=user).values("grid__station"))
    places |= Q(pk__in=[station.pk for station in cash.hands_of(user)])
    return list(Station.objects.filter(places).order_by("pk"))


def of(station: Station, holder: User) -> Hands:
    slip = _open(station).filter(holder=holder).first()
    return Hands(station, holder, cash.held(station.pk, holder.pk), slip)


def of_station(station: Station) -> list[Hands]:
    """Everybody who has something to hand in, or of whom somebody says so. Three queries."""
    slips = {slip.holder: slip for slip in _open(station).filter(holder__isnull=False)}
    held = cash.held_by(station)
    held |= {holder: ZERO for holder in slips if holder not in held}
    return [Hands(station, holder, amount, slips.get(holder)) for holder, amount in held.items()]


def carriers(station: Station) -> dict[int, User]:
    """Who may hand something in, by key."""
    return {each.holder.pk: each.holder for each in of_station(station) if each.holder}


def till(station: Station) -> Hands:
    """What is in the till, and what somebody counted there. Two queries."""
    return Hands(station, None, cash.in_till(station), _open(station).filter(holder=None).first())


def parts(station: Station, holder: User) -> list[Part]:
    """What came into these hands since they were last counted; they held nothing then, so it adds
    up to what they hold. Three queries."""
    mine = MoneyMove.objects.filter(station=station, holder=holder)
    counted = mine.filter(count__isnull=False).aggregate(last=Max("pk"))["last"] or 0
    sums = (
        mine.filter(pk__gt=counted)
        .of(Account.PERSON)
        .order_by()
        .values_list("handoff__stop__batch", "kind")
        .annotate(sum=Sum("signed"), doors=Count("household", distinct=True))
        .order_by("handoff__stop__batch", "kind")
    )
    rows = [(batch, kind, total.quantize(FEN), doors) for batch, kind, total, doors in sums]
    batches = Batch.objects.select_related("grid").in_bulk([row[0] for row in rows if row[0]])
    return [
        Part(_words(batches.get(batch), kind), doors, total)
        for batch, kind, total, doors in rows
        if total
    ]


def _words(batch: Batch | None, kind: str) -> str:
    if batch is not None:
        return str(batch)
    return _("上门代收") if kind == Kind.PAYMENT else _("交款后更正")


def _open(station: Station):
    slips = CashSlip.objects.filter(station=station, status=CashSlip.Status.OPEN)
    return slips.select_related("holder", "said_by")
