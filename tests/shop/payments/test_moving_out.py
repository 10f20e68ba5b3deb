"""Who moves out takes their money, their credit and their debts along."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import reverse
from django.utils import timezone

from delivery import households, locks, rounds
from delivery.models import Household
from inventory.errors import StationError
from inventory.models import Membership, Station
from shop import ordering
from shop.errors import (
    MoneyChanged,
    MoneyOwed,
    MoneyRefused,
    MoneyUnderWay,
    NonceTaken,
    RefundRefused,
)
from shop.models import AccountTerms, MoneyMove, OrderStatus
from shop.money import accounts, leaving, ledger, orders, owing, round_book
from shop.money.cash import collecting
from shop.payments.stripe import paying, refunds
from tests import factories
from tests.shop.doors import wrong
from tests.shop.payments.conftest import attempt, refund_of, send_all

UNFINISHED = "这户还有没送到的订单，或没退完的款，办完再登记搬走。"
OWED = "这户还欠 ¥25.00，先收了；收不到的请站长写明原因核销，再登记搬走。"


def now(home: Household) -> Household:
    return Household.objects.get(pk=home.pk)


def test_the_door_is_locked_before_its_account_is_read(home, staff, monkeypatch):
    seen = []

    def balance(door: Household) -> Decimal:
        seen.append("balance")
        return Decimal(0)

    monkeypatch.setattr(locks, "household", lambda pk: seen.append("lock"))
    monkeypatch.setattr(accounts, "balance", balance)
    households.move_out(home, staff)
    assert seen == ["lock", "balance", "balance"]


def test_credit_is_not_inherited(home, staff):
    accounts.limit_credit(home, Decimal("500.00"), by=None)
    accounts.prefer(home, AccountTerms.RefundTo.ACCOUNT)
    households.move_out(home, staff)
    terms = accounts.terms(now(home))
    assert (terms.credit_limit, terms.refund_to) == (0, "source")


@pytest.mark.parametrize("way", ["door", "account", "stripe"])
@pytest.mark.parametrize("closed", [False, True])
def test_not_while_an_order_is_still_to_come(shop, staff, way, closed):
    """The courier would ask the next family for it; or it comes to less, and is given to them."""
    if way == "account":
        accounts.deposit(shop.home, Decimal("25.00"), by=staff, nonce=uuid4())
    shop.place(way=way)
    if closed:
        rounds.close(shop.today)
    with pytest.raises(MoneyUnderWay, match=UNFINISHED):
        households.move_out(shop.home, staff)


def test_not_while_a_refund_waits(shop, staff):
    order = shop.paid()
    ordering.cancel(order, by=order.user)
    with pytest.raises(MoneyUnderWay, match=UNFINISHED):
        households.move_out(shop.home, staff)
    send_all()
    households.move_out(shop.home, staff)


def test_a_refund_that_bounces_later_is_not_the_next_familys(shop, staff):
    order = shop.paid()
    ordering.cancel(order, by=order.user)
    send_all()
    households.move_out(shop.home, staff)
    shop.fake.finish_refund(refund_of(order).refund_id, "failed")
    assert "stuck" in shop.hear()
    refund = refund_of(order)
    assert (refund.status, refund.error) == ("stuck", "sent_back")
    with pytest.raises(RefundRefused, match="这家人搬走了"):
        refunds.move_to_account(refund, staff)
    assert accounts.balance(now(shop.home)) == 0
    households.move_out(now(shop.home), staff)  # the next family may

    refunds.retry(refund)
    assert send_all() == 1
    assert refund_of(order).status == "done"


@pytest.mark.parametrize("why", ["the next family wants its account", "too little to send"])
def test_a_late_payment_goes_back_to_who_paid(shop, staff, why):
    order, _session = shop.open()
    ordering.cancel(order, by=staff)
    households.move_out(shop.home, staff)
    if why == "too little to send":
        Station.objects.update(smallest_refund=Decimal("50.00"))
    else:
        accounts.prefer(now(shop.home), AccountTerms.RefundTo.ACCOUNT)
    paying.paid(attempt(order), Decimal("25.00"), "pi_late")
    assert refund_of(order).amount == Decimal("25.00")
    assert accounts.balance(now(shop.home)) == 0
    assert wrong() == {}


def test_the_next_family_is_given_nothing(shop, debt, staff):
    """What was paid in cash and moving out had to wait for: nobody at the station gives it to
    strangers by mistake."""
    cash = {"source": MoneyMove.Account.CASH, "by": staff, "nonce": uuid4()}
    owing.collect(shop.home, debt.number, Decimal("25.00"), **cash)
    households.move_out(shop.home, staff)
    less = orders.adjustment(debt.pk, shop.home.grid.station_id, shop.home.pk, Decimal("-6.00"))
    words = r"是搬走的那家的，要退的 ¥6\.00 不能进现在这家的账户"
    with pytest.raises(MoneyRefused, match=words), transaction.atomic():
        ledger.post([less], by=staff)
    assert (ledger.owed([debt.pk]), accounts.balance(now(shop.home))) == ({debt.pk: 0}, 0)


@pytest.fixture
def debt(shop):
    """¥25.00 that came and were not paid."""
    order = shop.place(way="door")
    type(order).objects.filter(pk=order.pk).update(status=OrderStatus.DELIVERED)
    return order


def left_behind(shop) -> Household:
    """As before a debt stood in the way: the next family lives there already."""
    Household.objects.filter(pk=shop.home.pk).update(lived_in_since=timezone.now())
    return now(shop.home)


def test_nobody_asks_the_next_family_for_it(shop, debt, leader):
    home = left_behind(shop)
    assert not owing.of_door(home)
    assert round_book.of(shop.today, [home]).doors == []
    paid = {"source": MoneyMove.Account.PERSON, "by": leader, "nonce": uuid4()}
    with pytest.raises(MoneyChanged):
        collecting.collect(home, shop.today, Decimal("25.00"), seen=Decimal("25.00"), **paid)


def test_the_next_familys_account_does_not_pay_it(shop, debt, staff):
    home = left_behind(shop)
    accounts.deposit(home, Decimal("30.00"), by=staff, nonce=uuid4())
    said = {"by": staff, "nonce": uuid4()}
    amount, source = Decimal("25.00"), MoneyMove.Account.HOUSEHOLD
    with pytest.raises(MoneyRefused, match="这一单是搬走的那家的，不能用现在这家的账户付"):
        owing.collect(shop.home, debt.number, amount, source=source, **said)
    assert accounts.balance(home) == Decimal("30.00")
    # Whoever left may still come by with the money.
    owing.collect(home, debt.number, amount, source=MoneyMove.Account.CASH, **said)
    assert ledger.owed([debt.pk]) == {debt.pk: 0}


class TestADebt:
    def test_is_paid_first(self, shop, debt, staff):
        with pytest.raises(MoneyOwed, match=OWED):
            households.move_out(shop.home, staff)
        cash = {"source": MoneyMove.Account.CASH, "by": staff, "nonce": uuid4()}
        owing.collect(shop.home, debt.number, Decimal("25.00"), **cash)
        households.move_out(shop.home, staff)

    def test_of_the_account_too(self, home, staff):
        below(home, "8.00", staff)
        assert leaving.debts(home) == ([], Decimal("8.00"))
        with pytest.raises(MoneyOwed, match=r"^这户还欠 ¥8.00，"):
            households.move_out(home, staff)

    def test_or_written_off(self, shop, debt, staff, manager):
        below(shop.home, "8.00", staff)
        owed = leaving.debts(shop.home)
        assert ([each.number for each in owed.orders], owed.total) == ([debt.number], 33)
        said = {"by": manager, "reason": " 去了外地，\n联系不上 ", "nonce": uuid4()}
        for _tap in range(2):
            leaving.write_off(shop.home, seen=Decimal("33.00"), **said)
        rows = MoneyMove.objects.filter(kind="write_off").order_by("pk")
        assert [(row.target, str(row.amount), row.note) for row in rows] == [
            ("order", "25.00", "去了外地， 联系不上"),
            ("household", "8.00", "去了外地， 联系不上"),
        ]
        assert (leaving.debts(shop.home).total, accounts.balance(shop.home)) == (0, 0)
        households.move_out(shop.home, staff)
        assert "unruly" not in wrong().get("2.4", {})

    def test_of_the_same_sum_as_before(self, home, staff, manager):
        below(home, "8.00", staff)
        said = {"by": manager, "reason": "联系不上", "nonce": uuid4()}
        leaving.write_off(home, seen=Decimal("8.00"), **said)
        below(home, "5.00", staff)
        with pytest.raises(NonceTaken):
            leaving.write_off(home, seen=Decimal("5.00"), **said)
        leaving.write_off(home, seen=Decimal("8.00"), **said)
        assert accounts.balance(home) == Decimal("-5.00")

    def test_by_who_runs_the_station(self, shop, debt, staff, leader):
        stranger = factories.member(factories.station(), Membership.Role.MANAGER)
        said = {"reason": "联系不上", "nonce": uuid4(), "seen": Decimal("25.00")}
        for user in (staff, leader, stranger):
            with pytest.raises(MoneyRefused, match="只有站长能核销欠款"):
                leaving.write_off(shop.home, by=user, **said)
        assert leaving.debts(shop.home).total == 25

    @pytest.mark.parametrize(
        ("changed", "words"),
        [
            ({"reason": " "}, "核销欠款要写明原因"),
            ({"reason": "长" * 101}, "核销欠款要写明原因"),
            ({"seen": Decimal("24.99")}, "刚才又有钱进出，现在是 ¥25.00"),
        ],
    )
    def test_with_a_reason_and_as_it_was_seen(self, shop, debt, manager, changed, words):
        said = {"reason": "联系不上", "nonce": uuid4(), "seen": Decimal("25.00"), **changed}
        with pytest.raises(StationError, match=words):
            leaving.write_off(shop.home, by=manager, **said)
        assert leaving.debts(shop.home).total == 25

    def test_of_which_there_is_none(self, home, manager):
        with pytest.raises(MoneyRefused, match="这户没有欠款"):
            leaving.write_off(home, by=manager, reason="x", nonce=uuid4(), seen=Decimal(0))

    def test_that_came_to_less_after_all_is_given_to_nobody(self, shop, debt, manager):
        said = {"by": manager, "reason": "联系不上", "nonce": uuid4()}
        leaving.write_off(shop.home, seen=Decimal("25.00"), **said)
        less = orders.adjustment(debt.pk, shop.home.grid.station_id, shop.home.pk, Decimal("-6.00"))
        with transaction.atomic():
            ledger.post([less], by=manager)
        assert accounts.balance(shop.home) == 0
        assert MoneyMove.objects.all().standing(MoneyMove.Account.BAD_DEBT) == Decimal("19.00")


def below(home: Household, amount: str, staff) -> None:
    """The account paid so much on credit."""
    accounts.limit_credit(home, Decimal(amount), by=staff)
    said = {"source": MoneyMove.Account.HOUSEHOLD, "by": staff, "nonce": uuid4()}
    orders.pay(factories.owing(home, amount), home, Decimal(amount), **said)


def test_a_rounds_total_keeps_who_moved_out(shop, debt, manager, leader, client):
    said = {"by": manager, "reason": "搬走了", "nonce": uuid4(), "seen": Decimal("25.00")}
    leaving.write_off(shop.home, **said)
    [door] = round_book.of(shop.today, [shop.home]).doors
    assert (door.due, door.paid, door.written_off, door.owed) == (
        Decimal("25.00"),
        Decimal("0.00"),
        Decimal("25.00"),
        Decimal("0.00"),
    )
    assert door.parts == []
    client.force_login(leader)
    page = client.get(reverse("leader-money")).text
    assert "驿站核销了 ¥25.00，不用再收" in page
    assert "付清了" not in page
    home = left_behind(shop)
    book = round_book.of(shop.today, [home])
    assert (book.doors, book.gone.due, book.due, book.owed) == (
        [],
        Decimal("25.00"),
        Decimal("25.00"),
        Decimal("0.00"),
    )
    page = client.get(reverse("leader-money")).text
    assert "<dt>其中搬走的户</dt><dd>¥25.00</dd>" in page
    assert home.address not in page
