"""售后 at the station: seen and answered by its own people, and by nobody else."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from delivery import households
from shop.claims import answering, claiming
from shop.day_end import report
from shop.errors import ClaimsLeft
from shop.models import Claim, MoneyMove, OrderStatus
from shop.money import accounts, ledger
from shop.money.ledger import Entry
from shop.views.claims import _accepted
from tests import factories
from tests.shop.doors import hand_out, send_out
from tests.shop.orders import place

LIST = reverse("station-claims")


@pytest.fixture
def order(round, home, cabbage, tofu, courier, manager):
    """Three cabbages for 6.90 and two tofus for 6.00, left at the door."""
    order = place(round, home, (cabbage, 3), (tofu, 2))
    hand_out(send_out(round, courier, manager), courier)
    return order


@pytest.fixture
def claim(order, resident):
    line = order.lines.get(title="白菜")
    said = {"kind": "damaged", "units": 2, "note": "烂了", "by": resident}
    return claiming.make(line, photo=factories.picture(), nonce=uuid4(), **said)


def page_of(claim) -> str:
    return reverse("station-claim", args=[claim.pk])


def answer(client, claim, decision="accept", **said):
    return client.post(page_of(claim), {"decision": decision, "amount": "4.60", **said})


def state(claim) -> tuple:
    claim.refresh_from_db()
    return claim.status, claim.amount, claim.answer


UNTOUCHED = ("open", Decimal("0.00"), "")


def test_the_list_says_what_waits_and_what_was_answered(client, claim, home, staff):
    client.force_login(staff)
    page = client.get(LIST)
    assert "1 件等答复" in page.text
    assert home.address in page.text
    assert "烂了" in page.text
    answering.decline(claim, "照片上是好的", by=staff)
    page = client.get(LIST)
    assert "没有等答复的" in page.text
    assert "照片上是好的" in page.text


def test_its_page_offers_what_the_units_come_to(client, claim, staff):
    client.force_login(staff)
    page = client.get(page_of(claim))
    assert page.context["form"].initial["amount"] == Decimal("4.60")
    assert "最多退 ¥6.90" in page.text
    assert reverse("station-claim-photo", args=[claim.pk]) in page.text


def test_accepted(client, claim, order, staff):
    client.force_login(staff)
    page = client.post(page_of(claim), {"decision": "accept", "amount": "4.6", "answer": "对不起"})
    assert page.headers["Location"] == LIST
    assert "退好了：还没付的少收 ¥4.60。" in client.get(LIST).text
    assert state(claim) == ("accepted", Decimal("4.60"), "对不起")
    assert ledger.owed([order.pk]) == {order.pk: Decimal("8.30")}
    assert "退了 ¥4.60" in client.get(page_of(claim)).text


def test_the_days_end_says_what_was_let_off_and_what_waits_for_its_payment(
    client, claim, order, station, staff
):
    def today() -> report.DayEnd:
        return report.of(station, timezone.localdate())

    before = today()
    assert (before.let_off, before.awaiting) == (Decimal("0.00"), Decimal("0.00"))
    client.force_login(staff)
    answer(client, claim)
    found = today()
    assert (found.let_off, found.awaiting) == (Decimal("-4.60"), Decimal("0.00"))
    assert found.goods.total.variance - before.goods.total.variance == Decimal("-4.60")
    assert found.other_variance == before.other_variance
    type(order).objects.filter(pk=order.pk).update(status=OrderStatus.AWAITING)
    assert today().awaiting == today().goods.total.charged == Decimal("8.30")
    page = client.get(reverse("station-day-end")).text
    assert "售后和少秤让掉的</span><b>−¥4.60</b>" in page
    assert "其中 ¥8.30 还在等网上付款" in page


def test_it_is_said_where_the_money_went():
    def gone(target, amount):
        return Entry(
            station_id=1,
            kind=MoneyMove.Kind.REFUND,
            source=MoneyMove.Account.ORDER,
            target=target,
            amount=Decimal(amount),
        )

    booked = [
        gone(MoneyMove.Account.FUND, "3.45"),
        gone(MoneyMove.Account.HOUSEHOLD, "8.05"),
    ]
    assert _accepted(Decimal("11.50"), booked) == "退好了：¥8.05 进驿站账户，¥3.45 回互助金。"
    assert _accepted(Decimal("11.50"), []) == "退好了，住户会看到。", "a second tap"


def test_declined(client, claim, order, staff):
    client.force_login(staff)
    answer(client, claim, "decline", answer="照片上是好的")
    assert state(claim) == ("declined", Decimal("0.00"), "照片上是好的")
    assert ledger.owed([order.pk]) == {order.pk: Decimal("12.90")}


@pytest.mark.parametrize(
    ("said", "status", "sentence"),
    [
        ({"amount": "6.91"}, 409, "这一样现在只收了 ¥6.90，不能退得更多。"),
        ({"amount": "0"}, 409, "退的金额要大于 0；不退请选“不退钱”。"),
        ({"amount": "-1"}, 400, "金额不能是负的。"),
        ({"amount": "1e2"}, 400, "请填金额，比如 20 或 20.50。"),
        ({"amount": ""}, 400, "请填退多少。"),
        ({"amount": "99999999999"}, 400, "金额太大了，请看看是不是多按了一位。"),
        ({"decision": "decline", "answer": ""}, 400, "不退钱，请写一句为什么。"),
        ({"answer": "长" * 201}, 400, "最多写 200 个字。"),
        ({"answer": "a\x00b"}, 400, "里面有看不见的怪字符，请重新打一遍。"),
        ({"decision": "maybe"}, 400, "请选退钱还是不退钱。"),
    ],
)
def test_bad_input_is_one_sentence_and_nothing_is_lost(
    client, claim, staff, said, status, sentence
):
    client.force_login(staff)
    page = answer(client, claim, **{"answer": "打过的字", **said})
    assert page.status_code == status
    assert sentence in page.text
    if "answer" not in said:
        assert "打过的字" in page.text
    assert state(claim) == UNTOUCHED


def test_who_comes_second_sees_the_first_answer(client, claim, home, staff, manager):
    answering.accept(claim, Decimal("1.00"), "退一块", by=manager)
    client.force_login(staff)
    page = answer(client, claim)
    assert page.status_code == 409
    assert "刚刚有人答复过了" in page.text
    assert "退一块" in page.text
    assert state(claim) == ("accepted", Decimal("1.00"), "退一块")


@pytest.mark.parametrize("who", ["resident", "leader", "courier", "stranger"])
def test_nobody_else_answers_or_looks(client, request, claim, who):
    client.force_login(request.getfixturevalue(who))
    photo = reverse("station-claim-photo", args=[claim.pk])
    assert answer(client, claim).status_code in {403, 404}
    assert client.get(page_of(claim)).status_code in {403, 404}
    assert client.get(photo).status_code in {403, 404}
    assert state(claim) == UNTOUCHED


def test_the_photo_is_for_the_station_and_not_for_keeping(client, claim, staff):
    client.force_login(staff)
    answer = client.get(reverse("station-claim-photo", args=[claim.pk]))
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert b"".join(answer.streaming_content).startswith(b"\xff\xd8")
    assert client.get(f"/media/{claim.photo.name}").status_code == 404


def test_a_photo_that_is_lost_is_no_error(client, claim, staff):
    claim.photo.storage.delete(claim.photo.name)
    client.force_login(staff)
    assert client.get(reverse("station-claim-photo", args=[claim.pk])).status_code == 404


# --- on behalf of a household --------------------------------------------------------------------


def test_found_by_its_door_and_written_down(client, order, home, staff):
    client.force_login(staff)
    there = reverse("station-claim-for", args=[order.number])
    assert there in client.post(reverse("station-claim-new"), {"q": "1-1-101"}).text
    line = order.lines.get(title="豆腐")
    said = {"line": line.pk, "kind": "missing", "units": 1, "note": "", "nonce": uuid4()}
    page = client.post(there, said)
    claim = Claim.objects.get()
    assert page.headers["Location"] == page_of(claim)
    assert (claim.line, claim.kind, claim.by) == (line, "missing", staff)
    client.post(there, said)
    assert Claim.objects.count() == 1


def test_another_door_or_an_order_on_its_way_is_not_found(client, round, home, cabbage, staff):
    order = place(round, home, (cabbage, 1))
    client.force_login(staff)
    for words in ("1-1-101", "9-9", "\x00"):
        page = client.post(reverse("station-claim-new"), {"q": words})
        assert (page.status_code, order.number in page.text) == (200, False)
    page = client.get(reverse("station-claim-new"), {"q": "张三"})
    assert "张三" not in page.text, "an address is kept, and may name somebody"


@pytest.mark.parametrize(
    ("said", "status", "sentence"),
    [
        ({"units": "9"}, 409, "白菜还能报 3 份，不能报更多。"),
        ({"units": "x"}, 400, "请填几份不对，至少 1 份。"),
        ({"line": "0"}, 400, "请选是哪一样。"),
        ({"kind": ""}, 400, "请选少了、坏了还是送错了。"),
    ],
)
def test_what_cannot_be_written_down(client, order, staff, said, status, sentence):
    client.force_login(staff)
    line = order.lines.get(title="白菜")
    said = {"line": line.pk, "kind": "missing", "units": 1, "nonce": uuid4()} | said
    page = client.post(reverse("station-claim-for", args=[order.number]), said)
    assert (page.status_code, sentence in page.text) == (status, True)
    assert not Claim.objects.exists()


def test_a_line_of_another_order_is_refused(client, round, grid, order, cabbage, staff):
    elsewhere = place(factories.round(round.station), factories.household(grid), (cabbage, 1))
    client.force_login(staff)
    said = {"line": elsewhere.lines.get().pk, "kind": "missing", "units": 1, "nonce": uuid4()}
    page = client.post(reverse("station-claim-for", args=[order.number]), said)
    assert (page.status_code, "请选是哪一样。" in page.text) == (400, True)


# --- moving out, and what pages cost -------------------------------------------------------------


def test_who_moves_out_is_answered_first(claim, home, staff):
    with pytest.raises(ClaimsLeft, match="这户还有 1 件售后没有答复，先答复再登记搬走。"):
        households.move_out(home, by=staff)
    answering.accept(claim, Decimal("4.60"), by=staff)
    assert accounts.balance(home) == 0, "it was not paid yet"


def test_the_list_costs_the_same_with_3_and_with_23(client, station, grid, courier, manager, staff):
    rice = factories.item(station, "大米")

    def more(doors: int) -> None:
        this = factories.round(station)
        orders = [place(this, factories.household(grid), (rice, 1)) for _ in range(doors)]
        hand_out(send_out(this, courier, manager), courier)
        for number, order in enumerate(orders):
            said = {"kind": "missing", "units": 1, "by": order.user, "nonce": uuid4()}
            made = claiming.make(order.lines.get(), **said)
            if number % 2:
                answering.accept(made, Decimal("1.00"), by=staff)

    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(LIST).status_code == 200
        return len(captured)

    client.force_login(staff)
    more(3)
    few = queries()
    more(17)
    assert queries() == few <= 12
