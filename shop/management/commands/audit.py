import json
import time

from django.core.management.base import BaseCommand, CommandParser
from django.utils.translation import gettext as _

from shop import audit


class Command(BaseCommand):
    help = "Checks on the data as they are what must always hold (DESIGN §2). Changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--json", action="store_true", help="the figures as JSON")

    def handle(self, *args, **options) -> None:
        began = time.perf_counter()
        results = audit.run()
        wrong = sum(not result.ok for result in results)
        seconds = time.perf_counter() - began
        if options["json"]:
            figures = {**audit.as_json(results), "seconds": round(seconds, 3)}
            self.stdout.write(json.dumps(figures, ensure_ascii=False, indent=1))
        else:
            for result in results:
                self.stdout.write(str(result))
            self.stdout.write(
                _("%(checks)d 条，不成立的 %(wrong)d 条，用时 %(seconds).1f 秒。")
                % {"checks": len(results), "wrong": wrong, "seconds": seconds}
            )
        if wrong:
            raise SystemExit(1)
