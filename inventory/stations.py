"""How a station comes about, and which one a command means."""

from django.apps import apps
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext as _

from inventory.errors import StationError
from inventory.models import Station
from inventory.words import listed

DEFAULT_CODE = "station"
DEFAULT_NAME = "惠民驿站"


class NoSuchStation(StationError):
    """The code names no station here, or none was named and there are several."""


def chosen(code: str | None = None) -> Station:
    """The station of this code, or the only one there is.

    An empty database gets its first station, under the code told or `DEFAULT_CODE`. Raises
    `NoSuchStation` otherwise: a slip in the code must not make a second station.
    """
    codes = list(Station.objects.order_by("code").values_list("code", flat=True))
    if not codes:
        return get_or_make(code or DEFAULT_CODE)
    if code is None and len(codes) > 1:
        raise NoSuchStation(
            _("这里有几个驿站，请用 --station 说明是哪一个：%(codes)s。") % {"codes": listed(codes)}
        )
    if code is not None and code not in codes:
        raise NoSuchStation(
            _("没有代码是 %(code)s 的驿站。现有：%(codes)s。")
            % {"code": code, "codes": listed(codes)}
        )
    return Station.objects.get(code=code or codes[0])


def get_or_make(code: str, name: str = DEFAULT_NAME, **fields) -> Station:
    """The station of this code; made with its Oscar partner if there is none.

    Raises `StationError` for a code that cannot stand in an address.
    """
    with transaction.atomic():
        if station := Station.objects.filter(code=code).first():
            return station
        try:
            Station._meta.get_field("code").clean(code, None)
        except ValidationError as error:
            raise StationError(
                _("驿站代码 %s 不行，只能用 32 个以内的英文字母、数字、- 和 _。") % code
            ) from error
        partner = apps.get_model("partner", "Partner").objects.create(name=name, code=code)
        return Station.objects.create(partner=partner, code=code, name=name, **fields)
