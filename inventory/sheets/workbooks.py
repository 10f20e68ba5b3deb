"""The cells of an .xlsx, read as a stream that costs no more than the file may hold.

openpyxl makes an object of every format and yields every row that a file leaves out: a few
kilobytes that say "row 2,000,000,000" keep it busy for an hour. Here a part is read event by
event, nothing is built that is not kept, and every limit stops the reading where it is reached.
"""

import io
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from openpyxl.utils.cell import coordinate_to_tuple, range_boundaries
from openpyxl.utils.datetime import MAC_EPOCH, WINDOWS_EPOCH, from_excel, from_ISO8601

from inventory.sheets.parts import Formats, Links, Part, Strings, Texts, Workbook

#: What the parts we read may unpack to, pictures apart; 50,000 rows of a register take 25 MB.
MAX_UNPACKED = 32 * 1024 * 1024
#: The same register has 1.5 million elements; each costs one or two microseconds.
MAX_ELEMENTS = 2_000_000
MAX_MERGES = 100_000
MAX_SHEETS = 50
CHUNK = 64 * 1024
BOOK, PACKINGS = "xl/workbook.xml", {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}

Cell = tuple[int, str, object]  # column, kind ("value", "error", "uncomputed"), value


class NotAWorkbook(Exception):
    """A zip of something else."""


class TooMuch(Exception):
    """More than a table of people or goods ever holds."""


class TooManyRows(TooMuch):
    """A row with something in it stands below the last one that is read."""


@dataclass
class Grid:
    """One visible sheet: `rows` gives (row number, cells) of rows that hold something; `merges`
    (left, top, right, bottom) are there once the rows were read."""

    title: str
    rows: Iterator[tuple[int, list[Cell]]] = field(default_factory=lambda: iter(()))
    merges: list[tuple[int, int, int, int]] = field(default_factory=list)


def visible(data: bytes, most_rows: int, most_columns: int) -> Iterator[Grid]:
    """The sheets that are not hidden; read each one's rows before asking for the next."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        book = _Book(archive)
        for title, path in book.sheets:
            grid = Grid(title)
            part = _SheetPart(book, grid, most_rows, most_columns)
            grid.rows = book.rows(path, part)
            yield grid


class _Book:
    """The archive with its budget, and what the sheets need to know of the whole workbook."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self.archive = archive
        self.left, self.elements = MAX_UNPACKED, 0
        parts = set(archive.namelist())
        # Judged by the directory first. It may lie, so `_pieces` counts as well; and zipfile cuts
        # a part that is longer than it says.
        if _declared(archive) > MAX_UNPACKED:
            raise TooMuch
        if BOOK not in parts:
            raise NotAWorkbook
        book, links, formats, strings = Workbook(), Links(), Formats(), Strings()
        self.read(BOOK, book)
        self.read("xl/_rels/workbook.xml.rels", links)
        self.epoch = MAC_EPOCH if book.since_1904 else WINDOWS_EPOCH
        if (path := links.paths.get("styles", "xl/styles.xml")) in parts:
            self.read(path, formats)
        if (path := links.paths.get("sharedStrings", "xl/sharedStrings.xml")) in parts:
            self.read(path, strings)
        self.dates, self.strings = formats.dates(), strings.made
        found = [(title, links.sheets.get(link, "")) for title, link in book.made]
        self.sheets = [(title, path) for title, path in found if path in parts]
        if len(self.sheets) > MAX_SHEETS:
            raise TooMuch

    def read(self, path: str, part: Part) -> None:
        for _piece in self._pieces(path, part):
            pass

    def rows(self, path: str, part: "_SheetPart") -> Iterator[tuple[int, list[Cell]]]:
        for _piece in self._pieces(path, part):
            yield from part.made
            part.made.clear()

    def _pieces(self, path: str, part: Part) -> Iterator[None]:
        """Has the part hear a piece of the file at a time, as long as the budget lasts."""
        if self.archive.getinfo(path).compress_type not in PACKINGS:
            raise zipfile.BadZipFile
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True

        def start(tag: str, attributes: dict[str, str]) -> None:
            self.elements += 1
            if self.elements > MAX_ELEMENTS:
                raise TooMuch
            part.start(tag.rpartition("}")[2], attributes)

        parser.StartElementHandler = start
        parser.EndElementHandler = lambda tag: part.end(tag.rpartition("}")[2])
        parser.CharacterDataHandler = part.text
        parser.StartDoctypeDeclHandler = _no_doctype
        with self.archive.open(path) as source:
            while piece := source.read(CHUNK):
                self.left -= len(piece)
                if self.left < 0:
                    raise TooMuch
                parser.Parse(piece)
                yield
        parser.Parse(b"", True)
        yield


