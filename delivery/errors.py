"""What delivery's rules refuse. `str(error)` is one sentence for the person who asked."""

from django.utils.translation import gettext as _

from inventory.errors import StationError


class RoundNotPlanned(StationError):
    """Only a planned round whose window is not over can be opened."""


class RoundNotOpen(StationError):
    """Only an open round can be closed."""


class RoundNotClosed(StationError):
    """Only a closed round has parcels to plan."""


class RoundsStuck(StationError):
    """The clock could not turn some rounds; `round_ids` names them, the others were turned."""

    def __init__(self, sentence: str, round_ids: list[int]) -> None:
        super().__init__(sentence)
        self.round_ids = round_ids


class BatchNotOpen(StationError):
    """The batch is not where this step begins: somebody was first, or it is too early."""


class CannotCarry(StationError):
    """This volunteer may not or cannot carry this batch."""


class NotYourBatch(StationError):
    """Only the courier of a batch starts it and hands over at its doors."""


class OutOfStep(StationError):
    """Parcels are not in the status their batch says: nothing is changed, a person must look."""


class HandoffRefused(StationError):
    """What was said about a door cannot be right."""


class StopDecided(StationError):
    """The stop has its handoff already; what is wrong with it is a correction."""


class CorrectionRefused(StationError):
    """Not the latest handoff, not theirs to correct, or its parcels have moved on."""


class HandoffConflict(StationError):
    """The nonce was used for something else. `first` stays as it is (answer with 409)."""

    def __init__(self, sentence: str, first) -> None:
        super().__init__(sentence)
        self.first = first


class CannotEnlist(StationError):
    """This phone cannot become a volunteer's."""


class StillOut(StationError):
    """A volunteer with a batch on the way stays on duty until it is done."""


class ReturnRefused(StationError):
    """Not a parcel that can be taken back, or not with what was said of it."""


class NotShared(StationError):
    """Pre-ordered goods were not shared out yet: nobody knows who gets how much."""

    def __init__(self, goods: int) -> None:
        super().__init__(_("还有 %d 样预订的货没有分，请先去“分货”。") % goods)


class PackRefused(StationError):
    """What was said about a line of a parcel cannot be right, or it is too late to say it."""


class UnknownCode(StationError):
    """A scanned code means nothing here, or nothing that is to be done now."""


class NotAsSeen(StationError):
    """What would be shared out is no longer what the page showed; nothing was written."""

    def __init__(self) -> None:
        super().__init__(_("货或订单刚刚变了，请再看一眼再分。"))


class RegistrationRefused(StationError):
    """Somebody decided on it already, the door is there, or what is asked for does not fit."""
