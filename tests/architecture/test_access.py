"""Every address, asked by everybody: who gets in is one table (DESIGN §2.9).

An address that is not in the table fails the test, so a new page cannot be forgotten.
"""

from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse
from django.utils import timezone

from delivery import batches, handoffs, rounds
from delivery.models import Volunteer
from inventory.counts import counting
from inventory.purchases import purchasing
from inventory.receipts import receiving
from inventory.receipts.photos import Photo
from shop import announcements, appointments, baskets, ordering
from shop.claims import claiming
from shop.counter_sales import counter
from shop.models import CashSlip, DoorCard, MoneyMove, Refund
from shop.money import orders
from shop.slips import sheets
from tests import factories

CAST = [
    "anonymous",
    "resident",
    "neighbour",
    "leader",
    "building_leader",
    "staff",
    "manager",
    "courier",
    "other_courier",
    "stranger",
]
STATION = {"staff", "manager"}
#: Pages of one's own door: everybody with a door has them, and sees only that door there.
WITH_A_DOOR = {"resident", "neighbour", "stranger"}
#: Pages of one's own grids, batches or station: the stranger has them at another station.
EVERYBODY = set(CAST)

#: name -> (method, what it is about, who gets in). Nobody else does.
PAGES = {
    "healthz": ("get", None, EVERYBODY),
    "set-language": ("post", None, EVERYBODY),
    "login": ("get", None, EVERYBODY),
    "login-code": ("get", None, EVERYBODY),
    # Who is not half in is sent to log in.
    "login-second": ("get", None, set()),
    "card": ("get", None, EVERYBODY),
    "my-login": ("get", None, EVERYBODY - {"anonymous"}),
    "my-password": ("post", None, EVERYBODY - {"anonymous"}),
    "second-factor": ("post", None, EVERYBODY - {"anonymous"}),
    # What is printed, and who may end a card of which door, has tests of its own.
    "station-cards-print": ("post", None, EVERYBODY - {"anonymous"}),
    "card-revoke": ("post", "card", STATION | {"leader", "building_leader"}),
    "leader-cards": ("get", None, {"leader", "building_leader", "stranger"}),
    "station-cards": ("get", None, STATION | {"stranger"}),
    "station-colleagues": ("get", None, {"manager", "stranger"}),
    "station-colleague-reset": ("post", "colleague", {"manager"}),
    # What a poster opens: nobody logs in for it.
    "register": ("get", "poster_code", EVERYBODY),
    "leader-registrations": ("get", None, {"leader", "building_leader", "stranger"}),
    "leader-registration": ("get", "registration", {"leader", "building_leader"}),
    "station-registrations": ("get", None, STATION | {"stranger"}),
    "station-registration": ("get", "registration", STATION),
    # For which places has tests of its own.
    "poster-put-up": ("post", None, STATION | {"leader", "building_leader", "stranger"}),
    "poster-print": ("get", "poster", STATION | {"leader", "building_leader"}),
    "poster-down": ("post", "poster", STATION | {"leader", "building_leader"}),
    "logout": ("post", None, EVERYBODY),
    "home": ("get", None, WITH_A_DOOR),
    "good": ("get", "item", {"resident", "neighbour"}),
    "basket-change": ("post", None, WITH_A_DOOR),
    "favourite": ("post", None, WITH_A_DOOR),
    "elder": ("post", None, WITH_A_DOOR),
    # Of goods, for everybody; the name is of no photo.
    "photo": ("get", "no_photo", set()),
    "checkout": ("get", None, WITH_A_DOOR),
    "my-card": ("get", None, WITH_A_DOOR),
    "offline": ("get", None, EVERYBODY),
    "service-worker": ("get", None, EVERYBODY),
    "manifest": ("get", None, EVERYBODY),
    "order-list": ("get", None, WITH_A_DOOR),
    "order-detail": ("get", "number", {"resident"}),
    "order-cancel": ("post", "number", {"resident"}),
    "order-change": ("get", "number", {"resident"}),
    "order-again": ("post", "number", {"resident"}),
    "order-pay": ("post", "number", {"resident"}),
    "order-receipt": ("get", "number", {"resident"}),
    "order-claim": ("get", "number", {"resident"}),
    "claim-photo": ("get", "claim", {"resident"}),
    "account": ("get", None, WITH_A_DOOR),
    "account-refunds": ("post", None, WITH_A_DOOR),
    "pay": ("get", "number", {"resident"}),
    "pay-back": ("get", "number", {"resident"}),
    "pay-otherwise": ("post", "number", {"resident"}),
    # Who has no signature is told that it is no event; who has one need not log in.
    "stripe-webhook": ("post", None, EVERYBODY),
    "my-home": ("get", None, WITH_A_DOOR),
    "preferences": ("get", None, WITH_A_DOOR),
    "standing": ("get", None, WITH_A_DOOR),
    "standing-new": ("get", None, WITH_A_DOOR),
    "standing-stop": ("post", None, WITH_A_DOOR),
    "books": ("get", None, EVERYBODY),
    "book": ("get", "code", EVERYBODY),
    "book-good": ("get", "item", EVERYBODY),
    "book-report": ("get", "code", EVERYBODY),
    "book-xlsx": ("get", "code", EVERYBODY),
    "book-csv": ("get", "code", EVERYBODY),
    "leader-doors": ("get", None, {"leader", "building_leader", "stranger"}),
    "leader-order-for": ("post", "silent", {"leader", "building_leader"}),
    "leader-told": ("post", "silent", {"leader", "building_leader"}),
    "leader-money": ("get", None, {"leader", "building_leader", "stranger"}),
    "leader-collect": ("post", "silent", {"leader", "building_leader"}),
    "leader-collect-undo": ("post", "leaders_move", {"leader"}),
    # Whoever takes money at doors, also off duty.
    "my-cash": (
        "get",
        None,
        {"courier", "other_courier", "leader", "building_leader", "stranger"},
    ),
    "cash-confirm": ("post", "cash_slip", STATION | {"courier"}),
    "cash-withdraw": ("post", "cash_slip", STATION | {"courier"}),
    "leader-stop": ("post", None, EVERYBODY - {"anonymous"}),
    "inbox": ("get", None, WITH_A_DOOR),
    # Who looks after one building does not speak to the grid.
    "leader-announcements": ("get", None, {"leader", "stranger"}),
    "leader-announcement-end": ("post", "announcement", {"leader"}),
    "station-announcements": ("get", None, STATION | {"stranger"}),
    "station-announcement-end": ("post", "announcement", STATION),
    "station-messages": ("get", None, STATION | {"stranger"}),
    "station-messages-again": ("post", None, STATION | {"stranger"}),
    "station-messages-drop": ("post", None, STATION | {"stranger"}),
    "station-messages-test": ("post", None, {"manager", "stranger"}),
    "station-messages-settings": ("get", None, STATION | {"stranger"}),
    "station-robots": ("get", None, {"manager", "stranger"}),
    "station-robot": ("post", "grid", {"manager"}),
    "leader-group-buys": ("get", None, {"leader", "building_leader", "stranger"}),
    "station-group-buys": ("get", None, STATION | {"stranger"}),
    "station-slips": ("get", None, STATION | {"stranger"}),
    "station-slips-scan": ("post", None, STATION | {"stranger"}),
    "station-slips-print": ("get", "slips", STATION),
    "station-slip": ("get", "slip", STATION),
    "station-today": ("get", None, STATION | {"stranger"}),
    "station-day-end": ("get", None, STATION | {"stranger"}),
    "station-day-end-xlsx": ("get", None, STATION | {"stranger"}),
    "station-rounds": ("get", None, STATION | {"stranger"}),
    "station-round-open": ("post", "planned", STATION),
    "station-round-close": ("post", "open", STATION),
    "station-round-cancel": ("post", "planned", STATION),
    "station-round-once": ("post", "open", STATION),
    "station-plan": ("post", "closed", STATION),
    "station-give-all": ("post", "closed", STATION),
    "station-pack-all": ("post", "closed", STATION),
    "station-round-pick-list": ("get", "closed", STATION),
    "station-share": ("get", None, STATION | {"stranger"}),
    "station-share-out": ("post", "closed", STATION),
    "station-dispatch": ("get", None, STATION | {"stranger"}),
    "station-batch": ("get", "batch", STATION),
    "station-batch-give": ("post", "batch", STATION),
    "station-batch-take-back": ("post", "batch", STATION),
    "station-batch-pack": ("post", "batch", STATION),
    "station-run-sheet": ("get", "batch", STATION),
    "station-pick-list": ("get", "batch", STATION),
    "station-packing": ("get", None, STATION | {"stranger"}),
    "station-bench": ("get", "batch", STATION),
    "station-bench-scan": ("post", "batch", STATION),
    "station-line-tick": ("post", "line", STATION),
    "station-line-untick": ("post", "line", STATION),
    "station-labels": ("get", "batch", STATION),
    "station-label": ("get", "parcel", STATION),
    "station-handoff": ("post", "stop", STATION),
    "station-parcel-return": ("get", "parcel", STATION),
    "station-doors": ("get", None, STATION | {"stranger"}),
    "station-doors-import": ("get", None, STATION | {"stranger"}),
    "station-door": ("get", "silent", STATION),
    "station-door-moved-out": ("post", "silent", STATION),
    "station-volunteers": ("get", None, STATION | {"stranger"}),
    "station-volunteer-new": ("get", None, {"manager", "stranger"}),
    "station-volunteer-on": ("post", "volunteer", STATION),
    "station-volunteer-off": ("post", "volunteer", STATION),
    "station-goods": ("get", None, STATION | {"stranger"}),
    "station-good": ("get", "item", STATION),
    "station-good-photo": ("post", "item", STATION),
    "station-bundles": ("get", None, STATION | {"stranger"}),
    "station-bundle-new": ("get", None, STATION | {"stranger"}),
    "station-bundle": ("get", "bundle", STATION),
    "station-counter": ("get", None, STATION | {"stranger"}),
    # What is on a till is in the session of whoever serves; somebody else's is not there.
    "station-till": ("get", "sale", STATION | {"stranger"}),
    "station-till-scan": ("post", "sale", STATION | {"stranger"}),
    "station-till-change": ("post", "sale", STATION | {"stranger"}),
    "station-till-pay": ("post", "sale", STATION | {"stranger"}),
    "station-till-deposit": ("post", "sale", STATION | {"stranger"}),
    "station-sale": ("get", "sold", STATION),
    "station-sale-back": ("get", "sold", STATION),
    "station-stripe": ("get", None, STATION | {"stranger"}),
    "station-stripe-retry": ("post", "refund", STATION),
    "station-stripe-account": ("post", "refund", STATION),
    "station-claims": ("get", None, STATION | {"stranger"}),
    "station-claim-new": ("get", None, STATION | {"stranger"}),
    "station-claim-for": ("get", "number", STATION),
    "station-claim": ("get", "claim", STATION),
    "station-claim-photo": ("get", "claim", STATION),
    "station-sale-receipt": ("get", "sold", STATION),
    "station-till-collect": ("post", "sale", STATION | {"stranger"}),
    "station-money": ("get", None, STATION | {"stranger"}),
    # Who may change them has a test of its own.
    "station-money-settings": ("get", None, STATION | {"stranger"}),
    "station-funds": ("get", None, STATION | {"stranger"}),
    "station-fund-new": ("post", None, {"manager", "stranger"}),
    "station-fund": ("get", "fund", STATION),
    "station-fund-donate": ("post", "fund", STATION),
    "station-fund-give-back": ("post", "fund", {"manager"}),
    "station-fund-door": ("post", "fund", {"manager"}),
    "station-fund-good": ("post", "fund", {"manager"}),
    "station-fund-switch": ("post", "fund", {"manager"}),
    "station-grant-end": ("post", "grant", {"manager"}),
    "station-accounts": ("get", None, STATION | {"stranger"}),
    "station-account": ("get", "silent", STATION),
    "station-account-deposit": ("post", "silent", STATION),
    "station-account-pay-back": ("post", "silent", STATION),
    "station-account-undo": ("post", "silent", STATION),
    "station-account-write-off": ("post", "silent", {"manager"}),
    "station-account-credit": ("post", "silent", {"manager"}),
    "station-account-refund-to": ("post", "silent", STATION),
    "station-account-collect": ("post", "silent", STATION),
    "station-account-at-the-door": ("post", "silent", STATION),
    "station-order-receipt": ("get", "number", STATION),
    "station-batch-receipts": ("get", "batch", STATION),
    "station-round-receipts": ("get", "closed", STATION),
    "leader-receipts": ("get", "closed", {"leader", "building_leader"}),
    "station-cash": ("get", None, STATION | {"stranger"}),
    "station-cash-bank": ("post", None, STATION | {"stranger"}),
    "station-counts": ("get", None, STATION | {"stranger"}),
    "station-count-begin": ("post", None, STATION | {"stranger"}),
    "station-count": ("get", "count", STATION),
    "station-count-approve": ("post", "count", STATION),
    "station-count-reopen": ("post", "count", STATION),
    "station-count-cancel": ("post", "count", STATION),
    "station-losses": ("get", None, STATION | {"stranger"}),
    "station-loss": ("get", "lot", STATION),
    "station-goods-import": ("get", None, STATION | {"stranger"}),
    "station-restock": ("get", None, STATION | {"stranger"}),
    "station-restock-export": ("get", None, STATION | {"stranger"}),
    "station-demand": ("get", "item", STATION),
    "station-purchases": ("get", None, STATION | {"stranger"}),
    "station-purchase": ("get", "purchase", STATION),
    "station-purchase-place": ("post", "purchase", STATION),
    "station-purchase-cancel": ("post", "purchase", STATION),
    "station-purchase-finish": ("post", "purchase", STATION),
    "station-purchase-split": ("get", "purchase", STATION),
    "station-purchase-print": ("get", "purchase", STATION),
    "station-purchase-export": ("get", "purchase", STATION),
    "station-receipts": ("get", None, STATION | {"stranger"}),
    "station-receipt-new": ("get", None, STATION | {"stranger"}),
    "station-receipt": ("get", "receipt", STATION),
    "station-receipt-photo-add": ("post", "receipt", STATION),
    "station-receipt-photo": ("get", "photo", STATION),
    "station-suppliers": ("get", None, STATION | {"stranger"}),
    "station-sellers": ("get", None, STATION | {"stranger"}),
    "station-supplier": ("get", "supplier", STATION),
    "station-supplier-offers": ("post", "supplier", STATION),
    "station-purchase-new": ("get", "supplier", STATION),
    "courier-batches": ("get", None, {"courier", "other_courier", "stranger"}),
    "courier-batch": ("get", "batch", {"courier"}),
    "courier-start": ("post", "batch", {"courier"}),
    "courier-handoff": ("post", "stop", {"courier"}),
    "courier-correct": ("get", "handoff", {"courier", "staff", "manager"}),
}
SHOP = {name for name, (_, _, allowed) in PAGES.items() if allowed == WITH_A_DOOR} | {
    "good",
    "order-detail",
    "order-cancel",
    "order-change",
    "order-again",
    "order-pay",
    "order-receipt",
    "order-claim",
    "claim-photo",
    "pay",
    "pay-back",
    "pay-otherwise",
}
#: Oscar's names for pages above; they only lead there. Its dashboard has a test of its own.
NAMESPACES = {"customer", "catalogue", "dashboard"}


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


