"""驿站账户: a door's account, to the fen, never further below zero than agreed."""

from decimal import Decimal
from uuid import uuid4

import pytest

from delivery import households
from delivery.models import Household
from shop.errors import AccountHoldsLess, AccountShort, MoneyRefused, NonceTaken
from shop.models import CreditChange, MoneyMove
from shop.money import accounts, orders
from tests import factories
from tests.shop.doors import wrong

Account = MoneyMove.Account


def pay(door, amount: str, source, by) -> None:
    """An order that comes to just this."""
    order = factories.owing(door, amount)
    orders.pay(order, door, Decimal(amount), source=source, by=by, nonce=uuid4())


def test_an_account_is_what_was_paid_in_less_what_was_paid_with(home, staff, neighbour):
    assert accounts.balance(home) == Decimal("0.00")
    accounts.deposit(home, Decimal("50.00"), by=staff, nonce=uuid4())
    pay(home, "12.80", Account.HOUSEHOLD, staff)
    pay(home, "7.00", Account.CASH, staff)
    accounts.pay_back(home, Decimal("0.10"), by=staff, nonce=uuid4())
    assert accounts.balance(home) == Decimal("37.10")
    other = neighbour.person.household
    accounts.deposit(other, Decimal("1.00"), by=staff, nonce=uuid4())
    assert accounts.balances([home.pk, other.pk]) == {
        home.pk: Decimal("37.10"),
        other.pk: Decimal("1.00"),
    }


def test_a_deposit_tapped_twice_is_one(home, staff):
    nonce = uuid4()
    for _tap in range(2):
        accounts.deposit(home, Decimal("20.00"), by=staff, nonce=nonce)
    assert accounts.balance(home) == Decimal("20.00")
    move = MoneyMove.objects.get()
    assert (move.kind, move.source, move.target) == ("deposit", "cash", "household")
    assert (move.station, move.household, move.by) == (home.grid.station, home, staff)


def test_a_nonce_says_one_thing(home, neighbour, staff):
    nonce = uuid4()
    accounts.deposit(home, Decimal("20.00"), by=staff, nonce=nonce)
    for door, amount in [(home, "21.00"), (neighbour.person.household, "20.00")]:
        with pytest.raises(NonceTaken):
            accounts.deposit(door, Decimal(amount), by=staff, nonce=nonce)
    with pytest.raises(NonceTaken):
        accounts.pay_back(home, Decimal("20.00"), by=staff, nonce=nonce)
    assert MoneyMove.objects.count() == 1


@pytest.mark.parametrize("amount", ["0", "-1", "0.001", "10000.01", "1E+9"])
def test_amounts_that_cannot_be_right(home, staff, amount):
    with pytest.raises(MoneyRefused, match="金额"):
        accounts.deposit(home, Decimal(amount), by=staff, nonce=uuid4())
    assert not MoneyMove.objects.exists()


def test_an_account_never_goes_below_zero(home, staff):
    accounts.deposit(home, Decimal("3.20"), by=staff, nonce=uuid4())
    with pytest.raises(AccountShort) as refused:
        pay(home, "3.21", Account.HOUSEHOLD, staff)
    assert str(refused.value) == "账户只有 ¥3.20，不够 ¥3.21。可以先充值，或者换一种付法。"
    with pytest.raises(AccountHoldsLess, match=r"^账户只有 ¥3.20，取不了 ¥3.21。$"):
        accounts.pay_back(home, Decimal("3.21"), by=staff, nonce=uuid4())
    pay(home, "3.20", Account.HOUSEHOLD, staff)
    assert accounts.balance(home) == Decimal("0.00")


def test_credit_is_an_account_below_zero_up_to_the_limit(home, staff):
    accounts.limit_credit(home, Decimal("5.00"), by=None)
    with pytest.raises(AccountShort):
        pay(home, "5.01", Account.HOUSEHOLD, staff)
    pay(home, "5.00", Account.HOUSEHOLD, staff)
    assert accounts.balance(home) == Decimal("-5.00")
    with pytest.raises(MoneyRefused, match=r"^这一户已经欠 ¥5.00，额度不能比这少。$"):
        accounts.limit_credit(home, Decimal("4.99"), by=None)
    with pytest.raises(AccountHoldsLess, match=r"^账户欠着 ¥5.00，取不了 ¥0.01。$"):
        accounts.pay_back(home, Decimal("0.01"), by=staff, nonce=uuid4())


def test_money_goes_back_by_transfer_with_a_note_that_finds_it(home, staff):
    accounts.deposit(home, Decimal("20.00"), by=staff, nonce=uuid4())
    back = {"by": staff, "nonce": uuid4(), "through": Account.TRANSFER}
    for note in ("", "  "):
        with pytest.raises(
            MoneyRefused, match=r"^转账退款要写备注，比如转账单号的后几位，方便对账。$"
        ):
            accounts.pay_back(home, Decimal("8.00"), note=note, **back)
    for _tap in range(2):
        accounts.pay_back(home, Decimal("8.00"), note="尾号 0417", **back)
    move = MoneyMove.objects.latest("pk")
    assert (move.kind, move.source, move.target, move.note) == (
        "withdrawal",
        "household",
        "transfer",
        "尾号 0417",
    )
    assert accounts.balance(home) == Decimal("12.00")
    with pytest.raises(AccountHoldsLess):
        accounts.pay_back(home, Decimal("12.01"), note="尾号 0418", **{**back, "nonce": uuid4()})
    with pytest.raises(MoneyRefused, match="请选退现金还是转账"):
        accounts.pay_back(home, Decimal("1.00"), by=staff, nonce=uuid4(), through=Account.BANK)
    assert wrong() == {}


