"""常买: goods a household wants to find quickly."""

from django.db import models


class Favourite(models.Model):
    household = models.ForeignKey(
        "delivery.Household", on_delete=models.CASCADE, related_name="favourites"
    )
    item = models.ForeignKey("inventory.Item", on_delete=models.CASCADE, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["household", "item"], name="favourite_once_per_door")
        ]

    def __str__(self) -> str:
        return f"favourite #{self.pk}"
