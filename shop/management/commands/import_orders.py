import json
from pathlib import Path

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from delivery.models import Household, Round
from inventory.errors import StationError
from inventory.models import Station
from inventory.sheets import SheetError
from inventory.sheets.cells import CellError, phone
from shop import shelves
from shop.group_buys import formats, placing, report
from shop.group_buys import plan as plans
from shop.group_buys.goods import Goods

#: Who orders when nobody is named: an account nobody can log in with, so that no clerk's name
#: stands under what a scheduled job did.
NOBODY, NOBODYS_NAME = "import_orders", "命令行导入"


class Command(BaseCommand):
    help = (
        "Makes orders of a group buy's export (快团团, 群接龙). The same export again, or a longer "
        "one, orders only what is new. Bad cells are printed and left out."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path, help=".xlsx or .csv")
        parser.add_argument(
            "--round", required=True, metavar="ROUND", help="its key, or the name of an open one"
        )
        parser.add_argument("--station", metavar="CODE", help="where several have such a round")
        parser.add_argument("--by", metavar="PHONE", help="whose orders they are (placed_by)")
        parser.add_argument(
            "--good",
            action="append",
            default=[],
            metavar="NAME=GOOD",
            help="what a name of the export means: a good's name or code; may be repeated",
        )
        parser.add_argument(
            "--new", action="store_true", help="no export that another round has already"
        )
        parser.add_argument("--dry-run", action="store_true", help="read and report, order nothing")
        parser.add_argument("--json", action="store_true", help="the figures as JSON")

    def handle(self, *args, **options) -> None:
        path: Path = options["file"]
        try:
            export = formats.parse(path.read_bytes(), path.name)
            round = self.round(options["round"], options["station"])
            by = self.by(options["by"])
            choices = plans.Choices(
                goods=self.goods(export, round, options["good"]), is_new=options["new"]
            )
            doors = Household.objects.of_station(round.station)
            plan = plans.make(round, export, doors, choices)
            placed = None
            if not options["dry_run"]:
                placed = placing.place(plan, by=by or self.nobody())
        except OSError as error:
            said = {"path": path, "why": error.strerror}
            raise CommandError(_("读不了文件 %(path)s：%(why)s。") % said) from error
        except (SheetError, StationError) as error:
            raise CommandError(str(error)) from error
        if options["json"]:
            figures = report.figures(plan, placed)
            self.stdout.write(json.dumps(figures, ensure_ascii=False, indent=1))
        else:
            self.say(plan, placed)

    def round(self, named: str, code: str | None) -> Round:
        rounds = Round.objects.select_related("station")
        if code is not None:
            if not Station.objects.filter(code=code).exists():
                raise CommandError(_("没有代码是 %s 的驿站。") % code)
            rounds = rounds.filter(station__code=code)
        is_key = named.isascii() and named.isdecimal() and len(named) < 19
        if is_key and (found := rounds.filter(pk=int(named)).first()):
            return found
        found_open = list(rounds.taking_orders().filter(name=named)[:2])
        if not found_open:
            raise CommandError(_("没有正在接单的波次“%s”。") % named)
        if len(found_open) > 1:
            raise CommandError(_("有几个波次叫“%s”，请写波次的编号。") % named)
        return found_open[0]

    def by(self, typed: str | None):
        if typed is None:
            return None
        try:
            found = get_user_model().objects.filter(phone=phone(typed)).first()
        except CellError as error:
            raise CommandError(str(error)) from error
        if found is None:
            raise CommandError(_("没有用这个手机号登录的人。"))
        return found

    def nobody(self):
        users = get_user_model().objects
        return users.filter(phone=NOBODY).first() or users.create_user(
            NOBODY, name=NOBODYS_NAME, is_active=False
        )

    def goods(self, export, round: Round, told: list[str]) -> dict[int, int]:
        """By the place of the name: which good it means."""
        ours = Goods(shelves.goods(round.station))
        labels = list(dict.fromkeys(line.label for line in export.lines))
        chosen: dict[int, int] = {}
        for each in told:
            name, _equals, good = each.partition("=")
            found = [
                n for n, label in enumerate(labels) if name.strip() in (label, label.split(" ")[0])
            ]
            item = ours.find(good)
            if not found:
                raise CommandError(_("表格里没有叫“%s”的货。") % name)
            if item is None:
                raise CommandError(_("货品里没有“%s”。") % good)
            for place in found:
                chosen[place] = item.pk
        return chosen

    def say(self, plan: plans.Plan, placed: placing.Placed | None) -> None:
        for note in plan.notes:
            self.stdout.write(note)
        for cell in plan.bad:
            self.stdout.write(f"{cell.cell} {cell.column}：{cell.reason}")
        for doubt in plan.doubts:
            self.stdout.write(f"{doubt.cell} {doubt.sentence}")
        for short in plan.shortages:
            said = {"good": short["item"].record.product.title, "n": short["short"]}
            self.stdout.write(_("%(good)s少 %(n)d 份") % said)
        for door in plan.refused:
            self.stdout.write(f"{door.household.address}：{door.refused}")
        if plan.seen_in:
            words = _("“%s”已经下过的没有再下；如果是新的一团，请加 --new。")
            self.stdout.write(words % plan.seen_in)
        said = {"doors": len(plan.doors), "lines": plan.lines, "quantity": plan.quantity}
        self.stdout.write(_("对上 %(doors)d 户、%(lines)d 行、%(quantity)d 份。") % said)
        if placed is None:
            self.stdout.write(_("只是试读，什么也没有写入。"))
            return
        for problem in placed.problems:
            self.stdout.write(problem)
        said = {"orders": len(placed.orders), "units": placed.units, "before": plan.known}
        self.stdout.write(
            _("下了 %(orders)d 单、%(units)d 份；以前下过 %(before)d 份，没有再下。") % said
        )
