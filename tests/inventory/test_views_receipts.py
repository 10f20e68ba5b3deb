"""The receiving pages: pick, type, look at the prices, take in; photos; and who may not."""

import io
import re
from decimal import Decimal
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from inventory.models import Costing, Lot, Move, Purchase, Receipt, ReceiptPhoto, Upload
from inventory.purchases import purchasing
from inventory.receipts import receiving
from inventory.receipts.photos import Photo
from tests import factories

D = Decimal
NEW = reverse("station-receipt-new")


@pytest.fixture
def supplier(station):
    return factories.supplier(station, "农场")


@pytest.fixture
def greens(station):
    return factories.item(station, "青菜 2 斤", price="2.30", in_stock=10)


@pytest.fixture
def eggs(station):
    made = factories.item(station, "鸡蛋 30 枚", price="9.00", in_stock=0)
    type(made.record.product).objects.filter(pk=made.record.product_id).update(upc="6901234567892")
    return made


@pytest.fixture
def purchase(station, supplier, staff, greens):
    made = purchasing.draft(station, supplier, [(greens.pk, 2, 10, D("21.00"))], by=staff)
    purchasing.place(made, by=staff)
    return made


@pytest.fixture
def clerk(client, staff):
    client.force_login(staff)
    return client


def typed(*lines, step="preview", **fields):
    """What the form sends; a line is a dict of its fields."""
    said = {"nonce": str(uuid4()), "step": step, "spread": "value"} | fields
    said |= {"form-TOTAL_FORMS": str(len(lines)), "form-INITIAL_FORMS": "0"}
    for number, line in enumerate(lines):
        said |= {f"form-{number}-{name}": value for name, value in line.items()}
    return said


def there(purchase=None, supplier=None) -> str:
    return f"{NEW}?purchase={purchase.pk}" if purchase else f"{NEW}?supplier={supplier.pk}"


def everything() -> list[int]:
    return [model.objects.count() for model in (Receipt, ReceiptPhoto, Lot, Move, Costing)]


def picture(colour="red") -> SimpleUploadedFile:
    written = io.BytesIO()
    Image.new("RGB", (60, 40), colour).save(written, "JPEG")
    return SimpleUploadedFile("invoice.jpg", written.getvalue(), "image/jpeg")


def sentences(response) -> str:
    return response.content.decode()


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


# --- figures nobody means ------------------------------------------------------------------------
@pytest.mark.parametrize("step", ["preview", "post"])
@pytest.mark.parametrize(
    ("units", "cost", "sentence"),
    [
        # 20 were ordered at 2.10 each; one cost 2.30 before.
        ("201", "420.00", "“青菜 2 斤”收了 201 份，只订了 20 份"),
        ("20", "420.20", "“青菜 2 斤”一份合 ¥21.01，报价是 ¥2.10"),
        ("20", "460.20", "“青菜 2 斤”一份合 ¥23.01，报价是 ¥2.10"),
        ("20", "4.19", "“青菜 2 斤”一份合 ¥0.21，报价是 ¥2.10"),
        ("20", "4.50", "“青菜 2 斤”一份合 ¥0.23，以前是 ¥2.30"),
    ],
)
def test_absurd_figures_need_a_tick(clerk, purchase, step, units, cost, sentence):
    [line] = purchase.lines.all()
    said = typed({"asked": line.pk, "units": units, "cost": cost}, step=step)
    before = everything()
    page = clerk.post(there(purchase), said)
    assert page.status_code == (400 if step == "preview" else 409)
    assert sentence in sentences(page)
    assert "我核对过发票，就是这样" in sentences(page)
    assert page.context["desk"].lines[0]["cost"].value() == cost
    assert everything() == before
    page = clerk.post(there(purchase), said | {"sure": "on", "step": "preview"})
    assert page.status_code == 200
    assert '<input type="hidden" name="sure" value="True"' in sentences(page)
    page = clerk.post(there(purchase), said | {"sure": "True", "step": "post"})
    assert (page.status_code, Receipt.objects.count()) == (302, 1)
    # The same form again is the same receipt, whatever the figures look like by now.
    again = clerk.post(there(purchase), said | {"sure": "False", "step": "post"})
    assert (again.url, Receipt.objects.count()) == (page.url, 1)


