"""The synthetic village: exact figures, the same every time, and only its five logins open."""

from collections import Counter
from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO
from itertools import pairwise

import pytest
from django.contrib.auth import authenticate, get_user_model
from django.core.management import CommandError, call_command
from django.utils import timezone

from delivery import rounds
from delivery.access import household_of, leader_doors, volunteer_of
from delivery.models import Grid, Household, Passage, Person, Round, Volunteer
from inventory.access import stations_of
from inventory.models import (
    Item,
    Lot,
    Membership,
    Move,
    Offer,
    Purchase,
    Receipt,
    ShareRule,
    Station,
    Supplier,
)
from inventory.sheets import cells
from shop import bundles, demo
from shop.demo import build as builder
from shop.demo import buying
from shop.demo.goods import CATEGORIES, goods
from shop.demo.village import village
from shop.symbols import DEFAULT, symbol

User = get_user_model()


class TestVillage:
    def test_is_as_big_as_the_one_in_the_news(self):
        plan = village()
        assert (plan.people, plan.people - plan.newcomers, plan.newcomers) == (3557, 887, 2670)
        assert (len(plan.grids), len(plan.doors)) == (12, 1180)
        assert len(plan.staff) + len(plan.managers) == 29
        assert len(plan.volunteers) == 183
        assert Counter((way.kind, way.is_open) for way in plan.ways) == {
            ("gate", True): 2,
            ("road", False): 19,
        }
        assert [grid.name for grid in plan.grids][::11] == ["一网格", "十二网格"]
        assert len(plan.leaders) >= 12
        assert len([door for door in plan.doors if not door.contact.phone]) == 47

    def test_is_the_same_every_time_and_another_for_another_seed(self):
        assert village() == village()
        assert village(seed=1) != village(seed=2)

    @pytest.mark.parametrize(("households", "people"), [(12, 36), (50, 151), (5000, 15072)])
    def test_scales(self, households, people):
        plan = village(households)
        assert (len(plan.doors), plan.people) == (households, people)
        assert {door.grid for door in plan.doors} == set(range(12))
        assert all(0 <= door.newcomers <= door.people for door in plan.doors)
        assert plan.people - plan.newcomers == round(people * 887 / 3557)

    def test_smaller_than_its_grids_it_cannot_be(self):
        with pytest.raises(ValueError, match="at least 12 doors"):
            village(11)

    def test_no_door_and_no_number_twice(self):
        plan = village()
        doors = {(door.grid, door.building, door.unit, door.room) for door in plan.doors}
        assert len(doors) == 1180
        phones = [door.contact.phone for door in plan.doors if door.contact.phone]
        phones += [who.phone for who in (*plan.staff, *plan.managers)]
        phones += [courier.who.phone for courier in plan.volunteers]
        assert len(set(phones)) == len(phones)
        assert all(cells.phone(phone) == phone for phone in phones)

    def test_neighbouring_grids_share_their_corners(self):
        """Clockwise from the north-west: in a row, one's east side is the next one's west side."""
        grids = village().grids
        for row in (grids[0:4], grids[4:8], grids[8:12]):
            for west, east in pairwise(row):
                assert (west.polygon[1], west.polygon[2]) == (east.polygon[0], east.polygon[3])
        for north, south in zip(grids, grids[4:], strict=False):
            assert (north.polygon[3], north.polygon[2]) == (south.polygon[0], south.polygon[1])

    def test_doors_are_inside_their_grid(self):
        plan = village()
        assert all(inside(door.point, plan.grids[door.grid].polygon) for door in plan.doors)


def inside(point, polygon) -> bool:
    """On the same side of every edge of a convex polygon."""
    x, y = point
    sides = [
        (bx - ax) * (y - ay) - (by - ay) * (x - ax)
        for (ax, ay), (bx, by) in pairwise((*polygon, polygon[0]))
    ]
    return all(side < 0 for side in sides) or all(side > 0 for side in sides)


class TestGoods:
    def test_sixty_four_with_a_symbol_each(self):
        rows = goods()
        assert len(rows) == len({row.sku for row in rows}) == len({row.name for row in rows}) == 64
        assert {row.category for row in rows} == set(CATEGORIES)
        assert [row.name for row in rows if symbol(row.name) == DEFAULT] == []
        assert all(row.weight_g <= 10_000 and row.cost > 0 for row in rows)

    def test_stock_is_in_proportion(self):
        full, small = goods(1180), goods(59)
        assert (full[0].stock, small[0].stock) == (600, 30)
        # What is pre-ordered is not there before it was ordered.
        assert min(row.stock for row in small if not buying.terms(row.sku).preorder) == 4
        assert {row.sku for row in full if not row.stock} == {
            *("F05", "M04", "M05", "M07", "P04", "P05")
        }

    def test_every_good_has_a_supplier_and_a_box_to_come_in(self):
        for row in goods():
            assert row.category in buying.supplier_of(row.category).categories
            units = buying.pack_units(row.weight_g, row.cost)
            assert units == 1 or units * row.weight_g <= 20_000
        assert buying.pack_units(1000, Decimal("6.40")) == 20
        assert buying.pack_units(10_000, Decimal("57.00")) == 2
        assert buying.pack_units(25_000, Decimal("57.00")) == 1

    def test_barcodes_are_valid_and_nobodys(self):
        """The check digit of ISO/IEC 15420; 20–29 is what shops give out themselves."""
        assert buying.barcode(1) == "2000000000015"
        assert buying.barcode(1234567890) == "2012345678903"
        assert len({buying.barcode(number) for number in range(100)}) == 100


@pytest.fixture
def seeded(db):
    out = StringIO()
    call_command("seed_demo", households=60, stdout=out)
    return out.getvalue()


