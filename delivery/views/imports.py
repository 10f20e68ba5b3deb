"""A spreadsheet in two steps: what it would change, then exactly that. For doors and for goods."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from inventory import uploads
from inventory.errors import StationError
from inventory.forms import SheetForm
from inventory.importing import Change, Report
from inventory.sheets import SheetError
from inventory.views.page import page

#: Lines of the preview, of bad cells and of changes; the figures above them count all.
SHOWN = 200


@dataclass(frozen=True)
class Sheet:
    """One kind of spreadsheet. `purpose` is also its entry of the menu; `here` and `listed` are
    names of addresses; `rows` and `describe` say what a parsed row is about; `words` are the
    columns' names."""

    purpose: str
    template: str
    here: str
    listed: str
    parse: Callable[[Any, str], Any]
    apply: Callable[..., Report]
    rows: Callable[[Any], list]
    describe: Callable[[Any], str]
    words: dict[str, Any]


@dataclass(frozen=True)
class Line:
    """A row that adds or changes something: what it is about, and (column, old value, new value)
    of each; the old one is "" where only the new one is told."""

    row: int
    about: str
    is_new: bool
    values: list[tuple[Any, str, str]]


def answer(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    if request.method == "POST" and "token" in request.POST:
        return _confirm(request, sheet)
    # Without a file there is nothing in the request either, and that is worth a sentence.
    form = SheetForm(request.POST, request.FILES) if request.method == "POST" else SheetForm()
    context: dict[str, Any] = {"form": form, "listed": sheet.listed}
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            parsed = sheet.parse(file, file.name)
            report = sheet.apply(request.station, parsed, by=request.user, dry_run=True)
        except (SheetError, StationError) as error:
            form.add_error("file", str(error))
        else:
            context |= _preview(sheet, parsed, report) | {"name": file.name}
            if report.changes:  # nothing to confirm, nothing to keep
                file.seek(0)
                context["upload"] = uploads.keep(file.read(), file.name, **_whose(request, sheet))
    return page(request, sheet.template, sheet.purpose, **context)


def _confirm(request: HttpRequest, sheet: Sheet) -> HttpResponse:
    """Applies the file that was previewed to what the station knows by now."""
    try:
        upload = uploads.find(request.POST["token"], **_whose(request, sheet))
        parsed = sheet.parse(upload.open(), upload.name)
        with transaction.atomic():
            uploads.use_up(upload)
            report = sheet.apply(request.station, parsed, by=request.user)
    except (SheetError, StationError) as error:
        messages.error(request, str(error))
        return redirect(sheet.here)
    said = {"new": report.new, "changed": report.changed, "unchanged": report.unchanged}
    messages.success(request, _("新增 %(new)d，改动 %(changed)d，不变 %(unchanged)d。") % said)
    if report.bad:
        messages.warning(request, _("有问题的 %d 格没有导入，改好再传一次就行。") % len(report.bad))
    return redirect(sheet.listed)


def _whose(request: HttpRequest, sheet: Sheet) -> dict[str, Any]:
    return {"purpose": sheet.purpose, "user": request.user, "station": request.station}


def _preview(sheet: Sheet, parsed: Any, report: Report) -> dict[str, Any]:
    rows = {row.row: row for row in sheet.rows(parsed)}
    lines = []
    for change in report.changes[:SHOWN]:
        row = rows[change.row]
        values = [(sheet.words[word], *_told(change, row, word)) for word in change.fields]
        lines.append(Line(change.row, sheet.describe(row), change.is_new, values))
    return {
        "report": report,
        "lines": lines,
        "bad": report.bad[:SHOWN],
        "more_lines": len(report.changes) - len(lines),
        "more_bad": max(0, len(report.bad) - SHOWN),
    }


def _told(change: Change, row: Any, word: str) -> tuple[str, str]:
    """What stands there before and after, or only what the row says."""
    before, after = change.counts.get(word, ("", getattr(row, word)))
    return str(before), _shown(after)


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("是") if value else _("否")
    return _("（空）") if value in (None, "") else str(getattr(value, "label", value))
