"""Reading a village's door register: who lives behind which door. Pure, no database."""

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.sheets import BadCell, Column, Row, Table, cells, read
from inventory.words import listed

BUILDING = re.compile(
    r"(?:第|no\.?|building|bldg\.?|block|#)?(.+?)(?:号楼|号院|号|幢|栋|座|楼|#)?", re.IGNORECASE
)
UNIT = re.compile(r"(?:第|no\.?|unit|entrance|#)?(.+?)(?:单元|门|单|#)?", re.IGNORECASE)
ROOM = re.compile(
    r"(?:no\.?|room|rm\.?|flat|apt\.?|#)?(.+?)(?:号?室|号房间?|房间?|号)?", re.IGNORECASE
)
PLAIN = re.compile(r"[A-Z]?\d+[A-Z]?(?:[-/]\d+[A-Z]?)*|[A-Z]")

# What the household's columns can hold.
NAME, PLACE, REMARK = 40, 20, 200


@dataclass(frozen=True)
class DoorRow:
    """One door as registered: `row` and the addresses in `cells` say where it is written.

    `building`, `unit` and `room` are bare ("12", "2", "302"; "" where there is none), `floor` is
    read off the room number, `phone` is normalised or "", `lon`/`lat` are as in the file.
    """

    grid: str
    building: str
    unit: str
    room: str
    floor: int | None
    contact: str
    phone: str
    people: int
    newcomers: int
    needs: str
    lon: float | None
    lat: float | None
    row: int
    cells: Mapping[str, str]

    @property
    def key(self) -> tuple[str, str, str, str]:
        """What makes it this door and no other."""
        return self.grid, self.building, self.unit, self.room


@dataclass(frozen=True)
class Repeat:
    """A door typed again: the later row, the row that stands, and what became of it."""

    row: int
    first: int
    sentence: str


@dataclass(frozen=True)
class Register:
    """The doors in file order, the cells that cannot be right, doors typed twice, and notes."""

    doors: list[DoorRow]
    bad: list[BadCell]
    repeats: list[Repeat]
    notes: list[str] = field(default_factory=list)


def parse(file: BinaryIO | bytes, name: str) -> Register:
    """Read a door register; `SheetError` if the file is none.

    A door typed more than once is one door. Its first good row stands; only a contact, a phone,
    care needs or a whole coordinate pair it lacks are taken from the later rows, head counts never.
    """
    table = read(file, name, COLUMNS, _check)
    shared = _shared_counts(table)
    doors: dict[tuple[str, ...], Row] = {}
    repeats = []
    for row in table.rows:
        if row.cells["people"] in shared:
            continue
        first = doors.setdefault(_key(row), row)
        if first is not row:
            doors[_key(row)], repeat = _merge(first, row, table.titles)
            repeats.append(repeat)
    bad = table.bad + list(shared.values())
    return Register([_door(row) for row in doors.values()], bad, repeats, table.notes)


def floor_of(room: str) -> int | None:
    """The floor a three- or four-digit room number tells: "302" → 3, "1201" → 12."""
    digits = re.fullmatch(r"(\d{1,2})\d{2}[A-Za-z]?", room)
    return int(digits[1]) or None if digits else None


def _bare(pattern: re.Pattern[str], value: object) -> str:
    """The number or letter inside "12号楼", "二单元", "302室"; a proper name stays whole."""
    typed = cells.text(value, PLACE).upper()
    found = pattern.fullmatch(typed.replace(" ", ""))
    inner = found[1] if found else typed
    number = cells.numeral(inner)
    if number is not None:
        return str(number)
    return inner if PLAIN.fullmatch(inner) else typed


def building(value: object) -> str:
    """ "12号楼", "12幢", "012" → "12"; "A座" → "A"; "东楼" stays."""
    return re.sub(r"^0+(?=\d)", "", _bare(BUILDING, value))


def unit(value: object) -> str:
    """ "2单元", "二单元", "02" → "2"."""
    return re.sub(r"^0+(?=\d)", "", _bare(UNIT, value))


def room(value: object) -> str:
    """ "302室", "302.0", "Room 302" → "302"."""
    return _bare(ROOM, value)


def _check(row: Row) -> dict[str, str]:
    values = row.values
    reasons = {}
    if values.get("newcomers", 0) > values.get("people", cells.MOST_PEOPLE):
        reasons["newcomers"] = _("外来人数%(newcomers)d比总人数%(people)d还多，请核对") % values
    if not values.get("room", "") and "building" in row.filled and "room" in row.cells:
        # Only a building typed in its own row can be a house without rooms.
        reasons["room"] = _("没有填室号")
    return reasons


