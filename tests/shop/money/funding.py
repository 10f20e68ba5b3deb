"""How funds and orders stand, for tests of what funds pay."""

from decimal import Decimal

from shop import baskets, ordering
from shop.models import Fund, MoneyMove
from shop.money import ledger
from shop.money.funds import subsidies
from tests import factories


def yuan(amount: str) -> Decimal:
    return Decimal(amount)


def left(fund: Fund) -> Decimal:
    return subsidies.left([fund.pk])[fund.pk]


def owed(order) -> Decimal:
    return ledger.owed([order.pk])[order.pk]


def paid_by(fund: Fund, order) -> Decimal:
    return ledger.standings([order.pk])[order.pk].paid[MoneyMove.Account.FUND, fund.pk]


def place_by(way: str, home, round, item):
    """One of a good, paid this way."""
    user = factories.resident(home)
    station = home.grid.station
    station.ways_to_pay = ["door", "account", "stripe"]
    station.save()
    basket = baskets.for_door(user, home)
    baskets.set_quantity(basket, item.record_id, 1)
    return ordering.place(basket, household=home, round=round, by=user, way=way)
