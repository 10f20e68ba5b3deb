"""A plan becomes orders, door by door."""

import logging
from dataclasses import dataclass, field

from django.db import transaction
from django.utils.translation import gettext as _

from delivery import locks
from inventory.errors import StationError
from inventory.words import about
from shop import ordering, ready_baskets
from shop.errors import SoldOut
from shop.group_buys import earlier
from shop.group_buys.plan import DoorPlan, Plan, Wanted
from shop.models import GroupBuy, GroupBuyRow

log = logging.getLogger(__name__)

#: Somebody may be quicker at one good after the other; then the rest waits for another import.
TRIES = 5


@dataclass
class Placed:
    """`orders` that were placed, `units` in them, and a sentence for each door that got less or
    nothing."""

    orders: list = field(default_factory=list)
    units: int = 0
    problems: list[str] = field(default_factory=list)


def place(plan: Plan, *, by) -> Placed:
    """Orders what the plan says is new; who else orders meanwhile is not overrun.

    Every door is a transaction of its own: what stops one leaves the others, and the same export
    again orders the rest.
    """
    done = Placed()
    if not plan.to_order:
        return done
    group_buy, _made = GroupBuy.objects.get_or_create(
        round=plan.round,
        source=plan.export.source,
        fingerprint=plan.export.fingerprint,
        defaults={"by": by},
    )
    for door in plan.to_order:
        try:
            order, units, missing = _order(plan, group_buy, door, by)
        except StationError as error:
            done.problems.append(about(door.household.address, error))
            continue
        if order is not None:
            done.orders.append(order)
            done.units += units
        if missing:
            said = {"door": door.household.address, "n": missing}
            done.problems.append(_("%(door)s：刚才被别人先订走 %(n)d 份，没有下") % said)
    log.info(
        "group buy of round %s placed by user %s: %d orders, %d units",
        *(plan.round.pk, getattr(by, "pk", None), len(done.orders), done.units),
    )
    return done


def _order(plan: Plan, group_buy: GroupBuy, door: DoorPlan, by):
    """(order or None, units in it, units that were gone by now)."""
    at_most: dict[int, int] = {}
    planned = sum(units for _item, units in door.shown)
    for _try in range(TRIES):
        try:
            order, units = _try_order(plan, group_buy, door, by, at_most)
        except SoldOut as sold_out:
            at_most |= {short.record_id: max(0, short.left) for short in sold_out.lines}
        else:
            return order, units, planned - units if at_most else 0
    return None, 0, planned


def _try_order(plan: Plan, group_buy: GroupBuy, door: DoorPlan, by, at_most: dict[int, int]):
    round, source = plan.round, plan.export.source
    with transaction.atomic():
        # Held until the rows are written: whoever imports the same meanwhile waits here, and
        # then sees them.
        locks.round_shared(round.pk, door.household.pk)
        ordered = earlier.of_door(round, source, door.household.pk)
        rows: list[tuple[Wanted, int, int]] = []
        records: dict[int, int] = {}
        for wanted in door.lines:
            record_id, before = wanted.item.record_id, ordered[wanted.key]
            # What was ordered since the plan was made comes off.
            units = min(wanted.can, wanted.asked - wanted.elsewhere - before)
            if record_id in at_most:
                units = min(units, at_most[record_id] - records.get(record_id, 0))
            if units > 0:
                rows.append((wanted, before, units))
                records[record_id] = records.get(record_id, 0) + units
        if not rows:
            return None, 0
        order = ordering.place(
            ready_baskets.make(by, records),
            household=door.household,
            round=round,
            by=by,
            note=door.note,
        )
        GroupBuyRow.objects.bulk_create(
            GroupBuyRow(
                group_buy=group_buy,
                round=round,
                source=source,
                number=wanted.number,
                household=door.household,
                item=wanted.item,
                before=before,
                units=units,
                order=order,
            )
            for wanted, before, units in rows
        )
    return order, sum(units for _wanted, _before, units in rows)
