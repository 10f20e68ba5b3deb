"""One day of a station to the fen: ordered, paid in several ways, given back, counted."""

from datetime import UTC, date, datetime
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import transaction

from shop.models import CashCount, Fund, MoneyMove
from shop.money import ledger, orders
from shop.money.ledger import Entry
from tests import factories

Account, Kind = MoneyMove.Account, MoneyMove.Kind
DAY = date(2026, 3, 14)
NOON = datetime(2026, 3, 14, 4, 0, tzinfo=UTC)


@pytest.fixture
def post(home, staff):
    """Books entries of the home's station, at noon unless said."""

    def book(kind, source, target, amount, *, order=None, at=NOON, **fields) -> None:
        entry = Entry(
            station_id=home.grid.station_id,
            kind=kind,
            source=source,
            target=target,
            amount=Decimal(amount),
            household_id=home.pk,
            order_id=order.pk if order else None,
            **fields,
        )
        with transaction.atomic():
            ledger.post([entry], by=staff, at=at)

    return book


@pytest.fixture
def owing(home):
    """An order of so many yuan, charged at this moment."""

    def order(amount, at=NOON):
        made = factories.order(total=amount)
        with transaction.atomic():
            ledger.post([orders.charge(made.pk, home, Decimal(amount))], by=None, at=at, fresh=True)
        return made

    return order


@pytest.fixture
def count(home, staff, manager):
    def counted(expected, found, holder=None, at=NOON) -> CashCount:
        return CashCount.objects.create(
            station=home.grid.station,
            holder=holder,
            expected=Decimal(expected),
            counted=Decimal(found),
            counted_by=staff,
            witness=manager,
            nonce=uuid4(),
            at=at,
        )

    return counted


@pytest.fixture
def fund(home):
    return Fund.objects.create(station=home.grid.station, name="爱心款", giver="donation", at=NOON)
