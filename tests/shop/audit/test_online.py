"""2.4 broken: what was paid through Stripe."""

from decimal import Decimal

import pytest
from django.db import IntegrityError
from django.utils import timezone
from oscar.core.loading import get_model

from delivery.models import Parcel
from shop.models import MoneyMove, Refund, StripePayment
from shop.money import ledger
from tests import factories
from tests.shop.audit.breaking import seen, sql, unguard, wrong

Order = get_model("order", "Order")
PAID = Decimal("10.00")


def move(payment, kind, source, target, amount, **fields) -> MoneyMove:
    placement = payment.order.placement
    return MoneyMove.objects.create(
        station=placement.household.grid.station,
        household=placement.household,
        order=payment.order if "order" in (source, target) else None,
        stripe_payment=payment,
        kind=kind,
        source=source,
        target=target,
        amount=amount,
        at=timezone.now(),
        **fields,
    )


def off() -> dict[str, int]:
    """Without the order, which was paid at the door as well."""
    unseen = {"2.4 overpaid", "2.4 due_off", "2.8 missing"}
    return {key: value for key, value in wrong().items() if key not in unseen}


@pytest.fixture
def payment() -> StripePayment:
    order = Parcel.objects.filter(status="delivered").first().order
    payment = factories.stripe_payment(order, PAID, status="paid")
    move(payment, "payment", "stripe", "order", PAID)
    return payment


@pytest.fixture
def refund(payment) -> Refund:
    now = timezone.now()
    refund = Refund.objects.create(payment=payment, amount="4.00", next_try_at=now, at=now)
    move(payment, "refund", "order", "stripe", "4.00", refund=refund)
    return refund


class TestPayments:
    def test_is_clean(self, request):
        before = seen("2.4")["stripe"]
        request.getfixturevalue("payment")
        assert off() == {}
        assert seen("2.4")["stripe"] == before + PAID

    def test_paid_and_not_in_the_book(self, payment):
        unguard("shop_moneymove")
        sql(f"DELETE FROM shop_moneymove WHERE stripe_payment_id = {payment.pk}")
        assert off() == {"2.4 payments_off": 1}

    def test_in_the_book_twice(self, payment):
        move(payment, "payment", "stripe", "order", PAID)
        assert off() == {"2.4 payments_off": 1}

    @pytest.mark.parametrize("status", ["new", "open", "processing", "failed", "expired"])
    def test_in_the_book_and_not_paid(self, payment, status):
        StripePayment.objects.filter(pk=payment.pk).update(status=status)
        assert off() == {"2.4 payments_off": 1}

    def test_for_another_order(self, payment):
        other = Parcel.objects.exclude(order=payment.order_id).first().order
        StripePayment.objects.filter(pk=payment.pk).update(order=other)
        assert off() == {"2.4 payments_off": 1}

    def test_of_no_attempt_the_database_refuses(self, payment):
        unguard("shop_moneymove")
        with pytest.raises(IntegrityError, match="money_at_stripe_is_of_a_payment"):
            sql(
                "UPDATE shop_moneymove SET stripe_payment_id = NULL"
                f" WHERE stripe_payment_id = {payment.pk}"
            )


