"""The demo village: synthetic, repeatable, and the only data with a password anybody may know."""

CODE = "demo"
PASSWORD = "yizhan2022"  # noqa: S105  (printed at every start, for invented people)


def logins() -> list[tuple[str, str, str]]:
    """(role, phone, password) of one invented person per role; empty without the demo village."""
    from django.contrib.auth import get_user_model
    from django.utils.translation import gettext as _

    from inventory.models import Station
    from shop.demo import village

    if not Station.objects.filter(code=CODE).exists():
        return []
    roles = {
        village.RESIDENT.phone: _("居民"),
        village.LEADER.phone: _("网格长"),
        village.CLERK.phone: _("驿站工作人员"),
        village.COURIER.phone: _("志愿者"),
        village.MANAGER.phone: _("站长"),
    }
    users = get_user_model().objects.filter(phone__in=roles, is_active=True)
    present = set(users.values_list("phone", flat=True))
    return [(role, phone, PASSWORD) for phone, role in roles.items() if phone in present]