@pytest.mark.parametrize(
    ("units", "cost"), [("200", "420.00"), ("20", "420.00"), ("20", "4.60"), ("20", "0")]
)
def test_unusual_figures_need_none(clerk, purchase, units, cost):
    [line] = purchase.lines.all()
    page = clerk.post(there(purchase), typed({"asked": line.pk, "units": units, "cost": cost}))
    assert page.status_code == 200
    assert "我核对过发票" not in sentences(page)


def test_without_a_purchase_the_cost_so_far_is_what_is_known(clerk, supplier, greens, eggs):
    lines = [{"good": good, "units": "9", "cost": "220000"} for good in ("青菜", "鸡蛋")]
    page = clerk.post(there(supplier=supplier), typed(*lines))
    assert page.status_code == 400
    assert "“青菜 2 斤”一份合 ¥24444.44，以前是 ¥2.30" in sentences(page)


def test_a_good_without_a_known_cost_cannot_be_compared(clerk, station, supplier):
    factories.item(station, "新货", price="0.00", in_stock=0)
    page = clerk.post(
        there(supplier=supplier), typed({"good": "新货", "units": "9", "cost": "220000"})
    )
    assert page.status_code == 200


def test_the_tick_is_asked_for_again_after_a_change(clerk, purchase):
    [line] = purchase.lines.all()
    said = typed({"asked": line.pk, "units": "201", "cost": "420.00"}, step="edit", sure="True")
    page = clerk.post(there(purchase), said)
    assert "我核对过发票" not in sentences(page)


@pytest.mark.parametrize("cost", ["1e2", "+5", "1_0", "1,000", "٣", "5.", "1E1", "Infinity"])
def test_money_is_digits(clerk, supplier, greens, cost):
    page = clerk.post(there(supplier=supplier), typed({"good": "青菜", "units": "9", "cost": cost}))
    assert page.status_code == 400
    assert "填金额，如 12.50。" in sentences(page)


def test_full_width_figures_are_figures(clerk, supplier, greens):
    page = clerk.post(
        there(supplier=supplier), typed({"good": "青菜", "units": "9", "cost": "２０．５"})
    )
    assert page.context["goods_cost"] == D("20.50")


def test_a_receipt_says_what_cannot_be_corrected(clerk, receipt):
    page = clerk.get(reverse("station-receipt", args=[receipt.pk]))
    assert "金额记错了在这里改不了" in sentences(page)


def test_a_purchase_that_waits_for_nothing_leads_back(clerk, purchase, staff):
    purchasing.finish(purchase, by=staff)
    page = clerk.get(there(purchase), follow=True)
    assert page.redirect_chain == [(reverse("station-receipts"), 302)]
    assert "不在等货" in sentences(page)
    [line] = purchase.lines.all()
    said = typed({"asked": line.pk, "units": "20", "cost": "42.00"}, step="post")
    refused = clerk.post(there(purchase), said)
    assert (refused.status_code, Receipt.objects.count()) == (409, 0)
    assert "不在等货" in sentences(refused)


# --- the steps of the form -----------------------------------------------------------------------
def test_more_lines_and_back_from_the_preview_keep_what_was_typed(clerk, supplier):
    said = typed({"good": "青菜", "units": "5", "cost": "x"}, step="rows", note="左边的车")
    page = clerk.post(there(supplier=supplier), said)
    assert page.status_code == 200
    desk = page.context["desk"]
    assert [form["good"].value() for form in desk.lines] == ["青菜", None, None, None, None]
    assert desk.form["note"].value() == "左边的车"
    assert desk.form["nonce"].value() == said["nonce"]
    assert "✕" not in sentences(page)
    page = clerk.post(there(supplier=supplier), said | {"step": "edit"})
    assert len(page.context["desk"].lines.forms) == 1


