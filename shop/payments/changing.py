"""An order that waits for its payment is paid another way: the goods are held already."""

from shop.errors import NotAwaiting, PaidMeanwhile, PaymentUnderWay, StripeDown, WayClosed
from shop.models import OrderStatus, Placement, StripePayment
from shop.money import ledger
from shop.payments import holding, ways
from shop.payments.stripe import attempts, sessions
from shop.payments.way import Way


def change_way(order, way: str, *, by) -> None:
    """Pays a waiting order this way instead; then it is placed, with its parcel if its round has
    closed. Again is nothing.

    The page at Stripe is closed once our own row has changed: what is refused leaves it as it was,
    and its end finds nothing that waits for it. If Stripe does not answer, the order need not wait
    for it: the sweep closes the page, and money that comes there after all is booked, and what is
    too much goes back. Raises `WayClosed`, `NotAwaiting`, `PaymentUnderWay`, `PaidMeanwhile`, and
    what the way refuses with.
    """
    placement = Placement.objects.select_related("household__grid__station").get(order=order)
    chosen = ways.chosen(placement.household.grid.station, way)
    if chosen is None or chosen.first_status == OrderStatus.AWAITING:
        raise WayClosed
    attempt = attempts.open_of(order.pk)
    answers = attempt is not None and _not_paid_yet(attempt)
    _change(order.pk, chosen, by)
    if attempt is not None and answers:
        attempt.refresh_from_db()
        sessions.close_unneeded(attempt)


def _not_paid_yet(attempt: StripePayment) -> bool:
    """Looks at the page, and leaves it open; whether Stripe answers."""
    try:
        session = sessions.look(attempt)
    except StripeDown:
        return False
    if session is None or session["status"] != "complete":
        return True
    sessions.told(attempt, session)
    raise PaidMeanwhile if session["payment_status"] == "paid" else PaymentUnderWay


@holding.looking_again
def _change(order_id: int, way: Way, by) -> None:
    placement = Placement.objects.select_related("order", "round", "household__grid__station").get(
        order=order_id
    )
    closed = holding.lock(placement, placement.round)
    if not holding.move(order_id, OrderStatus.AWAITING, OrderStatus.PLACED):
        if Placement.objects.filter(pk=order_id, way=way.code).exists():
            return
        raise NotAwaiting
    if StripePayment.objects.filter(
        order=order_id, status=StripePayment.Status.PROCESSING
    ).exists():
        raise PaymentUnderWay
    before = ways.ALL[placement.way]
    Placement.objects.filter(pk=order_id).update(way=way.code)
    owed = ledger.owed([order_id])[order_id]
    ledger.post(way.claim(placement.order, placement.household, owed, by=by), by=by)
    before.given_up(order_id)
    if closed:
        holding.pack_too(placement)
