"""A purchase is drafted: once, and of what can be ordered."""

from decimal import Decimal
from uuid import uuid4

import pytest

from inventory.errors import PurchaseKnown, PurchaseRefused
from inventory.models import Purchase
from inventory.purchases import purchasing
from inventory.purchases.purchasing import Wanted
from tests import factories
from tests.inventory.purchasing.conftest import asked


def test_a_draft_has_the_next_number_of_its_station(
    station, other_station, farm, rice, drafted, staff, stranger
):
    second = purchasing.draft(station, farm, [Wanted(rice.pk, 1)], by=staff)
    there = factories.supplier(other_station)
    item = factories.item(other_station)
    elsewhere = purchasing.draft(other_station, there, [Wanted(item.pk, 1)], by=stranger)
    assert [str(p) for p in (drafted, second, elsewhere)] == ["CG-0001", "CG-0002", "CG-0001"]
    assert asked(drafted) == {"大米": (10, 5), "鸡蛋": (4, 1)}
    assert (drafted.status, drafted.made_by) == ("draft", staff)


def test_the_same_form_twice_is_one_purchase(station, farm, rice, staff):
    nonce, lines = uuid4(), [(rice.pk, 2, 5, Decimal("149"))]
    first = purchasing.order(station, farm, lines, by=staff, nonce=nonce)
    again = purchasing.order(station, farm, lines, by=staff, nonce=nonce)
    assert (again, again.status) == (first, "placed")
    assert Purchase.objects.count() == 1


def test_the_same_form_with_something_else_in_it_is_refused(station, farm, rice, drafted, staff):
    with pytest.raises(PurchaseKnown) as refused:
        purchasing.draft(station, farm, [Wanted(rice.pk, 1)], by=staff, nonce=drafted.nonce)
    assert str(refused.value) == "这一页已经开过 CG-0001 了，要再买请从“该买什么”重新开。"
    assert refused.value.purchase == drafted
    assert asked(drafted) == {"大米": (10, 5), "鸡蛋": (4, 1)}


def test_who_saw_an_older_page_is_told_of_the_newer_purchase(station, farm, rice, drafted, staff):
    with pytest.raises(PurchaseKnown) as refused:
        purchasing.draft(station, farm, [Wanted(rice.pk, 1)], by=staff, nonce=uuid4(), seen=0)
    assert str(refused.value) == "刚才有人给这家开了 CG-0001，请看一眼再决定还要不要买。"
    lines = [Wanted(rice.pk, 1)]
    purchasing.draft(station, farm, lines, by=staff, nonce=uuid4(), seen=drafted.pk)
    assert Purchase.objects.count() == 2


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ({"packs": 0}, "件数要在 1 到 9999 之间。"),
        ({"packs": -1}, "件数要在 1 到 9999 之间。"),
        ({"packs": 10_000}, "件数要在 1 到 9999 之间。"),
        ({"pack_units": 0}, "一件最少 1 份，最多 10000 份。"),
        ({"pack_units": 10_001}, "一件最少 1 份，最多 10000 份。"),
        ({"pack_price": Decimal("-0.01")}, "一件的价钱不对，请核对。"),
        ({"pack_price": Decimal(10**9)}, "一件的价钱不对，请核对。"),
        ({"item_id": 10**17}, "有的货不是这个驿站的，请刷新再试。"),
    ],
)
def test_what_cannot_be_ordered(station, farm, rice, staff, line, sentence):
    wanted = Wanted(rice.pk, 1)._replace(**line)
    with pytest.raises(PurchaseRefused) as refused:
        purchasing.draft(station, farm, [wanted], by=staff)
    assert str(refused.value) == sentence
    assert not Purchase.objects.exists()


def test_nothing_and_twice_the_same_are_no_orders(station, farm, rice, staff):
    for lines in ([], [Wanted(rice.pk, 1), Wanted(rice.pk, 2)]):
        with pytest.raises(PurchaseRefused):
            purchasing.draft(station, farm, lines, by=staff)


def test_other_stations_goods_and_suppliers_are_refused(station, other_station, farm, rice, staff):
    theirs = factories.item(other_station)
    with pytest.raises(PurchaseRefused):
        purchasing.draft(station, farm, [Wanted(theirs.pk, 1)], by=staff)
    their_supplier = factories.supplier(other_station)
    with pytest.raises(PurchaseRefused):
        purchasing.draft(station, their_supplier, [Wanted(rice.pk, 1)], by=staff)


def test_a_nonce_of_another_station_tells_nothing(station, other_station, drafted, stranger):
    supplier = factories.supplier(other_station)
    lines = [Wanted(factories.item(other_station).pk, 1)]
    with pytest.raises(PurchaseRefused) as refused:
        purchasing.draft(other_station, supplier, lines, by=stranger, nonce=drafted.nonce)
    assert str(refused.value) == "这一页过期了，请刷新再试。"


def test_a_supplier_no_longer_in_use_is_refused(station, rice, staff):
    supplier = factories.supplier(station, active=False)
    with pytest.raises(PurchaseRefused) as refused:
        purchasing.draft(station, supplier, [Wanted(rice.pk, 1)], by=staff)
    assert str(refused.value) == "这家供应商现在不用了，请换一家。"
