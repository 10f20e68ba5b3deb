"""What the store refuses with; every sentence is for the resident who asked."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.utils.translation import gettext as _

from delivery.templatetags.station import yuan
from inventory.errors import StationError
from inventory.words import listed


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


class CannotChange(StationError):
    """The order is not as it was any more, or what is asked of it cannot be."""

    def __init__(self, words: str = "") -> None:
        super().__init__(words or _("已经截单，不能再改了。有事请联系驿站。"))


class OrderChanged(StationError):
    """Somebody changed the order between the page and the button."""

    def __init__(self) -> None:
        super().__init__(_("这一单刚刚改过了，请再看一眼再改。"))


class CannotAdd(StationError):
    """More of an order's goods would not come at the terms that were agreed."""


class CounterClosed(StationError):
    """The door's grid may not come to the counter; the sentence says what it may do instead."""

    def __init__(self, grid: str, level: str, ways: Sequence[str]) -> None:
        words = _("%(grid)s现在是%(level)s，不能到店购买，可以%(ways)s：用手机下单，或请楼长代订。")
        super().__init__(words % {"grid": grid, "level": level, "ways": listed(ways)})


class SaleRefused(StationError):
    """What was said at the counter cannot be sold like that."""


class SaleChanged(StationError):
    """A price changed between the page and the button."""

    def __init__(self) -> None:
        super().__init__(_("刚才价格变了，合计已经更新，请再看一眼再收钱。"))


class WayClosed(StationError):
    """The station does not offer this way to pay, or not any more."""

    def __init__(self) -> None:
        super().__init__(_("这种付款方式现在不能用，请换一种。"))


class MoneyRefused(StationError):
    """An amount that cannot be right."""


class CashRefused(StationError):
    """What was said to have been counted, or who said it, cannot be right."""


class MoneyChanged(StationError):
    """Money came or went between the page and the button; `now`: what there is, yuan."""

    def __init__(self, now: Decimal) -> None:
        self.now = now
        super().__init__(_("刚才又有钱进出，现在是 %s，请再看一眼。") % yuan(now))


class FundRefused(StationError):
    """What was said of a fund, or of whom it pays for, cannot be right."""


class AccountShort(StationError):
    """The door's account holds less than is to be paid; both in yuan."""

    def __init__(self, balance: Decimal, amount: Decimal) -> None:
        words = _("账户只有 ¥%(balance)s，不够 ¥%(amount)s。可以先充值，或者换一种付法。")
        if balance < 0:
            words = _("账户欠着 ¥%(balance)s，不够付 ¥%(amount)s，请换一种付法。")
        super().__init__(words % {"balance": abs(balance), "amount": amount})


class AccountHoldsLess(StationError):
    """More cash is asked back than the door's account holds; both in yuan."""

    def __init__(self, balance: Decimal, amount: Decimal) -> None:
        words = _("账户只有 %(balance)s，取不了 %(amount)s。")
        if balance < 0:
            words = _("账户欠着 %(balance)s，取不了 %(amount)s。")
        super().__init__(words % {"balance": yuan(abs(balance)), "amount": yuan(amount)})


class NonceTaken(StationError):
    """The page was used for something else already: nothing is done twice (answer with 409)."""

    def __init__(self) -> None:
        super().__init__(_("这一页已经用过了，请从头再来一次。"))


class ClaimRefused(StationError):
    """What was said of a claim cannot be right, or it is too late to say it."""


class ClaimAnswered(StationError):
    """Somebody answered it already; their answer stays."""

    def __init__(self) -> None:
        super().__init__(_("这一件刚刚有人答复过了，请看一眼。"))


class TakeBackRefused(StationError):
    """Of what was sold at the counter not so much can come back."""


class StripeDown(StationError):
    """Stripe does not answer, or not in time; what was asked may have happened all the same."""

    def __init__(self) -> None:
        super().__init__(_("网上付款现在连不上。货给您留着，请过一会再试，或者换一种付款方式。"))


class StripeRefused(StationError):
    """Stripe does not take this order; `code` is its own word for why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(_("这一单不能网上付，请换一种付款方式。"))


class NotAwaiting(StationError):
    """The order does not wait for a payment (any more)."""

    def __init__(self) -> None:
        super().__init__(_("这一单现在不用付款，请看订单。"))


class PaymentUnderWay(StationError):
    """The payer has done their part, the money is not there yet."""

    def __init__(self) -> None:
        super().__init__(_("这笔付款正在处理，到账会自动确认，请不要再付。"))


class PaidMeanwhile(StationError):
    def __init__(self) -> None:
        super().__init__(_("这一单刚刚已经付好了。"))


class RefundRefused(StationError):
    """What is to happen to a refund does not fit what became of it meanwhile."""


class ClaimsLeft(StationError):
    """Who moves out is answered first: what they get back is theirs, not the next family's."""

    def __init__(self, count: int) -> None:
        super().__init__(_("这户还有 %d 件售后没有答复，先答复再登记搬走。") % count)


class MoneyLeft(StationError):
    """Who moves out takes their money along."""

    def __init__(self, left: Decimal) -> None:
        words = _("这户的驿站账户还有 ¥%s，先在柜台退现金或转账退给他们，再登记搬走。")
        super().__init__(words % left)


class MoneyUnderWay(StationError):
    """Money of who moves out may still be asked for, or come back: then it is theirs."""

    def __init__(self) -> None:
        super().__init__(_("这户还有没送到的订单，或没退完的款，办完再登记搬走。"))


class MoneyOwed(StationError):
    """Who moves out pays first; nobody can ask the next family."""

    def __init__(self, owed: Decimal) -> None:
        words = _("这户还欠 %s，先收了；收不到的请站长写明原因核销，再登记搬走。")
        super().__init__(words % yuan(owed))


class RobotRefused(StationError):
    """A group robot's address that leads elsewhere, or is none."""


class AnnouncementRefused(StationError):
    """What was to be announced cannot be, or is over."""


class TrialRefused(StationError):
    """Nothing to try, or tried a moment ago."""
