"""A register is applied to the doors of a station, again and again."""

import json
from dataclasses import replace
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from delivery import households, registers
from delivery.models import Grid, Household, Person
from inventory.models import Station
from shop.ways_in import cards
from tests import factories
from tests.workbooks import csv, xlsx

DATA = Path(__file__).parent.parent / "data"
ROSTER = DATA / "roster.xlsx"
EXPECTED = json.loads((DATA / "expected.json").read_text())
HEADER = ("网格", "楼栋", "单元", "室号", "户主", "联系电话", "人数", "来沪人员", "特殊情况")
LINES = [
    ("十网格", "1幢", "1单元", "101室", "周阿婆", "139 0000 0001", 2, 1, "独居老人"),
    ("二网格", "12", "2", "302", "吴一", "13900000002", "3人", 3, None),
    ("二网格", "12", "2", "303", "郑二", None, 1, 0, None),
]


def register(*lines, header=HEADER):
    return registers.parse(csv([header, *(lines or LINES)]), "doors.csv")


def everything() -> list[tuple]:
    doors = Household.objects.in_walking_order().values_list()
    return [*doors, *Person.objects.order_by("pk").values_list()]


def command(*args, **options) -> str:
    out = StringIO()
    call_command("import_households", *args, stdout=out, **options)
    return out.getvalue()


@pytest.mark.django_db
class TestRoster:
    def test_gives_what_was_expected_of_it(self, station):
        with ROSTER.open("rb") as file:
            report = households.apply(station, registers.parse(file, "roster.xlsx"))

        assert (report.new, report.changed, report.unchanged) == (280, 0, 0)
        assert Household.objects.count() == EXPECTED["households"] == 280
        assert sum(Household.objects.values_list("people_count", flat=True)) == EXPECTED["people"]
        assert [cell.cell for cell in report.bad] == EXPECTED["roster_bad_cells"]
        assert Grid.objects.count() == len(report.made)
        assert Person.objects.count() == 280

    def test_twice_changes_nothing(self, station):
        content = ROSTER.read_bytes()
        households.apply(station, registers.parse(content, "roster.xlsx"))
        before = everything()
        report = households.apply(station, registers.parse(content, "roster.xlsx"))
        assert (report.new, report.changed, report.unchanged) == (0, 0, 280)
        assert everything() == before

    def test_takes_as_many_queries_as_a_short_list(self, station):
        """Save for the chunks: a statement carries at most a few hundred rows on SQLite."""
        parsed = registers.parse(ROSTER.read_bytes(), "roster.xlsx")
        few = replace(parsed, doors=parsed.doors[:3])
        with CaptureQueriesContext(
            connection,
        ) as short:
            households.apply(station, few, dry_run=True)
        with CaptureQueriesContext(connection) as long:
            households.apply(station, parsed, dry_run=True)
        assert len(short) == len(long)
        with CaptureQueriesContext(connection) as written:
            households.apply(station, parsed)
        assert len(written) <= 20


