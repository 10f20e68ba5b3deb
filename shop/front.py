"""What greets a household when it comes in: what it may do where it lives, and its last order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Subquery
from oscar.core.loading import get_model

from delivery import channels
from delivery.channels import Channel
from delivery.models import Grid, Household
from shop.models import OrderStatus

Order = get_model("order", "Order")
OrderLine = get_model("order", "Line")


@dataclass(frozen=True)
class LastOrder:
    number: str
    at: datetime
    titles: Sequence[str]


def ways(grid: Grid) -> list[str]:
    """How the doors of a grid may get their goods while it has the risk level it has."""
    return [str(channel.label) for channel in Channel if channels.allowed(grid, channel)]


def last_order(household: Household) -> LastOrder | None:
    """What the people who live there ordered last and did not take back. One query."""
    last = (
        Order.objects.filter(placement__household=household, date_placed__gte=household.lived_in)
        .exclude(status=OrderStatus.CANCELLED)
        .order_by("-date_placed", "-pk")
    )
    lines = list(
        # What was taken out before the cut-off stays in its order, with nothing of it.
        OrderLine.objects.filter(order=Subquery(last.values("pk")[:1]), quantity__gt=0)
        .order_by("pk")
        .values_list("order__number", "order__date_placed", "title")
    )
    if not lines:
        return None
    return LastOrder(lines[0][0], lines[0][1], [title for *_order, title in lines])
