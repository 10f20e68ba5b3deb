"""安静时间: between these hours of a station no phone rings."""

from datetime import datetime, timedelta

from django.utils import timezone

from inventory.models import Station


def over(station: Station, moment: datetime) -> datetime:
    """When a phone may ring next: `moment` itself, or the end of the quiet hours it falls in.

    `quiet_from` is quiet, `quiet_to` is not; the same twice: never quiet. By the clock on the wall.
    """
    local = timezone.localtime(moment)
    begin, end, now = station.quiet_from, station.quiet_to, local.time()
    over_midnight = begin > end
    is_quiet = (now >= begin or now < end) if over_midnight else begin <= now < end
    if not is_quiet:
        return moment
    day = local.date() + timedelta(days=1 if over_midnight and now >= begin else 0)
    return timezone.make_aware(datetime.combine(day, end))
