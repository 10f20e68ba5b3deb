"""常买: what a household wants to find quickly, on the first shelf of its shop."""

from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from delivery.models import Household
from inventory.errors import StationError
from inventory.models import Item
from inventory.spelled import Blank
from shop.models import Favourite


def toggle(household: Household, item_id: int, on: bool) -> None:
    """Put a good on the door's own shelf, or take it off; again changes nothing.

    Raises `StationError` for what the door's station does not sell.
    """
    if not on:
        Favourite.objects.filter(household=household, item=item_id).delete()
        return
    ours = Item.objects.filter(pk=item_id, record__partner__station=household.grid.station_id)
    if not ours.filter(record__product__is_public=True).exists():
        raise StationError(_("这样货现在不卖了。"))
    # One statement: of two taps at once one row is left.
    Favourite.objects.bulk_create(
        [Favourite(household=household, item_id=item_id)], ignore_conflicts=True
    )


def kept_by(household: Household | Blank) -> Exists:
    """For a query on items: the door has it on its own shelf."""
    return Exists(Favourite.objects.filter(household=household, item=OuterRef("pk")))


def forget(household: Household) -> None:
    """Who moves in next likes other things."""
    Favourite.objects.filter(household=household).delete()