def _shared_counts(table: Table) -> dict[str, BadCell]:
    """Head counts merged over different doors: nobody can tell how many live behind which."""
    doors = defaultdict(set)
    for row in table.rows:
        doors[row.cells["people"]].add(_key(row))
    reason = _("这一格合并了几户，请每户分别填人数")
    return {
        row.cells["people"]: BadCell(
            row.cells["people"],
            row.number,
            table.titles["people"],
            str(row.values["people"]),
            reason,
        )
        for row in reversed(table.rows)
        if len(doors[row.cells["people"]]) > 1
    }


def _key(row: Row) -> tuple[str, ...]:
    return tuple(row.values[key] for key in ("grid", "building", "unit", "room"))


def _merge(first: Row, later: Row, titles: Mapping[str, str]) -> tuple[Row, Repeat]:
    taken = [key for key in ("contact", "phone", "needs") if not first.values[key]]
    if None in (first.values["lon"], first.values["lat"]) and None not in (
        later.values["lon"],
        later.values["lat"],
    ):
        taken += ["lon", "lat"]
    taken = [key for key in taken if later.values[key]]
    values = {**first.values, **{key: later.values[key] for key in taken}}
    addresses = {**first.cells, **{key: later.cells[key] for key in taken}}
    said = {
        "later": later.number,
        "first": first.number,
        "door": "-".join(part for part in _key(first)[1:] if part),
        "taken": listed(titles[key] for key in taken),
        "differing": listed(
            titles[key]
            for key in titles
            if values[key] != later.values[key] and later.values[key] not in ("", None)
        ),
    }
    sentence = _("第%(later)d行和第%(first)d行是同一户（%(door)s），以第%(first)d行为准") % said
    if taken:
        sentence += _("；补上了%(taken)s") % said
    if said["differing"]:
        sentence += _("；没有采用第%(later)d行的%(differing)s") % said
    merged = Row(first.number, values, addresses, first.filled)
    return merged, Repeat(later.number, first.number, sentence)


def _door(row: Row) -> DoorRow:
    return DoorRow(
        **row.values, floor=floor_of(row.values["room"]), row=row.number, cells=row.cells
    )


COLUMNS: Sequence[Column] = [
    Column(
        "grid",
        "网格 网格名称 所属网格 所在网格 网格名 网格号 网格编号 片区 grid grid_name area",
        partial(cells.text, most=NAME),
        required=True,
        fill_down=True,
    ),
    Column(
        "building",
        "楼栋 楼号 楼栋号 楼幢 幢 栋 幢号 栋号 楼 号楼 楼房 楼座 楼宇 building "
        "building_no bldg block house house_no 门牌 门牌号 门牌号码",
        building,
        required=True,
        fill_down=True,
    ),
    Column(
        "unit",
        "单元 单元号 门栋 门洞 unit unit_no entrance staircase",
        unit,
        default="",
    ),
    Column(
        "room",
        "室号 房号 房间号 房间 室 房 房室 房室号 门室 户号 户室 room room_no room_number "
        "flat apartment apt door 门号 门牌号 门牌 门牌号码",
        room,
        default="",
    ),
    Column(
        "contact",
        "户主 户主姓名 姓名 联系人 联系人姓名 住户 住户姓名 业主 居民姓名 contact "
        "contact_name contact_person head head_of_household household_head householder "
        "name full_name",
        partial(cells.text, most=NAME),
        default="",
    ),
    Column(
        "phone",
        "联系电话 手机 手机号 手机号码 电话 电话号码 联系方式 联系手机 户主电话 "
        "联系人电话 phone phone_number phone_no mobile mobile_phone mobile_number tel "
        "telephone cell contact_phone contact_number",
        cells.phone,
        default="",
    ),
    Column(
        "people",
        "常住人数 人数 人口 人口数 常住人口 常住人口数 家庭人口 家庭人数 家庭人口数 "
        "居住人数 居住人口 实住人数 实有人口 同住人数 户内人数 在家人数 总人数 总人口 "
        "people persons residents head_count household_size number_of_people no_of_people "
        "population members",
        partial(cells.count, what=gettext_lazy("人数")),
        required=True,
    ),
    Column(
        "newcomers",
        "其中来沪人员 来沪人员 来沪人数 来沪人员数 其中来沪人数 外来人员 外来人口 "
        "外来人数 外来人员数 其中外来人员 其中外来人口 其中外来人数 流动人口 流动人员 "
        "新来人员 newcomers of_which_newcomers migrants non-locals",
        partial(cells.count, what=gettext_lazy("外来人数")),
        default=0,
    ),
    Column(
        "needs",
        "特殊情况 特殊需求 特殊人群 特殊需要 照护需求 照顾需求 关爱需求 需求 重点人群 "
        "重点人员 needs care_needs special_needs care 备注 说明 情况说明 remarks remark "
        "notes note",
        partial(cells.prose, most=REMARK),
        default="",
    ),
    Column("lon", "经度 东经 lon lng long longitude", cells.longitude),
    Column("lat", "纬度 北纬 lat latitude", cells.latitude),
]
