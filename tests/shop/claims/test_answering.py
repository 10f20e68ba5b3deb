"""A claim is answered once; what is given back is never more than the line costs by now."""

from decimal import Decimal
from uuid import uuid4

import pytest

from delivery import handoffs
from delivery.models import Handoff, Wish
from inventory import pricing
from inventory.models import Move
from shop.claims import answering, claiming
from shop.errors import ClaimAnswered, ClaimRefused
from shop.models import Adjustment, Claim, MoneyMove, Notice
from shop.money import accounts, ledger, orders
from shop.money.funds import funds
from shop.settlement import bills
from tests import factories
from tests.shop.doors import hand_out, send_out, wrong
from tests.shop.orders import place, preordered


def made(line, units=1, **said) -> Claim:
    said = {"kind": "damaged", "by": line.order.user, "nonce": uuid4(), **said}
    return claiming.make(line, units=units, **said)


@pytest.fixture
def order(round, home, cabbage, tofu, courier, manager):
    """Three cabbages for 6.90 and two tofus for 6.00; paid in cash at the door."""
    order = place(round, home, (cabbage, 3), (tofu, 2))
    hand_out(send_out(round, courier, manager), courier, "handed", cash="12.90")
    return order


@pytest.fixture
def line(order):
    return order.lines.get(title="白菜")


@pytest.fixture
def claim(line):
    return made(line, 2)


def adjusted(order) -> list[tuple[str, int, str]]:
    rows = order.adjustments.order_by("pk").values_list("kind", "units", "amount")
    return [(kind, units, str(amount)) for kind, units, amount in rows]


def test_what_is_given_back_goes_to_the_doors_account(claim, order, home, staff):
    answering.accept(claim, Decimal("4.60"), "对不起，退两棵", by=staff)
    claim.refresh_from_db()
    assert (claim.status, claim.amount, claim.answer) == (
        "accepted",
        Decimal("4.60"),
        "对不起，退两棵",
    )
    assert (claim.answered_by, claim.answered_at is not None) == (staff, True)
    assert adjusted(order) == [("claim", 0, "-4.60")]
    assert accounts.balance(home) == Decimal("4.60")
    assert ledger.owed([order.pk]) == {order.pk: 0}
    assert Notice.objects.get().order == order
    assert wrong() == {}


def test_of_what_is_not_paid_yet_less_is_owed(round, home, tofu, courier, manager, staff):
    order = place(round, home, (tofu, 2))
    hand_out(send_out(round, courier, manager), courier)
    answering.accept(made(order.lines.get()), Decimal("3.00"), by=staff)
    assert ledger.owed([order.pk]) == {order.pk: Decimal("3.00")}
    assert order.parcel.due == Decimal("3.00")
    assert accounts.balance(home) == 0
    assert wrong() == {}


def test_it_is_the_stations_loss_on_the_account_of_the_good(claim, order, cabbage, staff):
    [before] = pricing.accounts([cabbage.pk])
    answering.accept(claim, Decimal("1.15"), by=staff)
    [after] = pricing.accounts([cabbage.pk])
    assert after.variance - before.variance == Decimal("-1.15")
    assert after.units == before.units
    settled = Move.objects.get(kind=Move.Kind.SETTLE)
    assert (settled.value, settled.in_stock_delta, settled.order) == (Decimal("1.15"), 0, order)


@pytest.mark.parametrize(
    ("amount", "sentence"),
    [
        ("6.91", "这一样现在只收了 ¥6.90，不能退得更多。"),
        ("0", "退的金额要大于 0；不退请选“不退钱”。"),
        ("-1", "退的金额要大于 0；不退请选“不退钱”。"),
        ("NaN", "退的金额要大于 0；不退请选“不退钱”。"),
        ("1.001", "金额最多到分。"),
    ],
)
def test_never_more_than_the_line_costs(claim, order, staff, amount, sentence):
    with pytest.raises(ClaimRefused) as refused:
        answering.accept(claim, Decimal(amount), by=staff)
    assert str(refused.value) == sentence
    claim.refresh_from_db()
    assert (claim.status, adjusted(order)) == ("open", [])


def test_nor_with_two_claims_together(line, order, home, staff):
    first, second = made(line, 1), made(line, 1)
    answering.accept(first, Decimal("5.00"), by=staff)
    with pytest.raises(ClaimRefused, match=r"这一样现在只收了 ¥1\.90，不能退得更多。"):
        answering.accept(second, Decimal("1.91"), by=staff)
    answering.accept(second, Decimal("1.90"), by=staff)
    assert accounts.balance(home) == Decimal("6.90")
    assert wrong() == {}