def names(patterns, namespace="") -> set[str]:
    found = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver) and pattern.namespace not in NAMESPACES:
            found |= names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern) and pattern.name:
            found.add(pattern.name)
    return found


def test_the_table_knows_every_address():
    assert names(get_resolver().url_patterns) == set(PAGES)


@pytest.mark.parametrize("who", CAST)
def test_who_gets_in(client, request, things, who, leader, building_leader):
    user = None if who == "anonymous" else request.getfixturevalue(who)
    wrong = {}
    for name, (method, thing, allowed) in PAGES.items():
        about = things[thing] if thing else ()
        address = reverse(name, args=about if isinstance(about, tuple) else [about])
        # What one page does is undone before the next.
        with transaction.atomic():
            client.logout()
            if user:
                client.force_login(user)
            response = getattr(client, method)(address)
            transaction.set_rollback(True)
        assert response.status_code < 500, name
        got_in = response.status_code not in {403, 404} and not _sent_away(response, name)
        if got_in != (who in allowed):
            wrong[name] = response.status_code
    assert wrong == {}


def test_what_is_not_shown_to_a_stranger_cannot_be_sent_by_one_either(client, stranger, things):
    """Many pages that are looked at are also sent to."""
    let_in, tried = [], 0
    for name, (method, thing, allowed) in PAGES.items():
        if method != "get" or "stranger" in allowed:
            continue
        about = things[thing] if thing else ()
        address = reverse(name, args=about if isinstance(about, tuple) else [about])
        for who in {"anonymous", "stranger"} - allowed:
            client.logout()
            if who == "stranger":
                client.force_login(stranger)
            response = client.post(address)
            tried += 1
            if response.status_code not in {403, 404, 405} and not _sent_away(response, name):
                let_in.append((name, who, response.status_code))
    assert let_in == []
    assert tried > 80


