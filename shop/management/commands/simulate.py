import json
import time
from collections import Counter

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory import stations
from inventory.errors import StationError
from inventory.models import Station
from shop import audit
from shop.demo import CODE, clock, fake_stripe, telling
from shop.demo.build import build
from shop.demo.day import Day
from shop.demo.fake_stripe import FakeStripe
from shop.demo.village import HOUSEHOLDS, SEED, village
from shop.open_book import reports

ORDERS = 1_500
MOST_DAYS = 366


class Command(BaseCommand):
    help = (
        "Plays whole days through the functions the pages call: people order, staff buy, receive, "
        "share out, pack, sell at the counter and count, couriers deliver; people pay in every way "
        "there is, online through a fake Stripe, and get money back; says what every good "
        "brought beyond its cost, and audits what came of it. On an empty database it makes its "
        "own synthetic village, and the days end today."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--households", type=int, metavar="N", help="doors of the village it makes"
        )
        parser.add_argument("--orders", type=int, default=ORDERS, metavar="M", help="a day")
        parser.add_argument("--days", type=int, default=1, metavar="D")
        parser.add_argument("--seed", type=int, default=SEED, metavar="S")
        parser.add_argument("--json", action="store_true", help="the figures as JSON")

    def handle(self, *args, **options) -> None:
        if settings.PRODUCTION:
            raise CommandError(_("演练会写进真的订单，不能在正式环境里做。"))
        if not 1 <= options["days"] <= MOST_DAYS:
            raise CommandError(_("天数要在 1 到 %d 之间。") % MOST_DAYS)
        began = time.perf_counter()
        # What is in the database already was not in the past.
        past = 0 if Station.objects.exists() else options["days"] - 1
        try:
            with clock.days_ago(past):
                first, began_at = timezone.localdate(), timezone.now()
                station = self._station(options)
            with fake_stripe.running() as fake:
                days = [
                    self._play(station, number, past, options, fake)
                    for number in range(options["days"])
                ]
                payers = days[-1].payers
                self.unlike_stripe = payers.reconcile(began_at) if payers else []
        except StationError as error:
            raise CommandError(str(error)) from error
        seconds = time.perf_counter() - began
        report = reports.of(station, first, timezone.localdate())
        results = audit.run()
        say = self._say_json if options["json"] else self._say
        say(days, report, results, seconds)
        clean = all(result.ok for result in results) and not report.total.unexplained
        if not clean or self.unlike_stripe:
            raise SystemExit(1)

    def _play(
        self, station: Station, number: int, past: int, options, fake: FakeStripe | None
    ) -> Day:
        seed, days_ago = options["seed"] + number, max(0, past - number)
        if fake:
            fake.days_ago(days_ago)
        with clock.days_ago(days_ago):
            day = Day(station, options["orders"], seed, quiet=options["json"], fake=fake)
            day.play()
        if options["days"] > 1 and not options["json"]:
            said = {
                "day": number + 1,
                "placed": day.counts["placed"],
                "receipts": day.counts["receipts"],
                "delivered": day.counts["delivered"],
                "sales": day.counts["counter_sales"],
                "seconds": sum(day.seconds.values()),
            }
            self.stdout.write(
                _(
                    "第 %(day)d 天：下单 %(placed)d，入库 %(receipts)d 车，送到 %(delivered)d，"
                    "柜台 %(sales)d，用时 %(seconds).1f 秒"
                )
                % said
            )
        return day

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

    def _say_json(
        self, days: list[Day], report: reports.Report, results: list[audit.Result], took: float
    ) -> None:
        counts, seconds = _together(days)
        figures = {
            "station": days[-1].station.code,
            "round": days[-1].round.pk,
            "days": len(days),
            "counts": dict(sorted(counts.items())),
            "seconds": {**seconds, "all": round(took, 3)},
            "margins": {
                row.title: {
                    "charged": str(row.sums.charged),
                    "cost": str(row.sums.cost),
                    "lost": str(row.sums.lost),
                    "variance": str(row.sums.variance),
                }
                for row in report.rows
                if row.sums.traded
            },
            "unexplained": str(report.total.unexplained),
            "unlike_stripe": self.unlike_stripe,
            "audit": audit.as_json(results)["checks"],
            "ok": audit.as_json(results)["ok"],
        }
        self.stdout.write(json.dumps(figures, ensure_ascii=False, indent=1))

    def _say(
        self, days: list[Day], report: reports.Report, results: list[audit.Result], took: float
    ) -> None:
        last = days[-1]
        self.stdout.write(f"{last.station.name}，{last.round.name}（#{last.round.pk}）")
        for line in (*telling.day(*_together(days)), *telling.margins(report)):
            self.stdout.write(line)
        for result in results:
            self.stdout.write(str(result))
        for sentence in self.unlike_stripe:
            self.stdout.write(f"✗ {sentence}")
        said = {"days": len(days), "placed": _together(days)[0]["placed"], "seconds": took}
        self.stdout.write(_("%(placed)d 个订单走完 %(days)d 天，用时 %(seconds).1f 秒。") % said)


def _together(days: list[Day]) -> tuple[Counter[str], dict[str, float]]:
    """The counts and seconds of all days."""
    counts: Counter[str] = Counter()
    seconds: Counter[str] = Counter()
    for day in days:
        counts.update(day.counts)
        seconds.update(day.seconds)
    return counts, {name: round(value, 3) for name, value in seconds.items()}
