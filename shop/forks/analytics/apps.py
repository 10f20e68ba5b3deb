from oscar.apps.analytics import apps


class AnalyticsConfig(apps.AnalyticsConfig):
    name = "shop.forks.analytics"

    def ready(self) -> None:
        """Oscar counts every order per product and person, a query each: not on our hot path."""
