"""How a door gets its login, and how guessing is slowed down."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
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


class DoorCard(models.Model):
    """门卡: a printed QR and short code that is handed over at the door. Lets one phone in, once.

    The code is kept as a hash: whoever prints the card again makes a new one, and the old one
    ends. A door has at most one card that still works.
    """

    household = models.ForeignKey(
        "delivery.Household", on_delete=models.CASCADE, related_name="door_cards"
    )
    code_hash = models.CharField(max_length=64, unique=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    issued_at = models.DateTimeField(_("发卡时间"), default=timezone.now)
    # Who came in with it; their phone is the only one this card ever lets in.
    bound_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="door_cards",
    )
    bound_at = models.DateTimeField(_("绑定时间"), null=True, blank=True)
    ended_at = models.DateTimeField(_("作废时间"), null=True, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(bound_at=None, ended_at=None),
                name="one_open_card_per_door",
            )
        ]

    def __str__(self) -> str:
        return f"door card #{self.pk}"


class LoginCode(models.Model):
    """短信验证码: single-use, short-lived, kept as a keyed hash of phone and code together.

    A row is made for every phone that asks, registered or not: nobody can tell them apart.
    """

    phone_hash = models.CharField(max_length=64, db_index=True)
    code_hash = models.CharField(max_length=64)
    at = models.DateTimeField(default=timezone.now)
    expires_at = models.DateTimeField(_("有效到"))
    used_at = models.DateTimeField(_("用掉时间"), null=True, blank=True)
    tries = models.PositiveSmallIntegerField(_("试了几次"), default=0)

    def __str__(self) -> str:
        return f"login code #{self.pk}"


class LoginFailure(models.Model):
    """A wrong password or code. `key` is a keyed hash of the phone or address, never the thing."""

    key = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["key", "at"], name="login_failure_key_at")]

    def __str__(self) -> str:
        return f"failure #{self.pk}"
