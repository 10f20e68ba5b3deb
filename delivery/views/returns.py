"""退回上架: a parcel that nobody takes is unpacked for good."""

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from delivery import returns
from delivery.models import Parcel, ParcelLine
from inventory.access import staff_required
from inventory.errors import StationError
from inventory.views.page import page


class ReturnForm(forms.Form):
    """`spoiled-12`: so many units of line 12 cannot be sold again."""

    def __init__(self, lines: list[ParcelLine], *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        for line in lines:
            said = _("请填 0 到 %d 的整数。") % line.quantity
            self.fields[f"spoiled-{line.pk}"] = forms.IntegerField(
                label=line.item.record.product.title,
                required=False,
                min_value=0,
                max_value=line.quantity,
                error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), said),
                widget=forms.NumberInput(attrs={"inputmode": "numeric", "placeholder": "0"}),
            )

    def spoiled(self) -> dict[int, int]:
        """By line."""
        return {
            int(name.removeprefix("spoiled-")): units
            for name, units in self.cleaned_data.items()
            if units
        }


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def parcel_return(request: HttpRequest, pk: int) -> HttpResponse:
    """What is in it, and what of that is still good."""
    mine = Parcel.objects.filter(round__station=request.station)
    parcel = get_object_or_404(mine.select_related("household__grid", "round"), pk=pk)
    back = f"{reverse('station-dispatch')}?round={parcel.round_id}"
    lines = list(returns.contents(parcel))
    form = ReturnForm(lines, request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            returns.take_back(parcel, by=request.user, spoiled=form.spoiled())
        except StationError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("退回上架了，这一户不用付钱。"))
        return redirect(back)
    may = returns.returnable(Parcel.objects.filter(pk=pk)).exists()
    return page(
        request,
        "delivery/parcel_return.html",
        "dispatch",
        status=400 if form.errors else 200,
        parcel=parcel,
        rows=[(line, form[f"spoiled-{line.pk}"]) for line in lines],
        back=back,
        may=may,
    )
