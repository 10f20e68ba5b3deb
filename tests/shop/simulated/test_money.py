"""Two days, paid in every way: what was counted is what is in the book."""

from django.db.models import Count, Sum
from oscar.core.loading import get_model

from shop.models import (
    Adjustment,
    CashCount,
    Claim,
    MoneyMove,
    Placement,
    Refund,
    StripePayment,
    Subsidy,
)

Order = get_model("order", "Order")


def test_is_paid_in_every_way_there_is(said):
    counts = said["counts"]
    assert (said["ok"], said["unlike_stripe"]) == (True, [])
    ways = dict(Placement.objects.values_list("way").annotate(orders=Count("pk")))
    assert set(ways) == {"door", "account", "stripe"}
    sources = MoneyMove.objects.filter(kind="payment", target="order")
    assert set(sources.values_list("source", flat=True)) == {
        *("person", "transfer", "cash", "household", "stripe"),
    }
    paid = StripePayment.objects.filter(status="paid")
    assert paid.count() == sources.filter(source="stripe").count() > 0
    assert counts["online"] == ways["stripe"] + counts.get("ways_changed", 0) + counts.get(
        "paid_after_all", 0
    )
    to_doors = Subsidy.objects.exclude(order__placement=None)
    assert counts["subsidised"] == to_doors.count() > 0
    assert MoneyMove.objects.filter(source="fund", target="order").exists()


def test_cash_comes_in_and_the_till_is_counted(said):
    counts = said["counts"]
    handed_in = CashCount.objects.filter(holder__isnull=False)
    assert counts["hand_ins"] == handed_in.count() > 0
    assert counts["till_counts"] == CashCount.objects.filter(holder=None).count() == 2
    assert counts["banked"] == MoneyMove.objects.filter(kind="banked").count()
    off = [count for count in CashCount.objects.all() if count.difference]
    assert counts.get("hand_ins_off", 0) + counts.get("till_counts_off", 0) == len(off)
    given = MoneyMove.objects.filter(kind="donation", target="fund").count()
    assert given == 1 + counts.get("gifts", 0)


def test_what_was_wrong_is_answered_and_comes_back(said):
    counts = said["counts"]
    assert counts["claims"] == Claim.objects.count() > 0
    assert not Claim.objects.filter(status="open").exists()
    accepted = Claim.objects.filter(status="accepted")
    assert counts["claims_accepted"] == accepted.count() > 0
    given = Adjustment.objects.filter(kind="claim").aggregate(sum=-Sum("amount"))["sum"]
    assert given == accepted.aggregate(sum=Sum("amount"))["sum"]
    assert not Refund.objects.filter(status__in=("waiting", "stuck")).exists()
    # Of what was lost on the way Stripe told us all the same.
    sent = counts["refunds_sent"] + counts.get("refunds_lost", 0)
    assert sent >= Refund.objects.filter(status="done").count()


def test_nobody_waits_for_a_payment_any_more(said):
    assert not Order.objects.filter(status="awaiting payment").exists()
    live = StripePayment.objects.filter(status__in=("new", "open", "processing"))
    assert not live.exists()
