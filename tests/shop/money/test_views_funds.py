"""互助金 in the console: gifts by everybody of the station, who is helped by its manager."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from shop.models import Fund, Grant, MoneyMove
from shop.money.funds import funds, subsidies
from tests import factories


@pytest.fixture
def fund(station):
    return factories.fund(station, "30.00", "爱心款")


def address(name: str, *of) -> str:
    return reverse(name, args=[each.pk for each in of])


def said(page) -> list[str]:
    return [str(message) for message in page.context["messages"]]


def text(page) -> str:
    return page.content.decode()


class TestFunds:
    def test_the_list_says_what_each_has(self, client, staff, fund, station):
        factories.fund(station, "0", "街道款", giver="township")
        client.force_login(staff)
        page = client.get(address("station-funds"))
        assert [(each.fund.name, each.left) for each in page.context["funds"]] == [
            ("爱心款", Decimal("30.00")),
            ("街道款", 0),
        ]
        assert "还没有钱" in text(page)
        assert "设一笔新的" not in text(page)

    def test_the_manager_makes_one(self, client, manager, station):
        client.force_login(manager)
        page = client.post(
            address("station-fund-new"), {"name": "街道款", "giver": "township"}, follow=True
        )
        made = Fund.objects.get()
        assert (made.station, made.name, made.giver) == (station, "街道款", "township")
        assert page.redirect_chain == [(address("station-fund", made), 302)]

    def test_a_name_that_is_taken_and_what_is_missing(self, client, manager, fund):
        client.force_login(manager)
        page = client.post(address("station-fund-new"), {"name": "爱心款", "giver": "township"})
        assert page.status_code == 409
        assert "已经有一笔叫“爱心款”的互助金了" in text(page)
        for body in ({}, {"name": "长" * 41, "giver": "donation"}, {"name": "a\x00", "giver": "x"}):
            assert client.post(address("station-fund-new"), body).status_code == 400
        assert Fund.objects.count() == 1

    def test_staff_may_not(self, client, staff):
        client.force_login(staff)
        body = {"name": "街道款", "giver": "township"}
        assert client.post(address("station-fund-new"), body).status_code == 403
        assert not Fund.objects.exists()


class TestGifts:
    @pytest.mark.parametrize("source", ["cash", "transfer", "bank"])
    def test_everybody_of_the_station_takes_one(self, client, staff, fund, source):
        client.force_login(staff)
        body = {"amount": "￥20.50", "source": source, "nonce": uuid4(), "note": "某企业"}
        for _tap in range(2):
            page = client.post(address("station-fund-donate", fund), body, follow=True)
        assert said(page)[-1] == "收到 ¥20.50，谢谢。"
        assert page.context["sums"].left == Decimal("50.50")
        move = MoneyMove.objects.latest("pk")
        assert (move.source, move.by, move.note) == (source, staff, "某企业")

    @pytest.mark.parametrize(
        "wrong",
        [
            {"amount": "-1"},
            {"amount": "0"},
            {"amount": "1000000.01"},
            {"amount": "1e3"},
            {"amount": ""},
            {"amount": "0.001"},
            {"source": "household"},
            {"source": ""},
            {"nonce": "x"},
            {"note": "长" * 101},
            {"note": "a\x00b"},
        ],
    )
    def test_what_cannot_be_right(self, client, staff, fund, wrong):
        client.force_login(staff)
        body = {"amount": "1.00", "source": "cash", "nonce": uuid4(), "note": ""} | wrong
        page = client.post(address("station-fund-donate", fund), body)
        assert page.status_code in (400, 409)
        assert MoneyMove.objects.count() == 1  # the fixture's

    def test_the_manager_gives_back_what_is_there(self, client, manager, staff, fund):
        body = {"amount": "30.01", "source": "bank", "nonce": uuid4()}
        client.force_login(staff)
        assert client.post(address("station-fund-give-back", fund), body).status_code == 403
        client.force_login(manager)
        page = client.post(address("station-fund-give-back", fund), body)
        assert (page.status_code, MoneyMove.objects.count()) == (409, 1)
        assert "“爱心款”只剩 ¥30.00，不能退 ¥30.01。" in text(page)
        page = client.post(
            address("station-fund-give-back", fund), body | {"amount": "30"}, follow=True
        )
        assert said(page) == ["退回 ¥30.00，记好了。"]
        assert page.context["sums"].left == 0


class TestGrants:
    def test_a_door_by_what_is_on_its_wall(self, client, manager, fund, home):
        client.force_login(manager)
        body = {"q": "1-1-101", "percent": "30"}
        page = client.post(address("station-fund-door", fund), body, follow=True)
        assert said(page) == ["记下了，从下一单起补。"]
        grant = Grant.objects.get()
        assert (grant.household, grant.share, grant.by) == (home, Decimal("0.3"), manager)
        assert "1幢 1单元 101" in text(page)
        assert "30%" in text(page)

    def test_of_several_one_is_tapped(self, client, manager, fund, home, neighbour):
        client.force_login(manager)
        body = {"q": "1幢", "percent": "100"}
        page = client.post(address("station-fund-door", fund), body)
        assert page.context["which"] == [home, neighbour.person.household]
        assert not Grant.objects.exists()
        client.post(address("station-fund-door", fund), body | {"door": home.pk})
        assert Grant.objects.get().household == home

    def test_a_good(self, client, manager, fund, station):
        item = factories.item(station, "口罩")
        client.force_login(manager)
        client.post(address("station-fund-good", fund), {"item": item.pk, "percent": "100"})
        assert [(grant.item, grant.percent) for grant in funds.grants(fund)] == [(item, "100")]

    @pytest.mark.parametrize("percent", ["0", "101", "-5", "x", "", "3.5", "9" * 30])
    def test_shares_that_are_none(self, client, manager, fund, home, station, percent):
        item = factories.item(station)
        client.force_login(manager)
        for name, to in (("door", {"q": "1-1-101"}), ("good", {"item": item.pk})):
            page = client.post(address(f"station-fund-{name}", fund), to | {"percent": percent})
            assert page.status_code == 400
            assert "请填" in text(page)
        assert not Grant.objects.exists()

    def test_doors_and_goods_that_are_not_there(
        self, client, manager, fund, home, station, other_station
    ):
        client.force_login(manager)
        theirs = factories.household(factories.grid(other_station))
        for q, door, status in [
            ("99-9-999", "", 400),
            ("", "", 400),
            ("a\x00", "", 400),
            ("1", theirs.pk, 404),
            ("1", 2**63, 400),
        ]:
            body = {"q": q, "door": door, "percent": "50"}
            assert client.post(address("station-fund-door", fund), body).status_code == status
        for item in (factories.item(other_station).pk, "x", 2**70, ""):
            body = {"item": item, "percent": "50"}
            assert client.post(address("station-fund-good", fund), body).status_code == 400
        assert not Grant.objects.exists()

    def test_one_is_ended(self, client, manager, fund, home):
        grant = factories.grant(fund, household=home)
        client.force_login(manager)
        for _tap in range(2):
            page = client.post(address("station-grant-end", grant), follow=True)
        assert said(page)[-1] == "停了。已经下的单照旧补。"
        assert not funds.grants(fund).exists()

    def test_staff_see_how_many_but_not_whom(self, client, staff, fund, home, station):
        factories.grant(fund, household=home)
        factories.grant(fund, item=factories.item(station, "口罩"))
        client.force_login(staff)
        page = client.get(address("station-fund", fund))
        assert "补的住户 1 户" in text(page)
        assert "口罩" in text(page)
        assert home.door not in text(page)

    def test_switched_off_and_on(self, client, manager, fund):
        client.force_login(manager)
        for active in ("0", "0", "1"):
            client.post(address("station-fund-switch", fund), {"active": active})
            fund.refresh_from_db()
            assert fund.active == (active == "1")


def test_a_stranger_changes_nothing(client, stranger, fund, home, station):
    grant, item = factories.grant(fund, household=home), factories.item(station)
    client.force_login(stranger)
    for name, of, body in [
        ("station-fund-donate", fund, {"amount": "1", "source": "cash", "nonce": uuid4()}),
        ("station-fund-give-back", fund, {"amount": "1", "source": "cash", "nonce": uuid4()}),
        ("station-fund-door", fund, {"q": "1-1-101", "percent": "90"}),
        ("station-fund-good", fund, {"item": item.pk, "percent": "90"}),
        ("station-fund-switch", fund, {"active": "0"}),
        ("station-grant-end", grant, {}),
    ]:
        assert client.post(address(name, of), body).status_code == 404
        assert client.get(address(name, of)).status_code == 405
    fund.refresh_from_db()
    assert (fund.active, list(funds.grants(fund))) == (True, [grant])
    assert subsidies.left([fund.pk]) == {fund.pk: Decimal("30.00")}


def test_queries_do_not_grow(client, manager, fund, grid, station):
    client.force_login(manager)

    def queries(count: int) -> int:
        for _number in range(count):
            factories.grant(fund, household=factories.household(grid))
            factories.grant(fund, item=factories.item(station))
            funds.donate(fund, Decimal("1.00"), by=manager, nonce=uuid4())
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address("station-fund", fund)).status_code == 200
        return len(captured)

    assert queries(3) == queries(20)
