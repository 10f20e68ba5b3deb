"""The receiving pages: the list, a delivery from form to receipt, and who may not."""

from uuid import uuid4

import pytest
from django.urls import reverse

from inventory.models import Purchase, Receipt
from inventory.purchases import purchasing
from inventory.receipts import receiving
from inventory.receipts.photos import Photo
from tests import factories
from tests.inventory.receipts.forms import D, everything, picture, sentences, there, typed


# --- the list ------------------------------------------------------------------------------------
def test_the_list_shows_what_is_waited_for_and_what_came(clerk, station, purchase, greens):
    receipt = factories.received(station, greens, 5, "10.00", by=purchase.made_by)
    page = clerk.get(reverse("station-receipts"))
    assert list(page.context["placed"]) == [purchase]
    assert [(r.pk, r.cost) for r in page.context["receipts"]] == [(receipt.pk, D("10.00"))]


def test_the_pages_cost_the_same_with_3_and_with_23_rows(
    clerk, station, supplier, staff, django_assert_max_num_queries, django_assert_num_queries
):
    def grow(count):
        items = [factories.item(station) for _ in range(count)]
        wanted = [(item.pk, 1, 10, D("20.00")) for item in items]
        made = purchasing.order(station, supplier, wanted, by=staff, nonce=uuid4())
        for item in items:
            factories.received(station, item, by=staff)
        lines = [receiving.Came(item.pk, 4, D("8.00")) for item in items]
        receipt = receiving.receive(
            station, supplier, lines, by=staff, nonce=uuid4(), purchase=made
        )
        asked = [
            {"asked": str(line.pk), "units": "6", "cost": "12.00"} for line in made.lines.all()
        ]
        return made, receipt, asked

    def queries(made, receipt, asked) -> list[int]:
        counts = []
        for ask in (
            lambda: clerk.get(reverse("station-receipts")),
            lambda: clerk.get(there(made)),
            lambda: clerk.post(there(made), typed(*asked)),
            lambda: clerk.get(reverse("station-receipt", args=[receipt.pk])),
        ):
            with django_assert_max_num_queries(40) as asked_for:
                assert ask().status_code == 200
            counts.append(len(asked_for))
        return counts

    assert queries(*grow(3)) == queries(*grow(23))


# --- a delivery of a purchase --------------------------------------------------------------------
def test_lines_are_prefilled_with_what_is_still_to_come(clerk, purchase):
    desk = clerk.get(there(purchase)).context["desk"]
    first, *blank = desk.lines
    assert (first["units"].value(), first.left, first.expected) == (20, 20, D("42.00"))
    assert len(blank) == 2


def test_a_delivery_is_previewed_then_taken_in(clerk, purchase, greens, staff):
    [line] = purchase.lines.all()
    said = typed(
        {"asked": line.pk, "units": "18", "damaged": "2", "cost": "36.00"}, transport="3.60"
    )
    before = everything()
    page = clerk.post(there(purchase), said)
    assert page.status_code == 200
    [look] = page.context["looks"]
    # (10 × 2.30 + 39.60) / 28
    assert (look.outlook.account.price, look.outlook.priced.price) == (D("2.30"), D("2.24"))
    assert (look.line.extra, look.unit_cost) == (D("3.60"), D("2.2000"))
    assert "青菜 2 斤 还差 2 份" in sentences(page)
    assert everything() == before

    page = clerk.post(there(purchase), said | {"step": "post"}, follow=True)
    receipt = Receipt.objects.get()
    assert page.redirect_chain == [(reverse("station-receipt", args=[receipt.pk]), 302)]
    assert (receipt.by, receipt.purchase, receipt.transport) == (staff, purchase, D("3.60"))
    assert "¥2.30 →" in sentences(page)
    assert "¥2.24" in sentences(page)
    greens.record.refresh_from_db()
    assert (greens.record.num_in_stock, greens.record.price) == (28, D("2.24"))


def test_a_second_tap_is_the_same_receipt(clerk, purchase):
    [line] = purchase.lines.all()
    said = typed({"asked": line.pk, "units": "20", "cost": "42.00"}, step="post")
    first = clerk.post(there(purchase), said)
    assert clerk.post(there(purchase), said).url == first.url
    assert Receipt.objects.count() == 1


def test_the_same_delivery_in_another_form_is_refused_with_the_way_to_the_first(
    clerk, station, greens, supplier
):
    said = typed({"good": "青菜", "units": "5", "cost": "10.00"}, step="post", delivery_note="A1")
    clerk.post(there(supplier=supplier), said)
    before = everything()
    again = clerk.post(there(supplier=supplier), said | {"nonce": str(uuid4())})
    assert again.status_code == 409
    assert "送货单 A1 已经入过库了" in sentences(again)
    assert reverse("station-receipt", args=[Receipt.objects.get().pk]) in sentences(again)
    assert everything() == before


