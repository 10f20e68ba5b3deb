"""Who is a volunteer, and whether they are on duty. What they can carry: `volunteers`."""

import secrets
from collections.abc import Iterable
from dataclasses import dataclass

from django.contrib.auth import get_user_model
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from delivery import batches, volunteers
from delivery.errors import CannotEnlist, StillOut
from delivery.models import Batch, Grid, Volunteer
from inventory.models import Station
from inventory.words import listed

#: Nothing that looks like something else when it is read out or copied by hand.
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"
PASSWORD_LENGTH = 10


@dataclass(frozen=True)
class Enlisted:
    """`password` is known only now; None: the person has work already, and keeps theirs."""

    volunteer: Volunteer
    password: str | None


def enlist(
    station: Station,
    *,
    phone: str,
    name: str,
    capacity_g: int,
    max_stops: int,
    grids: Iterable[Grid] = (),
) -> Enlisted:
    """Makes somebody a volunteer of the station; `phone` is normalised, weight in grams.

    Who has a login already (a resident who helps) keeps it, with another password: a door card
    lets in whoever types this number, and nobody has seen yet whose phone that was. Raises
    `CannotEnlist` if the phone belongs to a volunteer, or to a login that is shut.
    """
    User = get_user_model()
    fresh = "".join(secrets.choice(LETTERS) for _letter in range(PASSWORD_LENGTH))
    password = None
    try:
        with transaction.atomic():
            user = User.objects.filter(phone=phone).first()
            if user is None:
                password = fresh
                user = User.objects.create_user(phone, password, name=name)
            elif not user.is_active:
                raise CannotEnlist(_("这个手机号的账号已经停用了。"))
            elif not _works(user):
                password = fresh
                user.set_password(password)
                user.save(update_fields=["password"])
            volunteer = Volunteer.objects.create(
                user=user, station=station, capacity_g=capacity_g, max_stops=max_stops
            )
            volunteer.grids.set(grids)
    except IntegrityError as error:
        raise CannotEnlist(_("这个手机号已经是志愿者了。")) from error
    return Enlisted(volunteer, password)


def _works(user) -> bool:
    """Whether the station has given them work before, and with it a password."""
    at_work = user.is_staff or user.memberships.exists() or user.grid_roles.exists()
    return user.has_usable_password() and at_work


def start(volunteer: Volunteer) -> None:
    """On duty from now on; again is nothing."""
    Volunteer.objects.filter(pk=volunteer.pk).update(active=True)


def end(volunteer: Volunteer, by) -> int:
    """Off duty from now on; how many batches were taken back. Again is nothing.

    Raises `StillOut` while they are on the way with something.
    """
    with transaction.atomic():
        this = Volunteer.objects.filter(pk=volunteer.pk)
        volunteers.lock(this)
        this.update(active=False)
        carried = list(
            Batch.objects.filter(courier=volunteer, status__in=Batch.OPEN_STATUSES)
            .select_related("grid")
            .order_by("pk")
        )
        out = [str(batch) for batch in carried if batch.status == Batch.Status.OUT]
        if out:
            raise StillOut(
                _(
                    "%(name)s还在送%(batches)s，送完才能休息。"
                    "送不完的，请在批次页里替 TA 把每一户记上。"
                )
                % {"name": volunteer.user, "batches": listed(out)}
            )
        for batch in carried:
            batches.take_back(batch, by)
    return len(carried)
