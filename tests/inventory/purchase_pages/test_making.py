"""采购单: the page on which a purchase is made."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from inventory.models import Purchase
from tests import factories
from tests.inventory.purchase_pages.conftest import asked


def test_one_button_makes_and_places(post, farm, rice, eggs, staff):
    said = {f"packs-{rice.pk}": "8", f"packs-{eggs.pk}": "", "seen": "0", "place": "1"}
    page = post("station-purchase-new", farm.pk, note="送到后门", **said)
    made = Purchase.objects.get()
    assert page.url == reverse("station-purchase", args=[made.pk])
    assert (made.status, made.made_by, made.placed_by) == ("placed", staff, staff)
    assert (asked(made), made.note) == ({"大米": 8}, "送到后门")
    line = made.lines.get()
    assert (line.pack_units, line.pack_price) == (5, Decimal("140.00"))


def test_the_other_button_keeps_a_draft(post, farm, rice):
    post("station-purchase-new", farm.pk, **{f"packs-{rice.pk}": "8"})
    assert Purchase.objects.get().status == "draft"


def test_a_second_tap_makes_no_second_purchase(post, farm, rice):
    said = {f"packs-{rice.pk}": "8", "nonce": str(uuid4()), "seen": "0", "place": "1"}
    first, second = (post("station-purchase-new", farm.pk, **said) for _ in range(2))
    assert first.url == second.url
    assert Purchase.objects.count() == 1


def test_a_page_from_before_somebodys_purchase_is_shown_it_first(post, farm, rice, drafted):
    said = {f"packs-{rice.pk}": "8", "seen": "0", "place": "1"}
    page = post("station-purchase-new", farm.pk, **said)
    assert page.status_code == 409
    assert "刚才有人给这家开了 CG-0001，请看一眼再决定还要不要买。" in page.content.decode()
    form = page.context["form"]
    assert form.field(rice.pk).value() == "8"
    assert Purchase.objects.count() == 1
    # Who has looked presses again, and the page sent now knows of it.
    said |= {"nonce": form["nonce"].value(), "seen": form["seen"].value()}
    assert post("station-purchase-new", farm.pk, **said).status_code == 302
    assert Purchase.objects.count() == 2


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("-1", "大米：填 0 到 9999 的整数。"),
        ("10000", "大米：填 0 到 9999 的整数。"),
        ("九百", "大米：填 0 到 9999 的整数。"),
        ("1.5", "大米：填 0 到 9999 的整数。"),
        ("9" * 5000, "大米：填 0 到 9999 的整数。"),
        ("\x00", "大米：填 0 到 9999 的整数。"),
        ("0", "一样都没填，先填要买几件。"),
        ("", "一样都没填，先填要买几件。"),
    ],
)
def test_what_cannot_be_ordered_is_said_and_kept(post, farm, rice, eggs, typed, sentence):
    said = {f"packs-{rice.pk}": typed, "note": "早点来"}
    page = post("station-purchase-new", farm.pk, **said)
    assert page.status_code == 400
    assert sentence in page.content.decode()
    assert page.context["form"]["note"].value() == "早点来"
    assert not Purchase.objects.exists()


@pytest.mark.parametrize("nonce", ["", "x", "0"])
def test_a_form_without_its_nonce_is_stale(post, farm, rice, nonce):
    page = post("station-purchase-new", farm.pk, **{f"packs-{rice.pk}": "1", "nonce": nonce})
    assert page.status_code == 400
    assert "这一页过期了，请刷新再试。" in page.content.decode()
    assert not Purchase.objects.exists()


def test_goods_the_supplier_does_not_offer_are_not_ordered(post, station, farm, rice):
    salt = factories.item(station, "盐")
    post("station-purchase-new", farm.pk, **{f"packs-{rice.pk}": "1", f"packs-{salt.pk}": "5"})
    assert asked(Purchase.objects.get()) == {"大米": 1}


def test_nothing_is_ordered_of_a_supplier_no_longer_in_use(post, farm, rice):
    farm.active = False
    farm.save()
    assert post("station-purchase-new", farm.pk, **{f"packs-{rice.pk}": "1"}).status_code == 404
