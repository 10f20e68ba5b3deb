"""The door register: the sample exactly, and the other ways villages keep the same list."""

import json
from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from delivery import registers
from inventory.sheets import SheetError
from tests.workbooks import csv, xlsx

KEYS = [column.key for column in registers.COLUMNS]
DATA = Path(__file__).parents[1] / "data"
TITLES = [
    "网格",
    "楼栋",
    "单元",
    "室号",
    "户主",
    "联系电话",
    "常住人数",
    "其中来沪人员",
    "特殊情况",
]
TITLES += ["经度", "纬度"]
DOOR = ["第一网格", "12号楼", "2单元", "302室", "张三", "13800700001", 3, 1, "独居", 121.2, 30.8]


def parse(lines, merges=()):
    return registers.parse(xlsx(lines, merges), "表.xlsx")


def changed(**values):
    """The usual door with some of its cells typed otherwise."""
    return [values.get(title, cell) for title, cell in zip(TITLES, DOOR, strict=True)]


def bad(*lines):
    return [(cell.cell, cell.reason) for cell in parse([TITLES, *lines]).bad]


# --- the sample --------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def expected():
    return json.loads((DATA / "expected.json").read_text("utf-8"))


@pytest.fixture(scope="module")
def sample():
    return registers.parse((DATA / "roster.xlsx").read_bytes(), "roster.xlsx")


def test_the_sample_gives_what_is_expected_of_it(sample, expected):
    assert len(sample.doors) == expected["households"] == 280
    assert sum(door.people for door in sample.doors) == expected["people"] == 1004
    assert [cell.cell for cell in sample.bad] == expected["roster_bad_cells"]
    assert sample.notes == []


def test_the_sample_cell_by_cell(sample):
    assert [door.row for door in sample.doors[:3]] == [3, 4, 5]
    first, last = sample.doors[0], sample.doors[-1]
    assert first.key == ("第一网格", "1", "1", "101")
    assert (last.key, last.row) == (("第六网格", "54", "2", "302"), 293)
    assert (last.cells["grid"], last.cells["phone"]) == ("B246", "G293")
    assert len({door.key for door in sample.doors}) == 280
    assert [sum(door.grid == f"第{n}网格" for door in sample.doors) for n in "一二三四五六"] == [
        46,
        48,
        47,
        45,
        46,
        48,
    ]
    assert all(len(door.phone) == 11 for door in sample.doors)
    assert sum(door.lon is None for door in sample.doors) == 18
    assert [cell.reason for cell in sample.bad][:4] == [
        "“三四个”不是人数，请填一个数字",
        "“1880070002”有10位数字，手机号应是11位",
        "纬度“330.802134”超出范围，应在-90到90之间",
        "“三四个”不是人数，请填一个数字",
    ]
    assert [(repeat.row, repeat.first, repeat.sentence) for repeat in sample.repeats] == [
        (
            10,
            9,
            "第10行和第9行是同一户（1-2-101），以第9行为准；没有采用第10行的其中来沪人员",
        ),
        (
            136,
            135,
            "第136行和第135行是同一户（23-2-302），以第135行为准；没有采用第136行的其中来沪人员",
        ),
    ]


@pytest.mark.parametrize("encoding", ["gb18030", "utf-8-sig"])
def test_the_sample_exported_as_text_gives_the_same_doors(sample, encoding):
    sheet = openpyxl.load_workbook(DATA / "roster.xlsx").active
    exported = csv(sheet.iter_rows(values_only=True), encoding, "\t")
    read = registers.parse(exported, "roster.csv")
    assert read.doors == sample.doors
    assert [cell.cell for cell in read.bad] == [cell.cell for cell in sample.bad]
    assert len(read.repeats) == 2


def test_the_sample_with_its_columns_in_another_order_and_in_english(sample):
    sheet = openpyxl.load_workbook(DATA / "roster.xlsx").active
    titles = ["No.", "Grid", "Building", "Unit", "Room", "Head of household", "Phone (mobile)"]
    titles += ["People", "Newcomers", "Care needs", "Longitude", "Latitude"]
    lines = [list(line) for line in sheet.iter_rows(min_row=3, values_only=True)]
    turned = [list(reversed(line)) for line in [["village"], ["as of April"], titles, *lines]]
    read = registers.parse(xlsx(turned), "register.xlsx")

    def without_place(door):
        return {**vars(door), "row": 0, "cells": {}}

    assert [without_place(d) for d in read.doors] == [without_place(d) for d in sample.doors]
    assert [cell.cell for cell in read.bad] == [
        "E24",
        "F30",
        "A115",
        "E164",
        "E169",
        "E186",
        "F200",
        "F238",
    ]


