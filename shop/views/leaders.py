"""代订: leaders order for the doors they look after that have no mobile phone."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_POST

from delivery import access, rounds
from delivery.models import GridRole
from shop import notices
from shop.forms import ToldForm
from shop.models import Notice, OrderStatus, Placement
from shop.visits import ORDERING_FOR, doors_to_order_for


@require_GET
@login_required
def doors(request: HttpRequest) -> HttpResponse:
    """The leader's doors, those without a mobile first, and who has ordered in this round."""
    roles = list(GridRole.objects.filter(user=request.user).select_related("grid__station"))
    if not roles:
        return render(request, "403.html", status=403)
    current = {role.grid_id: rounds.current(role.grid) for role in roles}
    ordered = Placement.objects.filter(
        household=OuterRef("pk"), round__in=[found for found in current.values() if found]
    ).exclude(order__status=OrderStatus.CANCELLED)
    unseen = Notice.objects.filter(household=OuterRef("pk"), seen_at=None)
    mine = (
        access.leader_doors(request.user)
        .with_phone()
        .annotate(has_ordered=Exists(ordered), has_news=Exists(unseen))
        .select_related("grid")
        .order_by("has_phone", "-has_news", "grid__position", "grid_id", "walk_key", "pk")
    )
    page = Paginator(mine, 60).get_page(request.GET.get("page"))
    _add_news(page)
    context = {
        "station": roles[0].grid.station,
        "grid": roles[0].grid,
        "household": access.household_of(request.user),
        "is_leader": True,
        # Who looks after one building only speaks to its people.
        "leads_grid": any(not role.building for role in roles),
        "tab": "doors",
        "doors": page,
        "open_grids": {grid_id for grid_id, found in current.items() if found},
    }
    return render(request, "shop/leader_doors.html", context)


def _add_news(doors) -> None:
    """To doors that cannot look for themselves: what somebody has to tell them, as `news`."""
    silent = {door.pk: door for door in doors if not door.has_phone}
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
    """From here on the shop is this door's, until `stop`."""
    door = get_object_or_404(doors_to_order_for(request.user), pk=pk)
    request.session[ORDERING_FOR] = door.pk
    return redirect("home")


@require_POST
@login_required
def stop(request: HttpRequest) -> HttpResponse:
    request.session.pop(ORDERING_FOR, None)
    return redirect("leader-doors" if request.user.grid_roles.exists() else "home")
