"""What was charged, adjusted and collected before there was a ledger for it."""

from collections import defaultdict
from decimal import Decimal

from django.db import migrations
from django.db.models import Sum

#: (source, target) -> kind, of what the counter wrote.
KINDS = {
    ("cash", "household"): "deposit",
    ("household", "cash"): "withdrawal",
    ("cash", "order"): "payment",
    ("household", "order"): "payment",
    ("order", "cash"): "refund",
    ("order", "household"): "refund",
}


def name_the_kinds(apps, schema_editor):
    MoneyMove = apps.get_model("shop", "MoneyMove")
    table = MoneyMove._meta.db_table
    # The rows themselves do not change: they get a word for what they always were. The trigger
    # is made again after every migrate.
    on = f' ON "{table}"' if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER IF EXISTS {table}_no_update{on}")
    for (source, target), kind in KINDS.items():
        MoneyMove.objects.filter(source=source, target=target).update(kind=kind)


def fill(apps, schema_editor):
    Order = apps.get_model("order", "Order")
    Placement = apps.get_model("shop", "Placement")
    CounterSale = apps.get_model("shop", "CounterSale")
    Adjustment = apps.get_model("shop", "Adjustment")
    MoneyMove = apps.get_model("shop", "MoneyMove")
    Handoff = apps.get_model("delivery", "Handoff")
    rows = []
    doors = {}
    placements = Placement.objects.exclude(order__status="cancelled")
    for order_id, household_id, station_id, by_id in placements.values_list(
        "order_id", "household_id", "household__grid__station_id", "placed_by_id"
    ):
        doors[order_id] = (household_id, station_id, by_id)
    for order_id, household_id, station_id, by_id in CounterSale.objects.exclude(
        order__status="cancelled"
    ).values_list("order_id", "household_id", "station_id", "by_id"):
        doors[order_id] = (household_id, station_id, by_id)

    def book(kind, source, target, amount, order_id, at, **also):
        if amount:
            household_id, station_id, by_id = doors[order_id]
            row = {"household_id": household_id, "station_id": station_id, "by_id": by_id, **also}
            rows.append(
                MoneyMove(
                    kind=kind, source=source, target=target, amount=amount, order_id=order_id,
                    at=at, **row,
                )
            )

    totals = Order.objects.values_list("pk", "total_incl_tax", "date_placed")
    for order_id, total, at in totals.iterator():
        if order_id in doors:
            book("charge", "order", "sales", total, order_id, at)
    owed = defaultdict(Decimal)
    for order_id, total, _at in Order.objects.values_list("pk", "total_incl_tax", "date_placed"):
        owed[order_id] += total
    adjusted = Adjustment.objects.order_by("at").values_list("order_id", "at", "by_id")
    for order_id, at, by_id, amount in adjusted.annotate(sum=Sum("amount")):
        owed[order_id] += amount
        sides = ("sales", "order") if amount < 0 else ("order", "sales")
        book("adjustment", *sides, abs(amount), order_id, at, by_id=by_id)
    handoffs = Handoff.objects.filter(cash__gt=0, corrected_by=None).select_related(
        "stop__batch__courier"
    )
    for handoff in handoffs.order_by("pk"):
        left = handoff.cash
        loads = handoff.stop.loads.filter(parcel__order__isnull=False).order_by("parcel__order")
        for order_id in loads.values_list("parcel__order", flat=True):
            amount = min(left, max(owed[order_id], Decimal(0)))
            left -= amount
            owed[order_id] -= amount
            courier = handoff.stop.batch.courier
            book(
                "payment", "person", "order", amount, order_id, handoff.received_at,
                by_id=handoff.by_id, handoff_id=handoff.pk,
                holder_id=courier.user_id if courier else handoff.by_id,
            )
    MoneyMove.objects.bulk_create(rows, batch_size=500)


class Migration(migrations.Migration):
    dependencies = [("shop", "0005_one_ledger")]

    operations = [
        migrations.RunPython(name_the_kinds, migrations.RunPython.noop),
        migrations.RunPython(fill, migrations.RunPython.noop),
    ]
