"""How people get in, and how guessing is slowed down. No code is kept, only what it hashes to."""

import uuid
from base64 import b32decode

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare
from django.utils.translation import gettext_lazy as _
from django_otp.models import Device
from django_otp.oath import hotp

from shop.messaging import sealing


class DoorCard(models.Model):
    """门卡: a printed QR and short code that is handed over at the door. Lets one phone in, once.

    The code is kept as a hash: whoever prints the card again makes a new one, and the old one
    ends. A door has at most one card that still waits for its phone.
    """

    household = models.ForeignKey(
        "delivery.Household", on_delete=models.CASCADE, related_name="door_cards"
    )
    code_hash = models.CharField(max_length=64, unique=True)
    issued_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )
    issued_at = models.DateTimeField(_("发卡时间"), default=timezone.now)
    # Of the page that printed it: sent twice, it must not end the cards it has just printed.
    printed_in = models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)
    # Who came in with it; their phone is the only one this card ever lets in.
    bound_to = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.SET_NULL,
        null=True,
        blank=True,
        related_name="door_cards",
    )
    bound_at = models.DateTimeField(_("绑定时间"), null=True, blank=True)
    # Of the page that did it: sent again, because its answer got lost, it is the same phone.
    bound_in = models.UUIDField(null=True, editable=False)
    # The register did not know their number: it goes with the card.
    added = models.BooleanField(_("号码是刷卡登记的"), default=False)
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

    def __str__(self) -> str:
        return f"login code #{self.pk}"


class SecondFactor(Device):
    """第二步: the codes of an app beside the password (TOTP, RFC 6238), for who works here.

    Asked for before somebody is logged in at all, so no page has to look for it.
    """

    STEP, DIGITS = 30, 6  # seconds; what every app takes without being told

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="second_factor"
    )
    name = None
    sealed_key = models.TextField()
    # The time step of the code that was used last: none works twice.
    last_t = models.BigIntegerField(default=-1)
    # Begun, and from `confirmed` on: since when it is on.
    at = models.DateTimeField(default=timezone.now)

    def __str__(self) -> str:
        return f"second factor #{self.pk}"

    def verify_token(self, token: str) -> bool:
        """The code of this half minute or of the ones beside it; clocks differ. Each once."""
        now = int(timezone.now().timestamp()) // self.STEP
        try:
            key = b32decode(sealing.unseal(self.sealed_key))
        except sealing.Broken:  # SECRET_KEY is another one: recovery codes are gone with it, too
            return False
        right = [
            step
            for step in (now - 1, now, now + 1)
            if constant_time_compare(f"{hotp(key, step, self.DIGITS):0{self.DIGITS}d}", token)
        ]
        unused = SecondFactor.objects.filter(pk=self.pk, last_t__lt=max(right, default=0))
        return bool(right and unused.update(last_t=max(right)))


class RecoveryCode(models.Model):
    """恢复码: instead of the app, once, when the phone with it is lost."""

    factor = models.ForeignKey(
        SecondFactor, on_delete=models.CASCADE, related_name="recovery_codes"
    )
    code_hash = models.CharField(max_length=64)
    used_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"recovery code #{self.pk}"


class LoginFailure(models.Model):
    """A try that was not right, or that is being looked at just now.

    `key` is a keyed hash of the phone, the address or the card, never the thing.
    """

    key = models.CharField(max_length=64)
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["key", "at"], name="login_failure_key_at")]

    def __str__(self) -> str:
        return f"failure #{self.pk}"
