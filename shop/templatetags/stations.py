"""Small words of the templates."""

from django import template

from shop.models import OrderStatus

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
