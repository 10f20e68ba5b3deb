"""What the parts of an .xlsx around its sheets say: names, links, formats of dates, texts."""

import posixpath

from openpyxl.styles.numbers import BUILTIN_FORMATS, is_date_format, is_timedelta_format


class Part:
    """Hears the elements of one part by their local names; `made` is what it has to give."""

    def __init__(self) -> None:
        self.made: list = []

    def start(self, tag: str, attributes: dict[str, str]) -> None: ...
    def end(self, tag: str) -> None: ...
    def text(self, written: str) -> None: ...


class Workbook(Part):
    since_1904 = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "sheet" and attributes.get("state", "visible") == "visible":
            link = next((v for k, v in attributes.items() if k.endswith("}id")), "")
            self.made.append((attributes.get("name", ""), link))
        elif tag == "workbookPr":
            self.since_1904 = attributes.get("date1904") in ("1", "true")


class Links(Part):
    """`paths` by what kind of thing is there, `sheets` by the link's id."""

    def __init__(self) -> None:
        super().__init__()
        self.paths: dict[str, str] = {}
        self.sheets: dict[str, str] = {}

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag != "Relationship":
            return
        path = posixpath.normpath(posixpath.join("/xl", attributes.get("Target", ""))).lstrip("/")
        kind = attributes.get("Type", "").rpartition("/")[2]
        if kind == "worksheet":
            self.sheets[attributes.get("Id", "")] = path
        self.paths[kind] = path


class Formats(Part):
    """Which formats of cells are dates."""

    def __init__(self) -> None:
        super().__init__()
        self.codes: dict[int, str] = {}
        self.inside = False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        if tag == "numFmt":
            self.codes[int(attributes.get("numFmtId", 0))] = attributes.get("formatCode", "")
        elif tag == "cellXfs":
            self.inside = True
        elif tag == "xf" and self.inside:
            self.made.append(int(attributes.get("numFmtId", 0)))

    def end(self, tag: str) -> None:
        if tag == "cellXfs":
            self.inside = False

    def dates(self) -> dict[int, bool]:
        """Number of the format → whether it shows a span of time, of those that show time."""
        codes = BUILTIN_FORMATS | self.codes
        kinds = {
            number: is_timedelta_format(code)
            for number, code in codes.items()
            if is_date_format(code)
        }
        return {place: kinds[number] for place, number in enumerate(self.made) if number in kinds}


class Texts(Part):
    """Joins the runs of a text; how a name is pronounced (rPh) is none of it."""

    def __init__(self) -> None:
        super().__init__()
        self.runs: list[str] = []
        self.is_text, self.is_sound = False, False

    def start(self, tag: str, attributes: dict[str, str]) -> None:
        self.is_text = tag == "t"
        self.is_sound = self.is_sound or tag == "rPh"

    def end(self, tag: str) -> None:
        self.is_text = False
        self.is_sound = self.is_sound and tag != "rPh"

    def text(self, written: str) -> None:
        if self.is_text and not self.is_sound:
            self.runs.append(written)

    def joined(self) -> str:
        whole = "".join(self.runs).replace("x005F_", "")
        self.runs.clear()
        return whole


class Strings(Texts):
    def end(self, tag: str) -> None:
        super().end(tag)
        if tag == "si":
            self.made.append(self.joined())
