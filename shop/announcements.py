"""公告: what the station says to everybody, or a grid's leader to their grid; public words."""

from datetime import datetime

from django.db import transaction
from django.db.models import F, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery.models import Grid
from inventory.models import Station
from shop.errors import AnnouncementRefused
from shop.models import Announcement

#: Running at once in one place: more is read by nobody.
MOST = 5


def publish(
    station: Station, *, text: str, by, grid: Grid | None = None, ends_at: datetime | None = None
) -> Announcement:
    """It is shown from now on; `grid` None: in every grid. The same words in the same place while
    they are shown are one announcement. Raises `AnnouncementRefused`."""
    now, text = timezone.now(), " ".join(text.replace("\x00", "").split())
    if not text:
        raise AnnouncementRefused(_("公告还没有写内容。"))
    if len(text) > Announcement._meta.get_field("text").max_length:
        raise AnnouncementRefused(_("公告太长了，请写短一些。"))
    if ends_at is not None and ends_at <= now:
        raise AnnouncementRefused(_("结束时间已经过了，请选晚一些的。"))
    with transaction.atomic():
        # Two taps at once come one after the other.
        Station.objects.select_for_update(no_key=True).get(pk=station.pk)
        shown = running(station, now).filter(grid=grid)
        if same := shown.filter(text=text).first():
            return same
        if shown.count() >= MOST:
            raise AnnouncementRefused(_("同时最多 %d 条公告，先结束一条旧的。") % MOST)
        return Announcement.objects.create(
            station=station, grid=grid, text=text, starts_at=now, ends_at=ends_at, by=by
        )


def end(announcement: Announcement) -> bool:
    """It is not shown any more; whether it was until now."""
    now = timezone.now()
    this = Announcement.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), pk=announcement.pk)
    return bool(this.filter(starts_at__lt=now).update(ends_at=now))


def running(station: Station, now: datetime | None = None) -> QuerySet[Announcement]:
    now = now or timezone.now()
    shown = Announcement.objects.filter(Q(ends_at=None) | Q(ends_at__gt=now), station=station)
    return shown.select_related("grid", "by").order_by("grid__position", "-starts_at", "-pk")


def over(station: Station, now: datetime | None = None) -> QuerySet[Announcement]:
    """Those that were shown once, the last one first."""
    ended = Announcement.objects.filter(station=station, ends_at__lte=now or timezone.now())
    return ended.select_related("grid", "by").order_by(F("ends_at").desc(), "-pk")
