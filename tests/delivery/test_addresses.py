"""Addresses as people type them, and the doors they mean."""

import pytest

from delivery import addresses
from delivery.addresses import Spot
from tests import factories


@pytest.mark.parametrize(
    "typed",
    [
        "12-2-302",
        "12幢2单元302室",
        "十二幢二单元302室",
        "12号楼2单元302",
        "12号楼二单元三零二",
        "１２号2单元302",
        "12栋 2单元 302",
        "XX村12-2-302（放门口）",
        "第三网格 12-2-302",
        "12—2—302",
        "12/2/302",
        "12#2-302",
        "12幢2-302",
        "12 2 302",
        "12幢2单元3楼302室",
        "12幢2单元302号",
        "88弄12号2单元302室",
        "12-2-302 13800138000",
        "12幢2单元302室2人",
    ],
)
def test_one_door_in_many_ways(typed):
    assert addresses.read(typed) == Spot("12", "2", "302")


@pytest.mark.parametrize(
    ("typed", "spot"),
    [
        ("12号楼302", Spot("12", "", "302")),
        ("12号302室", Spot("12", "", "302")),
        ("A座1201", Spot("A", "", "1201")),
        ("12号楼", Spot("12", "", "")),
    ],
)
def test_what_is_not_typed_is_left_open(typed, spot):
    assert addresses.read(typed) == spot


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "隔壁小区",
        "12幢或13幢302",
        "放门口",
        "2单元302室",
        "13800138000",
        "1-2-3-4-5",
        "室" * 120,
    ],
)
def test_what_names_no_door_or_two(typed):
    assert addresses.read(typed) is None


@pytest.fixture
def doors(station):
    first = factories.grid(station, "一网格", position=1)
    second = factories.grid(station, "二网格", position=2)
    made = [
        factories.household(first, "12", "1", "302"),
        factories.household(first, "12", "2", "302"),
        factories.household(first, "3", "", "201"),
        factories.household(second, "3", "", "201"),
        factories.household(second, "东楼", "", "101"),
        factories.household(second, "临河路88弄", "5", "101"),
        factories.household(second, "A", "", "301"),
    ]
    return addresses.Doors(made)


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("12-2-302", ["一网格 12幢 2单元 302"]),
        ("12-302", ["一网格 12幢 1单元 302", "一网格 12幢 2单元 302"]),
        ("12-3-302", []),
        ("12幢", []),
        ("3-201", ["一网格 3幢 201", "二网格 3幢 201"]),
        ("二网格3幢201", ["二网格 3幢 201"]),
        ("3-1-201", ["一网格 3幢 201", "二网格 3幢 201"]),
        ("东楼101", ["二网格 东楼 101"]),
        ("临河路88弄5单元101", ["二网格 临河路88弄 5单元 101"]),
        ("a座301", ["二网格 A幢 301"]),
        ("隔壁小区", []),
    ],
)
def test_the_doors_an_address_may_mean(doors, typed, found):
    assert [door.address for door in doors.find(typed)] == found
