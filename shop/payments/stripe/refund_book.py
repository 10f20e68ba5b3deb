"""What the book says of a refund through Stripe that goes elsewhere in the end, and of what the
payer's bank took back itself, so that nobody is given the same money twice."""

from collections.abc import Collection
from dataclasses import replace
from decimal import Decimal

from django.db import transaction

from shop.models import MoneyMove, Placement, Refund, StripePayment
from shop.money import ZERO, ledger
from shop.money.ledger import Entry

Account, Kind, Status = MoneyMove.Account, MoneyMove.Kind, Refund.Status
#: `Refund.error` of what the payer's bank took from us before we could give it back.
LOST = "lost_in_dispute"


def lost(payment: StripePayment) -> Decimal:
    """Yuan that the payer's bank took back for good and that stand for no refund yet."""
    if StripePayment.objects.filter(pk=payment.pk, disputed__gt=0).exists():
        return ZERO  # that is not decided yet
    taken = MoneyMove.objects.filter(stripe_payment=payment.pk).standing(Account.DISPUTED)
    return max(taken, ZERO)


def disputed(payment_ids: Collection[int]) -> set[int]:
    """Those that the payer's bank asks for, or took back more of than was to be given back. Two
    queries."""
    asked = StripePayment.objects.filter(pk__in=payment_ids, disputed__gt=0)
    moves = MoneyMove.objects.filter(stripe_payment__in=payment_ids)
    taken = moves.standing_by(Account.DISPUTED, "stripe_payment")
    return {*asked.values_list("pk", flat=True), *(pk for pk, yuan in taken.items() if yuan > 0)}


def settle_lost(payment: StripePayment) -> None:
    """The payer has it back from their bank: what is stuck of it, and no more than that, is not
    given back a second time."""
    for refund in payment.refunds.filter(status=Status.STUCK).order_by("pk"):
        if lost(payment) >= refund.amount:
            turn(refund, Account.HOUSEHOLD, {Status.STUCK}, error=LOST)


def turn(
    refund: Refund,
    target: MoneyMove.Account,
    sources: set,
    *,
    attempts: int | None = None,
    by=None,
    **also,
) -> bool:
    """It does not go back through Stripe, but to `target`; whether it was still to be turned. Of
    what would go to the account, nobody is given what their bank took back already."""
    placement = placement_of(refund.payment)
    with transaction.atomic():
        ledger.lock([placement.order_id])
        this = Refund.objects.filter(pk=refund.pk)
        if attempts is not None:
            this = this.filter(attempts=attempts)
        if not this.move(sources, Status.MOVED, **also):
            return False
        turned = entry(refund, placement, Account.STRIPE, target)
        has = min(lost(refund.payment), turned.amount) if target == Account.HOUSEHOLD else ZERO
        by_bank = replace(turned, target=Account.DISPUTED, amount=has)
        ledger.post([replace(turned, amount=turned.amount - has), by_bank], by=by)
    return True


def entry(refund: Refund, placement: Placement, source, target) -> Entry:
    return Entry(
        station_id=placement.household.grid.station_id,
        kind=Kind.REFUND,
        source=source,
        target=target,
        amount=refund.amount,
        household_id=placement.household_id,
        order_id=placement.order_id,
        stripe_payment_id=refund.payment_id,
        refund_id=refund.pk,
    )


def moved_out(placement: Placement) -> bool:
    return placement.order.date_placed < placement.household.lived_in


def placement_of(payment: StripePayment) -> Placement:
    return Placement.objects.select_related("household__grid", "order").get(order=payment.order_id)
