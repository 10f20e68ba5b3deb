"""A claim is answered once: money is given back, or it is said why not.

What is given back is taken off the order like every other change, goes where the order's money
goes back to, and is the station's loss on the account of the good (docs/costing.md).
"""

from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from delivery.models import ParcelLine
from delivery.templatetags.station import yuan
from inventory import stock
from shop import notices
from shop.errors import ClaimAnswered, ClaimRefused
from shop.models import Adjustment, Claim, Message, OrderStatus
from shop.money import FEN, ZERO, ledger
from shop.money.ledger import Entry
from shop.settlement import afterwards
from shop.settlement.afterwards import Less

Order = get_model("order", "Order")


def accept(claim: Claim, amount: Decimal, answer: str = "", *, by) -> list[Entry]:
    """Gives `amount` yuan back for it; the same answer by the same person again is nothing.
    Returns what was booked.

    Raises `ClaimRefused` for more than the line comes to by now, `ClaimAnswered`.
    """
    answer = _checked(answer)
    order_id, line_id = claim.line.order_id, claim.line_id
    with transaction.atomic():
        ledger.lock([order_id])
        if _said_already(claim, Claim.Status.ACCEPTED, answer, by, amount):
            return []
        _refuse_not_there(order_id)
        _refuse_odd(amount, afterwards.worth(order_id)[line_id])
        at = _answer(claim, Claim.Status.ACCEPTED, answer, by, amount=amount)
        charged = _charged(claim)
        # Before the money: a fund may have its part in it (docs/locking.md).
        stock.lock([record_id for record_id, _yuan in charged])
        household = claim.line.order.placement.household
        less = [Less(line_id, amount)]
        booked = afterwards.take_off(order_id, household, Adjustment.Kind.CLAIM, less, by=by, at=at)
        taken = afterwards.spread(amount, charged)
        stock.settle([(order_id, record_id, -value) for record_id, value in taken], by=by)
    return booked


def decline(claim: Claim, answer: str, *, by) -> None:
    """Nothing is given back, and `answer` says why. Again is nothing. Raises `ClaimRefused`
    without a word, `ClaimAnswered`."""
    answer = _checked(answer)
    if not answer:
        raise ClaimRefused(_("不退钱，请写一句为什么。"))
    with transaction.atomic():
        ledger.lock([claim.line.order_id])
        if _said_already(claim, Claim.Status.DECLINED, answer, by, ZERO):
            return
        at = _answer(claim, Claim.Status.DECLINED, answer, by)
        placement = claim.line.order.placement
        told = [(placement.household_id, placement.order_id)]
        notices.write(told, at=at, kind=Message.Kind.ANSWER)


def _checked(answer: str) -> str:
    answer = answer.replace("\x00", "").strip()
    if len(answer) > Claim._meta.get_field("answer").max_length:
        raise ClaimRefused(_("答复太长了，请短一些。"))
    return answer


def _refuse_not_there(order_id: int) -> None:
    """Its hand-over was corrected since: what comes back is given back without a claim."""
    if not Order.objects.filter(pk=order_id, status=OrderStatus.DELIVERED).exists():
        raise ClaimRefused(_("这一单现在不是“已送到”，不能按售后退钱。"))


def _refuse_odd(amount: Decimal, most: Decimal) -> None:
    if not amount.is_finite() or amount <= 0:
        raise ClaimRefused(_("退的金额要大于 0；不退请选“不退钱”。"))
    if amount > most:
        raise ClaimRefused(_("这一样现在只收了 %s，不能退得更多。") % yuan(most))
    if amount != amount.quantize(FEN):
        raise ClaimRefused(_("金额最多到分。"))


def _said_already(claim: Claim, status: Claim.Status, answer: str, by, amount: Decimal) -> bool:
    """A second tap, or a retry after a lost answer."""
    now = Claim.objects.get(pk=claim.pk)
    said = (status, answer, by.pk, amount)
    return (now.status, now.answer, now.answered_by_id, now.amount) == said


def _answer(claim: Claim, status: Claim.Status, answer: str, by, **also):
    """The condition decides who answers; when."""
    at = timezone.now()
    said = {"answer": answer, "answered_by": by, "answered_at": at, **also}
    if not Claim.objects.filter(pk=claim.pk).move({Claim.Status.OPEN}, status, **said):
        raise ClaimAnswered
    return at


def _charged(claim: Claim) -> list[tuple[int, Decimal]]:
    """The line's good and what came instead of it, with what the ledger has for each."""
    line = claim.line
    charged = afterwards.charged(line.order_id)
    instead = ParcelLine.objects.filter(
        parcel__order=line.order_id, instead_of__item__record=line.stockrecord_id
    )
    records = [line.stockrecord_id, *instead.values_list("item__record", flat=True)]
    return [(record_id, charged.get(record_id, ZERO)) for record_id in dict.fromkeys(records)]
