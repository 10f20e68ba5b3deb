"""What the rules refuse with: `str(error)` is one sentence for the person who asked."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from inventory.words import clauses


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


class HeldForOrders(StockRefused):
    """Orders hold what is not there: `(title, unit, held, left)` of every such good. Whoever
    ordered must get less first; that is what sharing out is for."""

    def __init__(self, goods: Sequence[tuple[str, str, int, int]]) -> None:
        self.goods = goods
        words = _("“%(title)s”有 %(held)d %(unit)s留给了订单，只剩 %(left)d %(unit)s")
        said = clauses(
            words % {"title": title, "unit": unit, "held": held, "left": left}
            for title, unit, held, left in goods
        )
        super().__init__(_("%s。请先到“分货”把剩下的分好，再来这里。") % said)


class CountRefused(StationError):
    """A stock count is not where this step begins, or a figure of it cannot be right."""


class CountExists(StationError):
    """The shelf is being counted already; `count` is that count."""

    def __init__(self, count) -> None:
        self.count = count
        super().__init__(_("这个货架正在盘（%s），请接着盘那一张。") % count)


class LossRefused(StationError):
    """What was said to be lost or given away cannot be right."""


class SupplierRefused(StationError):
    """What was said of a supplier, or of what they offer, cannot be right."""


class PurchaseRefused(StationError):
    """This purchase cannot be made so, or is not where this step begins any more."""


class PurchaseKnown(StationError):
    """Somebody made a purchase here meanwhile: `purchase`. Nothing was written."""

    def __init__(self, sentence: str, purchase) -> None:
        super().__init__(sentence)
        self.purchase = purchase


class ReceiptRefused(StationError):
    """What was said of a delivery cannot be right."""


class ReceiptDoubted(ReceiptRefused):
    """Figures so far from what is known that somebody has to say they looked at the invoice."""


class DeliveryKnown(StationError):
    """This delivery was received already, as `receipt`; or its form was, with other figures."""

    def __init__(self, sentence: str, receipt) -> None:
        self.receipt = receipt
        super().__init__(sentence)


class PhotoRefused(StationError):
    """Not a photo or scan that can be kept."""