class TestUndoingADeposit:
    @pytest.fixture
    def mistyped(self, home, staff):
        """500 instead of 50."""
        accounts.deposit(home, Decimal("500.00"), by=staff, nonce=uuid4(), source=Account.TRANSFER)
        return MoneyMove.objects.get()

    def test_it_never_came(self, mistyped, home, staff):
        nonce = uuid4()
        for _tap in range(2):
            accounts.undo_deposit(mistyped, by=staff, nonce=nonce)
        row = MoneyMove.objects.exclude(pk=mistyped.pk).get()
        assert (row.kind, row.source, row.target) == ("deposit", "household", "transfer")
        assert (row.amount, row.undoes, row.by) == (Decimal("500.00"), mistyped, staff)
        assert accounts.balance(home) == 0
        assert accounts.undone([mistyped, row]) == {mistyped.pk}
        assert [accounts.may_undo(each) for each in (mistyped, row)] == [True, False]
        assert wrong() == {}

    def test_once_also_from_a_second_page(self, mistyped, home, staff):
        accounts.undo_deposit(mistyped, by=staff, nonce=uuid4())
        accounts.deposit(home, Decimal("500.00"), by=staff, nonce=uuid4())
        with pytest.raises(MoneyRefused, match=r"^这笔充值已经撤销过了。$"):
            accounts.undo_deposit(mistyped, by=staff, nonce=uuid4())
        assert accounts.balance(home) == Decimal("500.00")

    def test_never_more_than_is_there(self, mistyped, home, staff):
        pay(home, "0.01", Account.HOUSEHOLD, staff)
        words = r"^账户只剩 ¥499.99，不够撤销这笔 ¥500.00 的充值：已经花掉的先补上。$"
        with pytest.raises(MoneyRefused, match=words):
            accounts.undo_deposit(mistyped, by=staff, nonce=uuid4())
        accounts.deposit(home, Decimal("0.01"), by=staff, nonce=uuid4())
        accounts.undo_deposit(mistyped, by=staff, nonce=uuid4())
        assert accounts.balance(home) == 0

    def test_not_by_somebody_else(self, mistyped, home, leader, courier):
        stranger = factories.member(factories.station())
        for user in (leader, courier, stranger):
            with pytest.raises(MoneyRefused, match="只有驿站的工作人员能撤销充值"):
                accounts.undo_deposit(mistyped, by=user, nonce=uuid4())
        assert accounts.balance(home) == Decimal("500.00")

    def test_nothing_but_a_deposit(self, mistyped, home, staff):
        accounts.pay_back(home, Decimal("5.00"), by=staff, nonce=uuid4())
        with pytest.raises(MoneyRefused, match="只有充值可以这样撤销"):
            accounts.undo_deposit(MoneyMove.objects.latest("pk"), by=staff, nonce=uuid4())

    def test_not_what_the_family_before_paid_in(self, mistyped, home, staff):
        accounts.pay_back(home, Decimal("500.00"), by=staff, nonce=uuid4())
        households.move_out(home, staff)
        accounts.deposit(home, Decimal("500.00"), by=staff, nonce=uuid4())
        with pytest.raises(MoneyRefused, match="这是搬走的那家充的"):
            accounts.undo_deposit(mistyped, by=staff, nonce=uuid4())
        assert accounts.balance(home) == Decimal("500.00")

    def test_a_nonce_says_one_thing(self, mistyped, home, staff):
        nonce = uuid4()
        accounts.deposit(home, Decimal("1.00"), by=staff, nonce=nonce)
        with pytest.raises(NonceTaken):
            accounts.undo_deposit(mistyped, by=staff, nonce=nonce)


def test_who_agreed_to_credit_is_kept(home, staff, manager):
    accounts.limit_credit(home, Decimal("5.00"), by=staff)
    accounts.limit_credit(home, Decimal("5.00"), by=manager)  # says nothing new
    accounts.limit_credit(home, Decimal("0.00"), by=manager)
    history = [(each.limit, each.by) for each in accounts.credit_history(home)]
    assert history == [(Decimal("0.00"), manager), (Decimal("5.00"), staff)]
    households.move_out(home, staff)
    assert not accounts.credit_history(Household.objects.get(pk=home.pk))
    assert CreditChange.objects.count() == 2


def test_what_was_undone_with_this_page_is_not_fetched_with_it(home, staff):
    """Both rows say the same but for their kind."""
    for _time in range(2):
        accounts.deposit(home, Decimal("9.00"), by=staff, nonce=uuid4())
    nonce = uuid4()
    accounts.undo_deposit(MoneyMove.objects.latest("pk"), by=staff, nonce=nonce)
    with pytest.raises(NonceTaken):
        accounts.pay_back(home, Decimal("9.00"), by=staff, nonce=nonce)
    assert accounts.balance(home) == Decimal("9.00")