def test_the_preview_carries_everything_to_the_post(clerk, purchase, eggs):
    """Whatever is typed stands hidden in the preview, so that its button posts the same."""
    [line] = purchase.lines.all()
    said = typed(
        {"asked": str(line.pk), "units": "20", "damaged": "1", "cost": "42.00"},
        {
            "good": "鸡蛋",
            "units": "3",
            "cost": "27.00",
            "expires_on": "2099-01-01",
            "instead_of": str(line.pk),
        },
        {},
        transport="1.20",
        packing="0.30",
        spread="weight",
        delivery_note="A1",
        note="好",
    ) | {"form-1-expires_on": f"{Move.objects.latest('pk').at:%Y}-12-31"}
    page = clerk.post(there(purchase), said)
    carried = {
        field.html_name: str(field.value())
        for form in (page.context["desk"].form, *page.context["desk"].lines)
        for field in form.kept_fields
    }
    for name, value in said.items():
        if name not in {"step", "form-TOTAL_FORMS", "form-INITIAL_FORMS"}:
            assert carried[name] == value
            assert f'name="{name}" value="{value}"' in sentences(page)


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ({"good": "青菜", "units": "-1", "cost": "1"}, "填 0 到 100000 的整数。"),
        ({"good": "青菜", "units": "1.5", "cost": "1"}, "填 0 到 100000 的整数。"),
        ({"good": "青菜", "units": "9" * 40, "cost": "1"}, "填 0 到 100000 的整数。"),
        ({"good": "青菜", "units": "5", "cost": "-1"}, "填金额，如 12.50。"),
        ({"good": "青菜", "units": "5", "cost": "12 USD"}, "填金额，如 12.50。"),
        ({"good": "青菜", "units": "5", "cost": "1e99"}, "填金额，如 12.50。"),
        ({"good": "青菜", "units": "5", "cost": "1.005"}, "填金额，如 12.50。"),
        ({"good": "青菜", "units": "5"}, "填发票上的金额，白送的填 0。"),
        ({"good": "青菜", "cost": "5"}, "填实收几份"),
        ({"good": "青菜"}, "填实收几份。"),
        ({"units": "5", "cost": "5"}, "这是什么货？"),
        ({"good": "6900000000000", "units": "5", "cost": "10"}, "没有“6900000000000”这样货"),
        ({"good": "a\0b", "units": "5", "cost": "10"}, "有不能用的字符。"),
        ({"good": "菜" * 201, "units": "5", "cost": "10"}, "货名太长了。"),
        ({"good": "青菜", "units": "5", "cost": "10", "expires_on": "tomorrow"}, "日期不对"),
        ({"good": "青菜", "units": "5", "cost": "10", "expires_on": "2001-01-01"}, "已经过期"),
        ({"good": "青菜", "units": "5", "cost": "10", "expires_on": "9999-01-01"}, "看看年份"),
        ({"asked": "999999", "units": "5", "cost": "10"}, "这一页过期了"),
        ({"asked": "9" * 40, "units": "5", "cost": "10"}, "这一页过期了"),
        ({"asked": "²", "units": "5", "cost": "10"}, ""),
        ({"good": "青菜", "units": "5", "cost": "10", "instead_of": "7"}, ""),
        ({}, "一样货也没收"),
    ],
)
@pytest.mark.parametrize("step", ["preview", "post"])
def test_what_cannot_be_right_is_said_and_nothing_written(
    clerk, supplier, greens, line, sentence, step
):
    before = everything()
    response = clerk.post(there(supplier=supplier), typed(line, step=step))
    assert response.status_code in {400, 409}
    assert sentence in sentences(response)
    assert everything() == before
    if "units" in line:
        assert response.context["desk"].lines[0]["units"].value() == line["units"]


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"nonce": "x"}, "这一页过期了"),
        ({"transport": "-1"}, "填金额，如 12.50。"),
        ({"delivery_note": "1" * 41}, "送货单号最多 40 个字。"),
        ({"spread": "luck"}, ""),
        ({"form-TOTAL_FORMS": "x"}, "这一页过期了"),
        ({"form-TOTAL_FORMS": ""}, "这一页过期了"),
        ({"form-TOTAL_FORMS": "301"}, "行数太多了"),
        ({"form-TOTAL_FORMS": "9" * 30}, "行数太多了"),
    ],
)
def test_a_form_that_cannot_be_right(clerk, supplier, greens, fields, sentence):
    before = everything()
    said = typed({"good": "青菜", "units": "5", "cost": "10"}, step="post") | fields
    response = clerk.post(there(supplier=supplier), said)
    assert response.status_code == 400
    assert sentence in sentences(response)
    assert everything() == before


