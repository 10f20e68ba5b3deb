"""Seconds and queries to preview and apply a share-out: `python -m tests.benchmarks.share_out`.

A round of 1,500 orders with 12 pre-ordered goods each, of which a fifth did not come, on a SQLite
file: every line is settled, most prices are below their ceiling, and all four rules are used.
docs/benchmarks.md says how to read it.
"""

import argparse
import json
import os
import random
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from time import perf_counter, process_time

GOODS = 60
LINES = 12


def measure(orders: int) -> dict:
    """All figures of one run, as `--json` prints them; seconds."""
    with tempfile.TemporaryDirectory() as var:
        os.environ.update(
            VAR_DIR=var,
            CELERY_BROKER_URL="memory://",
            DJANGO_SETTINGS_MODULE="shop.config.settings",
        )
        os.environ.pop("DATABASE_URL", None)
        import django

        django.setup()
        from django.apps import apps
        from django.conf import settings
        from django.core.management import call_command
        from django.db import connection

        # The tables as they are in the end: the way there takes most of a minute.
        settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}
        call_command("migrate", run_syncdb=True, verbosity=0, interactive=False)
        round, by = closed_round(orders)
        from delivery.share_outs import sharing

        return {
            "database": connection.vendor,
            "orders": orders,
            "lines": orders * LINES,
            "preview": _timed(lambda: sharing.preview(round)),
            "apply": _timed(lambda: sharing.apply(round, by=by)),
            "apply again": _timed(lambda: sharing.apply(round, by=by)),
        }


def _timed(step: Callable[[], list]) -> dict:
    from django.db import connection

    begun, worked = perf_counter(), process_time()
    statements = 0

    def count(execute, sql, params, many, context):
        nonlocal statements
        statements += 1
        return execute(sql, params, many, context)

    with connection.execute_wrapper(count):
        goods = step()
    return {
        "seconds": round(perf_counter() - begun, 2),
        "of processor": round(process_time() - worked, 2),
        "queries": statements,
        "goods": len(goods),
    }


def closed_round(orders: int):
    """A closed round of so many orders, and who shares it out."""
    from django.apps import apps
    from django.utils import timezone

    from delivery import parcels
    from delivery.models import Household, Round, Wish
    from inventory.models import Item, ShareRule
    from tests import factories

    chance = random.Random(2022)
    station = factories.station()
    grid = factories.grid(station)
    closed = factories.round(station, status=Round.Status.CLOSED)
    by = factories.member(station)
    rules = list(ShareRule)
    goods = [
        factories.item(
            station,
            f"货 {number}",
            price="6.00",
            # Asked for are about 600 of each.
            in_stock=orders * LINES * 2 * 4 // (GOODS * 5),
            selling=Item.Selling.PREORDER,
            share_rule=rules[number % len(rules)],
        )
        for number in range(GOODS)
    ]
    for good, other in zip(goods, goods[1:] + goods[:1], strict=True):
        good.similar = other
        good.save(update_fields=["similar"])
    doors = Household.objects.bulk_create(
        Household(
            grid=grid,
            building="1",
            room=str(number),
            walk_key="",
            people_count=chance.randint(1, 6),
            needs="独居老人" if chance.random() < 0.1 else "",
        )
        for number in range(orders)
    )
    Order, Line = apps.get_model("order", "Order"), apps.get_model("order", "Line")
    LineTerms = apps.get_model("shop", "LineTerms")
    now = timezone.now()
    made = Order.objects.bulk_create(
        Order(
            number=f"B{orders}-{number}",
            currency="CNY",
            total_incl_tax=Decimal("200.00"),
            total_excl_tax=Decimal("200.00"),
            status="placed",
            date_placed=now + timedelta(seconds=number),
        )
        for number in range(orders)
    )
    wanted = [
        (order, item, chance.randint(1, 3), chance.choice(Wish.values))
        for order in made
        for item in chance.sample(goods, LINES)
    ]
    lines = Line.objects.bulk_create(
        (
            Line(
                order=order,
                product_id=item.record.product_id,
                stockrecord_id=item.record_id,
                partner_id=station.partner_id,
                partner_sku=item.record.partner_sku,
                title=item.record.product.title,
                quantity=units,
                line_price_incl_tax=units * Decimal("6.40"),
                line_price_excl_tax=units * Decimal("6.40"),
                line_price_before_discounts_incl_tax=units * Decimal("6.40"),
                line_price_before_discounts_excl_tax=units * Decimal("6.40"),
                unit_price_incl_tax=Decimal("6.40"),
                unit_price_excl_tax=Decimal("6.40"),
                num_allocated=0,
            )
            for order, item, units, _wish in wanted
        ),
        batch_size=1000,
    )
    LineTerms.objects.bulk_create(
        LineTerms(line=line, preorder=True, wish=wish)
        for line, (*_asked, wish) in zip(lines, wanted, strict=True)
    )
    specs: dict[int, list] = {order.pk: [] for order in made}
    for order, item, units, wish in wanted:
        specs[order.pk].append(parcels.LineSpec(item.pk, units, wish, True))
    parcels.make(
        closed,
        [
            parcels.ParcelSpec(door.pk, order.pk, Decimal("200.00"), lines=specs[order.pk])
            for door, order in zip(doors, made, strict=True)
        ],
    )
    return closed, by


def table(figures: dict) -> str:
    """The figures as a Markdown table, for docs/benchmarks.md."""
    steps = [name for name in figures if isinstance(figures[name], dict)]
    return "\n".join(
        [
            f"{figures['orders']:,} orders × {LINES} pre-ordered goods, {figures['database']}",
            "",
            "| share-out | seconds | of processor | queries | goods |",
            "|---|---|---|---|---|",
            *(
                f"| {name} | {step['seconds']:.2f} | {step['of processor']:.2f}"
                f" | {step['queries']} | {step['goods']} |"
                for name, step in ((name, figures[name]) for name in steps)
            ),
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--orders", type=int, default=1500)
    options = parser.parse_args()
    figures = measure(options.orders)
    print(json.dumps(figures, ensure_ascii=False, indent=2) if options.json else table(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
