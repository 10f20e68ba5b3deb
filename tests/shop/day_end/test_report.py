"""What one day came to, to the fen."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from delivery import rounds
from delivery.models import ParcelLine
from delivery.picks import packing
from inventory import stock
from shop.day_end import days, report
from shop.models import MoneyMove
from tests import factories
from tests.shop.day_end.conftest import DAY, NOON
from tests.shop.orders import place

Account, Kind = MoneyMove.Account, MoneyMove.Kind
YESTERDAY = NOON - timedelta(days=1)


def of(home, day=DAY) -> report.DayEnd:
    return report.of(home.grid.station, day)


def amounts(lines) -> dict[str, str]:
    return {line.label: str(line.amount) for line in lines if line.amount}


@pytest.fixture
def busy(home, post, owing, fund, courier):
    """Yesterday: 30.00 owed, 5.00 of it paid at the door. Today everything else."""
    old = owing("30.00", at=YESTERDAY)
    post(Kind.PAYMENT, Account.PERSON, Account.ORDER, "5.00", order=old, at=YESTERDAY,
         holder_id=courier.pk)  # fmt: skip
    post(Kind.PAYMENT, Account.PERSON, Account.ORDER, "20.00", order=old, holder_id=courier.pk)
    new = owing("50.00")
    post(Kind.DONATION, Account.BANK, Account.FUND, "100.00", fund_id=fund.pk)
    post(Kind.ADJUSTMENT, Account.SALES, Account.ORDER, "4.00", order=new)
    post(Kind.SUBSIDY, Account.FUND, Account.ORDER, "10.00", order=new, fund_id=fund.pk)
    post(Kind.PAYMENT, Account.CASH, Account.ORDER, "25.00", order=new)
    # 4.00 too much: given back into the account, of which 3.00 are fetched.
    post(Kind.PAYMENT, Account.TRANSFER, Account.ORDER, "15.00", order=new)
    post(Kind.DEPOSIT, Account.CASH, Account.HOUSEHOLD, "7.00")
    post(Kind.WITHDRAWAL, Account.HOUSEHOLD, Account.CASH, "3.00")


def test_payments_by_way_and_where_money_went_back_to(home, busy):
    found = of(home)
    assert amounts(found.paid) == {
        "送货收的现金": "20.00",
        "柜台收的现金": "25.00",
        "转账": "15.00",
        "互助金": "10.00",
    }
    assert (found.all_paid, found.all_refunded) == (Decimal("70.00"), Decimal("4.00"))
    assert amounts(found.refunded) == {"退进驿站账户": "4.00"}


def test_what_is_owed_from_morning_to_night(home, busy):
    owed = of(home).owed
    assert (owed.before, owed.after) == (Decimal("25.00"), Decimal("5.00"))
    assert amounts(owed.lines) == {
        "下单的货款": "50.00",
        "少给、退回、取消等": "-4.00",
        "付款": "-60.00",
        "互助金付的": "-10.00",
        "退款": "4.00",
    }


def test_the_till_and_hands(home, busy, post, courier, count):
    handed = count("25.00", "24.50", holder=courier)
    also = {"holder_id": courier.pk, "count_id": handed.pk}
    post(Kind.HAND_IN, Account.CASH, Account.PERSON, "24.50", **also)
    post(Kind.DIFFERENCE, Account.DIFFERENCE, Account.PERSON, "0.50", **also)
    post(Kind.BANKED, Account.BANK, Account.CASH, "40.00")
    till = count("13.50", "13.70")
    post(Kind.DIFFERENCE, Account.CASH, Account.DIFFERENCE, "0.20", count_id=till.pk)
    found = of(home)
    assert (found.till.before, found.till.after) == (Decimal("0.00"), Decimal("13.70"))
    assert amounts(found.till.lines) == {
        "柜台收的货款": "25.00",
        "住户充值": "7.00",
        "经手人交来的": "24.50",
        "住户取回的": "-3.00",
        "存进银行的": "-40.00",
        "点款差额": "0.20",
    }
    assert (found.hands.before, found.hands.after) == (Decimal("5.00"), Decimal("0.00"))
    assert amounts(found.hands.lines) == {
        "上门收的": "20.00",
        "交到驿站的": "-24.50",
        "点款差额": "-0.50",
    }
    assert [(each.holder, each.difference) for each in found.counts] == [
        (courier, Decimal("-0.50")),
        (None, Decimal("0.20")),
    ]
    assert found.difference == Decimal("-0.30")


def test_every_statement_comes_to_its_end_and_goes_on_the_next_day(home, busy, post, courier):
    post(Kind.HAND_IN, Account.CASH, Account.PERSON, "25.00", holder_id=courier.pk)
    today, tomorrow = of(home), of(home, DAY + timedelta(days=1))
    for name in ("owed", "till", "hands"):
        statement = getattr(today, name)
        moved = sum(line.amount for line in statement.lines)
        assert statement.before + moved == statement.after
        assert getattr(tomorrow, name).before == statement.after


def test_a_correction_takes_back_what_was_paid(home, owing, post, courier):
    order = owing("9.00")
    post(Kind.PAYMENT, Account.PERSON, Account.ORDER, "9.00", order=order, holder_id=courier.pk)
    post(Kind.PAYMENT, Account.ORDER, Account.PERSON, "9.00", order=order, holder_id=courier.pk)
    post(Kind.PAYMENT, Account.TRANSFER, Account.ORDER, "9.00", order=order)
    assert amounts(of(home).paid) == {"转账": "9.00"}


def test_a_day_is_local_and_ends_at_midnight(home, owing):
    """Shanghai is eight hours ahead: 16:00 UTC is its midnight."""
    owing("1.00", at=NOON.replace(hour=15, minute=59))
    owing("2.00", at=NOON.replace(hour=16, minute=0))
    assert of(home).owed.after == Decimal("1.00")
    tomorrow = of(home, DAY + timedelta(days=1))
    assert amounts(tomorrow.owed.lines) == {"下单的货款": "2.00"}


def test_another_station_has_its_own_day(home, busy):
    other = report.of(factories.station(), DAY)
    assert other.quiet
    assert (other.all_paid, other.till.after, other.counts) == (
        Decimal("0.00"),
        Decimal("0.00"),
        [],
    )
    assert not of(home).quiet


def test_goods_are_sold_at_cost(home, owing, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)
    item = factories.item(home.grid.station, "土豆", price="2.00", in_stock=10)
    order = owing("6.00")
    stock.sell([stock.Promise(order.pk, item.record_id, 3, Decimal("2.00"))])
    goods = of(home).goods
    [row] = [row for row in goods.rows if row.sums.sold_units]
    assert (row.title, row.sums.sold_units, row.sums.charged) == ("土豆", 3, Decimal("6.00"))
    assert (goods.total.cost, goods.total.variance) == (Decimal("6.00"), Decimal("0.00"))


def test_what_only_came_in_is_not_listed(home, owing, monkeypatch):
    monkeypatch.setattr("django.utils.timezone.now", lambda: NOON)
    station = home.grid.station
    item = factories.item(station, "土豆", price="2.00", in_stock=10)
    factories.item(station, "白菜", price="2.00", in_stock=10)
    order = owing("6.00")
    stock.sell([stock.Promise(order.pk, item.record_id, 3, Decimal("2.00"))])
    found = of(home)
    assert "白菜" in [row.title for row in found.goods.rows]
    assert [row.title for row in found.traded] == ["土豆"]
    assert (found.let_off, found.awaiting) == (Decimal("0.00"), Decimal("0.00"))


def test_the_last_thirty_days(home, busy, owing):
    owing("8.00", at=NOON - timedelta(days=29))
    owing("9.00", at=NOON - timedelta(days=30))
    latest = days.last(home.grid.station, DAY)
    assert [each.day for each in latest] == [
        date(2026, 2, 13) + timedelta(days=number) for number in range(30)
    ]
    assert {each.day: (str(each.charged), str(each.paid)) for each in latest if each.charged} == {
        date(2026, 2, 13): ("8.00", "0.00"),
        date(2026, 3, 13): ("30.00", "5.00"),
        DAY: ("46.00", "66.00"),
    }


def test_takes_as_many_queries_however_much_happened(home, busy, owing, post, count, courier):
    def queries() -> int:
        with CaptureQueriesContext(connection) as captured:
            of(home)
            days.last(home.grid.station, DAY)
        return len(captured)

    few = queries()
    for _more in range(20):
        order = owing("3.00")
        post(Kind.PAYMENT, Account.PERSON, Account.ORDER, "3.00", order=order, holder_id=courier.pk)
        count("0.00", "0.00", holder=courier)
    assert queries() == few


def test_a_weight_that_was_a_mistake_is_not_let_off(home, station, staff):
    """Twice weighed a hundred grams short, once taken back: one is left, in every figure."""
    meat = factories.item(station, "五花肉", price="20.00", by_weight=True, weight_g=500)
    round = factories.round(station)
    order = place(round, home, (meat, 2))
    rounds.close(round)
    [line] = ParcelLine.objects.filter(parcel__order=order)
    packing.tick(line, by=staff, weighed_g=900)
    today = timezone.localdate()
    assert of(home, today).let_off == Decimal("-4.00")
    packing.untick(line, by=staff)
    found = of(home, today)
    assert (found.let_off, found.goods.total.charged) == (Decimal("0.00"), Decimal("40.00"))
    packing.tick(line, by=staff, weighed_g=900)
    found = of(home, today)
    assert (found.let_off, found.goods.total.charged) == (Decimal("-4.00"), Decimal("36.00"))
    assert found.other_variance == Decimal("0.00")


def test_what_is_written_off_is_owed_no_more_and_nobody_paid_it(home, busy, post, owing):
    lost = owing("6.00")
    post(Kind.WRITE_OFF, Account.BAD_DEBT, Account.ORDER, "6.00", order=lost)
    found = of(home)
    assert amounts(found.owed.lines)["收不回来，核销的"] == "-6.00"
    assert found.owed.before + sum(line.amount for line in found.owed.lines) == found.owed.after
    assert found.all_paid == Decimal("70.00")
    assert days.last(home.grid.station, DAY)[-1].paid == Decimal("66.00")


def test_a_deposit_that_was_a_mistake_never_came(home, busy, post):
    post(Kind.DEPOSIT, Account.HOUSEHOLD, Account.CASH, "2.00")
    post(Kind.WITHDRAWAL, Account.HOUSEHOLD, Account.TRANSFER, "1.00")
    till = of(home).till
    assert (amounts(till.lines)["住户充值"], amounts(till.lines)["住户取回的"]) == ("5.00", "-3.00")
    assert till.before + sum(line.amount for line in till.lines) == till.after


def test_what_was_corrected_after_its_cash_was_handed_in_is_a_difference_too(
    home, post, courier, count
):
    handed = count("20.00", "19.00", holder=courier)
    also = {"holder_id": courier.pk}
    post(Kind.DIFFERENCE, Account.DIFFERENCE, Account.PERSON, "1.00", count_id=handed.pk, **also)
    post(Kind.DIFFERENCE, Account.PERSON, Account.DIFFERENCE, "5.00", note="交款后更正", **also)
    found = of(home)
    assert (found.difference, found.counted, found.corrected) == (
        Decimal("4.00"),
        Decimal("-1.00"),
        Decimal("5.00"),
    )
    assert amounts(found.hands.lines) == {"点款差额": "4.00"}


def test_what_doors_paid_in_and_fetched_by_way(home, busy, post):
    post(Kind.DEPOSIT, Account.HOUSEHOLD, Account.CASH, "2.00")
    post(Kind.DEPOSIT, Account.TRANSFER, Account.HOUSEHOLD, "9.00")
    post(Kind.WITHDRAWAL, Account.HOUSEHOLD, Account.TRANSFER, "1.00")
    assert amounts(of(home).accounts) == {
        "现金存入": "5.00",
        "转账存入": "9.00",
        "取出现金": "-3.00",
        "转账取出": "-1.00",
    }


@pytest.mark.parametrize(
    ("kind", "source", "target"),
    [
        (Kind.DEPOSIT, Account.TRANSFER, Account.HOUSEHOLD),
        (Kind.DONATION, Account.BANK, Account.FUND),
        (Kind.BANKED, Account.BANK, Account.CASH),
        (Kind.WRITE_OFF, Account.BAD_DEBT, Account.HOUSEHOLD),
    ],
)
def test_a_day_on_which_any_money_moved_is_not_quiet(home, post, fund, kind, source, target):
    assert of(home).quiet
    post(kind, source, target, "4.00", fund_id=fund.pk if kind == Kind.DONATION else None)
    assert not of(home).quiet


def test_what_was_written_off_says_which_order_why_and_by_whom(home, post, owing, staff):
    lost = owing("6.00")
    post(Kind.WRITE_OFF, Account.BAD_DEBT, Account.ORDER, "6.00", order=lost, note="搬走找不到人")
    post(Kind.WRITE_OFF, Account.BAD_DEBT, Account.HOUSEHOLD, "2.00", note="搬走找不到人")
    assert [
        (move.order and move.order.number, move.amount, move.note, move.by)
        for move in of(home).written_off
    ] == [
        (lost.number, Decimal("6.00"), "搬走找不到人", staff),
        (None, Decimal("2.00"), "搬走找不到人", staff),
    ]
    assert not of(home, DAY + timedelta(days=1)).written_off
