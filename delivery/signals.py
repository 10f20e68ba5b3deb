"""What delivery announces. Sent inside the transaction of the rule: a receiver that raises
undoes the change; a receiver with slow work puts it behind `transaction.on_commit`."""

from typing import NamedTuple

from django.dispatch import Signal


class LineChange(NamedTuple):
    """What happened to one parcel line; units. `held`: stock was held for `before` of them.

    `stands_in_for`: the item key this line's good came instead of; then `before` is 0.
    `weighed_g`: what loose goods of it weigh in truth, grams.
    """

    order_id: int
    item_id: int
    before: int
    after: int
    held: bool = True
    stands_in_for: int | None = None
    weighed_g: int | None = None


class Returned(NamedTuple):
    """Units of one good that came back in a parcel; `spoiled` of them cannot be sold again."""

    item_id: int
    units: int
    spoiled: int = 0


#: round: Round, just closed. Whoever sold something in it makes the parcels now.
round_closed = Signal()

#: parcel_ids: list[int], of one batch or of many, that stand ready now; by: User; at: datetime.
#: Sent before their goods leave the stock, whose rows everybody locks last.
batch_packed = Signal()

#: changes: list[LineChange]; by: User; at: datetime. What households get of closed orders changed:
#: shared out, found short, weighed. Whoever sold it settles the money, and moves what is held.
lines_changed = Signal()

#: round: Round; share_outs: list[ShareOut], one a good; by: User; at: datetime. Sent after
#: `lines_changed`, when what each order gets is written.
shared_out = Signal()

#: parcel_ids: list[int] that were packed and are open again, somebody unpacks a line of them;
#: by: User; at: datetime.
parcels_reopened = Signal()

#: order_id, item_id: int; since: datetime; by: User; at: datetime. What `lines_changed` said at
#: `since` of this line was a mistake of the packer. Sent before its goods are back in stock.
line_unticked = Signal()

#: batch: Batch; parcel_ids: list[int] that are on the way now; by: User; at: datetime.
batch_started = Signal()

#: stop: Stop; handoff: Handoff (it names the one it corrects, if any); parcel_ids: list[int].
handed_off = Signal()

#: parcel: Parcel that was given up and is unpacked for good; lines: list[Returned], a good may come
#: twice; by: User; at: datetime. Whoever sold it gives the money back, and puts the goods back.
parcel_returned = Signal()

#: batch: Batch whose last stop was decided just now; by: User.
batch_done = Signal()

#: household_ids, user_ids: list[int]; who got in behind these doors with a login of their own does
#: no longer, and who that was.
logins_ended = Signal()

#: household: Household whose people are moving out. A receiver that raises keeps them.
moving_out = Signal()
