"""代订: leaders order for the doors they look after that have no mobile phone."""

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Exists, OuterRef
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from delivery import access, rounds
from delivery.models import GridRole
from shop.models import OrderStatus, Placement
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
    mine = (
        access.leader_doors(request.user)
        .with_phone()
        .annotate(has_ordered=Exists(ordered))
        .select_related("grid")
        .order_by("has_phone", "grid__position", "grid_id", "walk_key", "pk")
    )
    page = Paginator(mine, 60).get_page(request.GET.get("page"))
    context = {
        "station": roles[0].grid.station,
        "grid": roles[0].grid,
        "household": access.household_of(request.user),
        "is_leader": True,
        "tab": "doors",
        "doors": page,
        "open_grids": {grid_id for grid_id, found in current.items() if found},
    }
    return render(request, "shop/leader_doors.html", context)


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
