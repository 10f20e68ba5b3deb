"""What is in the building becomes one opening lot per good, and its price the first costing.

The ledger is append-only; naming the lot of its old moves is the one exception. The triggers are
taken off here and made again after every migrate (`inventory.append_only`).
"""

from decimal import Decimal

from django.db import migrations
from django.db.models import Max, Sum
from django.utils import timezone


def fill(apps, schema_editor):
    connection = schema_editor.connection
    Move = apps.get_model("inventory", "Move").objects.using(connection.alias)
    Lot = apps.get_model("inventory", "Lot")
    Costing = apps.get_model("inventory", "Costing")
    Item = apps.get_model("inventory", "Item")
    on = ' ON "inventory_move"' if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TRIGGER IF EXISTS inventory_move_no_update{on}")
    now = timezone.now()
    sums = {
        row["item"]: row
        for row in Move.order_by().values("item").annotate(
            units=Sum("in_stock_delta"), last=Max("pk")
        )
    }
    for item in Item.objects.using(connection.alias).select_related("record"):
        if item.pk not in sums:
            continue
        price = item.record.price or Decimal(0)
        lot = Lot.objects.using(connection.alias).create(
            item=item, unit_cost=price, units=sums[item.pk]["units"], at=now
        )
        Move.filter(item=item).exclude(in_stock_delta=0).update(lot=lot)
        free = (item.record.num_in_stock or 0) - (item.record.num_allocated or 0)
        Costing.objects.using(connection.alias).create(
            item=item, units_before=0, average_before=price, units_in=free, cost_in=price * free,
            average=price, variance=0, correction=0, price_before=price, price=price,
            book_value=price * free, last_move_id=sums[item.pk]["last"], at=now,
        )


class Migration(migrations.Migration):
    dependencies = [("inventory", "0003_purchases_receipts_lots")]
    operations = [migrations.RunPython(fill, migrations.RunPython.noop)]
