"""Orders as households place them, for tests of what happens to them after the cut-off."""

from delivery.models import Household, ParcelLine, Round, Wish
from inventory.models import Item, Station
from shop import baskets, ordering
from tests import factories


def preordered(station: Station, title: str = "菠菜", *, price="2.40", **fields) -> Item:
    """A good that is bought after the cut-off: none of it is in the building."""
    return factories.item(
        station, title, price=price, in_stock=0, selling=Item.Selling.PREORDER, **fields
    )


def place(
    round: Round,
    household: Household,
    *wanted: tuple[Item, int],
    wishes: dict[Item, Wish] | None = None,
):
    """An order of this door, placed by somebody behind it."""
    person = household.people.first()
    user = person.user if person else factories.resident(household)
    basket = baskets.for_door(user, household)
    for item, units in wanted:
        baskets.set_quantity(basket, item.record_id, units)
    return ordering.place(
        basket,
        household=household,
        round=round,
        by=user,
        wishes={item.record_id: wish for item, wish in (wishes or {}).items()},
    )


def lines(order) -> dict[int, tuple[int, int]]:
    """By item, what was asked for and what the parcel shall hold; what comes instead asked 0."""
    found = ParcelLine.objects.filter(parcel__order=order)
    return {line.item_id: (line.asked, line.quantity) for line in found}
