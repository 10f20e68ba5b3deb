"""门的登记: a poster's QR opens a form; what somebody wrote in it waits for the leader's word."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from delivery.models.household import on_the_wall
from inventory.choices import TextChoices
from inventory.moving import MovingQuerySet


class Poster(models.Model):
    """The sheet at a building's entrance (or a grid's): its code says where, so nobody types it."""

    grid = models.ForeignKey("delivery.Grid", on_delete=models.CASCADE, related_name="posters")
    building = models.CharField(_("楼"), max_length=20, blank=True)
    code = models.CharField(max_length=16, unique=True)
    # Taken down: the address still answers, with a sentence.
    active = models.BooleanField(_("贴着"), default=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["grid", "building"],
                condition=Q(active=True),
                name="one_poster_per_building",
            )
        ]

    def __str__(self) -> str:
        return f"poster #{self.pk}"

    @property
    def place(self) -> str:
        return on_the_wall(self.building)


class Registration(models.Model):
    """What a stranger with a phone says about a door. Nothing of it is on the register until a
    leader approves it; refused and merged ones keep no phone and no needs."""

    class Status(TextChoices):
        OPEN = "open", _("等着看")
        APPROVED = "approved", _("登记了")
        MERGED = "merged", _("并到已有的门")
        REFUSED = "refused", _("没通过")

    #: from -> to; `delivery.registrations` moves them, nobody else.
    MOVES = {
        Status.OPEN: {Status.APPROVED, Status.MERGED, Status.REFUSED},
        Status.APPROVED: set(),
        Status.MERGED: set(),
        Status.REFUSED: set(),
    }

    poster = models.ForeignKey(Poster, on_delete=models.PROTECT, related_name="registrations")
    grid = models.ForeignKey("delivery.Grid", on_delete=models.PROTECT, related_name="+")
    building = models.CharField(_("楼"), max_length=20)
    unit = models.CharField(_("单元"), max_length=20, blank=True)
    room = models.CharField(_("室"), max_length=20, blank=True)
    floor = models.SmallIntegerField(_("楼层"), null=True, blank=True)
    people_count = models.PositiveSmallIntegerField(_("人数"), default=1)
    newcomers_count = models.PositiveSmallIntegerField(_("其中来沪人员"), default=0)
    name = models.CharField(_("姓名"), max_length=40, blank=True)
    phone = models.CharField(_("电话"), max_length=20, blank=True)
    landlord = models.CharField(_("房东"), max_length=60, blank=True)
    needs = models.CharField(_("特殊情况"), max_length=200, blank=True)
    # The form's own: sent twice it is one row.
    nonce = models.UUIDField(unique=True)
    status = models.CharField(_("状态"), max_length=8, choices=Status, default=Status.OPEN)
    # The door it became, or was merged into.
    household = models.ForeignKey(
        "delivery.Household", on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    reason = models.CharField(_("为什么"), max_length=100, blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, blank=True, related_name="+"
    )
    at = models.DateTimeField(_("时间"), auto_now_add=True)
    decided_at = models.DateTimeField(_("处理时间"), null=True, blank=True)

    objects = MovingQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["grid"], condition=Q(status="open"), name="registration_open")
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(newcomers_count__lte=models.F("people_count")),
                name="registered_newcomers_are_people",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["open", "approved"])
                | Q(phone="", name="", needs="", landlord=""),
                name="nothing_kept_of_who_was_not_registered",
            ),
        ]

    def __str__(self) -> str:
        return f"registration #{self.pk}"

    @property
    def place(self) -> str:
        return on_the_wall(self.building, self.unit, self.room)
