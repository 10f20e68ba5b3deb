"""Which Oscar basket somebody is filling for which door."""

from django.conf import settings
from django.db import models


class DoorBasket(models.Model):
    """One open basket per person and door, also when two tabs ask for it at once.

    A leader fills baskets for many doors, so the basket's owner alone does not tell them apart.
    `basket` points at the open one; placing submits it, and the next visit points at a new one.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="door_baskets"
    )
    household = models.ForeignKey(
        "delivery.Household", on_delete=models.CASCADE, related_name="door_baskets"
    )
    basket = models.OneToOneField("basket.Basket", on_delete=models.CASCADE, related_name="door")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["user", "household"], name="one_open_basket_per_person_and_door"
            )
        ]

    def __str__(self) -> str:
        return f"basket #{self.basket_id}"
