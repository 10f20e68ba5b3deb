"""What the store refuses with; every sentence is for the resident who asked."""

from dataclasses import dataclass

from django.utils.translation import gettext as _

from inventory.errors import StationError


@dataclass(frozen=True)
class ShortLine:
    """A basket line that cannot be had as asked: `left` is what may still be taken."""

    record_id: int
    title: str
    unit: str
    wanted: int
    left: int
    #: True: the household limit says so. False: the shelf does.
    limited: bool = False


class SoldOut(StationError):
    """Some lines cannot be had as asked. All of them, and the basket is as it was."""

    def __init__(self, lines: list[ShortLine]) -> None:
        self.lines = lines
        super().__init__(_("有的货不够了，看看下面怎么改。"))


class BasketEmpty(StationError):
    def __init__(self) -> None:
        super().__init__(_("篮子是空的，先挑点东西吧。"))


class TooHeavy(StationError):
    """More than one courier may carry at once would never get into a batch."""

    def __init__(self, weight_g: int, most_g: int) -> None:
        words = _("这一单有 %(kg)d 公斤，一趟最多送 %(most)d 公斤，请分成两单。")
        super().__init__(words % {"kg": round(weight_g / 1000), "most": most_g // 1000})


class BasketChanged(StationError):
    """What the page showed is no longer what would be ordered."""

    def __init__(self) -> None:
        super().__init__(_("篮子里的东西或价格刚变了，请再看一眼再下单。"))


class RoundNotOpen(StationError):
    def __init__(self) -> None:
        super().__init__(_("这一波已经截单了，请等下一波。"))


class BasketPlaced(StationError):
    """The basket became an order while something was put into it."""

    def __init__(self) -> None:
        super().__init__(_("刚才那一篮已经下单了，这样请再加一次。"))


class CannotCancel(StationError):
    def __init__(self) -> None:
        super().__init__(_("已经截单，不能再取消了。有事请打驿站电话。"))
