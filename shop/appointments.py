"""Who gets which work: managers, staff and leaders. Couriers are enlisted on the console."""

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
        if role == Membership.Role.MANAGER:
            station.partner.users.add(user)
            user.user_permissions.add(
                Permission.objects.get(
                    codename="dashboard_access", content_type__app_label="partner"
                )
            )
        else:
            station.partner.users.remove(user)


def lead(grid: Grid, user, building: str = "") -> None:
    """Makes somebody the leader of a grid, or of one building in it."""
    GridRole.objects.get_or_create(grid=grid, user=user, building=building)
