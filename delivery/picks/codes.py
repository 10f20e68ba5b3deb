"""What a scanned code means: a good by its barcode, a parcel by its label."""

import re
import unicodedata
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils.translation import gettext as _

from delivery.errors import UnknownCode
from delivery.models import Batch, Parcel, ParcelLine, Stop, StopParcel
from inventory.models import Item, Station

#: Longer than any barcode or label; a scanner that is held too long sends several in one.
LONGEST = 40
_LABEL = re.compile(r"BG-?(\d{1,18})")


@dataclass(frozen=True)
class Found:
    """The stop a code leads to: by a `line` that is still to be packed there, or by a `parcel`."""

    stop: Stop
    line: ParcelLine | None = None
    parcel: Parcel | None = None


def of(parcel: Parcel) -> str:
    """What stands on a parcel's label, in words of a scanner; nothing about who lives there.

    >>> of(Parcel(pk=7))
    'BG-00007'
    """
    return f"BG-{parcel.pk:05d}"


def find(station: Station, batch: Batch, code: str, *, stop: Stop | None = None) -> Found:
    """What `code` means on the bench where `batch` is packed, and `stop` of it if named.

    A good: its next line that is still to be packed. Raises `UnknownCode` with what is known of
    it, also if it belongs into another stop's bag than `stop`'s.
    """
    code = clean(code)
    if label := _LABEL.fullmatch(code):
        return _parcel(station, batch, int(label[1]))
    goods = of_code(station, code).select_related("record__product")
    titles = {item.pk: item.record.product.title for item in goods}
    if not titles:
        raise UnknownCode(_("没有条码是“%s”的货。") % code)
    good = next(iter(titles.values()))
    loads = StopParcel.objects.filter(
        stop__batch=batch, active=True, parcel__lines__item__in=titles
    ).select_related("stop")
    stop_by_parcel = {load.parcel_id: load.stop for load in loads}
    if not stop_by_parcel:
        raise UnknownCode(_("这一批没有人要%s。") % good)
    lines = ParcelLine.objects.filter(
        parcel__in=stop_by_parcel,
        parcel__status=Parcel.Status.WAITING,
        item__in=titles,
        packed_at=None,
        awaiting=False,
        quantity__gt=0,
    ).select_related("parcel", "item__record__product")
    open_lines = sorted(lines, key=lambda line: (stop_by_parcel[line.parcel_id].position, line.pk))
    if not open_lines:
        raise UnknownCode(_("这一批的%s都装好了。") % good)
    here = [line for line in open_lines if stop_by_parcel[line.parcel_id] == stop]
    if stop is not None and not here:
        other = stop_by_parcel[open_lines[0].parcel_id]
        words = {"good": good, "number": other.position, "units": open_lines[0].quantity}
        raise UnknownCode(_("%(good)s不装这一户：第 %(number)d 户要 %(units)d 份。") % words)
    line = (here or open_lines)[0]
    return Found(stop_by_parcel[line.parcel_id], line=line)


def clean(code: str) -> str:
    """As a scanner meant it: a Chinese keyboard may have made it full-width, or added spaces.

    Raises `UnknownCode` for what no code can be.
    """
    code = "".join(unicodedata.normalize("NFKC", code).split()).upper()
    if not code:
        raise UnknownCode(_("没有扫到条码。"))
    if len(code) > LONGEST or not code.isprintable():
        raise UnknownCode(_("这不像一个条码，请再扫一次。"))
    return code


def of_code(station: Station, code: str) -> QuerySet[Item]:
    """The station's goods with this barcode (UPC, EAN) or number. `code` is `clean`."""
    # A UPC of 12 digits is an EAN of 13 that begins with a zero; scanners say either.
    same = {code, code.removeprefix("0") if len(code) == 13 else code, f"0{code}"}
    return Item.objects.filter(
        Q(record__product__upc__in=same) | Q(record__partner_sku__iexact=code),
        record__partner=station.partner_id,
    ).order_by("pk")


def _parcel(station: Station, batch: Batch, key: int) -> Found:
    loads = StopParcel.objects.filter(parcel=key, active=True, stop__batch__grid__station=station)
    load = loads.select_related("stop__batch__grid", "parcel").first()
    if load is None:
        raise UnknownCode(_("没有这个号的包裹，或者它不在任何一批里。"))
    if load.stop.batch_id != batch.pk:
        raise UnknownCode(_("这个包裹在%s，不在这一批。") % load.stop.batch)
    return Found(load.stop, parcel=load.parcel)
