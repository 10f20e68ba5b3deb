from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from delivery import households, registers
from inventory.importing import ImportCommand, Report
from inventory.models import Station


class Command(ImportCommand):
    help = "Makes the doors of a station what a register (.xlsx, .csv) says."
    counted = _("户")

    def import_file(self, station: Station, file: BinaryIO, name: str, dry_run: bool) -> Report:
        return households.apply(station, registers.parse(file, name), dry_run=dry_run)
