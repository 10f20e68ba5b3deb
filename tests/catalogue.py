"""`make messages`: brings the English catalogue up to date with the code, and compiles it.

Our msgids are Chinese, so Chinese needs no catalogue but for what Oscar's own lacks: that one is
written by hand, and compiled here. Babel reads Python and writes the files; of
templates it reads what Django makes of them for xgettext, which is not needed here.
"""

import ast
import io
import re
import sys
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

from babel.messages import Catalog
from babel.messages.extract import extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

ROOT = Path(__file__).parent.parent
PO = ROOT / "locale" / "en" / "LC_MESSAGES" / "django.po"
#: What Oscar says in English, in Chinese.
OSCAR = ROOT / "locale" / "zh_Hans" / "LC_MESSAGES" / "django.po"
KEYWORDS = {
    **dict.fromkeys(("_", "_lazy", "gettext", "gettext_lazy"), None),
    **dict.fromkeys(("ngettext", "ngettext_lazy"), (1, 2)),
    **dict.fromkeys(("pgettext", "pgettext_lazy"), ((1, "c"), 2)),
}
#: What `templatize` leaves of a template's words.
CALL = re.compile(r"\b(_|gettext|ngettext|pgettext|npgettext)\((?=u?['\"])")

Message = tuple[str, int, str | tuple[str, ...], str | None]


def messages() -> Iterator[Message]:
    """File, line, words (singular and plural if it counts) and context of all there is."""
    for app in ("shop", "delivery", "inventory"):
        for path in sorted((ROOT / app).rglob("*.py")):
            if "migrations" not in path.parts:
                yield from _of_python(path)
    for path in sorted((ROOT / "templates").rglob("*")):
        if path.suffix in {".html", ".txt"}:
            yield from _of_template(path)


def _of_python(path: Path) -> Iterator[Message]:
    with path.open("rb") as source:
        for line, words, _comments, context in extract("python", source, KEYWORDS):
            yield str(path.relative_to(ROOT)), line, words, context


def _of_template(path: Path) -> Iterator[Message]:
    name = str(path.relative_to(ROOT))
    text = templatize(path.read_text(), origin=name)
    for call in CALL.finditer(text):
        line = text.count("\n", 0, call.start()) + 1
        arguments = _arguments(text, call.end())
        if call[1] == "pgettext":
            yield name, line, arguments[1], arguments[0]
        elif call[1] == "ngettext":
            yield name, line, tuple(arguments[:2]), None
        else:
            yield name, line, arguments[0], None


def _arguments(text: str, start: int) -> list[str]:
    """The strings of a call whose bracket opens just before `start`."""
    for end in (found.end() for found in re.finditer(r"\)", text[start:])):
        try:
            call = ast.parse(f"f({text[start : start + end]}", mode="eval").body
        except SyntaxError:
            continue
        assert isinstance(call, ast.Call)
        return [each.value for each in call.args if isinstance(each, ast.Constant)]
    raise AssertionError(f"no call at {text[start : start + 80]!r}")


def wanted() -> Catalog:
    """What the code says, nothing translated yet."""
    catalogue = Catalog(
        locale="en",
        header_comment="# English words of the station. `make messages` keeps this file.",
        project="惠民驿站",
        creation_date=datetime(2026, 11, 22, tzinfo=UTC),
        fuzzy=False,
    )
    for name, line, words, context in messages():
        catalogue.add(words, context=context, locations=[(name, line)])
    return catalogue


def known(path: Path = PO) -> Catalog:
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def untranslated(catalogue: Catalog) -> list[str]:
    """What has no words yet, or words of which nobody said that they are right."""
    return [
        str(message.id)
        for message in catalogue
        if message.id and (message.fuzzy or not all(_strings(message.string)))
    ]


def _strings(said: str | tuple[str, ...] | None) -> tuple[str | None, ...]:
    return said if isinstance(said, tuple) else (said,)


def compiled(catalogue: Catalog) -> bytes:
    file = io.BytesIO()
    write_mo(file, catalogue)
    return file.getvalue()


def main() -> int:
    catalogue = wanted()
    if PO.exists():
        for message in known():
            here = catalogue.get(message.id, message.context)
            if message.id and here is not None:
                here.string = message.string
    PO.parent.mkdir(parents=True, exist_ok=True)
    with PO.open("wb") as file:
        # Without line numbers: they would change with every edit above.
        write_po(file, catalogue, width=100, include_lineno=False, sort_by_file=True)
    for path in (PO, OSCAR):
        path.with_suffix(".mo").write_bytes(compiled(known(path)))
    print(
        f"{PO.relative_to(ROOT)}: {len(catalogue)} 句，没有译文的 {len(untranslated(known()))} 句"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main())
