"""A door whose grid was corrected in the register is seen, not quietly made twice."""

import pytest

from delivery import registers, regridded
from delivery.models import Household
from tests import factories
from tests.workbooks import csv

HEADER = ["网格", "楼栋", "单元", "室", "人数", "联系人", "电话"]


def notes(*lines) -> list[str]:
    rows = registers.parse(csv([HEADER, *lines]), "名册.csv").doors
    doors = Household.objects.select_related("grid").prefetch_related("people")
    return regridded.notes(rows, doors)


@pytest.fixture
def known(grid):
    home = factories.household(grid, "1", "1", "101")
    factories.person(home, "周某", phone="13800001111")
    return home


@pytest.mark.parametrize("people", [["", "13800001111"], ["周某", ""], ["别人", "13800001111"]])
def test_the_same_people_in_another_grid_are_named_with_both_grids(known, people):
    assert notes(["二网格", "1", "1", "101", 3, *people]) == [
        "第2行的二网格 1幢 1单元 101，可能是同一户改了网格：一网格 1幢 1单元 101 住着同样的人。"
        "导入后两户都在，请核对"
    ]


@pytest.mark.parametrize(
    "line",
    [
        ["一网格", "1", "1", "101", 3, "周某", "13800001111"],
        ["二网格", "1", "1", "102", 3, "周某", "13800001111"],
        ["二网格", "1", "1", "101", 3, "吴某", "13900001111"],
        ["二网格", "1", "1", "101", 3, "", ""],
    ],
)
def test_others_are_not(known, line):
    assert notes(line) == []


def test_a_door_that_is_already_in_both_grids_is_no_news(station, known):
    factories.household(factories.grid(station, "二网格"), "1", "1", "101")
    assert notes(["二网格", "1", "1", "101", 3, "周某", "13800001111"]) == []


def test_a_whole_village_is_not_listed(grid):
    lines = []
    for number in range(101, 160):
        factories.person(factories.household(grid, "1", "", f"{number}"), "周某")
        lines.append(["新网格", "1", "", f"{number}", 1, "周某", ""])
    said = notes(*lines)
    assert len(said) == regridded.NAMED + 1
    assert said[-1] == "还有9户也像是改了网格，请先核对再导入"
