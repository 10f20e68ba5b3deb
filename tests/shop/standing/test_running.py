"""A round opens, and what stands is ordered: once, with what is there."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone
from oscar.core.loading import get_model

from delivery import households, rounds
from delivery.models import Round, Wish
from inventory.models import Item
from shop import ordered_bundles, ordering, products, standing, tasks
from shop.models import LineTerms, Message, Placement, StandingOrder, StandingRun
from shop.money import accounts
from shop.standing import running
from tests import factories
from tests.shop import orders
from tests.shop.clean import books_agree
from tests.shop.money.funding import left, owed

Order = get_model("order", "Order")
StockRecord = get_model("partner", "StockRecord")


@pytest.fixture
def greens(station):
    return factories.item(station, "上海青", price="6.40", in_stock=40, weight_g=1000)


@pytest.fixture
def eggs(station):
    return factories.item(station, "鲜鸡蛋", price="24.80", in_stock=5, unit="板")


@pytest.fixture
def asked(home, resident, greens, eggs):
    """2 上海青 and 1 鲜鸡蛋 in every round."""
    return begin(home, resident, {greens: 2, eggs: 1})


@pytest.fixture
def round(station, asked):
    """Opened after it was asked for."""
    return opened(station)


def begin(home, by, units: dict, **said) -> StandingOrder:
    lines = {item.pk: (number, Wish.LESS) for item, number in units.items()}
    return standing.start(home, lines, by=by, **said)


def opened(station, name="早市", **fields) -> Round:
    made = factories.round(station, name, status=Round.Status.PLANNED, **fields)
    rounds.open(made)
    return made


def only_run() -> tuple[str, str]:
    """Its outcome, and what the household was told."""
    return StandingRun.objects.get().outcome, Message.objects.get(kind="standing").text


class TestRunning:
    def test_what_stands_is_ordered(self, round, asked, home, resident, greens, eggs):
        [run] = standing.run_due()
        placement = Placement.objects.get()
        assert (run.outcome, run.order) == ("ordered", placement.order)
        assert (placement.household, placement.round, placement.placed_by) == (
            home,
            round,
            resident,
        )
        lines = placement.order.lines.order_by("pk").values_list("title", "quantity")
        assert list(lines) == [("上海青", 2), ("鲜鸡蛋", 1)]
        assert (placement.order.status, owed(placement.order)) == ("placed", Decimal("37.60"))
        message = Message.objects.get(kind="standing")
        until = timezone.localtime(round.closes_at).strftime("%H:%M")
        assert message.text == (
            f"早市给您下好了：上海青 ×2、鲜鸡蛋 ×1，一共 ¥37.60。{until}截单，之前都能改。"
        )
        assert message.path.endswith(f"/{placement.order.number}/")
        books_agree()

    def test_once_per_round_and_again_in_the_next(self, round, station):
        for _sweep in range(3):
            standing.run_due()
        assert Order.objects.count() == 1
        opened(station, "晚市")
        assert len(standing.run_due()) == 1
        assert Order.objects.count() == 2

    def test_not_in_a_round_that_was_open_before(self, station, home, resident, greens):
        opened(station)
        begin(home, resident, {greens: 1})
        assert standing.run_due() == []

    def test_not_before_it_opens_nor_after_it_closed(self, station, asked):
        early = factories.round(station, status=Round.Status.PLANNED)
        assert standing.run_due() == []
        rounds.open(early)
        rounds.close(early)
        assert standing.run_due() == []

    def test_not_for_other_grids(self, station, asked):
        opened(station, grids=[factories.grid(station)])
        assert standing.run_due() == []

    def test_nor_at_another_station(self, asked, other_station):
        opened(other_station)
        assert standing.run_due() == []

    def test_how_it_is_brought(self, station, home, resident, greens):
        begin(home, resident, {greens: 1}, in_person=True, note="请敲三下")
        opened(station)
        standing.run_due()
        placement = Placement.objects.get()
        assert (placement.in_person, placement.note) == (True, "请敲三下")

    def test_what_is_wished_when_it_is_short_later(self, station, home, resident, greens):
        standing.start(home, {greens.pk: (2, Wish.NONE)}, by=resident)
        opened(station)
        standing.run_due()
        assert LineTerms.objects.get().wish == Wish.NONE

    def test_bundles_stand_too(self, station, home, resident, greens, eggs):
        fresh = factories.bundle(station, {greens: 2, eggs: 1}, "生鲜套餐")
        begin(home, resident, {fresh: 2})
        opened(station)
        [run] = standing.run_due()
        assert [(each.title, each.units) for each in ordered_bundles.of_order(run.order)] == [
            ("生鲜套餐", 2)
        ]
        books_agree()

    def test_what_is_cancelled_is_not_ordered_again(self, round, resident):
        [run] = standing.run_due()
        ordering.cancel(run.order, by=resident)
        assert standing.run_due() == []

    def test_the_clock_asks(self, round):
        tasks.order_what_stands()
        assert Order.objects.count() == 1

    def test_many_are_ordered_for_the_earliest_first(self, station, grid, greens):
        doors = [factories.household(grid) for _number in range(22)]
        for door in doors:
            begin(door, factories.resident(door), {greens: 2})
        opened(station)
        outcomes = [run.outcome for run in standing.run_due()]
        assert outcomes == ["ordered"] * 20 + ["nothing"] * 2
        books_agree()


class TestShort:
    def test_it_is_what_is_left(self, round, asked, greens, eggs):
        StockRecord.objects.filter(pk=greens.record_id).update(num_allocated=39)
        standing.run_due()
        outcome, text = only_run()
        assert outcome == "less"
        assert "有的不够：上海青 ×1、鲜鸡蛋 ×1，一共 ¥31.20；少了上海青 ×1。" in text

    def test_what_is_gone_or_off_sale_is_left_out(self, round, asked, greens, eggs):
        products.set_on_sale(greens, False)
        standing.run_due()
        assert only_run()[0] == "less"
        assert [line.title for line in Order.objects.get().lines.all()] == ["鲜鸡蛋"]

    def test_a_limit_counts(self, round, asked, greens):
        Item.objects.filter(pk=greens.pk).update(household_limit=1)
        standing.run_due()
        assert Order.objects.get().total_incl_tax == Decimal("31.20")

    def test_a_bundle_that_is_short_is_fewer(self, station, home, resident, greens, eggs):
        fresh = factories.bundle(station, {greens: 2, eggs: 1}, "生鲜套餐")
        begin(home, resident, {fresh: 7})
        opened(station)
        standing.run_due()
        outcome, text = only_run()
        assert outcome == "less"
        assert "生鲜套餐 ×5" in text
        assert "少了生鲜套餐 ×2" in text

    def test_nothing_at_all_is_told(self, round, greens, eggs):
        for item in (greens, eggs):
            products.set_on_sale(item, False)
        standing.run_due()
        assert only_run() == ("nothing", "早市没有下您每波都要的：一样也没有了。")
        assert not Order.objects.exists()
        assert standing.run_due() == []

    def test_nor_what_nobody_can_carry(self, round, greens):
        Item.objects.filter(pk=greens.pk).update(weight_g=30_000)
        standing.run_due()
        outcome, text = only_run()
        assert (outcome, Order.objects.count()) == ("nothing", 0)
        assert "一趟最多送 50 公斤" in text


class TestAlready:
    def test_who_ordered_is_not_ordered_for(self, round, home, greens):
        orders.place(round, home, (greens, 1))
        standing.run_due()
        assert only_run() == ("already", "早市您已经自己下过单，每波都要的没有再下。")
        assert Order.objects.count() == 1

    def test_unless_it_was_cancelled(self, round, home, resident, greens):
        ordering.cancel(orders.place(round, home, (greens, 1)), by=resident)
        standing.run_due()
        assert StandingRun.objects.get().outcome == "ordered"


class TestFromTheAccount:
    @pytest.fixture
    def asked(self, station, home, resident, greens):
        station.ways_to_pay = ["door", "account"]
        station.save()
        return begin(home, resident, {greens: 2}, way="account")

    def test_it_is_paid(self, round, home):
        accounts.deposit(home, Decimal("20.00"), by=factories.user(), nonce=uuid4())
        standing.run_due()
        assert accounts.balance(home) == Decimal("7.20")
        assert owed(Order.objects.get()) == 0
        books_agree()

    def test_or_not_ordered(self, round, home, greens):
        standing.run_due()
        outcome, text = only_run()
        assert outcome == "unpaid"
        assert text.startswith("早市没有下您每波都要的：账户只有 ¥0.00，不够 ¥12.80。")
        assert not Order.objects.exists()
        assert not get_model("basket", "Basket").objects.exists()

    def test_with_what_a_fund_leaves(self, round, station, home):
        fund = factories.fund(station)
        factories.grant(fund, "1", household=home)
        standing.run_due()
        assert StandingRun.objects.get().outcome == "ordered"
        assert left(fund) == Decimal("87.20")

    def test_not_where_accounts_ended(self, round, station):
        station.ways_to_pay = ["door"]
        station.save()
        standing.run_due()
        assert StandingRun.objects.get().outcome == "unpaid"


class TestKilledAndBroken:
    def test_what_one_worker_left_the_next_does(self, station, grid, greens, monkeypatch):
        for _number in range(3):
            door = factories.household(grid)
            begin(door, factories.resident(door), {greens: 1})
        opened(station)
        done, seen = running._done, []

        def killed(*arguments, **options):
            seen.append(arguments)
            if len(seen) == 2:
                raise KeyboardInterrupt
            return done(*arguments, **options)

        monkeypatch.setattr(running, "_done", killed)
        with pytest.raises(KeyboardInterrupt):
            standing.run_due()
        assert (Order.objects.count(), StandingRun.objects.count()) == (1, 1)
        assert len(standing.run_due()) == 2
        assert (Order.objects.count(), StandingRun.objects.count()) == (3, 3)
        books_agree()

    def test_one_that_breaks_holds_up_nobody(self, station, grid, greens, monkeypatch, caplog):
        doors = [factories.household(grid) for _number in range(3)]
        for door in doors:
            begin(door, factories.resident(door), {greens: 1})
        opened(station)
        lines, secret = running._lines, "张三 13912345678"

        def broken(order):
            if order.household_id == doors[0].pk:
                raise ValueError(secret)
            return lines(order)

        monkeypatch.setattr(running, "_lines", broken)
        assert len(standing.run_due()) == 2
        assert "does not run in round" in caplog.text
        assert "13912345678" not in caplog.text


class TestReminding:
    def test_in_the_last_hour_once(self, round, asked):
        run = standing.run_due()[0]
        StandingRun.objects.update(at=round.closes_at - timedelta(hours=3))
        early = round.closes_at - timedelta(hours=1, seconds=1)
        standing.remind_due(early)
        assert Message.objects.filter(kind="standing").count() == 1
        for minutes in (60, 30, 1):
            standing.remind_due(round.closes_at - timedelta(minutes=minutes))
        reminder = Message.objects.filter(kind="standing").latest("pk")
        assert Message.objects.filter(kind="standing").count() == 2
        until = timezone.localtime(round.closes_at).strftime("%H:%M")
        assert reminder.text == f"快截单了（{until}）：您每波都要的已经下好，要改请在截单前改。"
        assert reminder.path.endswith(f"/{run.order.number}/")

    def test_not_of_what_was_cancelled_or_never_ordered(self, round, resident):
        [run] = standing.run_due()
        StandingRun.objects.update(at=round.closes_at - timedelta(hours=3))
        ordering.cancel(run.order, by=resident)
        standing.remind_due(round.closes_at - timedelta(minutes=30))
        assert Message.objects.filter(kind="standing").count() == 1

    def test_not_when_it_was_told_within_that_hour(self, station, asked):
        round = opened(station, closes_in=0.5)
        standing.run_due()
        standing.remind_due(round.closes_at - timedelta(minutes=20))
        assert Message.objects.filter(kind="standing").count() == 1


def test_who_moves_out_wants_nothing_more(round, home, staff, asked):
    households.move_out(home, staff)
    asked.refresh_from_db()
    assert not asked.active
    assert standing.run_due() == []
