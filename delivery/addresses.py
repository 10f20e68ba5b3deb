"""Reading an address as people type it, and finding its door among those of the register.

Pure: who asks gives the doors. A part without a word behind it is what its place says, building
first and room last, as in `HouseholdQuerySet.painted`; but where that one shows what may be meant,
here exactly one door is meant or none.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from unicodedata import normalize

from delivery import registers
from delivery.models import Household
from inventory.sheets import CellError, cells

HAN = "〇零一二两三四五六七八九十"
_DIGITS = str.maketrans("〇零一二两三四五六七八九", "001223456789")
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−－ー~～_", "-"))
#: 11 digits in a row: a phone that was typed along.
_PHONE = re.compile(r"(?<!\d)(?:\+?86)?1[3-9]\d{9}(?!\d)")
_GRID = re.compile(r"第?[0-9]+号?(?:网格|片区|小组)")
#: Before one of our words, or a room number said digit by digit: 三零二.
_NUMERAL = re.compile(
    f"[{HAN}]+(?=号|幢|栋|座|楼|单元|门|室|房|层|弄|村|组|网格|片区|区|期|-|[0-9])|[{HAN[:-1]}]{{3,4}}"
)
#: What stands behind a number: of the building, the unit, the room, or of something larger.
_MARKS = {
    **dict.fromkeys(("号楼", "号院", "幢", "栋", "座", "楼栋", "#楼", "#"), "building"),
    **dict.fromkeys(("单元", "单", "门洞"), "unit"),
    **dict.fromkeys(("室", "号室", "房间", "号房", "房"), "room"),
    **dict.fromkeys(
        ("层", "弄", "村", "组", "区", "期", "路", "街", "巷", "队", "人", "口"), "aside"
    ),
    # Of the building if none is named yet, else of the room (号, 门) or the floor (楼).
    **dict.fromkeys(("号", "楼", "门"), "either"),
}
_PART = re.compile(
    r"([0-9]+[A-Za-z]?|(?<![A-Za-z])[A-Za-z](?![A-Za-z])[0-9]*)"
    rf"({'|'.join(sorted(map(re.escape, _MARKS), key=len, reverse=True))})?"
)


@dataclass(frozen=True)
class Spot:
    """What an address says, bare: "12", "2", "302"; "" where it says nothing."""

    building: str
    unit: str
    room: str


def tidy(typed: str) -> str:
    """Half width, numbers in digits, without blanks next to words, phones and remarks of digits.

    >>> tidy("十二幢 二单元３０２室")
    '12幢2单元302室'
    """
    text = normalize("NFKC", typed).translate(_DASHES).replace("/", "-").replace("、", "-")
    text = _PHONE.sub(" ", text)
    text = _NUMERAL.sub(lambda found: _number(found[0]), text)
    return re.sub(r"(?<=\D)\s+|\s+(?=[^\dA-Za-z])", "", text.strip())


def _number(han: str) -> str:
    """三零二 → 302, 十二 → 12; what is no number stays."""
    if "十" not in han:
        return han.translate(_DIGITS)
    number = cells.numeral(han.replace("〇", "零").replace("两", "二"))
    return han if number is None else str(number)


def read(typed: str) -> Spot | None:
    """The door an address names; None if it names none, or more than one.

    >>> read("XX村12-2-302（放门口）")
    Spot(building='12', unit='2', room='302')
    >>> read("3号楼201"), read("隔壁小区"), read("12幢或13幢302")
    (Spot(building='3', unit='', room='201'), None, None)
    """
    named: dict[str, str] = {}
    bare: list[str] = []
    for value, mark in _PART.findall(_GRID.sub(" ", tidy(typed))):
        slot = _MARKS.get(mark, "")
        if slot == "either":
            # A number without a word before it has the building's place: 12-3楼-302.
            taken = "building" in named or bool(bare)
            slot = {"号": "room", "门": "unit", "楼": "aside"}[mark] if taken else "building"
        if slot == "aside":
            continue
        if not slot:
            bare.append(value)
        elif slot in named:
            return None
        else:
            named[slot] = value
    if not _place(named, bare) or "building" not in named:
        return None
    try:
        return Spot(
            registers.building(named["building"]),
            registers.unit(named["unit"]) if "unit" in named else "",
            registers.room(named["room"]) if "room" in named else "",
        )
    except CellError:
        return None


def _place(named: dict[str, str], bare: list[str]) -> bool:
    """Puts the numbers without a word where there is room; False if one is left over."""
    if bare and "building" not in named:
        named["building"] = bare.pop(0)
    if bare and "room" not in named:
        named["room"] = bare.pop()
    if bare and "unit" not in named:
        named["unit"] = bare.pop()
    return not bare


class Doors:
    """Doors by what is painted on them. `doors` come with their grids."""

    def __init__(self, doors: Iterable[Household]) -> None:
        self.by_building: dict[str, list[Household]] = {}
        #: Buildings that go by a name: 东楼, 临河路88弄.
        self.names: list[tuple[str, list[Household]]] = []
        for door in doors:
            self.by_building.setdefault(_bare(registers.building, door.building), []).append(door)
        for building, inside in self.by_building.items():
            if building and not registers.PLAIN.fullmatch(building):
                self.names.append((tidy(building).upper(), inside))
        self.names.sort(key=lambda name: -len(name[0]))

    def find(self, typed: str) -> list[Household]:
        """The doors an address may mean: one, if it is complete and the register knows it."""
        text = tidy(typed).upper()
        found: list[Household] = []
        for name, inside in self.names:
            if name in text:
                rest = text.replace(name, " ", 1)
                # The name has the building's place.
                spot = read(f"0幢{rest}")
                found = [door for door in inside if spot and _fits(door, spot)]
                break
        else:
            if spot := read(typed):
                found = [d for d in self.by_building.get(spot.building, ()) if _fits(d, spot)]
        if len(found) > 1:
            found = [d for d in found if tidy(d.grid.name).upper() in text] or found
        return found


def _fits(door: Household, spot: Spot) -> bool:
    """A unit that is not typed, or that the register does not have, does not tell doors apart."""
    if _bare(registers.room, door.room) != spot.room:
        return False
    unit = _bare(registers.unit, door.unit)
    return not spot.unit or not unit or unit == spot.unit


def _bare(parse, value: str) -> str:
    try:
        return parse(value) if value else ""
    except CellError:
        return value
