"""Who pays online in a played day, and how that goes wrong: declined, given up, too late, paid
another way after all; Stripe does not answer, tells us twice, late and in any order."""

import random
from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.utils import timezone

from shop.demo.fake_stripe import FakeStripe
from shop.errors import RefundRefused, StripeDown
from shop.models import OrderStatus, Refund, StripePayment
from shop.payments import changing
from shop.payments.door.way import DoorWay
from shop.payments.stripe import paying, reconcile, refunds, sessions, webhooks

#: Weights; who does none of these pays at once.
DECLINED, UNDER_WAY, SLOW, GIVES_UP, CHANGES, TOO_LATE, TWO_TABS, DOWN = 6, 5, 5, 6, 4, 8, 3, 4
AT_ONCE = 59
#: Share of events.
TOLD_TWICE = 0.1
#: Shares of days.
LOST, PENDING, SENT_BACK, DISPUTES = 0.3, 0.2, 0.15, 0.15
#: Stripe cannot be reached at its path, from now on.
ALL_OF_IT = {"path": "/v1/", "kind": "drop", "times": None}


class Payers:
    """What people at their phones do, and Stripe; `counts` is added to."""

    def __init__(self, fake: FakeStripe, rng: random.Random, counts: Counter[str]) -> None:
        self.fake = fake
        self.rng = rng
        self.counts = counts
        #: Of the day: another fake knows nothing of earlier ones.
        self.began = timezone.now()
        self.slow: list[Any] = []
        self.manners: dict[Callable[[Any, Any], None], int] = {
            self._at_once: AT_ONCE,
            self._declined: DECLINED,
            self._under_way: UNDER_WAY,
            self._slow: SLOW,
            self._gives_up: GIVES_UP,
            self._changes: CHANGES,
            self._too_late: TOO_LATE,
            self._two_tabs: TWO_TABS,
            self._down: DOWN,
        }

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def pay(self, order, by) -> None:
        """An order that waits for its payment."""
        self.counts["online"] += 1
        manner = self.rng.choices(list(self.manners), list(self.manners.values()))[0]
        manner(order, by)
        self.hear()

    # --- how people pay -----------------------------------------------------------------------
    def _at_once(self, order, by) -> None:
        self._press_pay(order)

    def _declined(self, order, by) -> None:
        self.fake.ask("decline", session=self._page(order))
        self.counts["declined"] += 1
        self._press_pay(order)

    def _under_way(self, order, by) -> None:
        """The bank takes its time, and may say no in the end: then once more."""
        session = self._page(order)
        self.fake.ask("accept", session=session)
        self.hear()
        succeeded = self.chance(0.7)
        self.fake.ask("settle", session=session, succeeded=succeeded)
        self.hear()
        if not succeeded:
            self.counts["declined"] += 1
            self._press_pay(order)

    def _slow(self, order, by) -> None:
        """After the round has closed, with the goods still held."""
        self._page(order)
        self.slow.append(order)

    def _gives_up(self, order, by) -> None:
        self._page(order)

    def _changes(self, order, by) -> None:
        self._page(order)
        changing.change_way(order, DoorWay.code, by=by)
        self.counts["ways_changed"] += 1

    def _two_tabs(self, order, by) -> None:
        """Pays on one page while the other one goes for the door."""
        session = self._page(order)
        with _unreachable(self.fake):
            changing.change_way(order, DoorWay.code, by=by)
        self.fake.ask("pay", session=session)
        self.counts["paid_after_all"] += 1

    def _too_late(self, order, by) -> None:
        """The goods are let go while nobody can close the page; then the money comes."""
        paying.prefer_late(order, self.rng.choice(list(StripePayment.IfLate)))
        session = self._page(order)
        with _unreachable(self.fake):
            attempt = StripePayment.objects.get(session_id=session)
            paying.expired(attempt, closed_at_stripe=False)
        self.fake.ask("pay", session=session)
        self.hear()
        order.refresh_from_db()
        stands = order.status != OrderStatus.CANCELLED
        self.counts["late_back_ordered" if stands else "late_refunded"] += 1

    def _down(self, order, by) -> None:
        """Stripe does not answer; a little later it does."""
        with _unreachable(self.fake):
            try:
                sessions.begin(order)
            except StripeDown:
                self.counts["stripe_down"] += 1
        self._press_pay(order)

    def _page(self, order) -> str:
        """Opens the page, as two taps do, and says which."""
        order.refresh_from_db()
        url = sessions.begin(order)
        self.counts["repeats"] += 1
        self.counts["repeats_that_changed_something"] += sessions.begin(order) != url
        attempt = StripePayment.objects.get(order=order, status=StripePayment.Status.OPEN)
        assert attempt.session_id is not None
        return attempt.session_id

    def _press_pay(self, order) -> None:
        self.fake.ask("pay", session=self._page(order))
        self.counts["paid_online"] += 1

    # --- the clock ----------------------------------------------------------------------------
    def after_the_close(self) -> None:
        """Who was slow pays now; what nobody pays is let go."""
        for order in self.slow:
            self._press_pay(order)
        self.counts["paid_after_close"] += len(self.slow)
        self.slow.clear()
        self.hear()
        live = StripePayment.objects.filter(
            status__in=(StripePayment.Status.NEW, StripePayment.Status.OPEN)
        )
        later = max((attempt.held_until for attempt in live), default=timezone.now()) + timedelta(
            seconds=1
        )
        for _twice in range(2):
            self.counts["let_go"] += sessions.sweep(later)
        self.hear()

    def send_refunds(self) -> None:
        """Until all of them are done, stuck, or in an account."""
        for outcome, share in (("pending", PENDING), ("failed", SENT_BACK)):
            if self.chance(share):
                self.fake.ask("refunds_become", outcome=outcome)
        if self.chance(LOST):
            # Stripe did it, and nobody heard of it.
            self.fake.ask("fail", path="/v1/refunds", kind="lost", times=1, method="POST")
            self.counts["refunds_lost"] += 1
        now = timezone.now()
        for minutes in (1, 10, 60):
            self.counts["refunds_sent"] += refunds.send_due(now + timedelta(minutes=minutes))
            self.hear()
        self.fake.ask("clear")
        for refund in Refund.objects.filter(status=Refund.Status.SENT).exclude(refund_id=None):
            self.fake.ask("finish_refund", refund=refund.refund_id)
        self.hear()

    def dispute(self) -> None:
        paid = StripePayment.objects.filter(
            status=StripePayment.Status.PAID, refunds=None, at__gte=self.began
        )
        payments = list(paid.order_by("pk"))
        if payments and self.chance(DISPUTES):
            intent = self.rng.choice(payments).intent_id
            steps = ["opened", "withdrawn", self.rng.choice(("won", "lost"))]
            for step in steps:
                self.fake.ask("dispute", payment_intent=intent, step=step)
            self.hear()
            self.counts["disputes"] += 1

    def hear(self) -> None:
        """Events come in any order, and some of them twice."""
        news = self.fake.news()
        self.rng.shuffle(news)
        for body, signature in news:
            for _time in range(2 if self.chance(TOLD_TWICE) else 1):
                webhooks.receive(body, signature)
                self.counts["events"] += 1

    def reconcile(self, since) -> list[str]:
        """What Stripe's lists say otherwise than our book, in sentences."""
        return reconcile.compare(since).wrong

    def take_the_rest_into_accounts(self, by) -> None:
        """Staff see what is stuck, and end it."""
        for refund in Refund.objects.filter(status=Refund.Status.STUCK):
            try:
                refunds.move_to_account(refund, by)
            except RefundRefused:
                continue
        moved = Refund.objects.filter(status=Refund.Status.MOVED, at__gte=self.began)
        self.counts["refunds_moved"] = moved.count()


class _unreachable:
    """Nobody answers at Stripe's address meanwhile."""

    def __init__(self, fake: FakeStripe) -> None:
        self.fake = fake

    def __enter__(self) -> None:
        self.fake.ask("fail", **ALL_OF_IT)

    def __exit__(self, *error) -> None:
        self.fake.ask("clear")
