"""东西不对: the household says so on its order, and reads the answer there."""

from decimal import Decimal
from io import BytesIO
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from shop.claims import answering
from shop.models import Claim, Notice
from tests import factories
from tests.shop.doors import hand_out, send_out
from tests.shop.orders import place


@pytest.fixture
def order(round, home, resident, cabbage, tofu, courier, manager):
    """Three cabbages for 6.90 and two tofus for 6.00; paid in cash at the door."""
    order = place(round, home, (cabbage, 3), (tofu, 2))
    hand_out(send_out(round, courier, manager), courier, "handed", cash="12.90")
    return order


@pytest.fixture
def as_resident(client, resident):
    client.force_login(resident)
    return client


def jpeg() -> SimpleUploadedFile:
    written = BytesIO()
    Image.new("RGB", (40, 30), "green").save(written, "JPEG")
    return SimpleUploadedFile("厨房.jpg", written.getvalue(), "image/jpeg")


def said(order, **fields) -> dict:
    line = order.lines.get(title="豆腐")
    return {"line": line.pk, "kind": "damaged", "units": "1", "nonce": uuid4(), **fields}


def send(client, order, **fields):
    return client.post(reverse("order-claim", args=[order.number]), said(order, **fields))


def page(client, order) -> str:
    return client.get(reverse("order-detail", args=[order.number])).text


def test_what_was_wrong_is_said_in_one_form(as_resident, order, resident):
    assert "东西不对？" in page(as_resident, order)
    form = as_resident.get(reverse("order-claim", args=[order.number])).text
    assert form.count('type="radio" name="line"') == 2
    answer = send(as_resident, order, note="碎了", photo=jpeg())
    assert answer.url == reverse("order-detail", args=[order.number])
    claim = Claim.objects.get()
    assert (claim.line.title, claim.kind, claim.units, claim.note) == ("豆腐", "damaged", 1, "碎了")
    assert claim.by == resident
    text = page(as_resident, order)
    assert "记下了，驿站看过会在这里答复您。" in text
    assert "豆腐 · 坏了 1 份" in text
    assert "驿站看到了会答复您" in text
    assert "看照片" in text
    shown = as_resident.get(reverse("claim-photo", args=[claim.pk]))
    assert shown["Content-Type"] == "image/jpeg"
    assert shown["Cache-Control"] == "private, no-store"
    assert b"".join(shown.streaming_content).startswith(b"\xff\xd8")


def test_the_answer_and_the_money_are_on_the_order_and_in_the_news(as_resident, order, staff):
    send(as_resident, order)
    claim = Claim.objects.get()
    page(as_resident, order)
    answering.accept(claim, Decimal("3.00"), "对不起", by=staff)
    heard = as_resident.get(reverse("home")).text
    assert "豆腐：您说东西不对，少收 ¥3.00" in heard
    assert "豆腐：驿站答复：对不起" in heard
    text = page(as_resident, order)
    assert "已退钱" in text
    assert "驿站答复：对不起" in text
    assert "退回驿站账户</dt><dd>¥3.00" in text
    assert not Notice.objects.filter(seen_at=None).exists()


def test_accepted_without_a_word_still_says_so(as_resident, order, staff):
    send(as_resident, order)
    answering.accept(Claim.objects.get(), Decimal("3.00"), by=staff)
    text = page(as_resident, order)
    assert "驿站认可了您说的" in text
    assert "您说东西不对，少收 ¥3.00</small>" in text


def test_a_no_says_why(as_resident, order, staff):
    send(as_resident, order)
    answering.decline(Claim.objects.get(), "照片里是好的", by=staff)
    assert "豆腐：驿站答复：照片里是好的" in as_resident.get(reverse("home")).text
    text = page(as_resident, order)
    assert "没有退" in text
    assert "付清了" in text


def test_a_second_tap_is_one_claim(as_resident, order):
    nonce = uuid4()
    for _tap in range(2):
        assert send(as_resident, order, nonce=nonce).status_code == 302
    assert Claim.objects.count() == 1


def test_more_than_came_keeps_what_was_typed(as_resident, order):
    answer = send(as_resident, order, units="3", note="都碎了")
    assert answer.status_code == 409
    assert "豆腐还能报 2 份，不能报更多。" in answer.text
    assert 'value="都碎了"' in answer.text
    assert not Claim.objects.exists()


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"line": ""}, "请选是哪一样。"),
        ({"line": "9" * 30}, "请选是哪一样。"),
        ({"kind": ""}, "请选少了、坏了还是送错了。"),
        ({"units": "-1"}, "请填几份不对，至少 1 份。"),
        ({"note": "x" * 201}, "最多写 200 个字。"),
    ],
)
def test_what_cannot_be_right_is_said_at_its_field(as_resident, order, fields, sentence):
    answer = send(as_resident, order, **fields)
    assert answer.status_code == 400
    assert sentence in answer.text
    assert not Claim.objects.exists()


def test_a_photo_that_is_none_is_said_in_words(as_resident, order):
    answer = send(as_resident, order, photo=SimpleUploadedFile("a.jpg", b"no picture"))
    assert answer.status_code == 409
    assert "notice error" in answer.text
    assert not Claim.objects.exists()


def test_a_line_of_another_order_is_none_of_this_one(as_resident, order, round, cabbage, station):
    other = place(factories.round(station), order.placement.household, (cabbage, 1))
    assert send(as_resident, order, line=other.lines.get().pk).status_code == 400
    assert not Claim.objects.exists()


def test_not_before_it_came(as_resident, round, home, resident, cabbage):
    order = place(round, home, (cabbage, 1))
    assert "东西不对" not in page(as_resident, order)
    answer = as_resident.get(reverse("order-claim", args=[order.number]), follow=True)
    assert "东西送到以后，才能说哪里不对。" in answer.text


@pytest.mark.parametrize("who", ["neighbour", "stranger"])
def test_nobody_else_says_or_sees_it(client, order, request, who, resident):
    client.force_login(resident)
    send(client, order, photo=jpeg())
    claim = Claim.objects.get()
    client.force_login(request.getfixturevalue(who))
    assert client.get(reverse("order-claim", args=[order.number])).status_code == 404
    assert send(client, order).status_code == 404
    assert client.get(reverse("claim-photo", args=[claim.pk])).status_code == 404
    assert Claim.objects.count() == 1


def test_without_a_photo_there_is_none(as_resident, order):
    send(as_resident, order)
    claim = Claim.objects.get()
    assert "看照片" not in page(as_resident, order)
    assert as_resident.get(reverse("claim-photo", args=[claim.pk])).status_code == 404


def test_what_was_claimed_altogether_is_not_offered_again(as_resident, order):
    send(as_resident, order, units="2")
    form = as_resident.get(reverse("order-claim", args=[order.number])).text
    assert form.count('type="radio" name="line"') == 1
    send(as_resident, order, line=order.lines.exclude(title="豆腐").get().pk, units="3")
    assert "东西不对？" not in page(as_resident, order)