def _declared(archive: zipfile.ZipFile) -> int:
    """What the directory says that the text in the archive unpacks to."""
    parts = archive.infolist()
    return sum(part.file_size for part in parts if part.filename.endswith((".xml", ".rels")))


def _no_doctype(*_declared: object) -> None:
    raise zipfile.BadZipFile  # no spreadsheet has one; entities are a way to waste memory


class _SheetPart(Texts):
    """Makes rows of a sheet's cells."""

    def __init__(self, book: _Book, grid: Grid, most_rows: int, most_columns: int) -> None:
        super().__init__()
        self.book, self.grid = book, grid
        self.most_rows, self.most_columns = most_rows, most_columns
        self.row = self.column = self.seen = 0
        self.cells: list[Cell] = []
        self.cell: dict[str, str] | None = None
        self.formula = self.is_value = False
        self.value: list[str] = []

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "c":
            self._start_cell(attributes)
        elif self.cell is not None:
            super().start(tag, attributes)
            self.is_value = tag == "v"
            self.formula = self.formula or tag == "f"
        elif tag == "row":
            self.row = int(float(attributes["r"])) if "r" in attributes else self.row + 1
            self.column, self.seen = 0, self.seen + 1
            # Rows that are only painted may go on to the end of the sheet, but not for ever.
            if self.seen > 4 * self.most_rows:
                raise TooManyRows
        elif tag == "mergeCell":
            left, top, right, bottom = range_boundaries(attributes["ref"])
            self.grid.merges.append((left or 1, top or 1, right or left or 1, bottom or top or 1))
            if len(self.grid.merges) > MAX_MERGES:
                raise TooMuch

    def _start_cell(self, attributes: dict[str, str]) -> None:
        self.cell, self.formula, self.is_value = attributes, False, False
        self.value.clear()
        self.runs.clear()
        self.column += 1
        if "r" in attributes:
            # A cell's own row is what openpyxl and Excel overlook: the row element's counts.
            self.column = coordinate_to_tuple(attributes["r"])[1]

    def text(self, written: str) -> None:
        if self.is_value:
            self.value.append(written)
        else:
            super().text(written)

    def end(self, tag: str) -> None:
        if tag == "c" and self.cell is not None:
            if self.column <= self.most_columns and (cell := self._cell(self.cell)):
                if self.row > self.most_rows:
                    raise TooManyRows
                self.cells.append(cell)
            self.cell = None
        elif tag == "row" and self.cell is None:
            if self.cells:
                self.made.append((self.row, self.cells))
                self.cells = []
        elif tag == "v":
            self.is_value = False
        else:
            super().end(tag)

    def _cell(self, attributes: dict[str, str]) -> Cell | None:
        kind, written = attributes.get("t", "n"), "".join(self.value)
        if self.formula and not written and kind != "str":
            # An empty result of type "str" is a formula that answered "".
            return self.column, "uncomputed", "="
        if kind == "inlineStr":
            inline = self.joined()
            return (self.column, "value", inline) if inline else None
        if not written:
            return None
        if kind == "e":
            return self.column, "error", written
        return self._typed(kind, written, int(attributes.get("s") or 0))

    def _typed(self, kind: str, written: str, style: int) -> Cell:
        value: object = written
        if kind == "s":
            value = self.book.strings[int(written)]
        elif kind == "b":
            value = bool(int(written))
        elif kind == "d":
            value = from_ISO8601(written)
        elif kind == "n":
            number = float(written) if set(written) & set(".eE") else int(written)
            value = number
            if style in self.book.dates:
                try:
                    value = from_excel(number, self.book.epoch, timedelta=self.book.dates[style])
                except (OverflowError, ValueError):
                    return self.column, "error", "#VALUE!"
        return self.column, "value", value
