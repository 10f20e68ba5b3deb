"""The words of an order's life. Oscar keeps the status as text; these are the only ones used."""

from django.utils.translation import gettext_lazy as _

from inventory.choices import TextChoices


class OrderStatus(TextChoices):
    PLACED = "placed", _("已下单")
    PACKED = "packed", _("已装好")
    ON_WAY = "on the way", _("在路上")
    DELIVERED = "delivered", _("已送到")
    NOT_DELIVERED = "not delivered", _("没送成")
    TAKEN = "taken", _("当场取走")
    CANCELLED = "cancelled", _("已取消")
