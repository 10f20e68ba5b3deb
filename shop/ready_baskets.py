"""Baskets that somebody filled on paper or in a chat: made whole, and ordered at once."""

from collections.abc import Mapping

from oscar.core.loading import get_model

Basket = get_model("basket", "Basket")
Line = get_model("basket", "Line")
StockRecord = get_model("partner", "StockRecord")


def make(user, wanted: Mapping[int, int]):
    """A basket of its own with so many units by stock record. What this person is filling for the
    door in the shop stays as it is. Call it in the transaction that places the order."""
    basket = Basket.objects.create(owner=user)
    records = StockRecord.objects.in_bulk(wanted)
    Line.objects.bulk_create(
        Line(
            basket=basket,
            line_reference=str(pk),
            product_id=records[pk].product_id,
            stockrecord_id=pk,
            quantity=units,
            price_currency=records[pk].price_currency,
            price_excl_tax=records[pk].price,
            price_incl_tax=records[pk].price,
        )
        for pk, units in wanted.items()
        if units > 0
    )
    return basket
