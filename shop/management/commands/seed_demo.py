import time

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.translation import gettext as _

from inventory.models import Station
from shop import demo
from shop.demo.build import build
from shop.demo.village import HOUSEHOLDS, SEED, village


class Command(BaseCommand):
    help = "Fills an empty database with a synthetic village. Nobody in it exists."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--households", type=int, default=HOUSEHOLDS, metavar="N")
        parser.add_argument("--seed", type=int, default=SEED, metavar="S")
        parser.add_argument(
            "--if-empty", action="store_true", help="no complaint where there is a station already"
        )

    def handle(self, *args, **options) -> None:
        if Station.objects.exists():
            if options["if_empty"]:
                return
            raise CommandError(_("这里已经有驿站了，演示数据只放进空的数据库。"))
        if settings.PRODUCTION:
            raise CommandError(_("演示数据的口令人人知道，不能放进正式环境。"))
        started = time.monotonic()
        try:
            plan = village(options["households"], options["seed"])
        except ValueError as error:
            raise CommandError(_("村子太小了，至少要 12 户。")) from error
        station = build(plan)
        said = {
            "station": station.name,
            "people": plan.people,
            "registered": plan.people - plan.newcomers,
            "newcomers": plan.newcomers,
            "doors": len(plan.doors),
            "staff": len(plan.staff) + len(plan.managers),
            "volunteers": len(plan.volunteers),
            "seconds": time.monotonic() - started,
        }
        self.stdout.write(
            _(
                "%(station)s：%(people)d 人（本村 %(registered)d，来沪 %(newcomers)d），"
                "%(doors)d 户，工作人员 %(staff)d，志愿者 %(volunteers)d。全是编的。"
                "用时 %(seconds).1f 秒。"
            )
            % said
        )
        for role, phone, password in demo.logins():
            self.stdout.write(f"  {role}  {phone}  {password}")
