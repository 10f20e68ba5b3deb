"""供应商: who sells what in which packs, and who of several is asked."""

from decimal import Decimal

import pytest

from inventory.errors import SupplierRefused
from inventory.models import Offer, Supplier
from inventory.purchases import suppliers
from inventory.purchases.suppliers import Offered
from tests import factories


@pytest.fixture
def farm(station):
    return factories.supplier(station, "青浦菜场")


@pytest.fixture
def shop(station):
    return factories.supplier(station, "粮油店")


@pytest.fixture
def rice(station):
    return factories.item(station, "大米")


def preferred(item) -> list[str]:
    offers = Offer.objects.filter(item=item, preferred=True)
    return list(offers.values_list("supplier__name", flat=True))


def test_the_first_who_offers_is_preferred_until_another_is_chosen(farm, shop, rice):
    suppliers.offer(farm, [Offered(rice.pk, 5, Decimal("140.00"), "DM5")])
    made = Offer.objects.get()
    assert (made.pack_units, made.pack_price, made.code) == (5, Decimal("140.00"), "DM5")
    suppliers.offer(shop, [Offered(rice.pk, 10)])
    assert preferred(rice) == ["青浦菜场"]
    suppliers.offer(shop, [Offered(rice.pk, 10, preferred=True)])
    assert preferred(rice) == ["粮油店"]


def test_the_same_again_changes_one_row(farm, rice):
    suppliers.offer(farm, [Offered(rice.pk, 5, Decimal("140.00"))])
    suppliers.offer(farm, [Offered(rice.pk, 6, None, "X")])
    [made] = Offer.objects.all()
    assert (made.pack_units, made.pack_price, made.code, made.preferred) == (6, None, "X", True)


def test_when_the_preferred_one_stops_another_in_use_is_preferred(station, farm, shop, rice):
    idle = factories.supplier(station, "不用了", active=False)
    suppliers.offer(farm, [Offered(rice.pk)])
    suppliers.offer(idle, [Offered(rice.pk)])
    suppliers.offer(shop, [Offered(rice.pk)])
    suppliers.offer(farm, [], without=[rice.pk])
    assert preferred(rice) == ["粮油店"]
    assert Offer.objects.count() == 2


@pytest.mark.parametrize("units", [0, -1, 10_001])
def test_an_absurd_pack_is_refused(farm, rice, units):
    with pytest.raises(SupplierRefused) as refused:
        suppliers.offer(farm, [Offered(rice.pk, units)])
    assert str(refused.value) == "一件最少 1 份，最多 10000 份。"
    assert not Offer.objects.exists()


def test_other_stations_goods_are_refused(farm, other_station):
    with pytest.raises(SupplierRefused):
        suppliers.offer(farm, [Offered(factories.item(other_station).pk)])
    assert not Offer.objects.exists()


def test_a_name_that_came_up_meanwhile_is_a_sentence(station, farm):
    with pytest.raises(SupplierRefused) as refused:
        suppliers.save(Supplier(station=station, name="青浦菜场"))
    assert str(refused.value) == "已经有叫这个名字的供应商了。"
    assert Supplier.objects.count() == 1
