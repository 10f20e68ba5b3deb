"""How a household wants the store to look, and what it wants to hear."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class DoorPreferences(models.Model):
    """No row: as everybody has it. Ends when the family moves out."""

    household = models.OneToOneField(
        "delivery.Household", on_delete=models.CASCADE, primary_key=True, related_name="preferences"
    )
    # 长辈版: larger, fewer, pictures first.
    elder = models.BooleanField(_("长辈版"), default=False)
    # Kinds (`Message.Kind`) that must not ring; the inbox keeps all of them.
    muted = models.JSONField(_("不要提醒"), default=list, blank=True)

    def __str__(self) -> str:
        return f"preferences of door #{self.pk}"