@pytest.mark.usefixtures("seeded")
class TestSeeded:
    def test_everything_is_there(self):
        station = Station.objects.get()
        assert (station.code, station.name) == ("demo", "青禾村惠民驿站（演示）")
        assert (Grid.objects.count(), Household.objects.count()) == (12, 60)
        assert Person.objects.count() == 60
        assert Passage.objects.filter(kind="road", is_open=False).count() == 19
        assert Item.objects.stocked().count() == 64
        assert Move.objects.filter(kind="opening").count() == 64
        made = list(Item.objects.filter(selling="bundle").values_list("record", flat=True))
        inside = bundles.parts_of(made).values()
        assert sorted(len(bundle.parts) for bundle in inside) == [3, 4]
        assert all(bundle.on_sale for bundle in inside)
        assert Volunteer.objects.count() == 9
        assert Membership.objects.filter(role="manager").count() == 2
        assert all(door.walk_key for door in Household.objects.all())

    def test_its_goods_are_sold_in_every_way_there_is(self):
        items = Item.objects.stocked()
        assert items.filter(selling="preorder").count() == 6
        assert items.filter(by_weight=True).count() == 8
        assert items.exclude(similar=None).count() == 22
        assert set(items.values_list("share_rule", flat=True)) == set(ShareRule.values)
        assert items.filter(minimum__gt=0).count() > 10
        upcs = items.values_list("record__product__upc", flat=True)
        assert all(len(upc) == 13 for upc in upcs)
        assert len(set(upcs)) == 64

    def test_its_books_are_begun(self):
        assert Supplier.objects.count() == 5
        assert Offer.objects.filter(preferred=True).count() == 64
        assert Offer.objects.count() == 68
        assert [str(receipt.delivery_note) for receipt in Receipt.objects.all()] == [
            "YS-0001",
            "YS-0002",
        ]
        assert Lot.objects.filter(expires_on__isnull=False).count() == 6
        statuses = Purchase.objects.order_by("number").values_list("status", flat=True)
        assert list(statuses) == ["placed", "draft"]

    def test_takes_orders_now_and_tomorrow(self):
        grid = Grid.objects.first()
        now = timezone.now()
        round = rounds.current(grid)
        assert round == Round.objects.get()
        assert round.closes_at - now > timedelta(minutes=55)
        tomorrow = round.closes_at + timedelta(seconds=1)
        rounds.turn_due(now=tomorrow)  # closes today's round and plans the next
        rounds.turn_due(now=tomorrow)  # opens it
        assert rounds.current(grid, now=tomorrow).closes_at == round.closes_at + timedelta(days=1)

    def test_each_login_has_its_role(self):
        people = {role: User.objects.get(phone=phone) for role, phone, _ in demo.logins()}
        assert list(people) == ["居民", "网格长", "驿站工作人员", "志愿者", "站长"]
        assert household_of(people["居民"]) is not None
        assert leader_doors(people["网格长"]).count() > 1
        assert stations_of(people["驿站工作人员"]).count() == 1
        assert stations_of(people["驿站工作人员"], manager=True).count() == 0
        assert stations_of(people["站长"], manager=True).count() == 1
        assert volunteer_of(people["志愿者"]).capacity_g == 60_000
        assert people["站长"].has_perm("partner.dashboard_access")
        assert list(people["站长"].partners.all()) == [Station.objects.get().partner]
        assert not User.objects.filter(is_staff=True).exists()
        assert not User.objects.filter(is_superuser=True).exists()

    def test_only_they_can_log_in(self):
        for _role, phone, password in demo.logins():
            assert authenticate(username=phone, password=password) is not None
        usable = [user.phone for user in User.objects.all() if user.has_usable_password()]
        assert sorted(usable) == [phone for _, phone, _ in demo.logins()]

    def test_a_second_time_is_refused(self):
        with pytest.raises(CommandError, match="这里已经有驿站了"):
            call_command("seed_demo")
        call_command("seed_demo", if_empty=True)
        assert Station.objects.count() == 1


def test_says_what_it_made(seeded):
    first, *logins = seeded.splitlines()
    assert first.startswith(
        "青禾村惠民驿站（演示）：181 人（本村 45，来沪 136），60 户，"
        "工作人员 3，志愿者 9。全是编的。用时 "
    )
    assert logins[0] == "  居民  19900000001  yizhan2022"


@pytest.mark.django_db
def test_no_logins_without_the_village(station):
    assert demo.logins() == []


@pytest.mark.django_db
def test_nothing_is_left_of_a_seeding_that_broke_off(monkeypatch):
    def killed(self):
        raise KeyboardInterrupt

    monkeypatch.setattr(builder._Builder, "open_round", killed)
    with pytest.raises(KeyboardInterrupt):
        call_command("seed_demo", households=12)
    assert (Station.objects.count(), User.objects.count(), Item.objects.count()) == (0, 0, 0)


@pytest.mark.django_db
def test_never_in_production(settings):
    settings.PRODUCTION = True
    with pytest.raises(CommandError, match="不能放进正式环境"):
        call_command("seed_demo")
    assert not Station.objects.exists()


@pytest.mark.parametrize(
    ("now", "closes"),
    [("09:00", "2022-04-10 16:00"), ("14:59", "2022-04-10 16:00"), ("15:30", "2022-04-11 16:00")],
)
def test_the_cut_off_is_at_least_an_hour_away(now, closes):
    moment = timezone.make_aware(datetime.fromisoformat(f"2022-04-10 {now}"))
    assert builder.next_cut_off(moment).strftime("%Y-%m-%d %H:%M") == closes
