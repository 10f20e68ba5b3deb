"""One delivery is one receipt."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from inventory.errors import DeliveryKnown
from inventory.receipts import receiving
from inventory.receipts.receiving import Came
from tests import factories
from tests.inventory.receiving.conftest import D, refused, stock_and_price


def test_the_same_form_again_is_the_same_receipt(take, greens, bought):
    purchase, nonce = bought((greens, 2, 10)), uuid4()
    first = take((greens, 20, "40.00"), purchase=purchase, nonce=nonce)
    # The purchase is done meanwhile: a second tap must not be told that it waits for nothing.
    assert take((greens, 20, "40.00"), purchase=purchase, nonce=nonce) == first
    assert stock_and_price(greens)[0] == 30


def test_the_same_form_with_other_figures_is_refused_and_names_the_first(take, greens):
    nonce = uuid4()
    first = take((greens, 20, "40.00"), nonce=nonce)
    with refused(DeliveryKnown, "内容和这次不一样") as error:
        take((greens, 21, "40.00"), nonce=nonce)
    assert error.value.receipt == first


@pytest.mark.parametrize("typed", ["SH-0912", " sh-0912 ", "ＳＨ－０９１２", "SH - 0912"])
def test_the_same_delivery_note_is_the_same_delivery(take, greens, typed):
    first = take((greens, 20, "40.00"), delivery_note="SH-0912")
    with refused(DeliveryKnown, "已经入过库") as error:
        take((greens, 5, "9.00"), delivery_note=typed)
    assert error.value.receipt == first


def test_another_suppliers_note_may_have_the_same_number(take, greens, station, staff):
    take((greens, 20, "40.00"), delivery_note="1")
    other = factories.supplier(station)
    lines = [Came(greens.pk, 20, D("40.00"))]
    receiving.receive(station, other, lines, by=staff, nonce=uuid4(), delivery_note="1")
    assert stock_and_price(greens)[0] == 50


def test_without_a_note_the_day_and_the_goods_tell_it(take, greens, eggs, bought):
    until = timezone.localdate() + timedelta(days=9)
    first = take((greens, 20, "40.00"), (eggs, 6, "54.00"))
    again = [
        Came(eggs.pk, 6, D("54.00"), expires_on=until),
        Came(greens.pk, 5, D("10.00")),
        Came(greens.pk, 15, D("30.00")),
    ]
    with refused(DeliveryKnown, "请填送货单号") as error:
        take(*again, purchase=bought((greens, 2, 10)))
    assert error.value.receipt == first
    # With its number, a second load of the same is another delivery.
    take(*again, delivery_note="2")
    assert stock_and_price(greens)[0] == 50


def test_the_same_goods_on_another_day_are_another_delivery(take, greens, monkeypatch):
    take((greens, 20, "40.00"))
    tomorrow = timezone.now() + timedelta(days=1)
    monkeypatch.setattr(timezone, "now", lambda: tomorrow)
    take((greens, 20, "40.00"))
    assert stock_and_price(greens)[0] == 50


def test_a_load_like_one_of_today_is_worth_a_second_look(take, station, supplier, greens):
    first = take((greens, 20, "40.00"), delivery_note="7")
    same = [Came(greens.pk, 20, D("40.00"))]
    assert receiving.similar_today(station, supplier, same) == first
    assert receiving.similar_today(station, supplier, [Came(greens.pk, 20, D("41.00"))]) is None
