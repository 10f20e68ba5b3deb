"""A small demo village with a past, for journeys that assert figures to the fen."""

from tests.journeys.station import Station

#: Big enough that the leader looks after a door without a phone.
HOUSEHOLDS = 100
#: It began five days ago, and has had bananas three times since: something to draw.
MAKE = f"""
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4
from django.contrib.auth import get_user_model
from django.core.management import call_command
from django.db import transaction
from django.db.models import F
from delivery.models import Round
from inventory.receipts import receiving
from inventory.models import Item, Supplier
from shop.demo import clock, village
later = {{
    name: F(name) + timedelta(days=5)
    for name in ("opens_at", "closes_at", "delivers_from", "delivers_to")
}}
# In one step: the worker closes a round whose time is over.
with transaction.atomic():
    with clock.days_ago(5):
        call_command("seed_demo", households={HOUSEHOLDS})
    Round.objects.update(**later)
bananas = Item.objects.get(record__partner_sku="F02")
supplier = Supplier.objects.get(name__startswith="东郊果蔬")
by = get_user_model().objects.get(phone=village.MANAGER.phone)
for days, yuan in ((4, 168), (3, 150), (1, 174)):
    with clock.days_ago(days):
        receiving.receive(
            supplier.station, supplier, [receiving.Came(bananas.pk, 12, Decimal(yuan))],
            by=by, nonce=uuid4(), transport=Decimal(6),
        )
"""
A_BARCODE = """
from inventory.models import Item
print(Item.objects.get(record__partner_sku="{code}").record.product.upc)
"""


def barcode(station: Station, code: str) -> str:
    """What is printed on the good with this code of the station's."""
    return station.manage("shell", "-v0", "--command", A_BARCODE.format(code=code)).strip()


def audit(station: Station) -> None:
    assert "不成立的 0 条" in station.manage("audit")
