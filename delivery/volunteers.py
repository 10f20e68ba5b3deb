"""Who can carry what."""

from collections import Counter
from collections.abc import Sequence
from heapq import nsmallest

from django.db.models import Count, Q, QuerySet
from django.utils.translation import gettext as _

from delivery.errors import CannotCarry
from delivery.models import Batch, Volunteer
from inventory.models import Station


def lock(volunteers: QuerySet[Volunteer]) -> None:
    """Nobody else gives these volunteers a batch, or sends them off duty, before we are done.

    Read them again after it: they may have changed while we waited. Taken before any batch.
    """
    list(volunteers.order_by("pk").select_for_update(no_key=True).values_list("pk"))


def able(batch: Batch) -> QuerySet[Volunteer]:
    """The volunteers whom `check` lets carry this batch, for the list to choose from."""
    return Volunteer.objects.filter(
        Q(grids=batch.grid_id) | Q(grids__isnull=True),
        active=True,
        user__is_active=True,
        station_id=batch.grid.station_id,
        capacity_g__gte=batch.weight_g,
        max_stops__gte=batch.stop_count,
    ).distinct()


def suggest(station: Station, batches: Sequence[Batch], most: int) -> None:
    """Puts on every batch, as `suggested`, up to `most` volunteers whom `check` lets carry it.

    First who has the least to carry and is first on no other batch, and of those who looks after
    just this grid. One look at all volunteers, however many batches.
    """
    waiting = Count("batches", filter=Q(batches__status__in=Batch.OPEN_STATUSES))
    on_duty = (
        station.volunteers.filter(active=True, user__is_active=True)
        .select_related("user")
        .prefetch_related("grids")
        .annotate(open_batches=waiting)
    )
    helpers = [(helper, {grid.pk for grid in helper.grids.all()}) for helper in on_duty]
    offered: Counter[int] = Counter()
    for batch in batches:
        fitting = [
            (helper.open_batches + offered[helper.pk], not grids, number, helper)
            for number, (helper, grids) in enumerate(helpers)
            if (not grids or batch.grid_id in grids)
            and batch.weight_g <= helper.capacity_g
            and batch.stop_count <= helper.max_stops
        ]
        batch.suggested = [helper for *_order, helper in nsmallest(most, fitting)]
        offered.update(helper.pk for helper in batch.suggested[:1])


def check(volunteer: Volunteer, batch: Batch) -> None:
    """Raises `CannotCarry` with the reason: another station, off duty, grid, weight, doors."""
    if volunteer.station_id != batch.grid.station_id:
        raise CannotCarry(_("这位志愿者不是本驿站的。"))
    if not volunteer.active or not volunteer.user.is_active:
        raise CannotCarry(_("这位志愿者现在不在岗。"))
    grids = set(volunteer.grids.values_list("pk", flat=True))
    if grids and batch.grid_id not in grids:
        raise CannotCarry(_("这位志愿者不负责%s。") % batch.grid.name)
    if batch.weight_g > volunteer.capacity_g:
        raise CannotCarry(
            _("这批重 %(weight)s 公斤，这位志愿者一趟最多带 %(most)s 公斤。")
            % {"weight": _kg(batch.weight_g), "most": _kg(volunteer.capacity_g)}
        )
    if batch.stop_count > volunteer.max_stops:
        raise CannotCarry(
            _("这批有 %(stops)d 户，这位志愿者一趟最多送 %(most)d 户。")
            % {"stops": batch.stop_count, "most": volunteer.max_stops}
        )


def _kg(grams: int) -> str:
    return f"{grams / 1000:g}"
