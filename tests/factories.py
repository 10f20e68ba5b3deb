"""Makes the things tests are about. Every argument has a plausible value; say what matters."""

import io
from datetime import timedelta
from decimal import Decimal
from itertools import count
from uuid import uuid4

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import transaction
from django.utils import timezone
from PIL import Image

from delivery import registrations
from delivery.models import (
    Grid,
    Household,
    Parcel,
    ParcelLine,
    Person,
    Registration,
    Round,
    Volunteer,
)
from inventory import openings, stock
from inventory.models import Item, Membership, Offer, Receipt, Station, Supplier
from inventory.receipts import receiving
from shop import bundling
from shop.models import Fund, Grant, MoneyMove, StripePayment
from shop.money import ledger, orders
from shop.money.funds import funds

_numbers = count(1)


def user(name: str = "", *, phone: str = "", password: str | None = None, **fields):
    phone = phone or f"139{next(_numbers):08d}"
    return get_user_model().objects.create_user(phone, password, name=name, **fields)


def station(name: str = "惠民驿站", *, code: str = "", **fields) -> Station:
    partner = apps.get_model("partner", "Partner").objects.create(
        name=name, code=f"partner-{next(_numbers)}"
    )
    return Station.objects.create(
        partner=partner, name=name, code=code or f"station-{next(_numbers)}", **fields
    )


def member(station: Station, role: str = Membership.Role.STAFF, name: str = ""):
    """A user who works at the station."""
    someone = user(name)
    Membership.objects.create(station=station, user=someone, role=role)
    return someone


def grid(station: Station, name: str = "", **fields) -> Grid:
    number = next(_numbers)
    fields.setdefault("position", number % 30_000)
    return Grid.objects.create(station=station, name=name or f"{number}网格", **fields)


def household(grid: Grid, building: str = "1", unit: str = "", room: str = "", **fields):
    return Household.objects.create(
        grid=grid, building=building, unit=unit, room=room or f"{next(_numbers)}", **fields
    )


def person(household: Household, name: str = "", *, phone: str = "", user=None) -> Person:
    return Person.objects.create(household=household, name=name, phone=phone, user=user)


def registration(grid: Grid, building: str = "1", *, by=None, **said) -> Registration:
    """What somebody wrote at the poster of this building."""
    wrote = {
        "unit": "",
        "room": f"{next(_numbers)}",
        "floor": None,
        "people_count": 2,
        "newcomers_count": 0,
        "name": "沈新来",
        "phone": f"138{next(_numbers):08d}",
        "landlord": "",
        "needs": "",
        **said,
    }
    poster = registrations.put_up(grid, building, by=by or user())
    nonce = uuid4()
    registrations.submit(poster, wrote, nonce=nonce)
    return Registration.objects.select_related("grid").get(nonce=nonce)


def resident(household: Household, name: str = ""):
    """A user who lives behind this door."""
    someone = user(name)
    person(household, name, phone=someone.phone, user=someone)
    return someone


def volunteer(station: Station, name: str = "", *, grids=(), **fields) -> Volunteer:
    helper = Volunteer.objects.create(user=user(name), station=station, **fields)
    helper.grids.set(grids)
    return helper


def item(
    station: Station,
    title: str = "青菜",
    *,
    price: Decimal | str = "3.00",
    in_stock: int = 100,
    weight_g: int = 500,
    **fields,
) -> Item:
    """A good on sale: Oscar's product and stock record, and what the station knows of it."""
    product_class, _ = apps.get_model("catalogue", "ProductClass").objects.get_or_create(
        name="货品", defaults={"track_stock": True, "requires_shipping": True}
    )
    product = apps.get_model("catalogue", "Product").objects.create(
        title=title, product_class=product_class
    )
    record = apps.get_model("partner", "StockRecord").objects.create(
        product=product,
        partner=station.partner,
        partner_sku=f"sku-{next(_numbers)}",
        price=Decimal(price),
        price_currency="CNY",
        num_in_stock=0,
        num_allocated=0,
    )
    made = Item.objects.create(record=record, weight_g=weight_g, **fields)
    if in_stock:
        openings.restate([openings.Opening(record.pk, in_stock, Decimal(price))])
        record.refresh_from_db()
    return made


def bundle(station: Station, parts: dict[Item, int], title: str = "") -> Item:
    """A 套餐 of so many units of each."""
    title = title or f"套餐{next(_numbers)}"
    by_key = {item.pk: units for item, units in parts.items()}
    return bundling.make(station, title, by_key, by=user())


