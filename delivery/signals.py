"""What delivery announces. Sent inside the transaction of the rule: a receiver that raises
undoes the change; a receiver with slow work puts it behind `transaction.on_commit`."""

from django.dispatch import Signal

#: round: Round, just closed. Whoever sold something in it makes the parcels now.
round_closed = Signal()

#: parcel_ids: list[int], of one batch or of many, that left the shelf now; by: User; at: datetime.
#: Sent once for all of them, so that the stock is locked once, in the order of its keys.
batch_packed = Signal()

#: batch: Batch; parcel_ids: list[int] that are on the way now; by: User; at: datetime.
batch_started = Signal()

#: stop: Stop; handoff: Handoff (it names the one it corrects, if any); parcel_ids: list[int].
handed_off = Signal()

#: household_ids: list[int]; who got in behind these doors with a login of their own does no longer.
logins_ended = Signal()
