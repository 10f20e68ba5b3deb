"""每波都要: what a door gets in every round until it says stop; seen, begun, changed, stopped."""

from collections.abc import Mapping

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from delivery.models import Wish
from inventory.errors import StationError
from inventory.models import Item
from shop import baskets, reordering, standing
from shop.door_forms import StandingForm
from shop.forms import written
from shop.money import ZERO
from shop.steppers import Row
from shop.views.orders import orders_seen_from
from shop.visits import Visit, door_required

#: Rounds a page looks back on.
SHOWN = 10


@require_GET
@door_required
def standing_order(request: HttpRequest) -> HttpResponse:
    visit = request.visit
    found = standing.of(visit.household)
    ways = {way.code: way.title for way in standing.ways(visit.station)}
    context = visit.context(
        "me",
        standing=found,
        way=ways.get(found.way, "") if found else "",
        runs=standing.runs(found)[:SHOWN] if found else [],
    )
    return render(request, "shop/standing.html", context)


@require_http_methods(["GET", "POST"])
@door_required
def standing_new(request: HttpRequest) -> HttpResponse:
    """From an order (`?order=`), from what there is already (`?change`), or from the basket.
    Nothing is written before the button; what was tapped until then is in the page's form."""
    visit = request.visit
    ways = standing.ways(visit.station)
    if request.method == "GET":
        first = {"way": ways[0].code if ways else "", "in_person": ""}
        return _page(request, StandingForm(ways, initial=first | _first(request)))
    form = StandingForm(ways, request.POST)
    if "save" not in request.POST:
        return _page(request, form)
    if not form.is_valid():
        return _page(request, form, status=400)
    said = form.cleaned_data
    try:
        standing.start(
            visit.household,
            {item: (units, said["wish"]) for item, units in said["units"].items() if units},
            by=request.user,
            way=said["way"],
            in_person=said["in_person"],
            note=said["note"],
        )
    except StationError as error:
        return _page(request, form, error=error, status=409)
    messages.success(request, _("记住了。从下一波开始接单起，每波自动下单。"))
    return redirect("standing")


@require_POST
@door_required
def standing_stop(request: HttpRequest) -> HttpResponse:
    if found := standing.of(request.visit.household):
        standing.stop(found, by=request.user)
    messages.success(request, _("停了，以后不会自动下单。已经下好的单还在。"))
    return redirect("standing")


def _first(request: HttpRequest) -> dict:
    """What the page begins with."""
    visit = request.visit
    if "change" in request.GET and (found := standing.of(visit.household)):
        lines = list(found.lines.all())
        return {
            "units": {line.item_id: line.units for line in lines},
            "wish": lines[0].wish if lines else Wish.LESS,
            "in_person": "1" if found.in_person else "",
            "note": found.note,
            "way": found.way,
        }
    if number := request.GET.get("order"):
        order = get_object_or_404(orders_seen_from(visit), number=number)
        units, _titles = reordering.asked(order)
    else:
        basket = baskets.for_door(request.user, visit.household)
        units = {line.record_id: line.quantity for line in baskets.lines(basket)}
    items = _items(visit).filter(record__in=units).values_list("pk", "record")
    by_record = {record: pk for pk, record in items}
    return {"units": {by_record[key]: number for key, number in units.items() if key in by_record}}


def _items(visit: Visit):
    return Item.objects.filter(record__partner=visit.station.partner_id)


def _page(
    request: HttpRequest,
    form: StandingForm,
    *,
    error: StationError | None = None,
    status: int = 200,
) -> HttpResponse:
    visit = request.visit
    rows = _rows(visit, _units(form))
    context = visit.context(
        "me",
        hide_tabs=True,
        form=form,
        here=request.path,
        rows=rows,
        units=written({row.key: row.units for row in rows}),
        total=sum((row.total for row in rows), ZERO),
        priced=all(row.price is not None for row in rows),
        nothing=not any(row.units for row in rows),
        error=error,
    )
    if request.htmx:
        # A page with the status of an error is thrown away by htmx.
        return render(request, "shop/partials/standing_new.html", context)
    return render(request, "shop/standing_new.html", context, status=status)


def _units(form: StandingForm) -> Mapping[int, int]:
    """Of what could not be read there is nothing to show."""
    if not form.is_bound:
        return form.initial["units"]
    form.full_clean()
    return form.cleaned_data.get("units", {})


def _rows(visit: Visit, units: Mapping[int, int]) -> list[Row]:
    """In the order in which they were named; of this station only."""
    found = _items(visit).filter(pk__in=units).select_related("record__product").in_bulk()
    return [
        Row(pk, item.record.product.title, item.unit, number, None, item.record.price)
        for pk, number in units.items()
        if (item := found.get(pk))
    ]