def supplier(station: Station, name: str = "", **fields) -> Supplier:
    return Supplier.objects.create(
        station=station, name=name or f"供应商{next(_numbers)}", **fields
    )


def offer(supplier: Supplier, item: Item, pack_units: int = 1, **fields) -> Offer:
    """What a pack costs is known unless `pack_price` is None."""
    fields.setdefault("pack_price", item.record.price * pack_units)
    return Offer.objects.create(supplier=supplier, item=item, pack_units=pack_units, **fields)


def round(station: Station, name: str = "早市", *, grids=(), opens_in=-1, closes_in=1, **fields):
    """A round that is open for another hour. Hours from now; delivery follows the closing."""
    now = timezone.now()
    closes_at = fields.setdefault("closes_at", now + timedelta(hours=closes_in))
    fields.setdefault("opens_at", now + timedelta(hours=opens_in))
    fields.setdefault("delivers_from", closes_at + timedelta(hours=1))
    fields.setdefault("delivers_to", closes_at + timedelta(hours=4))
    fields.setdefault("status", Round.Status.OPEN)
    made = Round.objects.create(station=station, name=name, **fields)
    made.grids.set(grids)
    return made


def order(user=None, total: Decimal | str = "10.00"):
    """The least an Oscar order can be, without lines."""
    return apps.get_model("order", "Order").objects.create(
        number=f"T{next(_numbers)}",
        user=user,
        currency="CNY",
        total_incl_tax=Decimal(total),
        total_excl_tax=Decimal(total),
        status="placed",
        date_placed=timezone.now(),
    )


def owing(household: Household, total: Decimal | str = "10.00"):
    """An order of this door that the ledger knows, nothing of it paid."""
    made = order(total=total)
    with transaction.atomic():
        charged = orders.charge(made.pk, household, Decimal(total))
        ledger.post([charged], by=None, fresh=True)
    return made


def fund(
    station: Station, amount: Decimal | str = "100.00", name: str = "", *, source="bank", **fields
) -> Fund:
    """With so much given to it."""
    fields.setdefault("giver", Fund.Giver.DONATION)
    name = name or f"互助金{next(_numbers)}"
    made = Fund.objects.create(station=station, name=name, at=timezone.now(), **fields)
    if Decimal(amount):
        money = MoneyMove.Account(source)
        funds.donate(made, Decimal(amount), source=money, by=user(), nonce=uuid4())
    return made


def grant(fund: Fund, share: Decimal | str = "0.5", *, household=None, item=None) -> Grant:
    """For a door or a good; half of it."""
    return funds.grant(fund, Decimal(share), household=household, item=item, by=user())


def stripe_payment(order, amount: Decimal | str = "10.00", **fields) -> StripePayment:
    """An attempt at Stripe, open for half an hour more."""
    now = timezone.now()
    fields = {
        "expires_at": now + timedelta(minutes=30),
        "held_until": now + timedelta(minutes=33),
        "at": now,
        **fields,
    }
    return StripePayment.objects.create(order=order, amount=Decimal(amount), **fields)


def parcel(round: Round, household: Household, *, lines=(), **fields) -> Parcel:
    """A parcel of 1 kg; `lines`: (item, quantity), held in stock for an order."""
    fields.setdefault("weight_g", 1000)
    if lines and "order" not in fields:
        fields["order"] = order()
        stock.reserve(
            [
                stock.Promise(fields["order"].pk, good.record_id, quantity, good.record.price)
                for good, quantity in lines
            ]
        )
    made = Parcel.objects.create(round=round, household=household, **fields)
    for good, quantity in lines:
        ParcelLine.objects.create(parcel=made, item=good, asked=quantity, quantity=quantity)
    return made


def received(
    station: Station,
    item: Item,
    units: int = 10,
    cost: Decimal | str = "20.00",
    *,
    by=None,
    source: Supplier | None = None,
    **line,
) -> Receipt:
    """A delivery of one good: `units` for `cost` yuan altogether; `line`: more of `Came`."""
    return receiving.receive(
        station,
        source or supplier(station),
        [receiving.Came(item.pk, units, Decimal(cost), **line)],
        by=by or user(),
        nonce=uuid4(),
        delivery_note=f"SH-{next(_numbers)}",
    )


def picture(kind: str = "JPEG", size=(300, 200), **options) -> bytes:
    """A photo as a phone takes it, in one colour."""
    written = io.BytesIO()
    Image.new("RGB", size, "red").save(written, kind, **options)
    return written.getvalue()