def test_what_came_instead_and_besides(clerk, purchase, greens, eggs):
    [line] = purchase.lines.all()
    said = typed(
        {"asked": line.pk, "units": "12", "cost": "25.20"},
        {"good": "6901234567892", "units": "8", "cost": "72.00", "instead_of": line.pk},
        {"good": "鸡蛋", "units": "1", "cost": "0"},
    )
    page = clerk.post(there(purchase), said)
    assert [look.cautions for look in page.context["looks"]] == [
        [],
        [],
        ["采购单上没有", "没有花钱，按 0 元入账"],
    ]
    clerk.post(there(purchase), said | {"step": "post"})
    assert list(
        Receipt.objects.get()
        .lines.order_by("pk")
        .values_list("item", "units", "purchase_line", "substitute")
    ) == [
        (greens.pk, 12, line.pk, False),
        (eggs.pk, 8, line.pk, True),
        (eggs.pk, 1, None, False),
    ]
    purchase.refresh_from_db()
    assert purchase.status == "done"


def test_what_looks_like_a_slip_is_said(clerk, purchase):
    [line] = purchase.lines.all()
    page = clerk.post(there(purchase), typed({"asked": line.pk, "units": "22", "cost": "462.00"}))
    [look] = page.context["looks"]
    assert look.cautions == ["比采购单多 2 份", "和以前的进价差一半以上，请核对数量和金额"]


def test_a_load_like_one_of_today_is_said(clerk, supplier, greens):
    said = typed({"good": "青菜", "units": "5", "cost": "10.00"}, step="post", delivery_note="A1")
    clerk.post(there(supplier=supplier), said)
    page = clerk.post(
        there(supplier=supplier),
        said | {"nonce": str(uuid4()), "step": "preview", "delivery_note": "A2"},
    )
    assert page.context["similar"] == Receipt.objects.get()


def test_a_note_number_that_was_received_is_said_before_the_post(clerk, supplier, greens):
    said = typed({"good": "青菜", "units": "5", "cost": "10.00"}, step="post", delivery_note="A 1")
    clerk.post(there(supplier=supplier), said)
    other = typed({"good": "青菜", "units": "7", "cost": "15.00"}, delivery_note="ａ1")
    page = clerk.post(there(supplier=supplier), other)
    receipt = Receipt.objects.get()
    assert (page.status_code, page.context["known"]) == (200, receipt)
    assert f"送货单 ａ1 已经入过库了（{receipt}）" in sentences(page)
    page = clerk.post(there(supplier=supplier), other | {"delivery_note": "A2"})
    assert page.context["known"] is None


def test_the_note_number_of_another_supplier_is_not_known(clerk, station, supplier, greens):
    said = typed({"good": "青菜", "units": "5", "cost": "10.00"}, step="post", delivery_note="A1")
    clerk.post(there(supplier=supplier), said)
    other = factories.supplier(station, "菜场")
    page = clerk.post(there(supplier=other), said | {"nonce": str(uuid4()), "step": "preview"})
    assert page.context["known"] is None


def test_the_heading_has_no_stray_spaces(clerk, supplier):
    assert f"收{supplier}的货" in clerk.get(there(supplier=supplier)).text


def test_a_change_of_price_stays_on_one_line(clerk, purchase):
    [line] = purchase.lines.all()
    said = typed({"asked": line.pk, "units": "20", "cost": "60.00"})
    assert (
        '<span class="price-change"><small class="quiet">¥2.30 →</small>'
        in clerk.post(there(purchase), said).text
    )


# --- who may not ---------------------------------------------------------------------------------
@pytest.mark.parametrize("who", ["stranger", "resident", "courier", "leader"])
def test_nobody_else_receives_or_looks(client, request, who, purchase, receipt, staff):
    photo = receiving.add_photo(receipt, Photo(b"a jpeg", "image/jpeg"), by=staff)
    client.force_login(request.getfixturevalue(who))
    before = everything()
    [line] = purchase.lines.all()
    said = typed({"asked": line.pk, "units": "20", "cost": "42.00"}, step="post")
    no = {403, 404}
    assert client.post(there(purchase), said).status_code in no
    assert client.post(there(supplier=purchase.supplier), said).status_code in no
    assert client.get(reverse("station-receipt", args=[receipt.pk])).status_code in no
    assert client.get(reverse("station-receipt-photo", args=[photo.pk])).status_code in no
    add = reverse("station-receipt-photo-add", args=[receipt.pk])
    assert client.post(add, {"photos": picture()}).status_code in no
    assert everything() == before
    assert Purchase.objects.get().status == "placed"


def test_the_manager_may_too(client, manager, purchase):
    client.force_login(manager)
    [line] = purchase.lines.all()
    said = typed({"asked": line.pk, "units": "20", "cost": "42.00"}, step="post")
    assert client.post(there(purchase), said).status_code == 302
    assert Receipt.objects.get().by == manager
