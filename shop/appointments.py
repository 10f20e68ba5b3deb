"""Who gets which work, and when it ends: managers, staff and leaders. Couriers are enlisted, and
sent off duty, on the console."""

from django.contrib.auth import get_user_model
from django.contrib.auth.models import Permission
from django.db import transaction

from delivery.models import Grid, GridRole
from inventory.models import Membership, Station


def account(phone: str, name: str):
    """The user of a normalised phone, made without a password if there is none."""
    User = get_user_model()
    user = User.objects.filter(phone=phone).first()
    return user or User.objects.create_user(phone, name=name)


def work_at(station: Station, user, role: str) -> None:
    """Makes somebody staff or manager of a station; a manager may edit its catalogue in Oscar."""
    with transaction.atomic():
        Membership.objects.update_or_create(station=station, user=user, defaults={"role": role})
        _fit_catalogue(station, user)


def lead(grid: Grid, user, building: str = "") -> None:
    """Makes somebody the leader of a grid, or of one building in it."""
    GridRole.objects.get_or_create(grid=grid, user=user, building=building)


def end_work(station: Station, user) -> int:
    """No staff, manager or leader of this station any more; how many roles that ended.

    Every page asks on every request, so it holds at once, also for who is logged in.
    """
    with transaction.atomic():
        ended, _ = Membership.objects.filter(station=station, user=user).delete()
        led, _ = GridRole.objects.filter(grid__station=station, user=user).delete()
        _fit_catalogue(station, user)
    return ended + led


def end_lead(grid: Grid, user, building: str = "") -> int:
    """No leader of this grid (`building`: of this building in it) any more; other work stays."""
    ended, _ = GridRole.objects.filter(grid=grid, user=user, building=building).delete()
    return ended


def _fit_catalogue(station: Station, user) -> None:
    """Oscar's dashboard is for managers: of this station's goods, and at all."""
    runs = Membership.objects.filter(user=user, role=Membership.Role.MANAGER)
    here = station.partner.users
    (here.add if runs.filter(station=station).exists() else here.remove)(user)
    access = Permission.objects.get(codename="dashboard_access", content_type__app_label="partner")
    (user.user_permissions.add if runs.exists() else user.user_permissions.remove)(access)
