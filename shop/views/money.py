"""钱: where the station's money is, and how it is taken."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from inventory.access import staff_required, stations_of
from inventory.views.page import page
from shop.models import MoneyMove
from shop.money import overview
from shop.money.forms import SettingsForm
from shop.payments import ways


@require_safe
@never_cache
@staff_required
def money(request: HttpRequest) -> HttpResponse:
    """总览."""
    midnight = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0)
    found = overview.of(request.station, midnight)
    return page(
        request,
        "shop/money.html",
        "money",
        found=found,
        at={account.value: yuan for account, yuan in found.stands.items()},
        held=_rows(overview.HELD, found),
        own=_rows(overview.OWN, found),
        paid=[(overview.WAYS[account], yuan) for account, yuan in found.today.paid.items() if yuan],
    )


def _rows(accounts, found: overview.Overview) -> list[tuple[str, object]]:
    """What is on one side, without what never happened."""
    main = (MoneyMove.Account.CASH, MoneyMove.Account.HOUSEHOLD, MoneyMove.Account.SALES)
    return [
        (overview.NAMES.get(account, account.label), found.stands[account])
        for account in accounts
        if found.stands[account] or account in main
    ]


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def settings(request: HttpRequest) -> HttpResponse:
    """Everybody at the station may read how it takes money; its manager says so."""
    is_manager = stations_of(request.user, manager=True).contains(request.station)
    if request.method == "POST" and not is_manager:
        raise PermissionDenied
    form = SettingsForm(request.POST or None, instance=request.station)
    if request.method == "POST" and form.is_valid():
        form.save()
        messages.success(request, _("付款设置改好了，马上生效。"))
        return redirect("station-money-settings")
    chosen = form["ways_to_pay"].value() or []
    return page(
        request,
        "shop/money_settings.html",
        "money",
        status=400 if form.errors else 200,
        form=form,
        is_manager=is_manager,
        ways=[(way, code in chosen, way.is_set_up()) for code, way in ways.ALL.items()],
    )