@pytest.mark.django_db
class TestApply:
    def test_makes_grids_in_order_of_appearance_and_doors_in_walking_order(self, station):
        factories.grid(station, "一网格", position=7)
        report = households.apply(station, register())

        assert report.made == ["十网格", "二网格"]
        assert list(Grid.objects.values_list("name", "position")) == [
            ("一网格", 7),
            ("十网格", 8),
            ("二网格", 9),
        ]
        doors = Household.objects.in_walking_order().select_related("grid")
        assert [door.address for door in doors] == [
            "十网格 1幢 1单元 101",
            "二网格 12幢 2单元 302",
            "二网格 12幢 2单元 303",
        ]
        assert [door.floor for door in doors] == [1, 3, 3]
        first = doors[0]
        assert (first.people_count, first.newcomers_count, first.needs) == (2, 1, "独居老人")
        assert list(Person.objects.order_by("pk").values_list("name", "phone", "user")) == [
            ("周阿婆", "13900000001", None),
            ("吴一", "13900000002", None),
            ("郑二", "", None),
        ]

    def test_a_corrected_file_fixes_just_those_doors(self, station):
        households.apply(station, register())
        untouched = everything()
        corrected = [LINES[0], (*LINES[1][:6], 4, 3, "需配药"), LINES[2]]
        with CaptureQueriesContext(connection) as queries:
            report = households.apply(station, register(*corrected))

        assert (report.new, report.changed, report.unchanged) == (0, 1, 2)
        assert [(c.row, c.key, c.fields) for c in report.changes] == [
            (3, ("二网格", "12", "2", "302"), ("people", "needs"))
        ]
        assert len([row for row in everything() if row not in untouched]) == 1
        assert len([q for q in queries if q["sql"].startswith("UPDATE")]) == 1

    def test_doors_it_does_not_name_stay(self, station, home):
        households.apply(station, register())
        assert Household.objects.filter(pk=home.pk).exists()
        assert Household.objects.count() == 4

    def test_another_stations_door_of_the_same_name_is_another(self, station, other_station):
        households.apply(station, register())
        report = households.apply(other_station, register())
        assert (report.new, report.unchanged) == (3, 0)
        assert Household.objects.count() == 6

    def test_a_dry_run_says_the_same_and_writes_nothing(self, station):
        dry = households.apply(station, register(), dry_run=True)
        assert (Household.objects.count(), Grid.objects.count()) == (0, 0)
        wet = households.apply(station, register())
        assert dry == wet

    def test_columns_the_file_lacks_are_left_alone(self, station):
        households.apply(station, register())
        door = Household.objects.get(room="302")
        Household.objects.filter(pk=door.pk).update(lat=30.8, lon=121.2)
        header = ("网格", "楼栋", "单元", "室号", "人数")
        report = households.apply(station, register(("二网格", "12", "2", "302", 3), header=header))
        assert (report.changed, report.unchanged) == (0, 1)

    def test_fewer_people_than_newcomers_when_only_heads_are_told(self, station):
        households.apply(station, register())
        header = ("网格", "楼栋", "单元", "室号", "人数")
        households.apply(station, register(("二网格", "12", "2", "302", 1), header=header))
        door = Household.objects.get(room="302")
        assert (door.people_count, door.newcomers_count) == (1, 1)

    def test_a_blank_point_wipes_none(self, station):
        header = (*HEADER, "经度", "纬度")
        with_point = (*LINES[0], 121.2, 30.8)
        households.apply(station, register(with_point, header=header))
        report = households.apply(station, register((*LINES[0], None, None), header=header))
        assert (report.changed, report.unchanged) == (0, 1)
        assert Household.objects.get().lat == 30.8


@pytest.mark.django_db
class TestContact:
    @pytest.fixture
    def door(self, station):
        households.apply(station, register())
        return Household.objects.get(room="302")

    @pytest.fixture
    def login(self, door):
        user = factories.user("吴一", phone="13900000002")
        door.people.update(user=user)
        return user

    def contact(self, station, name, phone):
        line = (*LINES[1][:4], name, phone, *LINES[1][6:])
        return households.apply(station, register(line))

    def people(self, door):
        return list(door.people.order_by("pk").values_list("name", "phone", "user"))

    def test_another_number_ends_the_login(self, station, door, login):
        code = cards.issue(door, by=login)
        report = self.contact(station, "吴一", "13900000099")
        assert report.changes[0].fields == ("phone",)
        assert self.people(door) == [("吴一", "13900000099", None)]
        login.refresh_from_db()
        assert login.phone == "13900000002"
        with pytest.raises(cards.CardRefused):
            cards.bind(code, "13900000099", "10.0.0.1")

    def test_a_number_left_blank_ends_nothing(self, station, door, login):
        self.contact(station, "吴一", None)
        assert self.people(door)[0][2] == login.pk

    def test_a_corrected_name_keeps_the_login(self, station, door, login):
        self.contact(station, "吴益", "13900000002")
        assert self.people(door) == [("吴益", "13900000002", login.pk)]

    def test_somebody_else_replaces_who_never_logged_in(self, station, door):
        self.contact(station, "蒋三", "13900000077")
        assert self.people(door) == [("蒋三", "13900000077", None)]

    def test_somebody_else_never_inherits_a_login(self, station, door, login):
        self.contact(station, "蒋三", "13900000077")
        assert self.people(door) == [
            ("吴一", "13900000002", login.pk),
            ("蒋三", "13900000077", None),
        ]
        again = self.contact(station, "蒋三", "13900000077")
        assert (again.changed, again.unchanged) == (0, 1)

    def test_no_contact_told_changes_nobody(self, station, door, login):
        report = self.contact(station, None, None)
        assert report.unchanged == 1
        assert self.people(door) == [("吴一", "13900000002", login.pk)]


