from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from inventory import append_only


class DeliveryConfig(AppConfig):
    name = "delivery"
    verbose_name = _("配送")

    def ready(self) -> None:
        append_only.guard(self, "Event", "Handoff", "ShareOut")
