"""2.8–2.9: that history stays as it was, and who may see what."""

from collections.abc import Iterator

from django.contrib.auth import get_user_model
from django.db.models import Exists, F, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from oscar.core.loading import get_model

from delivery.models import Batch, GridRole, Person, Registration, Volunteer
from inventory import append_only
from inventory.models import Membership
from inventory.words import aside, listed
from shop.audit.checks import Figure, check
from shop.models import DoorBasket, DoorCard, Placement

Partner = get_model("partner", "Partner")
User = get_user_model()


@check("2.8", gettext_lazy("历史只增不改"))
def history_is_append_only() -> Iterator[Figure]:
    yield Figure("tables", _("受保护的表"), len(append_only.tables()))
    missing = append_only.missing_triggers()
    label = _("缺少的触发器")
    named = aside(label, listed(missing)) if missing else label
    yield Figure("missing", named, len(missing), wrong=True)


@check("2.9", gettext_lazy("只看得到该看的"))
def people_see_only_what_their_work_needs() -> Iterator[Figure]:
    yield Figure("residents", _("能登录的住户"), Person.objects.filter(user__isnull=False).count())
    yield Figure("couriers", _("在岗志愿者"), Volunteer.objects.filter(active=True).count())
    yield Figure("leaders", _("楼长和网格长"), GridRole.objects.values("user").distinct().count())
    superusers = User.objects.filter(is_superuser=True, is_active=True)
    yield Figure("superusers", _("超级用户"), superusers.count())
    # A batch shows doors and notes: only to somebody on duty, of this station, for this grid.
    bound = Volunteer.grids.through.objects.filter(volunteer=OuterRef("courier"))
    strangers = (
        Batch.objects.filter(status__in=Batch.OPEN_STATUSES, courier__isnull=False)
        .annotate(bound=Exists(bound), here=Exists(bound.filter(grid=OuterRef("grid"))))
        .filter(
            Q(courier__active=False)
            | Q(courier__user__is_active=False)
            | ~Q(courier__station=F("grid__station"))
            | Q(bound=True, here=False)
        )
    )
    yield Figure("strangers", _("派给不该看的人的批次"), strangers.count(), wrong=True)
    # Who moved out, or was given another number, has no card of the door any more.
    bound = DoorCard.objects.filter(ended_at=None).exclude(bound_to=None)
    here = Person.objects.filter(household=OuterRef("household"), user=OuterRef("bound_to"))
    yield Figure("cards", _("绑着手机的门卡"), bound.count())
    gone = bound.exclude(Exists(here))
    yield Figure("cards_of_others", _("绑在不住这户的手机上的门卡"), gone.count(), wrong=True)
    # Who was not registered, and who is on the register, is not kept a second time.
    decided = Registration.objects.exclude(status=Registration.Status.OPEN)
    kept = decided.exclude(name="", phone="", needs="", landlord="")
    yield Figure("registrations", _("扫码登记，处理过的"), decided.count())
    yield Figure("registrations_kept", _("处理过还留着姓名电话的"), kept.count(), wrong=True)
    # Oscar's dashboard shows a partner's goods and orders: for who runs that station.
    Access = Partner.users.through
    runs = Membership.objects.filter(
        user=OuterRef("user"),
        station__partner=OuterRef("partner"),
        role=Membership.Role.MANAGER,
    )
    outsiders = Access.objects.exclude(user__is_superuser=True).exclude(Exists(runs))
    yield Figure("outsiders", _("不是站长却能进商品后台的"), outsiders.count(), wrong=True)
    # Whoever fills a basket or orders for a door lived there or looked after it.
    yield Figure("door_baskets", _("户的篮子"), DoorBasket.objects.count())
    crossed = Placement.objects.exclude(round__station=F("household__grid__station"))
    yield Figure("crossed", _("跨驿站的订单"), crossed.count(), wrong=True)
