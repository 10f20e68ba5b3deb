import getpass
import sys

from django.contrib.auth import get_user_model
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
from inventory.words import listed
from shop import appointments
from shop.ways_in import people, second_factor

END = "none"


class Command(BaseCommand):
    help = (
        "Gives somebody work, or ends it: manager, staff, or leader of a grid or building. Asks "
        "for a password when it is their first; --reset-password gives anybody a new one."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("phone")
        parser.add_argument("name", nargs="?", help="needed for who has no login yet")
        parser.add_argument(
            "--as",
            dest="role",
            choices=["manager", "staff", "leader", END],
            help="none: all work at the station ends, or with --grid that of its leader",
        )
        parser.add_argument("--end", action="store_true", help="the same as --as none")
        parser.add_argument("--grid", help="leader: the grid's name, as the register has it")
        parser.add_argument("--building", default="", help="leader: of this building only")
        parser.add_argument("--station", metavar="CODE")
        parser.add_argument(
            "--reset-password", action="store_true", help="ask for a new password, end old logins"
        )
        parser.add_argument(
            "--reset-second-factor", action="store_true", help="of who lost it, recovery codes too"
        )
        parser.add_argument(
            "--password-stdin", action="store_true", help="read the password from standard input"
        )

    def handle(self, *args, **options) -> None:
        role = options["role"] or (END if options["end"] else None)
        if options["end"] and role != END:
            raise CommandError(_("--end 和 --as 只能说一个。"))
        resets = options["reset_password"] or options["reset_second_factor"]
        if role is None and not resets:
            raise CommandError(
                _("请用 --as 说明做什么，或者用 --end、--reset-password、--reset-second-factor。")
            )
        try:
            phone = normalised(options["phone"])
            station = stations.chosen(options["station"]) if role else None
        except (CellError, StationError) as error:
            raise CommandError(str(error)) from error
        with transaction.atomic():
            user = self.user(phone, options["name"], new=role not in {None, END})
            worked = people.works(user)
            if station and role == END:
                self.end(station, user, options)
            elif station:
                self.give(station, user, options)
            # What a resident came in with says nothing about whose phone that is (`duty.enlist`).
            trusted = worked and user.has_usable_password()
            lacks = role not in {None, END} and not trusted
            if lacks or options["reset_password"]:
                user.set_password(self.password(options["password_stdin"]))
                user.save(update_fields=["password"])
            if options["reset_second_factor"]:
                self.reset_second_factor(user)
        self.say(user, role)

    def user(self, phone: str, name: str | None, *, new: bool):
        found = get_user_model().objects.filter(phone=phone).first()
        if found is None and not new:
            raise CommandError(_("没有用这个手机号登录的人。"))
        if found is None and not name:
            raise CommandError(_("这个手机号还没有登录，请写上姓名。"))
        return found or appointments.account(phone, name or "")

    def give(self, station: Station, user, options) -> None:
        if options["role"] == "leader":
            appointments.lead(self.grid(station, options), user, options["building"])
        else:
            appointments.work_at(station, user, Membership.Role(options["role"]))

    def end(self, station: Station, user, options) -> None:
        if options["grid"]:
            grid = self.grid(station, options)
            ended = appointments.end_lead(grid, user, options["building"])
        else:
            ended = appointments.end_work(station, user)
        if not ended:
            said = _("%(name)s在%(station)s没有这样的工作，什么也没有改。")
            raise CommandError(said % {"name": user, "station": station})

    def grid(self, station: Station, options) -> Grid:
        grid = Grid.objects.filter(station=station, name=options["grid"] or "").first()
        if grid is None:
            names = listed(station.grids.values_list("name", flat=True))
            raise CommandError(_("请用 --grid 说明是哪个网格：%(names)s。") % {"names": names})
        return grid

    def password(self, from_stdin: bool) -> str:
        word = sys.stdin.readline().rstrip("\n") if from_stdin else getpass.getpass(_("密码："))
        try:
            validate_password(word)
        except ValidationError as error:
            raise CommandError("".join(error.messages)) from error
        return word

    def reset_second_factor(self, user) -> None:
        if not second_factor.reset(user):
            raise CommandError(_("%(name)s 没有开第二步，什么也没有改。") % {"name": user})
        self.stdout.write(_("%(name)s 的第二步停用了，要用密码重新登录。") % {"name": user})

    def say(self, user, role: str | None) -> None:
        if role != END:
            self.stdout.write(_("%(name)s 可以用手机号登录了。") % {"name": user})
            return
        self.stdout.write(_("%(name)s 的这份工作结束了，马上生效。") % {"name": user})
        # What this command did not give it does not take; but nobody should believe it did.
        if user.is_superuser:
            self.stdout.write(_("注意：这是超级用户，仍然什么都能看。"))
        if hasattr(user, "volunteer") and user.volunteer.active:
            self.stdout.write(_("注意：这个人还是在岗的志愿者，请在后台“志愿者”页让其休息。"))