def test_a_name_that_several_goods_have_must_be_told_apart(clerk, station, supplier, greens):
    twin = factories.item(station, "青菜 2 斤")
    factories.item(station, "青菜心")
    said = typed({"good": "青菜", "units": "5", "cost": "10"})
    assert "有 3 样货叫“青菜”" in sentences(clerk.post(there(supplier=supplier), said))
    label = f"青菜 2 斤（{twin.record.partner_sku}）"
    page = clerk.post(there(supplier=supplier), said | {"form-0-good": label})
    assert page.context["looks"][0].line.item_id == twin.pk


@pytest.mark.parametrize("where", ["purchase=x", "purchase=99999999999999999999", "supplier=%00"])
def test_no_such_delivery(clerk, where):
    assert clerk.get(f"{NEW}?{where}").status_code == 404


def test_without_a_source_one_picks_one(clerk):
    assert clerk.get(NEW).url == reverse("station-receipts")


# --- photos --------------------------------------------------------------------------------------
def test_files_are_chosen_by_buttons_in_our_words(clerk, supplier, receipt):
    for address in (there(supplier=supplier), reverse("station-receipt", args=[receipt.pk])):
        text = clerk.get(address).text
        assert text.count('<label class="btn secondary shoot">') == 2
        for words, name in (("拍照", "camera"), ("选照片或 PDF", "photos")):
            pattern = rf'{words}</span><input type="file" name="{name}"[^>]*></label>'
            assert re.search(pattern, text), name
        assert "data-chosen" in text
        assert "station/receiving" in text, "names what was chosen"


def test_the_heading_has_no_stray_spaces(clerk, supplier):
    assert f"收{supplier}的货" in clerk.get(there(supplier=supplier)).text


def test_a_change_of_price_stays_on_one_line(clerk, purchase):
    [line] = purchase.lines.all()
    said = typed({"asked": line.pk, "units": "20", "cost": "60.00"})
    assert (
        '<span class="price-change"><small class="quiet">¥2.30 →</small>'
        in clerk.post(there(purchase), said).text
    )


def test_photos_ride_along_from_the_form_to_the_receipt(clerk, supplier, greens):
    said = typed({"good": "青菜", "units": "5", "cost": "10"}, step="rows", camera=picture())
    kept = clerk.post(there(supplier=supplier), said).context["kept"]
    tokens = [str(upload.token) for upload in kept]
    said |= {"step": "preview", "photo": tokens, "camera": "", "photos": [picture("blue")]}
    page = clerk.post(there(supplier=supplier), said)
    tokens = [str(upload.token) for upload in page.context["kept"]]
    assert len(tokens) == 2
    said |= {"step": "post", "photo": tokens, "photos": ""}
    address = clerk.post(there(supplier=supplier), said).url
    receipt = Receipt.objects.get()
    assert [photo.content_type for photo in receipt.photos.all()] == ["image/jpeg"] * 2
    assert Upload.objects.count() == 0
    # A second tap: the photos are where they belong, and nobody is told otherwise.
    page = clerk.post(there(supplier=supplier), said, follow=True)
    assert (page.redirect_chain[0][0], ReceiptPhoto.objects.count()) == (address, 2)
    assert "没有存上" not in sentences(page)


