"""What was booked, for tests of pages that book."""

from decimal import Decimal

from shop.models import MoneyMove


def moved() -> list[tuple[str, str, Decimal]]:
    rows = MoneyMove.objects.exclude(kind="charge").order_by("pk")
    return list(rows.values_list("source", "target", "amount"))
