"""The words of an order's life. Oscar keeps the status as text; these are the only ones used."""

from django.utils.translation import gettext_lazy as _

from inventory.choices import TextChoices


class OrderStatus(TextChoices):
    # Goods are held for it until it is paid, or the time to pay is over.
    AWAITING = "awaiting payment", _("待付款")
    PLACED = "placed", _("已下单")
    PACKED = "packed", _("已装好")
    ON_WAY = "on the way", _("在路上")
    DELIVERED = "delivered", _("已送到")
    NOT_DELIVERED = "not delivered", _("没送成")
    RETURNED = "returned", _("已退回")
    TAKEN = "taken", _("当场取走")
    CANCELLED = "cancelled", _("已取消")
