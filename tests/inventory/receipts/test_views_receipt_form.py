"""The receiving form: figures nobody means, its steps, and what cannot be right."""

import pytest
from django.urls import reverse

from inventory.models import Move, Receipt
from inventory.purchases import purchasing
from tests import factories
from tests.inventory.receipts.forms import NEW, D, everything, sentences, there, typed


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