def _sent_away(response, name: str) -> bool:
    """To log in; or, who has no door of their own, from the shop to where they work."""
    there = response.headers.get("Location", "").split("?")[0]
    if name in {"login", "logout"}:
        return False
    at_work = {reverse("station-today"), reverse("courier-batches"), reverse("leader-doors")}
    return there == reverse("login") or (there in at_work and name in SHOP)


@pytest.fixture
def catalogue(station, manager):
    """The station's goods in Oscar's dashboard, where its manager may edit them."""
    appointments.work_at(station, manager, "manager")
    return factories.item(station, "青菜").record.product


@pytest.mark.parametrize("who", CAST)
def test_who_gets_into_oscars_catalogue(client, request, catalogue, who):
    if who != "anonymous":
        client.force_login(request.getfixturevalue(who))
    response = client.get(reverse("dashboard:catalogue-product-list"))
    assert (response.status_code == 200) == (who == "manager")


def test_the_manager_edits_goods_but_neither_price_nor_stock(client, manager, catalogue):
    client.force_login(manager)
    page = client.get(reverse("dashboard:catalogue-product", args=[catalogue.pk]))
    assert page.status_code == 200
    [form, *_] = page.context["stockrecord_formset"].forms
    assert form.fields["price"].disabled
    assert form.fields["num_in_stock"].disabled


def test_goods_with_a_history_are_taken_off_sale_instead_of_deleted(
    client, manager, stranger, catalogue
):
    address = reverse("dashboard:catalogue-product-delete", args=[catalogue.pk])
    client.force_login(stranger)
    assert client.post(address).status_code in {403, 404}
    catalogue.refresh_from_db()
    assert catalogue.is_public
    client.force_login(manager)
    assert client.get(address).status_code == 200
    client.post(address)
    catalogue.refresh_from_db()
    assert not catalogue.is_public