class TestPhones:
    @pytest.mark.parametrize(
        ("phone", "counts"),
        [
            ("13800001234", True),
            ("19912345678", True),
            ("021-57920000", False),
            ("12800001234", False),
            ("138000012345", False),
            ("", False),
        ],
    )
    def test_a_phone_is_one_that_can_log_in(self, home, phone, counts):
        factories.person(home, "老人", phone=phone)
        assert Household.objects.with_phone().get().has_phone is counts

    def test_one_mobile_in_the_house_is_enough(self, home):
        factories.person(home, "老人", phone="021-57920000")
        factories.person(home, "女儿", phone="13800001234")
        assert Household.objects.with_phone().get().has_phone


def test_of_who_moved_out_neither_needs_nor_landlord_are_kept(home, staff):
    Household.objects.filter(pk=home.pk).update(needs="需配药", landlord="陆房东 13800001111")
    households.move_out(home, by=staff)
    home.refresh_from_db()
    assert (home.needs, home.landlord) == ("", "")


def test_a_code_handed_out_before_is_of_no_use_to_who_moved_out(home, staff):
    code = cards.issue(home, by=staff)
    households.move_out(home, by=staff)
    factories.person(home, "钱新", phone="13800138000")
    with pytest.raises(cards.CardRefused):
        cards.bind(code, "13800138000", "10.0.0.1")


@pytest.mark.django_db
class TestCommand:
    def test_makes_a_station_on_an_empty_database(self):
        said = command(ROSTER)
        assert Station.objects.get().code == "station"
        assert said.splitlines()[-2:] == [
            "惠民驿站：新增 280 户，改动 0，不变 0。",
            "有问题的格 8 个，列在上面；改好了再导入一次就行。",
        ]
        assert "H23 常住人数：“三四个”不是人数，请填一个数字" in said.splitlines()

    def test_makes_the_station_it_is_told(self):
        command(ROSTER, station="donghu")
        station = Station.objects.get()
        assert (station.code, station.partner.code) == ("donghu", "donghu")
        command(ROSTER)
        assert Station.objects.count() == 1

    def test_a_dry_run_leaves_an_empty_database_empty(self):
        assert "只是试读，什么也没有写入。" in command(ROSTER, dry_run=True)
        assert (Station.objects.count(), Household.objects.count()) == (0, 0)

    def test_json(self):
        figures = json.loads(command(ROSTER, json=True))
        assert (figures["new"], figures["changed"], figures["unchanged"]) == (280, 0, 0)
        assert [cell["cell"] for cell in figures["bad"]] == EXPECTED["roster_bad_cells"]

    @pytest.mark.parametrize(
        ("code", "sentence"),
        [
            ("donghoo", "没有代码是 donghoo 的驿站。现有：donghu、xiling。"),
            (None, "这里有几个驿站，请用 --station 说明是哪一个：donghu、xiling。"),
        ],
    )
    @pytest.mark.usefixtures("station", "other_station")
    def test_needs_to_know_the_station(self, code, sentence):
        with pytest.raises(CommandError) as refusal:
            command(ROSTER, station=code)
        assert str(refusal.value) == sentence
        assert (Station.objects.count(), Household.objects.count()) == (2, 0)

    def test_a_code_that_cannot_be_one(self):
        with pytest.raises(CommandError, match="驿站代码 东湖 不行"):
            command(ROSTER, station="东湖")

    def test_a_file_that_is_no_register(self, tmp_path):
        path = tmp_path / "goods.xlsx"
        path.write_bytes(xlsx([("品名", "单价"), ("鸡蛋", 20)]))
        with pytest.raises(CommandError, match="缺少：网格、楼栋、常住人数"):
            command(path)
        assert Station.objects.count() == 0

    def test_a_file_that_is_not_there(self, tmp_path):
        with pytest.raises(CommandError, match="读不了文件"):
            command(tmp_path / "nope.xlsx")
