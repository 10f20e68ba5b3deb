"""The page for sharing out: who may, what it shows, and what its buttons do."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from delivery import rounds
from delivery.models import ParcelLine, ShareOut, Wish
from delivery.share_outs import doors, sharing
from inventory.models import ShareRule
from tests import factories
from tests.shop.orders import lines, place, preordered


@pytest.fixture
def round(station):
    return factories.round(station)


@pytest.fixture
def spinach(station):
    return preordered(station, "菠菜", share_rule=ShareRule.EQUAL)


@pytest.fixture
def potatoes(station):
    return factories.item(station, "土豆", in_stock=20)


@pytest.fixture
def orders(round, grid, spinach, potatoes, station):
    """Three doors want 4 of each; 6 of the spinach came."""
    doors = [factories.household(grid) for _ in range(3)]
    placed = [place(round, door, (spinach, 4), (potatoes, 4)) for door in doors]
    rounds.close(round)
    factories.received(station, spinach, 6)
    return placed


@pytest.fixture
def as_staff(client, staff):
    client.force_login(staff)
    return client


def post(client, round, **fields):
    return client.post(reverse("station-share-out", args=[round.pk]), fields)


def fields(client, round, **changed) -> dict:
    """What the browser would send from the page as it is now."""
    context = client.get(reverse("station-share"), {"round": round.pk}).context
    sent = {"seen": context["seen"], "share": [g["share"].item.pk for g in context["goods"]]}
    for good in context["goods"]:
        sent[f"there-{good['share'].item.pk}"] = str(good["typed"])
        sent[f"was-{good['share'].item.pk}"] = str(good["share"].there)
    return sent | changed


def test_the_page_says_what_is_asked_what_is_there_and_who_gets_how_much(as_staff, round, orders):
    text = as_staff.get(reverse("station-share")).text
    assert "菠菜" in text
    assert "12 份" in text
    assert "3 户" in text
    assert 'value="6"' in text
    assert "每户一样多" in text
    assert "2 份 <span" in text
    assert "3 户比订的少" in text
    assert "一轮一轮分完为止" in text
    assert "先下单的先得" in text
    assert "先下单先得" in text, "the rule for all-or-nothing names it"


def test_which_door_gets_how_much_is_one_tap_away(as_staff, round, grid, station, spinach):
    spinach.similar = factories.item(station, "甜菜", in_stock=9)
    spinach.save()
    wants = [("9", 1, Wish.LESS), ("2", 4, Wish.SIMILAR), ("10", 3, Wish.NONE)]
    for building, units, wish in wants:
        door = factories.household(grid, building, "1", "101")
        factories.resident(door, "王秀英")
        place(round, door, (spinach, units), wishes={spinach: wish})
    rounds.close(round)
    factories.received(station, spinach, 7)
    page = as_staff.get(reverse("station-share"))
    [good] = page.context["goods"]
    assert good["doors"].more == 0
    assert [tuple(row) for row in good["doors"].rows] == [
        (f"{grid.name} 2幢 1单元 101", 4, 3, 1, "换相近的"),
        (f"{grid.name} 9幢 1单元 101", 1, 1, 0, "少给点"),
        (f"{grid.name} 10幢 1单元 101", 3, 3, 0, "就不要了"),
    ], "those who get less first, then as one walks"
    text = page.text
    assert "菠菜：哪一户得多少" in text
    assert "2幢 1单元 101</th>" in text
    assert "<b>换 1 份</b>" in text
    assert "王秀英" not in text
    assert door.people.get().phone not in text


def test_a_door_that_ordered_twice_has_one_row(as_staff, round, grid, station, spinach):
    door = factories.household(grid, "3", "1", "302")
    for units, wish in ((2, Wish.LESS), (3, Wish.NONE)):
        place(round, door, (spinach, units), wishes={spinach: wish})
    rounds.close(round)
    factories.received(station, spinach, 9)
    [good] = as_staff.get(reverse("station-share")).context["goods"]
    [row] = good["doors"].rows
    assert (row.asked, row.got, row.wish.split("、")) == (5, 5, ["少给点", "就不要了"])


def test_no_more_doors_are_listed_than_one_reads(as_staff, round, orders, monkeypatch):
    monkeypatch.setattr(doors, "MOST_ROWS", 2)
    page = as_staff.get(reverse("station-share"))
    [good] = page.context["goods"]
    assert len(good["doors"].rows) == 2
    assert good["doors"].more == 1
    assert "还有 1 户" in page.text


def test_the_doors_cost_the_same_queries_with_3_and_with_23(as_staff, station, grid, spinach):
    def queries(rows: int) -> int:
        this = factories.round(station, f"第 {rows} 波")
        for _ in range(rows):
            place(this, factories.household(grid), (spinach, 2))
        rounds.close(this)
        with CaptureQueriesContext(connection) as captured:
            page = as_staff.get(reverse("station-share"), {"round": this.pk})
        [good] = page.context["goods"]
        assert len(good["doors"].rows) == rows
        return len(captured)

    few = queries(3)
    assert queries(23) == few


def test_one_tap_shares_it_out(as_staff, staff, round, orders, spinach):
    response = as_staff.post(
        reverse("station-share-out", args=[round.pk]), fields(as_staff, round), follow=True
    )
    assert "分好了 1 样货。" in response.text
    assert "一共少了 6 份" in response.text
    assert "没有等着分的货" in response.text
    assert "分过的" in response.text
    assert [lines(order)[spinach.pk] for order in orders] == [(4, 2)] * 3
    [shared] = ShareOut.objects.all()
    assert shared.by == staff


def test_the_second_tap_changes_nothing(as_staff, round, orders):
    sent = fields(as_staff, round)
    assert post(as_staff, round, **sent).status_code == 302
    again = post(as_staff, round, **sent)
    assert again.status_code == 302
    assert ShareOut.objects.count() == 1


def test_less_is_there_than_the_books_say(as_staff, round, orders, spinach):
    sent = fields(as_staff, round, **{f"there-{spinach.pk}": "3"})
    look = post(as_staff, round, **sent, look="1")
    assert look.status_code == 200
    assert "账上 6" in look.text
    assert "1 份 <span" in look.text
    assert ParcelLine.objects.filter(awaiting=True).count() == 3, "a look changes nothing"
    sent["seen"] = look.context["seen"]
    assert post(as_staff, round, **sent).status_code == 302
    assert [lines(order)[spinach.pk] for order in orders] == [(4, 1)] * 3


def test_a_figure_that_was_not_looked_at_is_shown_first(as_staff, round, orders, spinach):
    response = post(as_staff, round, **fields(as_staff, round, **{f"there-{spinach.pk}": "3"}))
    assert response.status_code == 409
    assert "请再看一眼再分" in response.text
    assert 'value="3"' in response.text
    assert not ShareOut.objects.exists()


def test_more_came_since_the_page_was_shown(as_staff, round, orders, spinach, station):
    sent = fields(as_staff, round)
    factories.received(station, spinach, 3)
    response = post(as_staff, round, **sent)
    assert response.status_code == 409
    assert 'value="9"' in response.text
    assert not ShareOut.objects.exists()


@pytest.mark.parametrize("typed", ["-1", "3.5", "很多", "", "9999999", "\x00", "１e3"])
def test_what_is_no_count_is_said_beside_it_and_kept(as_staff, round, orders, spinach, typed):
    response = post(as_staff, round, **fields(as_staff, round, **{f"there-{spinach.pk}": typed}))
    assert response.status_code == 400
    assert "要填 0 或者更大的整数。" in response.text
    assert not ShareOut.objects.exists()


def test_keys_that_are_nobodys_are_passed_over(as_staff, round, orders):
    sent = fields(as_staff, round)
    sent |= {"share": ["x", "9" * 30, "-1"], "there-" + "9" * 30: "1", "less": "x", "there-": "2"}
    response = as_staff.post(reverse("station-share-out", args=[round.pk]), sent, follow=True)
    assert response.status_code == 200
    assert "请先勾上要分的货。" in response.text
    assert not ShareOut.objects.exists()


def test_what_did_not_come_is_not_ticked(as_staff, round, orders, station, grid):
    later = factories.round(station, "明天")
    leek = preordered(station, "韭菜")
    place(later, factories.household(grid), (leek, 2))
    rounds.close(later)
    page = as_staff.get(reverse("station-share"), {"round": later.pk})
    assert [good["chosen"] for good in page.context["goods"]] == [False]
    assert "没有到：还会到的先别勾" in page.text


def test_goods_from_stock_of_which_there_is_less(as_staff, staff, round, orders, potatoes):
    sharing.apply(round, by=staff)
    page = as_staff.get(reverse("station-share"), {"round": round.pk})
    assert page.context["from_stock"][potatoes.pk] == "土豆"
    sent = {"seen": "", "less": potatoes.pk, "units": "3"}
    look = post(as_staff, round, **sent, look="1")
    [good] = look.context["goods"]
    assert (good["share"].asked, good["share"].there, good["typed"]) == (12, 20, "3")
    sent = {
        "seen": look.context["seen"],
        "share": potatoes.pk,
        f"there-{potatoes.pk}": "3",
        f"was-{potatoes.pk}": "20",
    }
    done = as_staff.post(reverse("station-share-out", args=[round.pk]), sent, follow=True)
    assert "请到货品那里盘点或报损" in done.text
    assert [lines(order)[potatoes.pk] for order in orders] == [(4, 3), (4, 0), (4, 0)]


def test_a_good_from_stock_without_a_figure_is_asked_for_one(as_staff, round, orders, potatoes):
    response = post(as_staff, round, seen="", less=potatoes.pk, units="", look="1")
    assert response.status_code == 400
    assert "要填 0 或者更大的整数。" in response.text


def test_what_comes_instead_is_said(as_staff, round, grid, station, spinach):
    chard = factories.item(station, "甜菜", in_stock=9)
    spinach.similar = chard
    spinach.save()
    place(round, factories.household(grid), (spinach, 4), wishes={spinach: Wish.SIMILAR})
    rounds.close(round)
    factories.received(station, spinach, 1)
    assert "换相近的 3 份" in as_staff.get(reverse("station-share")).text


def test_an_open_round_waits(as_staff, station):
    factories.round(station)
    assert "还在接单" in as_staff.get(reverse("station-share")).text


def test_an_open_round_is_not_shared_out(as_staff, station):
    response = post(as_staff, factories.round(station), seen="", share="1")
    assert response.status_code == 409
    assert "这个波次还没有截单，不能分货。" in response.text


def test_nothing_at_all(as_staff, station):
    assert "还没有可以分货的波次" in as_staff.get(reverse("station-share")).text


@pytest.mark.parametrize("who", ["resident", "leader", "courier", "stranger"])
def test_nobody_else_shares_it_out(client, staff, round, orders, request, who):
    client.force_login(staff)
    sent = fields(client, round)
    client.force_login(request.getfixturevalue(who))
    assert post(client, round, **sent).status_code in {403, 404}
    page = client.get(reverse("station-share"), {"round": round.pk})
    assert page.status_code in {403, 404}
    assert not ShareOut.objects.exists()
    assert ParcelLine.objects.filter(awaiting=True).count() == 3


def test_sharing_out_is_a_post(as_staff, round, orders):
    address = reverse("station-share-out", args=[round.pk])
    assert as_staff.get(address).status_code == 405
    assert as_staff.post(reverse("station-share")).status_code == 405


def test_the_page_costs_the_same_with_3_goods_and_with_23(as_staff, station, grid):
    def queries(rows: int) -> int:
        this = factories.round(station, f"第 {rows} 波")
        goods = [preordered(station, f"货 {rows} {n}") for n in range(rows)]
        for _ in range(2):
            place(this, factories.household(grid), *((good, 2) for good in goods))
        rounds.close(this)
        for good in goods:
            factories.received(station, good, 3)
        with CaptureQueriesContext(connection) as captured:
            page = as_staff.get(reverse("station-share"), {"round": this.pk})
        assert len(page.context["goods"]) == rows
        return len(captured)

    few = queries(3)
    assert queries(23) == few
