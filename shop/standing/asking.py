"""A household says what it wants in every round, otherwise, or nothing more."""

import logging
from collections.abc import Mapping

from django.db import transaction
from django.db.models import Prefetch, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery import locks
from delivery.models import Household, Wish
from inventory.errors import StationError
from inventory.models import Item, Station
from shop.limits import MOST_OF_ONE
from shop.models import OrderStatus, StandingLine, StandingOrder, StandingRun
from shop.payments import ways as all_ways
from shop.payments.door.way import DoorWay
from shop.payments.way import Way

log = logging.getLogger(__name__)

MOST_LINES = 40
LONGEST_NOTE = 100


class StandingRefused(StationError):
    """What was said of a standing order cannot be right."""


def ways(station: Station) -> list[Way]:
    """The ways to pay that need nobody's tap."""
    offered = all_ways.of_station(station)
    return [way for way in offered if way.first_status == OrderStatus.PLACED]


def start(
    household: Household,
    lines: Mapping[int, tuple[int, Wish]],
    *,
    by,
    way: str = DoorWay.code,
    in_person: bool = False,
    note: str = "",
) -> StandingOrder:
    """From the next round that opens on the door gets these units by item, with what it wishes for
    when there is not enough. Replaces what it had before; the same again is what is there.

    Raises `StandingRefused`.
    """
    station = household.grid.station
    _refuse(station, lines, way)
    asked = {pk: (units, Wish(wish)) for pk, (units, wish) in lines.items()}
    said = {"way": way, "in_person": in_person, "note": note.strip()[:LONGEST_NOTE]}
    with transaction.atomic():
        locks.household(household.pk)
        if before := of(household):
            same = {line.item_id: (line.units, Wish(line.wish)) for line in before.lines.all()}
            if (same, {name: getattr(before, name) for name in said}) == (asked, said):
                return before
            stop(before, by=by)
        made = StandingOrder.objects.create(household=household, by=by, **said)
        StandingLine.objects.bulk_create(
            StandingLine(standing=made, item_id=pk, units=units, wish=wish)
            for pk, (units, wish) in asked.items()
        )
    return made


def _refuse(station: Station, lines: Mapping[int, tuple[int, Wish]], way: str) -> None:
    if not lines:
        raise StandingRefused(_("还没有选要什么。"))
    if len(lines) > MOST_LINES:
        raise StandingRefused(_("每波都要的最多 %d 样。") % MOST_LINES)
    if any(not 1 <= units <= MOST_OF_ONE for units, _wish in lines.values()):
        raise StandingRefused(_("一样货可以要 1 到 %d 份。") % MOST_OF_ONE)
    ours = Item.objects.filter(record__partner=station.partner_id, pk__in=lines)
    if ours.count() < len(lines):
        raise StandingRefused(_("有一样货不是本驿站的，请重新选。"))
    if way not in {each.code for each in ways(station)}:
        raise StandingRefused(_("每波都要的不能这样付，请换一种。"))


def stop(standing: StandingOrder, *, by) -> None:
    """No further round. What was ordered stays; twice is once."""
    this = StandingOrder.objects.filter(pk=standing.pk, active=True)
    if this.update(active=False, stopped_at=timezone.now()):
        log.info("standing order %s stopped by user %s", standing.pk, getattr(by, "pk", None))


def end_of(household: Household) -> None:
    """Who moves out wants nothing more here."""
    active = StandingOrder.objects.filter(household=household, active=True)
    active.update(active=False, stopped_at=timezone.now())


def of(household: Household) -> StandingOrder | None:
    """What stands for this door, with its lines and their goods. Two queries."""
    active = StandingOrder.objects.filter(household=household, active=True)
    lines = StandingLine.objects.select_related("item__record__product").order_by("pk")
    return active.prefetch_related(Prefetch("lines", lines)).first()


def runs(standing: StandingOrder) -> QuerySet[StandingRun]:
    """What became of it, the latest round first."""
    return standing.runs.select_related("round", "order").order_by("-pk")


def last_run(standing: StandingOrder) -> StandingRun | None:
    return runs(standing).first()
