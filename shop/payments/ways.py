"""Every way to pay there is. Which of them a station offers: `Station.ways_to_pay`."""

from inventory.models import Station
from shop.payments.account.way import AccountWay
from shop.payments.door.way import DoorWay
from shop.payments.stripe.way import StripeWay
from shop.payments.way import Way

#: By code, in the order in which they are offered.
ALL: dict[str, Way] = {way.code: way for way in (DoorWay(), AccountWay(), StripeWay())}


def of_station(station: Station) -> list[Way]:
    """The ways a station offers, and that are set up."""
    return [way for way in ALL.values() if way.code in station.ways_to_pay and way.is_set_up()]


def chosen(station: Station, code: str) -> Way | None:
    """The way with this code, if the station offers it."""
    return next((way for way in of_station(station) if way.code == code), None)
