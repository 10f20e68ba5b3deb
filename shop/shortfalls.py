"""What of a basket cannot be had as asked, bundles and loose goods together.

A good may be in a basket twice: loose, and in bundles. What there is goes to the bundles first, in
the order of the basket, and the rest is loose: so a basket that takes what `short` says is left
can be had.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from django.utils.translation import gettext as _

from inventory.words import listed
from shop.errors import ShortLine


class There(NamedTuple):
    """Units of a good that can be had; `limited`: the household limit says so, not the shelf."""

    title: str
    left: int
    limited: bool


class Asked(NamedTuple):
    """One line of a basket; `parts`: units by stock record in one of it."""

    record_id: int
    title: str
    unit: str
    units: int
    parts: Mapping[int, int]
    bundle: bool = False


def there(title: str, shelf: int, allowed: int | None) -> There:
    limited = allowed is not None and allowed < shelf
    return There(title, allowed if limited and allowed is not None else shelf, limited)


def short(lines: Sequence[Asked], goods: Mapping[int, There]) -> list[ShortLine]:
    """The lines that cannot be had as asked, in the order of the basket."""
    left = {record_id: good.left for record_id, good in goods.items()}
    found: dict[int, ShortLine] = {}
    for line in sorted(lines, key=lambda line: not line.bundle):
        can = {pk: left[pk] // units for pk, units in line.parts.items()}
        units = min(line.units, min(can.values(), default=0))
        for pk, of_it in line.parts.items():
            left[pk] -= units * of_it
        if units < line.units:
            scarce = [goods[pk] for pk, most in can.items() if most == units]
            limited = bool(scarce) and all(good.limited for good in scarce)
            title = _name(line, scarce, limited) if line.bundle else line.title
            found[line.record_id] = ShortLine(
                line.record_id, title, line.unit, line.units, units, limited
            )
    return [found[line.record_id] for line in lines if line.record_id in found]


def _name(line: Asked, scarce: Sequence[There], limited: bool) -> str:
    """A bundle, and which part of it ran out."""
    words = _("%(bundle)s（%(parts)s限购）") if limited else _("%(bundle)s（%(parts)s不够）")
    parts = listed(good.title for good in scarce)
    return words % {"bundle": line.title, "parts": parts} if scarce else line.title
