import getpass
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils.translation import gettext as _

from delivery.models import Grid
from inventory import stations
from inventory.errors import StationError
from inventory.models import Membership, Station
from inventory.sheets.cells import CellError
from inventory.sheets.cells import phone as normalised
from shop import appointments


class Command(BaseCommand):
    help = (
        "Gives somebody work: manager, staff, or leader of a grid or building. Asks for a password."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("phone")
        parser.add_argument("name")
        parser.add_argument(
            "--as", dest="role", choices=["manager", "staff", "leader"], required=True
        )
        parser.add_argument("--grid", help="leader: the grid's name, as the register has it")
        parser.add_argument("--building", default="", help="leader: of this building only")
        parser.add_argument("--station", metavar="CODE")
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )

    def handle(self, *args, **options) -> None:
        try:
            phone = normalised(options["phone"])
            station = stations.chosen(options["station"])
        except (CellError, StationError) as error:
            raise CommandError(str(error)) from error
        with transaction.atomic():
            user = appointments.account(phone, options["name"])
            self.give(station, user, options)
            if not user.has_usable_password():
                user.set_password(self.password(options["password_stdin"]))
                user.save(update_fields=["password"])
        self.stdout.write(_("%(name)s 可以用手机号登录了。") % {"name": user})

    def give(self, station: Station, user, options) -> None:
        if options["role"] != "leader":
            appointments.work_at(station, user, Membership.Role(options["role"]))
            return
        grid = Grid.objects.filter(station=station, name=options["grid"] or "").first()
        if grid is None:
            names = "、".join(station.grids.values_list("name", flat=True))
            raise CommandError(_("请用 --grid 说明是哪个网格：%(names)s。") % {"names": names})
        appointments.lead(grid, user, options["building"])

    def password(self, from_stdin: bool) -> str:
        word = sys.stdin.readline().rstrip("\n") if from_stdin else getpass.getpass(_("密码："))
        try:
            validate_password(word)
        except ValidationError as error:
            raise CommandError("".join(error.messages)) from error
        return word
