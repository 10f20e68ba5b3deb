"""What delivery announces. Sent inside the transaction of the rule: a receiver that raises
undoes the change; a receiver with slow work puts it behind `transaction.on_commit`."""

from django.dispatch import Signal

#: round: Round, just closed. Whoever sold something in it makes the parcels now.
round_closed = Signal()

#: batch: Batch; parcel_ids: list[int] that left the shelf now; by: User; at: datetime.
batch_packed = Signal()

#: batch: Batch; parcel_ids: list[int] that are on the way now; by: User; at: datetime.
batch_started = Signal()

#: stop: Stop; handoff: Handoff (it names the one it corrects, if any); parcel_ids: list[int].
handed_off = Signal()
