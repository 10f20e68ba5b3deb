from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from inventory import append_only


class InventoryConfig(AppConfig):
    name = "inventory"
    verbose_name = _("库存")

    def ready(self) -> None:
        append_only.guard(self, "Move", "Receipt", "ReceiptLine", "ReceiptPhoto", "Costing")
