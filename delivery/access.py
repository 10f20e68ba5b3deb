"""Who may see which doors and batches (DESIGN §2.9). Views ask here, and take their rows from what
they get. Who works at a station: `inventory.access`."""

from django.db.models import QuerySet

from delivery.models import Household, Volunteer


def household_of(user) -> Household | None:
    """The door this user lives behind."""
    if not user.is_authenticated:
        return None
    return homes_of(user).first()


def homes_of(user) -> QuerySet[Household]:
    """The one door a user who logged in lives behind, or none."""
    return Household.objects.filter(people__user=user).select_related("grid__station")


def leader_doors(user) -> QuerySet[Household]:
    """The doors this user looks after as 楼长 or 网格长, in walking order."""
    if not user.is_authenticated:
        return Household.objects.none()
    doors = Household.objects.looked_after_by(user)
    return doors.select_related("grid__station").in_walking_order()


def volunteer_of(user) -> Volunteer | None:
    """Who this user is as a courier; nobody while off duty."""
    if not user.is_authenticated:
        return None
    return Volunteer.objects.filter(user=user, active=True).select_related("station").first()
