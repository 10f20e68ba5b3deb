"""What the rules refuse with: `str(error)` is one sentence for the person who asked."""

from dataclasses import dataclass

from django.utils.translation import gettext as _


class StationError(Exception):
    """A rule says no; `str()` is one sentence for the person who asked."""


@dataclass(frozen=True)
class Short:
    """One good there is not enough of: `wanted` and `left` in units, by stock record."""

    record_id: int
    wanted: int
    left: int


class Shortage(StationError):
    """All shortages of one reservation at once, so that the page can offer what is left."""

    def __init__(self, short: list[Short]) -> None:
        self.short = short
        super().__init__(_("有 %(count)d 样货不够了。") % {"count": len(short)})


class StockRefused(StationError):
    """A move that would leave less in the building than is promised to orders."""
