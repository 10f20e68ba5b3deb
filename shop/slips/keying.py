"""What was ticked on a slip becomes an order."""

import re
import unicodedata
from collections.abc import Mapping

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery import locks
from delivery.models import Household
from inventory.errors import StationError
from inventory.models import Item
from shop import ordering, ready_baskets
from shop.models import OrderStatus, Slip, SlipSheet
from shop.wanted import MOST_OF_ONE

_PART = re.compile(r"(\d{1,4})(?:[X×*](\d{1,4}))?")
#: Longer than any form's ticks.
LONGEST = 400


def read(typed: str, most: int) -> dict[int, int]:
    """`3 7x2 12` → units by the numbers on the form, which go up to `most`.

    Raises `StationError` with the part that is none.
    """
    wanted: dict[int, int] = {}
    text = unicodedata.normalize("NFKC", typed[:LONGEST]).upper().replace("、", " ")
    text = re.sub(r"\s*([X×*])\s*", r"\1", text)
    for part in re.split(r"[\s,;.。+]+", text):
        if not part:
            continue
        found = _PART.fullmatch(part)
        number, units = (int(found[1]), int(found[2] or 1)) if found else (0, 0)
        if not 1 <= number <= most:
            said = {"part": part[:10], "most": most}
            raise StationError(_("“%(part)s”不是单子上的号，号是 1 到 %(most)d。") % said)
        if not 1 <= units <= MOST_OF_ONE:
            said = {"part": part[:10], "most": MOST_OF_ONE}
            raise StationError(_("“%(part)s”：份数要 1 到 %(most)d。") % said)
        if number in wanted:
            raise StationError(_("%d 号写了两次。") % number)
        wanted[number] = units
    return wanted


def before(sheet: SlipSheet, household: Household):
    """The order this door's slip of the round became already, unless it was cancelled."""
    slip = Slip.objects.filter(round=sheet.round_id, household=household).select_related("order")
    found = slip.exclude(order__status=OrderStatus.CANCELLED).first()
    return found.order if found else None


def key(sheet: SlipSheet, household: Household, wanted: Mapping[int, int], *, by):
    """(the order of what was ticked, whether it came about now). `wanted`: units by item.

    A slip is one order: scanned again, or keyed by two, it is the one that is there. Raises what
    `ordering.place` raises, and `StationError` if nothing was ticked.
    """
    items = Item.objects.filter(pk__in=set(wanted) & set(sheet.items))
    records = {item.record_id: wanted[item.pk] for item in items if wanted[item.pk] > 0}
    if not records:
        raise StationError(_("一样都没有勾。"))
    with transaction.atomic():
        # Whoever keys the same slip waits here, and then sees the order.
        locks.round_shared(sheet.round_id, household.pk)
        if there := before(sheet, household):
            return there, False
        order = ordering.place(
            ready_baskets.make(by, records), household=household, round=sheet.round, by=by
        )
        said = {"sheet": sheet, "order": order, "at": timezone.now()}
        mine = Slip.objects.filter(round=sheet.round, household=household)
        if not mine.filter(order__status=OrderStatus.CANCELLED).update(**said):
            Slip.objects.create(round=sheet.round, household=household, **said)
    return order, True