class TestRefunds:
    def test_is_clean_and_counted_until_it_is_done(self, payment, request):
        before = seen("2.4")["stripe"]
        refund = request.getfixturevalue("refund")
        assert off() == {}
        assert (seen("2.4")["refunds_waiting"], seen("2.4")["refunds_stuck"]) == (1, 0)
        Refund.objects.filter(pk=refund.pk).update(status="stuck")
        assert (seen("2.4")["refunds_waiting"], seen("2.4")["refunds_stuck"]) == (0, 1)
        assert seen("2.4")["stripe"] == before - Decimal("4.00")

    def test_of_another_amount(self, refund):
        Refund.objects.filter(pk=refund.pk).update(amount="4.01")
        assert off() == {"2.4 refunds_off": 1}

    def test_not_in_the_book(self, refund):
        unguard("shop_moneymove")
        sql(f"DELETE FROM shop_moneymove WHERE refund_id = {refund.pk}")
        assert off() == {"2.4 refunds_off": 1}

    def test_in_the_book_without_its_row(self, refund):
        unguard("shop_moneymove")
        sql(f"UPDATE shop_moneymove SET refund_id = NULL WHERE refund_id = {refund.pk}")
        assert off() == {"2.4 refunds_off": 2}

    def test_of_another_payment(self, refund):
        other = factories.stripe_payment(refund.payment.order, status="expired")
        Refund.objects.filter(pk=refund.pk).update(payment=other)
        assert off() == {"2.4 refunds_off": 1}

    def test_that_went_to_the_account_and_through_stripe(self, refund):
        Refund.objects.filter(pk=refund.pk).update(status="moved")
        assert off() == {"2.4 refunds_off": 1}
        move(refund.payment, "refund", "stripe", "household", "4.00", refund=refund)
        assert off() == {}

    def test_more_than_was_paid(self, payment, refund):
        now = timezone.now()
        more = Refund.objects.create(payment=payment, amount="6.00", next_try_at=now, at=now)
        move(payment, "refund", "order", "stripe", "6.00", refund=more)
        assert off() == {}
        unguard("shop_moneymove")
        Refund.objects.filter(pk=more.pk).update(amount="6.01")
        sql(f"UPDATE shop_moneymove SET amount = 6.01 WHERE refund_id = {more.pk}")
        assert off() == {"2.4 returned_more": 1}


class TestDisputes:
    def test_what_stripe_took_back_and_gave_back(self, payment):
        before = seen("2.4")["disputed"]
        move(payment, "dispute", "disputed", "stripe", "10.00")
        assert off() == {}
        assert seen("2.4")["disputed"] == before + 10
        move(payment, "dispute", "stripe", "disputed", "10.00")
        assert off() == {}
        assert seen("2.4")["disputed"] == before

    def test_more_than_was_paid(self, payment):
        move(payment, "dispute", "disputed", "stripe", "10.01")
        assert off() == {"2.4 disputes_off": 1}

    def test_more_given_back_than_taken(self, payment):
        move(payment, "dispute", "disputed", "stripe", "3.00")
        move(payment, "dispute", "stripe", "disputed", "3.01")
        assert off() == {"2.4 disputes_off": 1}


class TestAwaiting:
    @pytest.fixture
    def order(self):
        """As if it had not been packed."""
        parcel = Parcel.objects.filter(status="delivered").first()
        Parcel.objects.filter(pk=parcel.pk).update(order=None)
        Order.objects.filter(pk=parcel.order_id).update(status="awaiting payment")
        return parcel.order

    def waits_for_nothing(self) -> bool:
        return "2.4 awaiting_off" in wrong()

    def test_an_order_waits_for_an_attempt(self, order):
        unguard("shop_moneymove")
        sql(f"DELETE FROM shop_moneymove WHERE order_id = {order.pk} AND kind = 'payment'")
        assert self.waits_for_nothing()
        factories.stripe_payment(order, PAID)
        assert not self.waits_for_nothing()

    def test_an_order_waits_no_more_when_it_is_paid(self, order):
        payment = factories.stripe_payment(order, PAID)
        paid = order.money_moves.filter(kind="payment").exclude(source="order")
        owed = ledger.owed([order.pk])[order.pk] + sum(each.amount for each in paid)
        unguard("shop_moneymove")
        sql(f"DELETE FROM shop_moneymove WHERE order_id = {order.pk} AND kind = 'payment'")
        assert not self.waits_for_nothing()
        move(payment, "payment", "stripe", "order", owed)
        assert self.waits_for_nothing()

    def test_an_order_in_a_parcel_does_not_wait(self, order):
        unguard("shop_moneymove")
        sql(f"DELETE FROM shop_moneymove WHERE order_id = {order.pk} AND kind = 'payment'")
        factories.stripe_payment(order, PAID)
        assert not self.waits_for_nothing()
        Parcel.objects.filter(order=None).update(order=order)
        assert self.waits_for_nothing()
