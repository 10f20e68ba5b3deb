from typing import BinaryIO

from django.utils.translation import gettext_lazy as _

from inventory.importing import ImportCommand, Report
from inventory.models import Station
from shop import pricelists, products


class Command(ImportCommand):
    help = "Makes the goods of a station, their stock and cost what a list (.xlsx, .csv) says."
    counted = _("样货")

    def import_file(self, station: Station, file: BinaryIO, name: str, dry_run: bool) -> Report:
        return products.apply(station, pricelists.parse(file, name), dry_run=dry_run)
