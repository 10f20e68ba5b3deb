"""代订: leaders order for the doors they look after where nobody comes in with a phone."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db import models
from django.db.models import Case, Count, Exists, F, OuterRef, Q, Subquery, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST, require_safe
from oscar.core.loading import get_model

from delivery import access, registrations, rounds
from delivery.models import GridRole, Household, Registration
from inventory.choices import TextChoices
from shop import front, notices
from shop.forms import ToldForm
from shop.models import Notice, OrderStatus, Placement
from shop.views.order_change import order_again
from shop.visits import ORDERING_FOR, doors_to_order_for

Line = get_model("order", "Line")


class Show(TextChoices):
    """Which of the leader's doors are on the page."""

    ALL = "", gettext_lazy("全部")
    WAITING = "waiting", gettext_lazy("还没订")
    SILENT = "silent", gettext_lazy("要代订")
    NEWS = "news", gettext_lazy("有变动")


_ASKED = {
    Show.WAITING: Q(takes_orders=True, has_ordered=False),
    Show.SILENT: Q(has_login=False),
    Show.NEWS: Q(has_news=True),
}


@require_safe
@login_required
def doors(request: HttpRequest) -> HttpResponse:
    """The leader's doors, silent ones first, and who has ordered in this round."""
    roles = list(GridRole.objects.filter(user=request.user).select_related("grid__station"))
    if not roles:
        return render(request, "403.html", status=403)
    current = {role.grid_id: rounds.current(role.grid) for role in roles}
    mine = _with_state(access.leader_doors(request.user), current)
    said = request.GET.get("show", "")
    show = Show(said) if said in Show.values else Show.ALL
    listed = mine.filter(_ASKED[show]) if show else mine
    counted = mine.order_by().aggregate(
        all=Count("pk"), **{key.value: Count("pk", filter=asked) for key, asked in _ASKED.items()}
    )
    page = Paginator(listed.select_related("grid"), 60).get_page(request.GET.get("page"))
    _add_news(page)
    _add_last(page)
    waiting = registrations.of_leader(request.user).filter(status=Registration.Status.OPEN)
    context = {
        "station": roles[0].grid.station,
        "grid": roles[0].grid,
        "household": access.household_of(request.user),
        "is_leader": True,
        # Who looks after one building only speaks to its people.
        "leads_grid": any(not role.building for role in roles),
        "tab": "doors",
        "doors": page,
        "show": show,
        "chips": [(one, counted[one.value or "all"]) for one in Show],
        "registrations": waiting.count(),
    }
    return render(request, "shop/leader_doors.html", context)


def _with_state(doors, current: dict):
    """Adds `takes_orders` (a round takes this door's order now), `has_ordered` in it, `has_news`
    and `has_login`."""
    taking = [found for found in current.values() if found]
    ordered = Placement.objects.filter(household=OuterRef("pk"), round__in=taking)
    unseen = Notice.objects.filter(household=OuterRef("pk"), seen_at=None)
    return (
        doors.with_login()
        .annotate(
            has_ordered=Exists(ordered.exclude(order__status=OrderStatus.CANCELLED)),
            has_news=Exists(unseen),
            takes_orders=Case(
                When(grid__in=[pk for pk, found in current.items() if found], then=True),
                default=False,
                output_field=models.BooleanField(),
            ),
        )
        .order_by("has_login", "-has_news", "grid__position", "grid_id", "walk_key", "pk")
    )


def _add_last(doors) -> None:
    """To doors that can be ordered for: the titles of what they ordered last, as `last`."""
    silent = {door.pk: door for door in doors if not door.has_login}
    for door in silent.values():
        door.last = []
    latest = (
        Placement.objects.filter(household=OuterRef("pk"))
        # Not of a family that moved out.
        .filter(
            Q(household__lived_in_since=None)
            | Q(order__date_placed__gte=F("household__lived_in_since"))
        )
        .exclude(order__status=OrderStatus.CANCELLED)
        .order_by("-order__date_placed", "-order")
    )
    orders = (
        Household.objects.filter(pk__in=silent)
        .annotate(latest=Subquery(latest.values("order")[:1]))
        .exclude(latest=None)
    )
    of = dict(orders.values_list("latest", "pk"))
    lines = Line.objects.filter(order__in=of, quantity__gt=0).order_by("pk")
    for order, title, units in lines.values_list("order", "title", "quantity"):
        silent[of[order]].last.append((title, units))


def _add_news(doors) -> None:
    """To doors that cannot look for themselves: what somebody has to tell them, as `news`."""
    silent = {door.pk: door for door in doors if not door.has_login}
    for door in silent.values():
        door.news = []
    for news in notices.unseen(silent.values()):
        silent[news.household_id].news.append(news)


@require_POST
@login_required
def told(request: HttpRequest, pk: int) -> HttpResponse:
    """The leader has told this door what changed: what the page showed, and nothing later."""
    door = get_object_or_404(doors_to_order_for(request.user), pk=pk)
    form = ToldForm(request.POST)
    if form.is_valid() and notices.seen(form.cleaned_data["notices"], door):
        messages.success(request, _("记下了：%s已经知道了。") % door.door)
    return redirect("leader-doors")


@require_POST
@login_required
def order_for(request: HttpRequest, pk: int) -> HttpResponse:
    """From here on the shop is this door's, until `stop`; `again`: with what it had last."""
    door = get_object_or_404(doors_to_order_for(request.user), pk=pk)
    request.session[ORDERING_FOR] = door.pk
    last = front.last_order(door) if "again" in request.POST else None
    if last is None:
        return redirect("home")
    # One tap: what it had last is in its basket, to be looked at and ordered.
    return order_again(request, last.number)


@require_POST
@login_required
def stop(request: HttpRequest) -> HttpResponse:
    request.session.pop(ORDERING_FOR, None)
    return redirect("leader-doors" if request.user.grid_roles.exists() else "home")
