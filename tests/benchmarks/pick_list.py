"""Seconds and queries of what a packer waits for: `python -m tests.benchmarks.pick_list`.

A round of 1,500 orders with 12 goods each over 12 grids, on a SQLite file; and a tenth of it, to
see that the queries do not grow. Pages are asked for through the whole site, with their HTML.
"""

import argparse
import json
import os
import random
import sys
import tempfile
from collections.abc import Callable
from datetime import timedelta
from time import perf_counter

GOODS = 200
GRIDS = 12
LINES = 12


def measure(sizes: list[int]) -> dict[int, dict]:
    """By orders of the round, by page: seconds and queries."""
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

        # The tables as they are in the end: the way there takes most of a minute.
        settings.MIGRATION_MODULES = {app.label: None for app in apps.get_app_configs()}
        settings.ALLOWED_HOSTS = ["testserver"]
        call_command("migrate", run_syncdb=True, verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)
        return {orders: _pages(orders) for orders in sizes}


def _pages(orders: int) -> dict[str, dict]:
    from django.test import Client
    from django.urls import reverse

    from delivery import batches
    from delivery.models import ParcelLine
    from delivery.picks import bench, packing

    round, by = _round(orders)
    client = Client()
    client.force_login(by)
    planned = batches.plan(round, by).batches
    batch = max(planned, key=lambda batch: batch.stop_count)

    def get(name: str, pk: int) -> Callable[[], object]:
        return lambda: client.get(reverse(name, args=[pk]))

    line = ParcelLine.objects.filter(parcel__loads__stop__batch=batch).first()
    return {
        "pick list of the round": _timed(get("station-round-pick-list", round.pk)),
        "pick list of a batch": _timed(get("station-pick-list", batch.pk)),
        "batches with their progress": _timed(lambda: bench.batches(round)),
        "packing bench of a batch": _timed(get("station-bench", batch.pk)),
        "a tick": _timed(lambda: packing.tick(line, by=by), warm=False),
        "labels of a batch": _timed(get("station-labels", batch.pk)),
    }


def _timed(step: Callable[[], object], *, warm: bool = True) -> dict:
    """`warm`: the second time, as the first one also compiles templates."""
    from django.db import connection

    statements = 0

    def count(execute, sql, params, many, context):
        nonlocal statements
        statements += 1
        return execute(sql, params, many, context)

    if warm:
        step()
    begun = perf_counter()
    with connection.execute_wrapper(count):
        step()
    return {"seconds": round(perf_counter() - begun, 3), "queries": statements}


def _round(orders: int):
    """A closed round of so many orders, and who packs it."""
    from django.utils import timezone

    from delivery import parcels
    from delivery.models import Household, Round
    from inventory import stock
    from inventory.models import Lot
    from tests import factories

    chance = random.Random(2022)
    station = factories.station()
    grids = [factories.grid(station) for _ in range(GRIDS)]
    closed = factories.round(station, status=Round.Status.CLOSED)
    goods = [
        factories.item(
            station,
            f"货 {number}",
            in_stock=orders * LINES * 3 // GOODS + 100,
            shelf=f"{chance.choice('ABCDE')}-{number}",
            cold=number % 5 == 0,
        )
        for number in range(GOODS)
    ]
    today = timezone.localdate()
    for number, lot in enumerate(Lot.objects.filter(item__in=goods)):
        Lot.objects.filter(pk=lot.pk).update(expires_on=today + timedelta(days=number % 30))
    doors = Household.objects.bulk_create(
        Household(
            grid=grids[number % GRIDS], building="1", room=str(number), walk_key=f"{number:05d}"
        )
        for number in range(orders)
    )
    specs, promises = [], []
    for door in doors:
        order = factories.order()
        lines = [(good, chance.randint(1, 3)) for good in chance.sample(goods, LINES)]
        specs.append(
            parcels.ParcelSpec(
                door.pk, order.pk, lines=[parcels.LineSpec(good.pk, units) for good, units in lines]
            )
        )
        promises += [
            stock.Promise(order.pk, good.record_id, units, good.record.price)
            for good, units in lines
        ]
    stock.reserve(promises)
    parcels.make(closed, specs)
    return closed, factories.member(station)


def table(figures: dict[int, dict]) -> str:
    """The figures as a Markdown table, for docs/benchmarks.md."""
    sizes = list(figures)
    heads = [f"{orders:,} orders: seconds | queries" for orders in sizes]
    rows = [
        f"| {name} | "
        + " | ".join(
            f"{figures[orders][name]['seconds']:.3f} | {figures[orders][name]['queries']}"
            for orders in sizes
        )
        + " |"
        for name in figures[sizes[0]]
    ]
    return "\n".join(
        [
            f"| {LINES} goods an order, SQLite | {' | '.join(heads)} |",
            "|---" * (1 + 2 * len(sizes)) + "|",
            *rows,
        ]
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--orders", type=int, nargs="+", default=[150, 1500])
    options = parser.parse_args()
    figures = measure(options.orders)
    print(json.dumps(figures, ensure_ascii=False, indent=2) if options.json else table(figures))
    return 0


if __name__ == "__main__":
    sys.exit(main())