# --- one door ----------------------------------------------------------------------------------


def test_a_door():
    assert parse([TITLES, DOOR]).doors == [
        registers.DoorRow(
            grid="第一网格",
            building="12",
            unit="2",
            room="302",
            floor=3,
            contact="张三",
            phone="13800700001",
            people=3,
            newcomers=1,
            needs="独居",
            lon=121.2,
            lat=30.8,
            row=2,
            cells=dict(zip(KEYS, [f"{c}2" for c in "ABCDEFGHIJK"], strict=True)),
        )
    ]


def test_what_may_be_missing():
    (door,) = parse([["grid", "house no", "people"], ["北村", "45号", "2"]]).doors
    assert door.key == ("北村", "45", "", "")
    assert (door.contact, door.phone, door.needs, door.newcomers) == ("", "", "", 0)
    assert (door.floor, door.lon, door.lat) == (None, None, None)
    line = changed(单元="/", 联系电话="无", 其中来沪人员="无", 特殊情况="无", 经度=None)
    (door,) = parse([TITLES, line]).doors
    assert (door.unit, door.phone, door.newcomers, door.needs) == ("", "", 0, "")
    assert (door.lon, door.lat) == (None, 30.8)


@pytest.mark.parametrize(
    ("titles", "door"),
    [
        (["所属网格", "幢", "房号", "姓名", "手机", "人口", "外来人员"], ("12", "302", 3, 1)),
        (
            ["网格\n名称", "楼 号", "门牌号", "联系人", "电话", "人数*", "来沪人数"],
            ("12", "302", 3, 1),
        ),
        (
            ["grid", "门牌号", "室", "contact", "tel", "head_count", "newcomers"],
            ("12", "302", 3, 1),
        ),
    ],
)
def test_other_titles(titles, door):
    read = parse([titles, ["一", "12幢", "302", "张三", "13800700001", 3, 1]])
    assert [(d.building, d.room, d.people, d.newcomers) for d in read.doors] == [door]
    assert (read.doors[0].contact, read.doors[0].phone) == ("张三", "13800700001")


def test_a_register_without_head_counts_is_none():
    with pytest.raises(SheetError) as refused:
        parse([["网格", "楼栋", "室号"], ["一", "1", "101"]])
    assert str(refused.value) == (
        "没有找到完整的表头，缺少：常住人数（可以写作：常住人数、人数、人口、人口数）"
    )


@pytest.mark.parametrize(
    ("typed", "building"),
    [
        ("12号楼", "12"),
        ("12幢", "12"),
        (" １２ 栋", "12"),
        (12.0, "12"),
        ("012#", "12"),
        ("第十二幢", "12"),
        ("No. 12", "12"),
        ("Building 12", "12"),
        ("A座", "A"),
        ("a", "A"),
        ("B1栋", "B1"),
        ("12-1号楼", "12-1"),
        ("东楼", "东楼"),
        ("North", "NORTH"),
        ("二村老楼", "二村老楼"),
    ],
)
def test_building(typed, building):
    assert registers.building(typed) == building


@pytest.mark.parametrize(
    ("typed", "unit"),
    [("2单元", "2"), ("二单元", "2"), (2, "2"), ("02", "2"), ("Unit 2", "2"), ("东门", "东门")],
)
def test_unit(typed, unit):
    assert registers.unit(typed) == unit


@pytest.mark.parametrize(
    ("typed", "room", "floor"),
    [
        ("302室", "302", 3),
        ("302", "302", 3),
        (302.0, "302", 3),
        ("302号房", "302", 3),
        ("Room 302", "302", 3),
        ("302a", "302A", 3),
        ("1201", "1201", 12),
        ("0302", "0302", 3),
        ("12", "12", None),
        ("001", "001", None),
        ("10101", "10101", None),
        ("B101", "B101", None),
        ("阁楼", "阁楼", None),
    ],
    ids=repr,
)
def test_room_and_floor(typed, room, floor):
    assert (registers.room(typed), registers.floor_of(room)) == (room, floor)


