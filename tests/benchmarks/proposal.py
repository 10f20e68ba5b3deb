"""Seconds and queries of "what to buy": `python -m tests.benchmarks.proposal [--orders N]`.

Half of the orders are in a round that takes orders, half in one that is closed; each has 12
pre-ordered goods of 60. On a SQLite file: the rule alone, the page as it is sent, and what is
behind one line. docs/benchmarks.md says how to read it.
"""

import argparse
import json
import os
import random
import sys
import tempfile
from collections.abc import Callable
from decimal import Decimal
from time import perf_counter

GOODS = 60
LINES = 12
SUPPLIERS = 6
REPEATS = 5


def measure(orders: int) -> dict:
    """All figures of one run, as `--json` prints them; seconds, the best of `REPEATS`."""
    with tempfile.TemporaryDirectory() as var:
        os.environ.update(
            VAR_DIR=var,
            CELERY_BROKER_URL="memory://",
            DJANGO_SETTINGS_MODULE="shop.config.settings",
            ALLOWED_HOSTS="testserver",
        )
        os.environ.pop("DATABASE_URL", None)
        import django

        django.setup()
        from django.apps import apps
        from django.conf import settings
        from django.core.management import call_command
        from django.db import connection
        from django.test import Client
        from django.urls import reverse

        # The tables as they are in the end: the way there takes most of a minute.
        settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}
        call_command("migrate", run_syncdb=True, verbosity=0, interactive=False)
        settings.STATIC_ROOT.mkdir(parents=True)
        settings.STORAGES = {
            **settings.STORAGES,
            "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
        }
        station, staff, goods = _station(orders)
        from inventory.purchases import purchasing
        from shop import demand

        client = Client()
        client.force_login(staff)
        good = reverse("station-demand", args=[goods[0].pk])
        return {
            "database": connection.vendor,
            "orders": orders,
            "lines": orders * LINES,
            "units": sum(demand.waiting(station).values()),
            "the rule": _timed(lambda: purchasing.propose(station, demand.waiting(station))),
            "its page": _timed(lambda: _seen(client, reverse("station-restock"))),
            "behind one line": _timed(lambda: _seen(client, good)),
        }


def _seen(client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200, answer.status_code


def _timed(step: Callable[[], object]) -> dict:
    from django.db import connection

    statements = 0

    def count(execute, sql, params, many, context):
        nonlocal statements
        statements += 1
        return execute(sql, params, many, context)

    step()  # templates are compiled once
    seconds = []
    for _ in range(REPEATS):
        statements, begun = 0, perf_counter()
        with connection.execute_wrapper(count):
            step()
        seconds.append(perf_counter() - begun)
    return {"seconds": round(min(seconds), 3), "queries": statements}


def _station(orders: int):
    """(station, one of its staff, its goods): orders of an open and of a closed round."""
    from django.apps import apps
    from django.utils import timezone

    from delivery import rounds
    from delivery.models import Household
    from inventory.models import Item
    from shop.models import LineTerms, Placement
    from tests import factories

    chance = random.Random(2022)
    station = factories.station()
    staff = factories.member(station)
    grid = factories.grid(station)
    suppliers = [factories.supplier(station) for _ in range(SUPPLIERS)]
    goods = [
        factories.item(
            station,
            f"货 {number}",
            price="6.40",
            in_stock=number % 7,
            minimum=number % 5,
            selling=Item.Selling.PREORDER,
        )
        for number in range(GOODS)
    ]
    for number, item in enumerate(goods):
        if number % 10:
            factories.offer(suppliers[number % SUPPLIERS], item, 1 + number % 12)
    Basket, Order, Line = (
        apps.get_model(*name)
        for name in (("basket", "Basket"), ("order", "Order"), ("order", "Line"))
    )
    doors = Household.objects.bulk_create(
        Household(grid=grid, building="1", room=str(number), walk_key="")
        for number in range(orders)
    )
    closed, now_open = factories.round(station, "早市"), factories.round(station, "晚市")
    made = Order.objects.bulk_create(
        Order(
            number=f"B{number}",
            currency="CNY",
            total_incl_tax=Decimal("100.00"),
            total_excl_tax=Decimal("100.00"),
            status="placed",
            date_placed=timezone.now(),
        )
        for number in range(orders)
    )
    baskets = Basket.objects.bulk_create(Basket() for _ in range(orders))
    Placement.objects.bulk_create(
        Placement(
            order=order,
            basket=basket,
            household=door,
            round=now_open if number % 2 else closed,
            placed_by=staff,
        )
        for number, (order, basket, door) in enumerate(zip(made, baskets, doors, strict=True))
    )
    lines = Line.objects.bulk_create(
        (
            Line(
                order=order,
                product_id=item.record.product_id,
                stockrecord_id=item.record_id,
                partner_id=station.partner_id,
                partner_sku=item.record.partner_sku,
                title=item.record.product.title,
                quantity=chance.randint(1, 3),
                num_allocated=0,
                line_price_incl_tax=Decimal("6.40"),
                line_price_excl_tax=Decimal("6.40"),
                line_price_before_discounts_incl_tax=Decimal("6.40"),
                line_price_before_discounts_excl_tax=Decimal("6.40"),
                unit_price_incl_tax=Decimal("6.40"),
                unit_price_excl_tax=Decimal("6.40"),
            )
            for order in made
            for item in chance.sample(goods, LINES)
        ),
        batch_size=1000,
    )
    LineTerms.objects.bulk_create(
        (LineTerms(line=line, preorder=True) for line in lines), batch_size=1000
    )
    rounds.close(closed)
    return station, staff, goods


def main(arguments: list[str]) -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--orders", type=int, default=1500)
    chosen = parser.parse_args(arguments)
    figures = measure(chosen.orders)
    if chosen.json:
        print(json.dumps(figures, ensure_ascii=False))
        return
    print(f"{figures['orders']} orders, {figures['lines']} lines, {figures['units']} units wanted")
    for name in ("the rule", "its page", "behind one line"):
        print(f"{name:<16} {figures[name]['seconds']:.3f} s, {figures[name]['queries']} queries")


if __name__ == "__main__":
    main(sys.argv[1:])
