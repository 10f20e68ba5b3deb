"""我家: what the store knows of a door, what it may do there, and how it wants the store."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods

from shop.door_forms import PreferencesForm
from shop.models import DoorCard, DoorPreferences
from shop.money import accounts
from shop.visits import door_required


@require_GET
@door_required
def my_home(request: HttpRequest) -> HttpResponse:
    visit = request.visit
    door = visit.household
    context = visit.context(
        "me",
        people=door.people.all(),
        balance=accounts.balance(door),
        cards=[] if visit.for_another else _cards(door),
        for_another=visit.for_another,
    )
    return render(request, "shop/my_home.html", context)


def _cards(door) -> list[DoorCard]:
    """Those that let somebody in, or still may; not of the family before."""
    cards = DoorCard.objects.filter(household=door, ended_at=None, issued_at__gte=door.lived_in)
    return list(cards.select_related("bound_to").order_by("pk"))


@require_http_methods(["GET", "POST"])
@door_required
def preferences(request: HttpRequest) -> HttpResponse:
    """For everybody behind the door. Who orders for another has no say in it."""
    visit = request.visit
    if visit.for_another:
        messages.info(request, _("这些由那一户自己定。"))
        return redirect("my-home")
    kept = DoorPreferences.objects.filter(household=visit.household).first()
    form = PreferencesForm(request.POST or None, initial=PreferencesForm.of(kept))
    if form.is_valid():
        DoorPreferences.objects.update_or_create(
            household=visit.household, defaults=form.preferences
        )
        messages.success(request, _("记住了。"))
        return redirect("preferences")
    context = visit.context("me", form=form)
    return render(request, "shop/preferences.html", context, status=400 if form.errors else 200)
