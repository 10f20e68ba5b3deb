"""What every format makes of its export: lines that say who wants how much of what."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from inventory.sheets import BadCell


@dataclass(frozen=True)
class OrderLine:
    """One row: so many units of a good, as people typed it. `phone` is normalised, "" where it is
    none or cannot be right; `number` is what the export counts its orders by. `cells` are the
    addresses of its cells by column."""

    row: int
    number: str
    phone: str
    address: str
    goods: str
    spec: str
    units: int
    note: str
    #: The group's leader was paid already; the station was not.
    paid: bool
    cells: Mapping[str, str]

    @property
    def label(self) -> str:
        """The good in the export's own words."""
        return f"{self.goods} {self.spec}".strip()


@dataclass(frozen=True)
class Export:
    """The lines in file order, the cells that cannot be right, and what was left out on purpose.
    `titles` are the header's own words by column."""

    source: str
    label: str
    fingerprint: str
    lines: list[OrderLine]
    bad: list[BadCell]
    titles: Mapping[str, str]
    notes: list[str] = field(default_factory=list)
