"""Who logs in. The phone number is the login; nobody in the village needs an e-mail."""

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class UserManager(BaseUserManager):
    use_in_migrations = True

    def create_user(self, phone: str, password: str | None = None, **fields) -> "User":
        """`phone` is already normalised (`inventory.sheets.phone`); no password: cannot log in."""
        if not phone:
            raise ValueError("A user needs a phone number.")
        user = self.model(phone=phone, **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, phone: str, password: str | None = None, **fields) -> "User":
        return self.create_user(phone, password, is_staff=True, is_superuser=True, **fields)


class User(AbstractBaseUser, PermissionsMixin):
    phone = models.CharField(_("手机号"), max_length=20, unique=True)
    name = models.CharField(_("姓名"), max_length=40, blank=True)
    # Oscar's dashboard shows and searches it; the village leaves it empty.
    email = models.EmailField(_("邮箱"), blank=True)
    is_staff = models.BooleanField(_("可进商品后台"), default=False)
    is_active = models.BooleanField(_("可登录"), default=True)
    date_joined = models.DateTimeField(_("加入时间"), default=timezone.now)
    # Part of every session: one more, and whoever is logged in is not any longer.
    logins_ended = models.PositiveIntegerField(default=0, editable=False)

    objects = UserManager()

    USERNAME_FIELD = "phone"
    REQUIRED_FIELDS: list[str] = []

    class Meta:
        verbose_name = _("用户")
        verbose_name_plural = _("用户")

    def __str__(self) -> str:
        # Never the phone: this string ends up in logs and pages.
        return self.name or f"user #{self.pk}"

    def _get_session_auth_hash(self, secret=None) -> str:
        """Django's, of the password; with a new password all other sessions end, too."""
        return f"{super()._get_session_auth_hash(secret)}{self.logins_ended or ''}"

    def get_full_name(self) -> str:
        return self.name

    get_short_name = get_full_name
