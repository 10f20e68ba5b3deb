"""Who somebody is, and which door is theirs."""

from django.contrib.auth.hashers import make_password
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery.models import GridRole, Person, Volunteer
from inventory.errors import StationError
from inventory.models import Membership
from shop.models import DoorCard, User


class Refused(StationError):
    """One sentence for every reason: a stranger learns nothing about any phone or door."""


class LogInInstead(StationError):
    """A card or a text message must never open the station's office: the password does."""

    def __init__(self) -> None:
        super().__init__(_("这个手机号在驿站有工作账号，请用密码登录。"))


def working() -> Q:
    """Users who see more than their own door; also those who are off duty just now."""
    return (
        Q(is_staff=True)
        | Q(is_superuser=True)
        | Exists(Membership.objects.filter(user=OuterRef("pk")))
        | Exists(GridRole.objects.filter(user=OuterRef("pk")))
        | Exists(Volunteer.objects.filter(user=OuterRef("pk")))
    )


def works(user: User) -> bool:
    return User.objects.filter(working(), pk=user.pk).exists()


def account(phone: str, name: str) -> User:
    """The login of a number, made without a password; of two at the same moment one is made."""
    fresh = {"name": name, "password": make_password(None)}
    return User.objects.get_or_create(phone=phone, defaults=fresh)[0]


def live_behind(person: Person, user: User) -> bool:
    """One person, one door: the one they came in at last. False: somebody changed the number
    in this very moment."""
    Person.objects.filter(user=user).exclude(pk=person.pk).update(user=None)
    if not Person.objects.filter(pk=person.pk, phone=user.phone).update(user=user):
        return False
    elsewhere = DoorCard.objects.filter(bound_to=user, ended_at=None)
    elsewhere.exclude(household=person.household_id).update(ended_at=timezone.now())
    return True
