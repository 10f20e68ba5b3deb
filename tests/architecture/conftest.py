"""One of everything that an address can be about."""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.utils import timezone

from delivery import batches, handoffs, rounds
from delivery.models import Volunteer
from inventory.counts import counting
from inventory.purchases import purchasing
from inventory.receipts import receiving
from inventory.receipts.photos import Photo
from shop import announcements, baskets, ordering
from shop.claims import claiming
from shop.counter_sales import counter
from shop.models import CashSlip, DoorCard, MoneyMove, Refund
from shop.money import orders
from shop.slips import sheets
from tests import factories


@pytest.fixture
def things(station, grid, resident, home, courier, manager, leader):
    """One of everything that an address can be about, as a day makes it."""
    silent = factories.household(grid, "1", "2", "201", floor=2)
    item = factories.item(station)

    def placed(round):
        basket = baskets.for_door(resident, home)
        baskets.set_quantity(basket, item.record_id, 1)
        return ordering.place(basket, household=home, round=round, by=resident)

    closed = factories.round(station, "昨天")
    delivered = placed(closed)
    rounds.close(closed)
    [batch] = batches.plan(closed, manager).batches
    batches.give(batch, Volunteer.objects.get(user=courier), manager)
    batches.pack(batch, manager)
    batches.start(batch, courier)
    stop = batch.stops.get()
    handoff = handoffs.record(stop, outcome="left", nonce=uuid4(), by=courier)
    said = {"kind": "damaged", "units": 1, "by": resident, "nonce": uuid4()}
    claim = claiming.make(delivered.lines.get(), photo=factories.picture(), **said)
    # Still out, so that its pages are there for its courier.
    type(batch).objects.filter(pk=batch.pk).update(status="out")
    sold = counter.sell(station, home, {item.record_id: 1}, by=manager, way="cash", nonce=uuid4())
    now_open = factories.round(station, "今天")
    supplier = factories.supplier(station)
    purchase = purchasing.draft(station, supplier, [(item.pk, 1, 1, None)], by=manager)
    receipt = factories.received(station, factories.item(station, in_stock=0), by=manager)
    fund = factories.fund(station)
    photo = receiving.add_photo(receipt, Photo(b"a jpeg", "image/jpeg"), by=manager)
    owed = factories.owing(home, "5.00")
    cash = {"source": MoneyMove.Account.PERSON, "holder": leader, "by": leader}
    orders.pay(owed, home, Decimal("5.00"), nonce=uuid4(), **cash)
    cash_slip = CashSlip.objects.create(
        station=station,
        holder=courier,
        expected=Decimal("0.00"),
        counted=Decimal("5.00"),
        said_by=manager,
        nonce=uuid4(),
        at=timezone.now(),
    )
    online = factories.stripe_payment(delivered, status="paid", intent_id="pi_1")
    now = timezone.now()
    refund = Refund.objects.create(payment=online, amount=Decimal("1.00"), next_try_at=now, at=now)
    sheet = sheets.make(now_open, [item.pk], by=manager)
    registration = factories.registration(grid, "1", room="301", by=manager)
    return {
        "registration": registration.pk,
        "poster": registration.poster_id,
        "poster_code": registration.poster.code,
        "refund": refund.pk,
        "grid": grid.pk,
        "announcement": announcements.publish(station, text="停水", grid=grid, by=leader).pk,
        "leaders_move": MoneyMove.objects.get(holder=leader).pk,
        "cash_slip": cash_slip.pk,
        "number": placed(now_open).number,
        "claim": claim.pk,
        "silent": silent.pk,
        "card": DoorCard.objects.create(household=silent, code_hash="x", issued_by=manager).pk,
        "colleague": courier.pk,
        "code": station.code,
        "item": item.pk,
        "bundle": factories.bundle(station, {item: 1}).pk,
        "supplier": supplier.pk,
        "purchase": purchase.pk,
        "receipt": receipt.pk,
        "photo": photo.pk,
        "fund": fund.pk,
        "grant": factories.grant(fund, household=silent).pk,
        "sale": uuid4(),
        "sold": sold.number,
        "lot": item.lots.get().pk,
        "count": counting.begin(station, item.shelf, by=manager).pk,
        "open": now_open.pk,
        "closed": closed.pk,
        "planned": factories.round(station, "明天", status="planned").pk,
        "batch": batch.pk,
        "stop": stop.pk,
        "parcel": stop.parcels.get().pk,
        "line": stop.parcels.get().lines.get().pk,
        "handoff": handoff.pk,
        "volunteer": factories.volunteer(station).pk,
        "no_photo": f"1-{'0' * 16}.jpg",
        "slips": sheet.pk,
        "slip": (sheet.pk, silent.pk),
    }
