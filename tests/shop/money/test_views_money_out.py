"""Money out of a door's account: fetched, mistyped, or never to come. Plain forms."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.urls import reverse

from shop.models import MoneyMove, OrderStatus
from shop.money import accounts, owing
from tests import factories
from tests.shop.money.moves import moved


def test_cash_goes_back_as_far_as_it_is_there(post, home):
    post("deposit", amount="20", source="cash")
    answer = post("pay-back", amount="20.01", through="cash")
    assert answer.status_code == 409
    assert "账户只有 ¥20.00" in answer.content.decode()
    assert 'value="20.01"' in answer.content.decode()
    assert post("pay-back", amount="20", through="cash").status_code == 302
    assert moved()[-1] == ("household", "cash", Decimal("20.00"))


def test_a_transfer_goes_back_and_can_be_found_again(client, post, home, staff):
    accounts.deposit(home, Decimal("20.00"), by=staff, nonce=uuid4())
    said = {"amount": "8", "through": "transfer"}
    answer = post("pay-back", **said)
    assert answer.status_code == 400
    assert '<strong class="error">转账退款要写备注' in answer.content.decode()
    assert "没办成：" not in answer.content.decode()
    assert "备注（转账单号）" in answer.content.decode()
    assert 'value="8"' in answer.content.decode()
    nonce = uuid4()
    for _tap in range(2):
        page = client.post(
            reverse("station-account-pay-back", args=[home.pk]),
            said | {"note": "尾号 4711", "nonce": nonce},
            follow=True,
        )
        assert "转账退给住户 ¥8.00，记好了。" in page.text
    assert moved()[1:] == [("household", "transfer", Decimal("8.00"))]
    assert "转账退回" in page.text
    assert "尾号 4711" in page.text


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"through": "stripe"}, "请从给的几样里选一样"),
        ({}, "请从给的几样里选一样"),
        ({"through": "transfer", "note": "x" * 101}, "单号太长了"),
        ({"through": "transfer", "note": "\x00"}, ""),
    ],
)
def test_other_ways_back_there_are_not(post, home, staff, said, words):
    accounts.deposit(home, Decimal("20.00"), by=staff, nonce=uuid4())
    answer = post("pay-back", amount="8", **said)
    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert len(moved()) == 1


def test_cash_that_the_books_do_not_have_is_paid_out_and_said(client, post, home, staff):
    """It came by transfer, so there is none of it in the till."""
    transfer = MoneyMove.Account.TRANSFER
    accounts.deposit(home, Decimal("20.00"), by=staff, nonce=uuid4(), source=transfer)
    said = {"amount": "20", "through": "cash", "nonce": uuid4()}
    there = reverse("station-account-pay-back", args=[home.pk])
    page = client.post(there, said, follow=True)
    assert "从钱箱退给住户 ¥20.00。" in page.text
    assert "账上钱箱少了 ¥20.00" in page.text


def test_a_mistyped_deposit_is_taken_back_from_the_statement(client, post, home):
    post("deposit", amount="200", source="transfer")
    post("deposit", amount="20", source="cash")
    mistyped = MoneyMove.objects.get(amount=200)
    page = client.get(reverse("station-account", args=[home.pk]))
    assert page.text.count("记错了</button>") == 2
    nonce = uuid4()
    for _tap in range(2):
        assert post("undo", move=mistyped.pk, nonce=nonce).status_code == 302
    assert moved()[2:] == [("household", "transfer", Decimal("200.00"))]
    assert accounts.balance(home) == Decimal("20.00")
    page = client.get(reverse("station-account", args=[home.pk]))
    assert "¥200.00 的充值撤销了。真收到多少，请再记一次。" in page.text
    assert page.text.count("记错了</button>") == 1
    assert page.text.count("已撤销") == 1
    answer = post("undo", move=mistyped.pk)
    assert (answer.status_code, "已经撤销过了" in answer.text) == (409, True)
    assert len(moved()) == 3


def test_what_is_spent_already_cannot_be_taken_back(post, home):
    post("deposit", amount="20", source="cash")
    post("pay-back", amount="5", through="cash")
    [deposit, back] = MoneyMove.objects.filter(kind__in=["deposit", "withdrawal"]).order_by("pk")
    answer = post("undo", move=deposit.pk)
    assert answer.status_code == 409
    assert "账户只剩 ¥15.00，不够撤销这笔 ¥20.00 的充值" in answer.text
    assert post("undo", move=back.pk).status_code == 409
    assert accounts.balance(home) == Decimal("15.00")


@pytest.mark.parametrize(("move", "status"), [("", 400), ("x", 400), ("0", 400), (2**62, 404)])
def test_deposits_there_are_not(post, home, move, status):
    assert post("undo", move=move).status_code == status


def test_the_deposit_of_another_door_is_not_undone_here(post, home, neighbour, staff):
    other = neighbour.person.household
    accounts.deposit(other, Decimal("8.00"), by=staff, nonce=uuid4())
    assert post("undo", move=MoneyMove.objects.get().pk).status_code == 404
    assert accounts.balance(other) == Decimal("8.00")


@pytest.fixture
def gone(home, staff):
    """3.00 yuan of an order that came and 4.00 below zero."""
    order = factories.owing(home, "7.00")
    type(order).objects.update(status=OrderStatus.DELIVERED)
    accounts.limit_credit(home, Decimal("9.00"), by=None)
    account = MoneyMove.Account.HOUSEHOLD
    owing.collect(home, order.number, Decimal("4.00"), source=account, by=staff, nonce=uuid4())
    return order


def test_what_never_comes_is_written_off_by_the_manager(client, post, home, manager, gone, staff):
    page = client.get(reverse("station-account", args=[home.pk]))
    assert "核销欠款" not in page.text, "a clerk may not"
    assert post("write-off", reason="搬走了", seen="7.00").status_code == 403
    client.force_login(manager)
    page = client.get(reverse("station-account", args=[home.pk]))
    assert "一共 ¥7.00" in page.text
    before, nonce = len(moved()), uuid4()
    for _tap in range(2):
        assert post("write-off", reason="搬走了", seen="7.00", nonce=nonce).status_code == 302
    assert sorted(moved()[before:]) == [
        ("bad_debt", "household", Decimal("4.00")),
        ("bad_debt", "order", Decimal("3.00")),
    ]
    page = client.get(reverse("station-account", args=[home.pk]))
    assert "核销了 ¥7.00，这一户不欠了。" in page.text
    assert "欠款由驿站核销" in page.text
    assert "收不回来了" not in page.text
    assert [(move.amount, move.note, move.by) for move in page.context["written_off"]] == [
        (Decimal("4.00"), "搬走了", manager),
        (Decimal("3.00"), "搬走了", manager),
    ]
    assert "核销过的" in page.text
    client.force_login(staff)
    assert "核销过的" in client.get(reverse("station-account", args=[home.pk])).text


@pytest.mark.parametrize(
    ("said", "status", "words"),
    [
        ({"reason": ""}, 400, "核销欠款要写明原因。"),
        ({"reason": "x" * 101}, 400, "原因太长了，最多 100 个字。"),
        ({"seen": "6.99"}, 409, "刚才又有钱进出，现在是 ¥7.00"),
        ({"seen": "x"}, 400, ""),
        ({"nonce": ""}, 400, ""),
    ],
)
def test_what_cannot_be_written_off(client, post, manager, gone, said, status, words):
    client.force_login(manager)
    before = moved()
    answer = post("write-off", **{"reason": "搬走了", "seen": "7.00"} | said)
    assert (answer.status_code, words in answer.text) == (status, True)
    assert moved() == before
