"""退货 at the counter: what was sold is brought back."""

from uuid import uuid4

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from delivery.templatetags.station import yuan
from inventory.access import staff_required
from inventory.errors import StationError
from inventory.views.page import page
from shop.counter_sales import taking_back
from shop.models import CounterSale
from shop.settlement import afterwards
from shop.views import till_warning


class BackForm(forms.Form):
    """`back-12`, `spoiled-12`: units of line 12; `purse` says where its money goes."""

    CASH, ACCOUNT = "cash", "account"

    purse = forms.ChoiceField(
        label=gettext_lazy("钱退到哪里"),
        choices=[(CASH, gettext_lazy("退现金")), (ACCOUNT, gettext_lazy("退到驿站账户"))],
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), gettext_lazy("请选退现金还是退到账户。")
        ),
        widget=forms.RadioSelect,
    )
    nonce = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, sale: CounterSale, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        # As sold, not as left: a second tap says the same again, and the rule knows.
        for line_id, units in sale.order.lines.values_list("pk", "quantity"):
            said = _("请填 0 到 %d 的整数。") % units
            for name in ("back", "spoiled"):
                self.fields[f"{name}-{line_id}"] = forms.IntegerField(
                    required=False,
                    min_value=0,
                    max_value=units,
                    error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), said),
                    widget=forms.NumberInput(attrs={"inputmode": "numeric", "placeholder": "0"}),
                )

    def units(self, name: str) -> dict[int, int]:
        """By line."""
        return {
            int(field.removeprefix(f"{name}-")): units
            for field, units in self.cleaned_data.items()
            if field.startswith(f"{name}-") and units
        }


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@staff_required
def sale_back(request: HttpRequest, number: str) -> HttpResponse:
    """Which of it, how many of that are still good, and where the money goes."""
    sales = CounterSale.objects.select_related("order", "household__grid")
    sale = get_object_or_404(sales, order__number=number, station=request.station)
    if request.method != "POST":
        purse = BackForm.CASH if sale.way == CounterSale.Way.CASH else BackForm.ACCOUNT
        return _form(request, sale, BackForm(sale, initial={"purse": purse, "nonce": uuid4()}))
    form = BackForm(sale, request.POST)
    if not form.is_valid():
        return _form(request, sale, form, status=400)
    cash = form.cleaned_data["purse"] == BackForm.CASH
    try:
        given = taking_back.take_back(
            sale,
            form.units("back"),
            by=request.user,
            cash=cash,
            nonce=form.cleaned_data["nonce"],
            spoiled=form.units("spoiled"),
        )
    except StationError as error:
        return _form(request, sale, form, error=error, status=409)
    said = _("收回来了，请退给住户现金 %s。") if cash else _("收回来了，%s 退进了驿站账户。")
    messages.success(request, said % yuan(given))
    if cash:
        till_warning.warn(request)
    return redirect("station-sale", number)


def _form(
    request: HttpRequest,
    sale: CounterSale,
    form: BackForm,
    *,
    error: StationError | None = None,
    status: int = 200,
) -> HttpResponse:
    left, now = taking_back.left(sale), afterwards.worth(sale.order_id)
    lines = sale.order.lines.select_related("stockrecord__item").order_by("pk")
    return page(
        request,
        "shop/sale_back.html",
        "counter",
        status=status,
        sale=sale,
        form=form,
        error=error,
        rows=[
            (line, left[line.pk], now[line.pk], form[f"back-{line.pk}"], form[f"spoiled-{line.pk}"])
            for line in lines
        ],
        anything=any(left.values()),
    )
