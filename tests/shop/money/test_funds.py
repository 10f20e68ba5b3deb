"""互助金: what was given, for whom it pays, and what is left."""

from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from delivery import households
from shop.errors import FundRefused, MoneyRefused, NonceTaken
from shop.models import Fund, Grant, MoneyMove
from shop.money.funds import funds
from tests import factories
from tests.shop import orders

Account = MoneyMove.Account


def yuan(amount: str) -> Decimal:
    return Decimal(amount)


def sums(station, *period) -> list[tuple[Decimal, ...]]:
    return [(each.given, each.paid, each.left) for each in funds.sums(station, *period)]


class TestMaking:
    def test_a_name_is_one_fund(self, station, other_station):
        fund = funds.make(station, "  爱心  基金 ", Fund.Giver.DONATION)
        assert (fund.name, fund.active, fund.giver) == ("爱心 基金", True, "donation")
        assert funds.make(station, "爱心 基金", Fund.Giver.DONATION) == fund
        with pytest.raises(FundRefused, match="已经有一笔叫“爱心 基金”的互助金了"):
            funds.make(station, "爱心 基金", Fund.Giver.TOWNSHIP)
        assert funds.make(other_station, "爱心 基金", Fund.Giver.TOWNSHIP) != fund

    @pytest.mark.parametrize("name", ["", "   ", "长" * 41])
    def test_names_that_are_none(self, station, name):
        with pytest.raises(FundRefused, match="最多 40 个字"):
            funds.make(station, name, Fund.Giver.DONATION)
        assert not Fund.objects.exists()


class TestGifts:
    @pytest.mark.parametrize("source", ["cash", "transfer", "bank"])
    def test_a_gift_tapped_twice_is_one(self, station, staff, source):
        fund, nonce = factories.fund(station, "0"), uuid4()
        for _tap in range(2):
            funds.donate(
                fund, yuan("88.88"), source=Account(source), by=staff, nonce=nonce, note="某企业"
            )
        move = MoneyMove.objects.get()
        assert (move.kind, move.source, move.target) == ("donation", source, "fund")
        assert (move.amount, move.note, move.by) == (yuan("88.88"), "某企业", staff)
        assert sums(station) == [(yuan("88.88"), 0, yuan("88.88"))]

    def test_a_nonce_says_one_thing(self, station, staff):
        fund, other, nonce = factories.fund(station, "0"), factories.fund(station, "0"), uuid4()
        funds.donate(fund, yuan("5.00"), by=staff, nonce=nonce)
        for to, amount, source in [
            (fund, "5.01", Account.CASH),
            (other, "5.00", Account.CASH),
            (fund, "5.00", Account.BANK),
        ]:
            with pytest.raises(NonceTaken):
                funds.donate(to, yuan(amount), source=source, by=staff, nonce=nonce)
        with pytest.raises(NonceTaken):
            funds.give_back(fund, yuan("5.00"), by=staff, nonce=nonce)
        assert MoneyMove.objects.count() == 1

    @pytest.mark.parametrize("amount", ["0", "-1", "0.001", "1000000.01"])
    def test_amounts_that_cannot_be_right(self, station, staff, amount):
        fund = factories.fund(station, "0")
        with pytest.raises(MoneyRefused, match="金额"):
            funds.donate(fund, Decimal(amount), by=staff, nonce=uuid4())
        with pytest.raises(MoneyRefused, match="金额"):
            funds.give_back(fund, Decimal(amount), by=staff, nonce=uuid4())
        assert not MoneyMove.objects.exists()

    def test_nobody_gives_what_is_somebody_elses(self, station, staff):
        fund = factories.fund(station)
        for account in (Account.HOUSEHOLD, Account.ORDER, Account.PERSON):
            with pytest.raises(FundRefused):
                funds.donate(fund, yuan("1.00"), source=account, by=staff, nonce=uuid4())
            with pytest.raises(FundRefused):
                funds.give_back(fund, yuan("1.00"), target=account, by=staff, nonce=uuid4())

    def test_what_is_there_can_go_back_and_no_more(self, station, staff):
        fund = factories.fund(station, "30.00", "爱心款")
        with pytest.raises(FundRefused, match=r"^“爱心款”只剩 ¥30.00，不能退 ¥30.01。$"):
            funds.give_back(fund, yuan("30.01"), by=staff, nonce=uuid4())
        nonce = uuid4()
        for _tap in range(2):
            funds.give_back(fund, yuan("30.00"), target=Account.BANK, by=staff, nonce=nonce)
        assert sums(station) == [(0, 0, 0)]
        assert [(gift.source, gift.target) for gift in funds.gifts(fund)] == [
            ("fund", "bank"),
            ("bank", "fund"),
        ]


class TestGrants:
    def test_one_share_for_each_the_last_one_said(self, station, home, staff):
        fund, item = factories.fund(station), factories.item(station)
        first = funds.grant(fund, yuan("0.3"), household=home, by=staff)
        assert funds.grant(fund, yuan("0.3"), household=home, by=staff) == first
        funds.grant(fund, yuan("0.5"), item=item, by=staff)
        second = funds.grant(fund, yuan("0.4"), household=home, by=staff)
        assert [(g.household, g.item, g.share) for g in funds.grants(fund).order_by("share")] == [
            (home, None, yuan("0.4")),
            (None, item, yuan("0.5")),
        ]
        assert Grant.objects.count() == 3
        funds.end(second)
        assert [g.item for g in funds.grants(fund)] == [item]

    @pytest.mark.parametrize("share", ["0", "-0.5", "1.0001", "0.00001"])
    def test_shares_that_are_none(self, station, home, staff, share):
        fund = factories.fund(station)
        with pytest.raises(FundRefused, match="1% 到 100%"):
            funds.grant(fund, Decimal(share), household=home, by=staff)
        assert not Grant.objects.exists()

    def test_only_for_this_stations_doors_and_goods(self, station, other_station, staff):
        fund = factories.fund(station)
        door = factories.household(factories.grid(other_station))
        for to in ({"household": door}, {"item": factories.item(other_station)}, {}):
            with pytest.raises(FundRefused, match="只补本驿站"):
                funds.grant(fund, yuan("0.5"), by=staff, **to)

    def test_the_next_family_behind_the_door_was_not_meant(self, station, home, staff, neighbour):
        fund = factories.fund(station)
        factories.grant(fund, household=home)
        stays = factories.grant(fund, household=neighbour.person.household)
        households.move_out(home, staff)
        assert list(funds.grants(fund)) == [stays]


class TestSums:
    def test_of_a_time_and_what_was_left_at_its_end(self, station, home, staff, resident):
        fund = factories.fund(station, "50.00")
        ended = factories.fund(station, "7.00", active=False)
        factories.grant(fund, "0.5", household=home)
        item = factories.item(station, price="11.11")
        orders.place(factories.round(station), home, (item, 1))
        now = timezone.now()
        hour, later = timedelta(hours=1), now + timedelta(days=1)
        both = [(yuan("50.00"), yuan("5.56"), yuan("44.44")), (yuan("7.00"), 0, yuan("7.00"))]
        assert sums(station) == sums(station, now - hour, later) == both
        assert [each.fund for each in funds.sums(station)] == [fund, ended]
        assert sums(station, now - hour, now - hour) == [(0, 0, 0), (0, 0, 0)]
        assert sums(station, later, later) == [(0, 0, yuan("44.44")), (0, 0, yuan("7.00"))]

    def test_of_many_funds_one_query(self, station, django_assert_num_queries):
        for _number in range(4):
            factories.fund(station)
        with django_assert_num_queries(1):
            funds.sums(station)
