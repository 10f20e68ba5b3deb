"""Breaks data as no rule of ours ever would, and reads what the audit says of it."""

from decimal import Decimal
from uuid import uuid4

from django.db import connection
from django.utils import timezone

from inventory import stock
from inventory.models import Item, Membership, Receipt, ReceiptLine, Station, Supplier
from shop import audit
from tests import factories


def sql(*statements: str) -> None:
    with connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def unguard(table: str) -> None:
    """Takes the triggers off an append-only table, as somebody with a database shell could."""
    on_table = f" ON {table}" if connection.vendor == "postgresql" else ""
    sql(*(f"DROP TRIGGER {table}_no_{verb}{on_table}" for verb in ("update", "delete")))


def wrong() -> dict[str, int]:
    """`{"2.2 goods_off": 1}`: every figure that should be zero and is not."""
    return {
        f"{result.number} {figure.key}": figure.value
        for result in audit.run()
        for figure in result.figures
        if figure.wrong and figure.value
    }


def seen(number: str) -> dict:
    [result] = [result for result in audit.run() if result.number == number]
    return {figure.key: figure.value for figure in result.figures if not figure.wrong}


def came(
    item: Item | None = None, *, units: int = 5, cost: str = "5.00", extra: str = "0.00"
) -> Item:
    """A delivery of one good; of a new one, ten of which stood there at 1.00, if not said."""
    station = Station.objects.get()
    item = item or factories.item(station, in_stock=10, price="1.00")
    by = Membership.objects.filter(station=station).first().user
    receipt = Receipt.objects.create(
        station=station,
        supplier=Supplier.objects.get_or_create(station=station, name="测试供应商")[0],
        fingerprint=uuid4().hex,
        nonce=uuid4(),
        transport=Decimal(extra),
        by=by,
        at=timezone.now(),
    )
    line = ReceiptLine.objects.create(
        receipt=receipt, item=item, units=units, cost=Decimal(cost), extra=Decimal(extra)
    )
    stock.receive(receipt, [line], by=by)
    return item
