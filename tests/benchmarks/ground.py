"""A station with a whole village of doors, and as many filled baskets as a measurement needs."""

import os
import random
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NamedTuple
from urllib.parse import urlsplit, urlunsplit

import psycopg

from tests import postgres

GOODS = 60
DOORS = 2000
PIECES = 10_000_000


class Case(NamedTuple):
    """What every basket of a measurement holds."""

    name: str
    lines: int
    hot: bool = False


CASES = (
    Case("1 line", 1),
    Case("5 lines", 5),
    Case("one hot good", 1, hot=True),
)


class Filled(NamedTuple):
    """Keys of a filled basket, of who filled it and for which door."""

    basket_id: int
    household_id: int
    user_id: int


@contextmanager
def database() -> Iterator[str]:
    """A migrated database of its own for the default settings; its URL."""
    with postgres.server(durable=True) as url, tempfile.TemporaryDirectory() as var:
        name = f"station_benchmark_{os.getpid()}"
        with psycopg.connect(url, autocommit=True) as server:
            server.execute(f"CREATE DATABASE {name}")
            ours = urlunsplit(urlsplit(url)._replace(path=f"/{name}"))
            os.environ.update(
                DATABASE_URL=ours,
                VAR_DIR=var,
                CELERY_BROKER_URL="memory://",
                DJANGO_SETTINGS_MODULE="shop.config.settings",
            )
            try:
                import django

                django.setup()
                from django.core.management import call_command

                call_command("migrate", verbosity=0, interactive=False)
                yield ours
            finally:
                from django.db import connections

                connections.close_all()
                server.execute(f"DROP DATABASE {name} WITH (FORCE)")


class Ground:
    """Made once. The models are imported late: Django must know its database first."""

    def __init__(self) -> None:
        from oscar.core.loading import get_model

        from delivery.models import Household, Person
        from shop.models import User
        from tests import factories

        self.random = random.Random(2022)
        self.station = factories.station()
        grid = factories.grid(self.station)
        self.round = factories.round(self.station, closes_in=24)
        self.goods = [
            factories.item(self.station, f"货 {number}", price="6.40", in_stock=PIECES)
            for number in range(GOODS)
        ]
        Category = get_model("catalogue", "Category")
        self.shelf = Category.objects.add_root({"name": "菜"})
        for item in self.goods:
            item.record.product.categories.add(self.shelf)
        self.households = Household.objects.bulk_create(
            Household(grid=grid, building="1", room=str(number), walk_key="")
            for number in range(DOORS)
        )
        self.users = User.objects.bulk_create(
            User(phone=f"139{number:08d}", password="!") for number in range(DOORS)
        )
        Person.objects.bulk_create(
            Person(household=household, user=user)
            for household, user in zip(self.households, self.users, strict=True)
        )

    def fill(self, case: Case, processes: int, each: int) -> list[list[Filled]]:
        """`each` baskets for every process; no two processes order for the same door."""
        from oscar.core.loading import get_model

        Basket = get_model("basket", "Basket")
        Line = get_model("basket", "Line")
        doors = [number % DOORS for number in range(processes * each)]
        filled = Basket.objects.bulk_create(Basket(owner=self.users[number]) for number in doors)
        Line.objects.bulk_create(
            (
                Line(
                    basket=basket,
                    line_reference=str(item.record_id),
                    product_id=item.record.product_id,
                    stockrecord_id=item.record_id,
                    quantity=1,
                    price_currency="CNY",
                    price_excl_tax=item.record.price,
                    price_incl_tax=item.record.price,
                )
                for basket in filled
                for item in self._wanted(case)
            ),
            batch_size=2000,
        )
        specs = [
            Filled(basket.pk, self.households[number].pk, self.users[number].pk)
            for basket, number in zip(filled, doors, strict=True)
        ]
        return [specs[number::processes] for number in range(processes)]

    def _wanted(self, case: Case) -> list:
        return self.goods[:1] if case.hot else self.random.sample(self.goods, case.lines)
