import json
import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from inventory import stations
from inventory.errors import StationError
from inventory.models import Station
from shop import audit
from shop.demo import CODE
from shop.demo.build import build
from shop.demo.day import Day
from shop.demo.village import HOUSEHOLDS, SEED, village

ORDERS = 1_500


class Command(BaseCommand):
    help = (
        "Plays a whole day through the functions the pages call, and audits what came of it. "
        "On an empty database it makes its own synthetic village."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--households", type=int, metavar="N", help="doors of the village it makes"
        )
        parser.add_argument("--orders", type=int, default=ORDERS, metavar="M")
        parser.add_argument("--seed", type=int, default=SEED, metavar="S")
        parser.add_argument("--json", action="store_true", help="the figures as JSON")

    def handle(self, *args, **options) -> None:
        if settings.PRODUCTION:
            raise CommandError(_("演练会写进真的订单，不能在正式环境里做。"))
        began = time.perf_counter()
        try:
            station = self._station(options)
            day = Day(station, options["orders"], options["seed"], quiet=options["json"])
            day.play()
        except StationError as error:
            raise CommandError(str(error)) from error
        seconds = time.perf_counter() - began
        results = audit.run()
        if options["json"]:
            self._say_json(day, seconds, results)
        else:
            self._say(day, seconds, results)
        if not all(result.ok for result in results):
            raise SystemExit(1)

    def _station(self, options) -> Station:
        if Station.objects.exists():
            if options["households"]:
                raise CommandError(_("这里已经有驿站了，--households 只用于空的数据库。"))
            station = stations.chosen()
            if station.code != CODE:
                raise CommandError(
                    _("演练会写进真的订单，只能在演示村或空的数据库里做：%(name)s 是真的驿站。")
                    % {"name": station.name}
                )
            return station
        try:
            plan = village(options["households"] or HOUSEHOLDS, options["seed"])
        except ValueError as error:
            raise CommandError(_("村子太小了，至少要 12 户。")) from error
        return build(plan, quiet=options["json"])

    def _say_json(self, day: Day, seconds: float, results: list[audit.Result]) -> None:
        figures = {
            "station": day.station.code,
            "round": day.round.pk,
            "counts": dict(sorted(day.counts.items())),
            "seconds": {**day.seconds, "all": round(seconds, 3)},
            "audit": audit.as_json(results)["checks"],
            "ok": audit.as_json(results)["ok"],
        }
        self.stdout.write(json.dumps(figures, ensure_ascii=False, indent=1))

    def _say(self, day: Day, seconds: float, results: list[audit.Result]) -> None:
        self.stdout.write(f"{day.station.name}，{day.round.name}（#{day.round.pk}）")
        for title, rows in self._table(day):
            took = day.seconds.get(title[0])
            self.stdout.write(f"{title[1]}" + (f"  {took:.1f} s" if took is not None else ""))
            for label, key in rows:
                self.stdout.write(f"{day.counts[key]:>8}  {label}")
        for result in results:
            self.stdout.write(str(result))
        self.stdout.write(
            _("%(placed)d 个订单走完一天，用时 %(seconds).1f 秒。")
            % {"placed": day.counts["placed"], "seconds": seconds}
        )

    def _table(self, day: Day):
        return (
            (
                ("order", _("下单")),
                (
                    (_("下成的订单"), "placed"),
                    (_("取消的订单"), "cancelled"),
                    (_("卖完了、改过的行"), "sold_out_lines"),
                    (_("超过限购、改过的行"), "limited_lines"),
                    (_("什么也没买到的人"), "went_without"),
                    (_("截单后才来、被谢绝的"), "too_late"),
                ),
            ),
            (
                ("deliver", _("派送")),
                (
                    (_("包裹"), "parcels"),
                    (_("住户"), "doors"),
                    (_("批次"), "batches"),
                    (_("太重、装不进批次的包裹"), "too_heavy"),
                    (_("没人带得动的批次"), "nobody_to_carry"),
                    (_("收回改派的批次"), "taken_back"),
                    (_("放门口"), "stops_left"),
                    (_("当面交"), "stops_handed"),
                    (_("没送成"), "stops_failed"),
                    (_("还没到的"), "stops_waiting"),
                ),
            ),
            (
                ("again", _("再送和更正")),
                (
                    (_("最后送到的包裹"), "delivered"),
                    (_("最后没送到的包裹"), "not_delivered"),
                    (_("按错后更正"), "corrections"),
                    (_("重复提交"), "repeats"),
                    (_("重复提交里改变了什么的"), "repeats_that_changed_something"),
                    (_("编号相同内容不同、被拒的"), "conflicts"),
                ),
            ),
        )