def test_the_same_answer_again_is_nothing(claim, home, staff):
    for _again in range(2):
        answering.accept(claim, Decimal("2.30"), "好", by=staff)
    assert accounts.balance(home) == Decimal("2.30")


def test_a_second_answer_is_refused(claim, order, home, staff, manager):
    answering.decline(claim, "照片上是好的", by=staff)
    for again in (staff, manager):
        with pytest.raises(ClaimAnswered, match="刚刚有人答复过了"):
            answering.accept(claim, Decimal("2.30"), by=again)
    with pytest.raises(ClaimAnswered):
        answering.decline(claim, "另一句", by=manager)
    claim.refresh_from_db()
    assert (claim.status, claim.answer) == ("declined", "照片上是好的")
    assert (adjusted(order), accounts.balance(home)) == ([], 0)


def test_declined_with_a_word_why(claim, order, staff):
    with pytest.raises(ClaimRefused, match="不退钱，请写一句为什么。"):
        answering.decline(claim, " \x00 ", by=staff)
    answering.decline(claim, "照片上是好的", by=staff)
    answering.decline(claim, "照片上是好的", by=staff)
    assert Notice.objects.filter(order=order).count() == 1
    assert not Adjustment.objects.exists()
    assert wrong() == {}


def test_what_is_offered_is_the_claimed_share_of_what_it_costs_now(line, staff):
    assert claiming.fair(made(line, 2)) == Decimal("4.60")
    answering.accept(made(line, 1), Decimal("2.00"), by=staff)
    # 4.90 for three of them, of which one is still to be answered: 3.27 for two, 1.63 for one.
    assert claiming.fair(Claim.objects.order_by("pk").first()) == Decimal("3.27")


def test_what_came_instead_is_given_back_too(round, home, station, courier, manager, staff):
    spinach = preordered(station, price="2.40")
    chard = factories.item(station, "甜菜", price="3.10", in_stock=10)
    spinach.similar = chard
    spinach.save()
    order = place(round, home, (spinach, 5), wishes={spinach: Wish.SIMILAR})
    factories.received(station, spinach, 3, "7.20")
    hand_out(send_out(round, courier, manager, share=True), courier)
    line = order.lines.get()
    assert claiming.came(line) == 5
    answering.accept(made(line, 5), Decimal("12.00"), by=staff)
    settled = Move.objects.filter(kind=Move.Kind.SETTLE).values_list("item", "value")
    assert sorted(settled) == sorted([(spinach.pk, Decimal("7.20")), (chard.pk, Decimal("4.80"))])
    assert wrong() == {}


def test_what_was_paid_from_the_account_goes_back_there(round, home, tofu, courier, manager, staff):
    accounts.deposit(home, Decimal("20.00"), by=staff, nonce=uuid4())
    order = place(round, home, (tofu, 2))
    source = MoneyMove.Account.HOUSEHOLD
    orders.pay(order, home, Decimal("6.00"), source=source, by=staff, nonce=uuid4())
    hand_out(send_out(round, courier, manager), courier)
    answering.accept(made(order.lines.get()), Decimal("3.00"), by=staff)
    assert accounts.balance(home) == Decimal("17.00")
    assert wrong() == {}


def test_the_bill_knows(claim, order, staff):
    answering.accept(claim, Decimal("4.60"), by=staff)
    bill = bills.of(order)
    assert (bill.due, bill.adjusted) == (Decimal("8.30"), Decimal("-4.60"))


def test_what_a_fund_paid_goes_back_to_the_fund(
    round, home, station, tofu, courier, manager, staff
):
    fund = factories.fund(station, amount="100.00")
    factories.grant(fund, "0.5", household=home)
    order = place(round, home, (tofu, 2))
    hand_out(send_out(round, courier, manager), courier, "handed", cash="3.00")
    answering.accept(made(order.lines.get(), 2), Decimal("4.00"), by=staff)
    # Of 2.00 that are left each pays half.
    assert funds.sums_of(fund).left == Decimal("99.00")
    assert accounts.balance(home) == Decimal("2.00")
    assert wrong() == {}


def test_not_of_what_did_not_come_after_all(round, home, tofu, courier, manager, staff):
    order = place(round, home, (tofu, 2))
    batch = send_out(round, courier, manager)
    hand_out(batch, courier)
    claim = made(order.lines.get())
    handoff = Handoff.objects.get()
    handoffs.correct(handoff, outcome="failed", reason="nobody", by=courier, nonce=uuid4())
    with pytest.raises(ClaimRefused, match="这一单现在不是“已送到”，不能按售后退钱。"):
        answering.accept(claim, Decimal("3.00"), by=staff)
    claim.refresh_from_db()
    assert claim.status == "open"
