"""登录安全: who of the station's people has a second factor; a manager resets a lost one."""

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from inventory.access import manager_required
from inventory.views.page import page
from shop.ways_in import second_factor

PER_PAGE = 50


@require_safe
@manager_required
def colleagues(request: HttpRequest) -> HttpResponse:
    listed = Paginator(second_factor.colleagues(request.station), PER_PAGE)
    shown = listed.get_page(request.GET.get("page"))
    return page(request, "shop/colleagues.html", "volunteers", colleagues=shown)


@require_POST
@manager_required
def reset(request: HttpRequest, pk: int) -> HttpResponse:
    """Theirs only: one's own is switched off with the password, a superuser's in the shell."""
    others = second_factor.colleagues(request.station).exclude(pk=request.user.pk)
    colleague = get_object_or_404(others.exclude(is_superuser=True), pk=pk)
    if second_factor.reset(colleague, by=request.user):
        messages.success(request, _("%s的第二步停用了，要用密码重新登录。") % colleague)
    return redirect("station-colleagues")
