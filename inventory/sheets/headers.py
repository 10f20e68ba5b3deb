"""Finding the header row: which line names the columns we want, in any order and wording."""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.utils.translation import gettext as _

from inventory.sheets import cells
from inventory.sheets.files import Sheet
from inventory.words import clauses, listed

DEPTH = 30  # rows looked at for the header
ALIASES_SHOWN = 4  # accepted titles named when a column is missing
BRACKETS = re.compile(r"[(\[【〔<].*?[)\]】〕>]")
SERIAL = {"序号", "编号", "no"}


@dataclass(frozen=True)
class Column:
    """One thing to look for: its accepted titles, best first, and how to read a cell of it.

    `aliases` are separated by blanks; blanks, "_", punctuation and case do not matter in matching,
    so "grid_name" accepts "Grid name". `required` asks for the title in the header and for a value
    in every row. A `fill_down` column may carry its value only in the first row of a block, merged
    or not; declare outer before inner, for a new outer value ends the inner block. `parse` gets a
    cell that is not blank and may raise `CellError`; a blank cell or an absent column gives
    `default`. A title with one of the `unlike` words in it means something else.
    """

    key: str
    aliases: str
    parse: Callable[[Any], Any] = cells.text
    required: bool = False
    fill_down: bool = False
    default: Any = None
    unlike: str = ""

    @property
    def names(self) -> list[str]:
        return self.aliases.split()


@dataclass(frozen=True)
class Header:
    """A row that names columns: `places` gives their column numbers by key."""

    sheet: Sheet
    number: int
    places: Mapping[str, int]
    missing: Sequence[Column]

    @property
    def score(self) -> tuple[bool, int]:
        """Nothing required missing comes first, then how many columns are named."""
        return not self.missing, len(self.places)

    @cached_property
    def titles(self) -> dict[str, str]:
        """The file's own words for each column, by key."""
        line = _titles(self.sheet, self.number)
        return {key: cells.text(line[place]) for key, place in self.places.items()}

    @property
    def unused(self) -> list[str]:
        """Titles nobody asked for, so that a misspelt one does not vanish silently."""
        line = _titles(self.sheet, self.number)
        used = self.places.values()
        titles = [cells.text(line[place]) for place in sorted(line) if place not in used]
        return [title for title in titles if title and _squash(title) not in SERIAL]


def find_header(sheet: Sheet, columns: Sequence[Column]) -> Header | None:
    """The row near the top that names the most columns, the first of equals; None if none does."""
    wanted: dict[str, list[tuple[int, str]]] = {}
    for column in columns:
        for rank, alias in enumerate(column.names):
            wanted.setdefault(_squash(cells.text(alias)), []).append((rank, column.key))
    found = []
    unlike = {c.key: [_squash(word) for word in c.unlike.split()] for c in columns}
    for number in list(sheet.rows)[:DEPTH]:
        places = _places(_titles(sheet, number), wanted, unlike)
        missing = [c for c in columns if c.required and c.key not in places]
        if places:
            found.append(Header(sheet, number, places, missing))
    return max(found, key=lambda header: header.score, default=None)


def not_found(missing: Sequence[Column]) -> str:
    """The sentence for a file without these columns: what they are and may be called."""
    wanted = clauses(listed(column.names[:ALIASES_SHOWN]) for column in missing)
    said = {"missing": listed(column.names[0] for column in missing), "wanted": wanted}
    return _("没有找到完整的表头，缺少：%(missing)s（可以写作：%(wanted)s）") % said


def _titles(sheet: Sheet, number: int) -> dict[int, str]:
    """The texts of a row by column, those of cells merged from above included."""
    line = dict(sheet.rows[number])
    for place, top in sheet.hidden.get(number, {}).items():
        line.setdefault(place, sheet.rows.get(top, {}).get(place))
    return {place: title for place, title in line.items() if isinstance(title, str)}


def _places(
    titles: Mapping[int, str],
    wanted: Mapping[str, Sequence[tuple[int, str]]],
    unlike: Mapping[str, Sequence[str]],
) -> dict[str, int]:
    """Pair titles with columns, the closest pairs first, each title and column once."""
    pairs = sorted(
        (strictness, rank, place, key)
        for place, title in titles.items()
        for strictness, forms in enumerate(_forms(title))
        for form in forms
        for rank, key in wanted.get(form, ())
        if not any(word in _squash(cells.text(title)) for word in unlike[key])
    )
    places: dict[str, int] = {}
    for _strictness, _rank, place, key in pairs:
        if key not in places and place not in places.values():
            places[key] = place
    return places


def _forms(title: str) -> list[set[str]]:
    """How a title may be matched, strictest first: whole, without brackets, any one word of it."""
    whole = cells.text(title)
    bare = BRACKETS.sub(" ", whole)
    words = {_squash(word) for word in re.split(r"[\s/|:、,_-]+", bare)}
    return [{_squash(whole)}, {_squash(bare)}, words]


def _squash(title: str) -> str:
    return re.sub(r"[\W_]+", "", title.lower())
