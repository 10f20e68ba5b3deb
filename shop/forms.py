"""Forms of the shop. Each keeps what was typed and says one sentence per mistake."""

import re

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.contrib.auth.password_validation import validate_password
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from delivery.models import Wish
from delivery.models.household import MOBILE
from inventory.sheets.cells import CellError, phone
from shop.models import StripePayment

#: What a key can be at the most; a larger one is nobody's.
BIGGEST_KEY = 2**63 - 1


class PhoneField(forms.CharField):
    """A phone number typed any way people type it; cleaned to the form the register keeps."""

    widget = forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "tel"})

    def clean(self, value):
        value = super().clean(value)
        try:
            number = phone(value)
        except CellError as error:
            raise forms.ValidationError(str(error)) from error
        if not re.fullmatch(MOBILE, number):
            raise forms.ValidationError(_("请填 11 位手机号。"))
        return number


class LoginForm(AuthenticationForm):
    username = PhoneField(label=_("手机号"), max_length=40)
    password = forms.CharField(
        label=_("密码"),
        strip=False,
        widget=forms.PasswordInput(attrs={"autocomplete": "current-password"}),
    )
    # One sentence for a wrong phone, a wrong password and a blocked account: it tells nothing.
    error_messages = {
        "invalid_login": _("手机号或密码不对。"),
        "inactive": _("手机号或密码不对。"),
    }


class CodeForm(forms.Form):
    code = forms.CharField(
        label=_("开通码"),
        max_length=20,
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code"}),
        help_text=_("驿站或网格长给您的 8 位码，只能用一次"),
    )


class JoinForm(CodeForm):
    phone = PhoneField(label=_("手机号"), max_length=40, help_text=_("住户册上登记的号码"))
    password = forms.CharField(
        label=_("给自己定个密码"),
        strip=False,
        min_length=8,
        # Django's own sentence for this one has no Chinese.
        error_messages={"min_length": _("密码太短了，至少要 8 位。")},
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("至少 8 位"),
    )

    field_order = ("phone", "code", "password")

    def clean_password(self) -> str:
        password = self.cleaned_data["password"]
        validate_password(password)
        return password


class BasketChange(forms.Form):
    record = forms.IntegerField(min_value=1, max_value=BIGGEST_KEY)
    quantity = forms.IntegerField(min_value=0, max_value=10_000)
    back = forms.CharField(required=False, max_length=200)

    def clean_back(self) -> str:
        """Only an address of ours; anything else is forgotten."""
        back = self.cleaned_data["back"]
        safe = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
        return back if safe else ""


class LineChange(forms.Form):
    """`set=12:3`: so many of a good, asked for from the middle of another form."""

    set = forms.RegexField(r"^[0-9]{1,18}:[0-9]{1,4}$")

    def clean_set(self) -> tuple[int, int]:
        record, quantity = self.cleaned_data["set"].split(":")
        return int(record), int(quantity)


class ToldForm(forms.Form):
    """The notices that somebody was told of, by key: `3,4,7`."""

    notices = forms.RegexField(r"^[0-9]{1,18}(,[0-9]{1,18}){0,999}$")

    def clean_notices(self) -> list[int]:
        return [int(key) for key in self.cleaned_data["notices"].split(",")]


class CheckoutForm(forms.Form):
    """`basket` and `seen` say which page this was; see `ordering.place`. `wish-12`: what is wished
    for when there is not enough of stock record 12. `pay`: a code of `shop.payments.ways`."""

    basket = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=BIGGEST_KEY)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=32)
    in_person = forms.TypedChoiceField(
        choices=[("", _("放门口")), ("1", _("当面交"))],
        coerce=bool,
        required=False,
        empty_value=False,
    )
    note = forms.CharField(
        label=_("给志愿者的话"),
        required=False,
        max_length=100,
        error_messages={"max_length": _("最多写 100 个字。")},
    )
    # Which ways there are is the station's to say, when the order is placed.
    pay = forms.CharField(
        max_length=10,
        error_messages=dict.fromkeys(("required", "max_length"), _("请选一种付款方式。")),
    )
    if_late = forms.TypedChoiceField(
        label=_("万一付晚了，货没了"),
        choices=[
            (StripePayment.IfLate.REFUND, _("把钱退给我")),
            (StripePayment.IfLate.BACK_ORDER, _("下次到货再送")),
        ],
        initial=StripePayment.IfLate.REFUND,
        coerce=StripePayment.IfLate,
        required=False,
        empty_value=StripePayment.IfLate.REFUND,
        error_messages={"invalid_choice": _("付晚了怎么办，请从两样里选一样。")},
    )

    @property
    def wishes(self) -> dict[int, Wish]:
        """By stock record; what is no wish is left out."""
        return {
            int(name.removeprefix("wish-")): Wish(value)
            for name, value in self.data.items()
            if re.fullmatch(r"wish-[0-9]{1,18}", name) and value in Wish.values
        }

    def clean(self) -> dict:
        said = sum(name.startswith("wish-") for name in self.data)
        if said > len(self.wishes):
            raise forms.ValidationError(_("万一不够时怎么办，请从三样里选一样。"))
        return super().clean()


class PayOwedForm(forms.Form):
    """What the order page said was still to be paid."""

    amount = forms.DecimalField(max_digits=10, decimal_places=2, localize=False)
    nonce = forms.UUIDField()