@settings(derandomize=True, max_examples=200, deadline=None)
@given(
    st.integers(1, 99),
    st.integers(1, 9),
    st.integers(1, 32),
    st.integers(1, 20),
    st.tuples(
        st.sampled_from(["", "号楼", "幢", "栋", "#", " 号 楼"]),
        st.sampled_from(["", "单元", "门"]),
        st.sampled_from(["", "室", "号", "房"]),
    ),
)
def test_every_way_of_typing_a_door_gives_the_door(building, unit, floor, flat, suffixes):
    room = f"{floor}{flat:02d}"
    typed = [
        f"{part}{suffix}" for part, suffix in zip((building, unit, room), suffixes, strict=True)
    ]
    assert registers.building(typed[0]) == str(building)
    assert registers.unit(typed[1]) == str(unit)
    assert registers.room(typed[2]) == room
    assert registers.floor_of(room) == floor


# --- cells that cannot be right ----------------------------------------------------------------


def test_more_newcomers_than_people():
    assert bad(changed(其中来沪人员=4)) == [("H2", "外来人数4比总人数3还多，请核对")]
    assert bad(changed(其中来沪人员=3)) == []
    assert bad(changed(联系电话="138", 其中来沪人员="4人")) == [
        ("F2", "“138”有3位数字，手机号应是11位"),
        ("H2", "外来人数4比总人数3还多，请核对"),
    ]
    assert bad(changed(常住人数="几个", 其中来沪人员=4)) == [
        ("G2", "“几个”不是人数，请填一个数字"),
    ]


def test_nothing_in_a_cell_that_needs_something():
    assert bad(changed(网格=None, 楼栋="", 常住人数=None)) == [
        ("A2", "没有填“网格”"),
        ("B2", "没有填“楼栋”"),
        ("G2", "没有填“常住人数”"),
    ]


def test_a_cell_longer_than_the_register_can_hold():
    assert bad(changed(楼栋="很" * 21)) == [("B2", "“" + "很" * 21 + "”太长，最多20个字")]
    assert bad(changed(楼栋="很" * 20)) == []


def test_rooms_are_needed_where_the_building_is_not_the_rows_own():
    lines = [TITLES, DOOR, changed(网格=None, 楼栋=None, 室号=None)]
    assert [(b.cell, b.reason) for b in parse(lines).bad] == [("D3", "没有填室号")]


def test_one_head_count_for_two_doors_is_nobodys():
    lines = [TITLES, DOOR, changed(室号="303", 常住人数=None), changed(室号="304")]
    read = parse(lines, ["G2:G3"])
    assert [(b.cell, b.row, b.value, b.reason) for b in read.bad] == [
        ("G2", 2, "3", "这一格合并了几户，请每户分别填人数")
    ]
    assert [door.room for door in read.doors] == ["304"]


def test_one_door_over_two_lines_is_one_door():
    lines = [TITLES, DOOR, [None] * 4 + ["李四", "13900700002"] + [None] * 5]
    read = parse(lines, ["A2:A3", "B2:B3", "C2:C3", "D2:D3", "G2:G3"])
    assert [(door.contact, door.people) for door in read.doors] == [("张三", 3)]
    assert read.repeats[0].sentence == (
        "第3行和第2行是同一户（12-2-302），以第2行为准；没有采用第3行的户主、联系电话、其中来沪人员"
    )


# --- doors typed twice -------------------------------------------------------------------------


def test_the_first_row_stands_and_the_later_fills_its_blanks():
    first = changed(联系电话=None, 特殊情况="", 纬度=None, 常住人数=3)
    later = changed(楼栋="12幢", 户主="李四", 常住人数=4, 其中来沪人员=1, 经度=121.3)
    read = parse([TITLES, first, later])
    (door,) = read.doors
    assert (door.row, door.contact, door.people, door.newcomers) == (2, "张三", 3, 1)
    assert (door.phone, door.needs, door.lon, door.lat) == ("13800700001", "独居", 121.3, 30.8)
    assert (door.cells["people"], door.cells["phone"], door.cells["lon"]) == ("G2", "F3", "J3")
    assert [(repeat.row, repeat.first, repeat.sentence) for repeat in read.repeats] == [
        (
            3,
            2,
            "第3行和第2行是同一户（12-2-302），以第2行为准；补上了联系电话、特殊情况、经度、纬度；"
            "没有采用第3行的户主、常住人数",
        )
    ]


def test_a_door_whose_first_row_is_bad_stands_by_its_later_row():
    read = parse([TITLES, changed(常住人数="三四个"), DOOR])
    assert [door.row for door in read.doors] == [3]
    assert read.repeats == []


def test_the_same_room_elsewhere_is_another_door():
    lines = [TITLES, DOOR, changed(网格="二"), changed(楼栋="11"), changed(单元="1")]
    assert [door.row for door in parse(lines).doors] == [2, 3, 4, 5]
