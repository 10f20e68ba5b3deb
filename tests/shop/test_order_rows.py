"""The rows we write in sets are the rows Oscar writes one by one."""

from decimal import Decimal

import pytest
from django.apps import apps
from oscar.apps.order.utils import OrderCreator
from oscar.core.prices import Price

from shop import baskets, order_rows, wanted
from tests import factories


@pytest.mark.parametrize(
    ("model", "columns"),
    [
        ("order.Order", order_rows.order_row(1, 1, Decimal(1))),
        ("order.Line", order_rows.LINE_COLUMNS),
        ("order.LinePrice", order_rows.PRICE_COLUMNS),
    ],
)
def test_every_column_oscar_has_is_written(model, columns):
    ours = {field.column for field in apps.get_model(model)._meta.concrete_fields}
    assert ours - {"id"} == set(columns)


class _NoShipping:
    name = code = "no-shipping-required"


class _UnguardedCreator(OrderCreator):
    """Plain Oscar, less its hand on the stock, which our fork refuses."""

    def update_stock_records(self, line):
        pass


class _Strategy:
    """What Oscar's basket lines ask: our price, no tax."""

    def fetch_for_line(self, line, stockrecord=None):
        from oscar.apps.partner.prices import FixedPrice
        from oscar.apps.partner.strategy import PurchaseInfo

        price = FixedPrice("CNY", line.stockrecord.price, tax=Decimal(0))
        return PurchaseInfo(price, availability=None, stockrecord=line.stockrecord)


def test_our_rows_are_oscars_rows(station, resident, home):
    goods = [factories.item(station, f"货 {n}", price=f"{n}.35") for n in (1, 2, 3)]

    def filled():
        basket = baskets.for_door(resident, home)
        for quantity, item in enumerate(goods, start=1):
            baskets.set_quantity(basket, item.record_id, quantity)
        return basket

    basket = filled()
    ours = order_rows.write(
        basket,
        user=resident,
        lines=wanted.read(basket, home, factories.round(station)).goods,
    )
    basket.submit()
    basket = filled()
    basket.strategy = _Strategy()
    total = sum(line.total for line in baskets.lines(basket))
    free = Price("CNY", Decimal(0), tax=Decimal(0))
    theirs = _UnguardedCreator().place_order(
        basket=basket,
        total=Price("CNY", total, tax=Decimal(0)),
        shipping_method=_NoShipping,
        shipping_charge=free,
        user=resident,
    )

    def rows(order, name, *, but):
        found = getattr(order, name).order_by("pk").values()
        return [{key: row[key] for key in row if key not in but} for row in found]

    own = {"id", "order_id", "line_id"}
    assert rows(ours, "lines", but=own) == rows(theirs, "lines", but=own)
    assert rows(ours, "line_prices", but=own) == rows(theirs, "line_prices", but=own)
    ours.refresh_from_db()
    theirs.refresh_from_db()
    differs = {"id", "number", "basket_id", "date_placed", "shipping_method", "shipping_code"}
    for field in ours._meta.concrete_fields:
        if field.column not in differs:
            assert getattr(ours, field.attname) == getattr(theirs, field.attname), field.column
