"""Small words of the templates."""

from django import template

from shop.models import OrderStatus

register = template.Library()


@register.filter
def masked_phone(phone: str) -> str:
    """`138****8000`: enough to recognise one's own number by."""
    return f"{phone[:3]}****{phone[-4:]}" if len(phone) >= 7 else "****"


@register.filter
def kilos(grams: int) -> str:
    """`1,450` grams as `1.5`, whole kilograms without a fraction."""
    return f"{(grams or 0) / 1000:.1f}".removesuffix(".0")


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
        OrderStatus.CANCELLED: "plain",
    }.get(OrderStatus(status), "warn")
