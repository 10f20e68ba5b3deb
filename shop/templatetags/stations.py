"""Small words of the templates."""

from django import template
from django.utils import timezone
from django.utils.translation import gettext as _

from shop.models import OrderStatus
from shop.symbols import symbol

register = template.Library()


@register.filter
def order_status(status: str) -> str:
    return OrderStatus(status).label


@register.filter
def order_badge(status: str) -> str:
    """The badge's colour; the word always stands in it."""
    return {
        OrderStatus.ON_WAY: "info",
        OrderStatus.DELIVERED: "good",
        OrderStatus.NOT_DELIVERED: "bad",
        OrderStatus.RETURNED: "bad",
        OrderStatus.CANCELLED: "plain",
    }.get(OrderStatus(status), "warn")


@register.filter
def shelf_symbol(name: str) -> str:
    """For a shelf of goods, by its name; the door's own has a heart."""
    return "❤️" if name == _("常买") else symbol("", name)


@register.filter
def time_gone(round) -> str:
    """How much of its time to order is over, from 0 to 1; as a browser reads numbers."""
    gone = (timezone.now() - round.opens_at) / (round.closes_at - round.opens_at)
    return f"{min(1, max(0, gone)):.3f}"
