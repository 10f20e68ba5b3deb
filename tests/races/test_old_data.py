"""Rows from before the constraints of money, on PostgreSQL, through the migration that makes them.

No race, but this is where PostgreSQL and the real migrations are: a table with unfinished work
cannot be altered there, which SQLite does not mind.
"""

from decimal import Decimal

import pytest
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from shop.models import AccountTerms, CreditChange, Fund, Grant, StripePayment
from tests import factories

LOOSE = [("shop", "0008_group_buys")]
TIGHT = ("shop", "0009_money_constraints")


@pytest.fixture
def before(station, home, staff):
    """The people are there already: their tables have gained columns since."""
    if TIGHT not in MigrationRecorder(connection).applied_migrations():
        pytest.skip("the tables were made from the models: `make test` makes them by migrating")
    migrate(LOOSE)


def migrate(targets: list[tuple[str, str]]) -> None:
    """As `manage.py migrate`, but in the transaction of the test: what is done at each commit is
    done after each migration."""

    def committed(action: str, *_about) -> None:
        if action.endswith("_success"):
            _look_at_foreign_keys()

    _look_at_foreign_keys()
    MigrationExecutor(connection, committed).migrate(targets)


def forward() -> None:
    migrate(MigrationExecutor(connection).loader.graph.leaf_nodes())


def _look_at_foreign_keys() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")


def test_what_the_constraints_refuse_is_mended_or_stops_the_update(before, station, home, staff):
    AccountTerms.objects.create(household=home, credit_limit=Decimal("20.00"))
    payment = factories.stripe_payment(factories.order(), "10.00", status="paid")
    StripePayment.objects.filter(pk=payment.pk).update(disputed=Decimal("10.50"))
    fund = Fund.objects.create(station=station, name="捐款", giver="donation", at=timezone.now())
    said = {"fund": fund, "household": home, "by": staff, "at": timezone.now()}
    grants = [Grant.objects.create(share=share, **said) for share in ("0.3", "0.5", "0.5")]

    key = taken_by_nobody(station)
    with pytest.raises(ValueError, match=rf"MoneyMove 里有 1 行不合规矩（编号 \[{key}\]）"):
        forward()
    assert Grant.objects.filter(active=True).count() == 3, "nothing of it was done"
    forget(key)

    forward()
    assert [grant.pk for grant in Grant.objects.filter(active=True)] == [grants[1].pk]
    payment.refresh_from_db()
    assert payment.disputed == Decimal("10.00")
    kept = CreditChange.objects.get()
    assert (kept.household, kept.limit, kept.by) == (home, Decimal("20.00"), None)


def taken_by_nobody(station) -> int:
    """Money from Stripe that names no payment."""
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO shop_moneymove (station_id, kind, source, target, amount, note, at)"
            " VALUES (%s, 'dispute', 'disputed', 'stripe', 5, '', now()) RETURNING id",
            [station.pk],
        )
        [key] = cursor.fetchone()
    return key


def forget(key: int) -> None:
    _look_at_foreign_keys()
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE shop_moneymove DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM shop_moneymove WHERE id = %s", [key])
        cursor.execute("ALTER TABLE shop_moneymove ENABLE TRIGGER USER")
