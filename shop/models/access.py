"""How a door gets its login, and how guessing is slowed down."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _


class AccessCode(models.Model):
    """A one-time code that staff or a leader hands to a door. Kept as a hash, never shown again."""

    household = models.ForeignKey(
        "delivery.Household", on_delete=models.CASCADE, related_name="access_codes"
    )
    code_hash = models.CharField(max_length=64, unique=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    expires_at = models.DateTimeField(_("有效到"))
    used_at = models.DateTimeField(_("用掉时间"), null=True, blank=True)

    def __str__(self) -> str:
        return f"code #{self.pk}"


class LoginFailure(models.Model):
    """A wrong password or code. `key` is a keyed hash of the phone or address, never the thing."""

    key = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["key", "at"], name="login_failure_key_at")]

    def __str__(self) -> str:
        return f"failure #{self.pk}"
