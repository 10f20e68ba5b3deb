"""What the importers share: the report of what a file changed, and the shape of the commands."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Self

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from inventory import stations
from inventory.errors import StationError
from inventory.models import Station
from inventory.sheets import BadCell, SheetError
from inventory.words import about


@dataclass(frozen=True)
class Change:
    """One door or good the file adds or changes: where it is written and what it is; `fields` are
    the parser's words for what differed, empty for a new one. `counts` are (before, after) of
    fields whose figure in the file is not the one that will stand there."""

    row: int
    key: tuple[str, ...]
    fields: tuple[str, ...] = ()
    counts: Mapping[str, tuple[int, int]] = field(default_factory=dict, compare=False)

    @property
    def is_new(self) -> bool:
        return not self.fields


@dataclass
class Report:
    """What applying a file did (or would do). `made` names the grids or categories it added,
    `repeats` are sentences on rows typed twice."""

    changes: list[Change] = field(default_factory=list)
    unchanged: int = 0
    made: list[str] = field(default_factory=list)
    bad: list[BadCell] = field(default_factory=list)
    repeats: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, parsed: Any) -> Self:
        """Begins with what the parser (`delivery.registers`, `shop.pricelists`) has to say."""
        repeats = [repeat.sentence for repeat in parsed.repeats]
        return cls(bad=list(parsed.bad), repeats=repeats, notes=list(parsed.notes))

    @property
    def new(self) -> int:
        return sum(change.is_new for change in self.changes)

    @property
    def changed(self) -> int:
        return len(self.changes) - self.new

    def figures(self) -> dict[str, Any]:
        """For `--json`: counts, and every bad cell with its reason."""
        return {
            "new": self.new,
            "changed": self.changed,
            "unchanged": self.unchanged,
            "made": self.made,
            "bad": [asdict(cell) for cell in self.bad],
            "repeats": self.repeats,
            "notes": self.notes,
        }


class ImportCommand(BaseCommand):
    """`manage.py import_… FILE [--station CODE] [--dry-run] [--json]`.

    Bad cells are printed and left out; they are no failure of the command. What is: a file that
    holds no such table, or a station that does not exist.
    """

    #: What is counted, with its measure word: 户, 样货.
    counted = ""

    def import_file(self, station: Station, file: BinaryIO, name: str, dry_run: bool) -> Report:
        raise NotImplementedError

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help=".xlsx or .csv")
        parser.add_argument("--station", metavar="CODE", help="default: the only one there is")
        parser.add_argument("--dry-run", action="store_true", help="read and report, write nothing")
        parser.add_argument("--json", action="store_true", help="figures and bad cells as JSON")

    def handle(self, *args, **options) -> None:
        path: Path = options["file"]
        try:
            with path.open("rb") as file, transaction.atomic():
                station = stations.chosen(options["station"])
                report = self.import_file(station, file, path.name, options["dry_run"])
                # Also the station, if the database was empty.
                transaction.set_rollback(options["dry_run"])
        except OSError as error:
            raise CommandError(
                _("读不了文件 %(path)s：%(why)s。") % {"path": path, "why": error.strerror}
            ) from error
        except (SheetError, StationError) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            self.stdout.write(json.dumps(report.figures(), ensure_ascii=False, indent=1))
        else:
            self._say(station, report, options["dry_run"])

    def _say(self, station: Station, report: Report, dry_run: bool) -> None:
        for line in (*report.notes, *report.repeats):
            self.stdout.write(line)
        for cell in report.bad:
            self.stdout.write(about(f"{cell.cell} {cell.column}", cell.reason))
        if dry_run:
            self.stdout.write(_("只是试读，什么也没有写入。"))
        said = {
            "station": station.name,
            "new": report.new,
            "changed": report.changed,
            "unchanged": report.unchanged,
            "counted": self.counted,
            "bad": len(report.bad),
        }
        self.stdout.write(
            _("%(station)s：新增 %(new)d %(counted)s，改动 %(changed)d，不变 %(unchanged)d。")
            % said
        )
        if report.bad:
            self.stdout.write(_("有问题的格 %(bad)d 个，列在上面；改好了再导入一次就行。") % said)