@pytest.mark.parametrize(
    ("file", "sentence"),
    [
        (SimpleUploadedFile("a.jpg", b"<script>", "image/jpeg"), "认不出这张图"),
        (SimpleUploadedFile("a.jpg", b"", "image/jpeg"), "是空的"),
        (SimpleUploadedFile("a.pdf", b"%PDF-" + b"x" * 10 * 1024 * 1024), "最多 10 MB"),
    ],
)
def test_a_bad_photo_is_said_and_the_rest_kept(clerk, supplier, greens, file, sentence):
    file.seek(0)
    said = typed(
        {"good": "青菜", "units": "5", "cost": "10"}, step="post", photos=[file, picture()]
    )
    response = clerk.post(there(supplier=supplier), said)
    assert (response.status_code, Receipt.objects.count()) == (400, 0)
    assert sentence in sentences(response)
    assert response.context["desk"].lines[0]["units"].value() == "5"


def test_the_ninth_photo_is_refused(clerk, supplier, greens):
    photos = [picture() for _ in range(9)]
    said = typed({"good": "青菜", "units": "5", "cost": "10"}, photos=photos)
    response = clerk.post(there(supplier=supplier), said)
    assert response.status_code == 400
    assert "最多 8 张照片" in sentences(response)
    assert len(response.context["kept"]) == 8


def test_somebody_elses_kept_photo_is_not_taken(clerk, client, supplier, greens, manager):
    said = typed({"good": "青菜", "units": "5", "cost": "10"}, photos=picture())
    [upload] = clerk.post(there(supplier=supplier), said).context["kept"]
    client.force_login(manager)
    said |= {"photos": "", "photo": [str(upload.token), "x"], "step": "post"}
    page = client.post(there(supplier=supplier), said, follow=True)
    assert ReceiptPhoto.objects.count() == 0
    assert "没有存上" in sentences(page)


@pytest.fixture
def receipt(station, greens, staff):
    return factories.received(station, greens, 5, "10.00", by=staff)


def test_a_photo_is_added_later_and_looked_at(clerk, receipt):
    address = reverse("station-receipt-photo-add", args=[receipt.pk])
    assert clerk.post(address, {"camera": picture()}).status_code == 302
    [photo] = receipt.photos.all()
    answer = clerk.get(reverse("station-receipt-photo", args=[photo.pk]))
    assert (answer["Content-Type"], answer.content[:3]) == ("image/jpeg", b"\xff\xd8\xff")
    assert "sandbox" in answer["Content-Security-Policy"]
    assert answer["X-Content-Type-Options"] == "nosniff"
    page = clerk.get(reverse("station-receipt", args=[receipt.pk]))
    assert reverse("station-receipt-photo", args=[photo.pk]) in sentences(page)


def test_a_pdf_is_given_out_to_keep_and_never_shown(clerk, receipt, staff):
    photo = receiving.add_photo(receipt, Photo(b"%PDF-1.4", "application/pdf"), by=staff)
    answer = clerk.get(reverse("station-receipt-photo", args=[photo.pk]))
    assert answer["Content-Disposition"].startswith("attachment")


def test_a_bad_photo_later_is_said(clerk, receipt):
    address = reverse("station-receipt-photo-add", args=[receipt.pk])
    bad = SimpleUploadedFile("a.png", b"no picture", "image/png")
    response = clerk.post(address, {"photos": bad})
    assert (response.status_code, receipt.photos.count()) == (400, 0)
    assert "认不出这张图" in sentences(response)
    assert clerk.get(address).status_code == 405


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
