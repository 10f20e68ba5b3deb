from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from inventory import append_only


class ShopConfig(AppConfig):
    name = "shop"
    verbose_name = _("驿站商店")

    def ready(self) -> None:
        from shop import receivers  # noqa: F401  (connecting the signals is its effect)

        append_only.guard(
            self, "Adjustment", "CashCount", "CreditChange", "MoneyMove", "StripeEvent", "Subsidy"
        )
