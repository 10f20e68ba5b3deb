"""Forms of the counter. Each says one sentence per mistake."""

import re
import unicodedata
from decimal import ROUND_CEILING, Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.forms import BIGGEST_KEY
from shop.models import CounterSale
from shop.money import MOST

#: `3*6901234567892`, `3x鸡蛋`, `３＊鸡蛋`: so many of it. A code may have an x behind many digits.
TIMES = re.compile(r"^\s*(-?\d+(?=\s*[*＊×])|\d{1,2}(?=\s*[xX]))\s*[*＊×xX]\s*(\S.*)$")
#: Digits, and digits behind the point: `1e3` and `1_000` are numbers to Python, not to a cashier.
YUAN = re.compile(r"-?([0-9]+\.?[0-9]*|\.[0-9]+)")
#: What people hand over: the next ten, fifty, hundred.
NOTES = (10, 50, 100)


class DoorForm(forms.Form):
    """The door that buys: its key from the list, or what is painted on its wall."""

    door = forms.IntegerField(required=False, min_value=1, max_value=BIGGEST_KEY)
    q = forms.CharField(required=False, max_length=40)

    def said(self) -> tuple[str, int | None]:
        return self.cleaned_data["q"], self.cleaned_data["door"]


class ScanForm(forms.Form):
    scan = forms.CharField(required=False, max_length=100)

    def said(self) -> tuple[int, str]:
        """How many, of what. Any number that was typed, also one that cannot be sold."""
        words = self.cleaned_data["scan"]
        if times := TIMES.match(words):
            return int(times[1]), times[2].strip()
        return 1, words


class AddForm(forms.Form):
    add = forms.IntegerField(min_value=1, max_value=BIGGEST_KEY)


class Amount(forms.DecimalField):
    """Yuan, typed any way people type them: `¥20`, `20元`, `２０．５`."""

    widget = forms.TextInput(attrs={"inputmode": "decimal", "autocomplete": "off"})

    def __init__(self, **options) -> None:
        words = {
            "required": _("请填金额。"),
            "invalid": _("请填金额，比如 20 或 20.50。"),
            "min_value": _("金额不能是负的。"),
            "max_value": _("金额太大了，请看看是不是多按了一位。"),
            "max_digits": _("金额太大了，请看看是不是多按了一位。"),
            "max_whole_digits": _("金额太大了，请看看是不是多按了一位。"),
            "max_decimal_places": _("金额最多到分。"),
        }
        options.setdefault("min_value", 0)
        super().__init__(
            max_digits=10, decimal_places=2, error_messages=words, localize=False, **options
        )

    def to_python(self, value):
        if isinstance(value, str):
            value = unicodedata.normalize("NFKC", value).strip()
            value = value.removeprefix("¥").removesuffix("元").strip()
            if value and not YUAN.fullmatch(value):
                raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


class PayForm(forms.Form):
    """`quick`: the note somebody tapped; it counts more than what is typed."""

    way = forms.ChoiceField(
        choices=CounterSale.Way,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("请选收现金还是账户付。")),
    )
    tendered = Amount(label=_("收到现金"), required=False, max_value=2 * MOST)
    quick = Amount(required=False, max_value=2 * MOST)
    seen = forms.CharField(required=False, max_length=32)

    def handed_over(self) -> Decimal | None:
        quick = self.cleaned_data["quick"]
        return self.cleaned_data["tendered"] if quick is None else quick


class DepositForm(forms.Form):
    amount = Amount(label=_("金额（元）"), max_value=MOST)
    nonce = forms.UUIDField(widget=forms.HiddenInput)


def notes(total: Decimal) -> list[Decimal]:
    """What somebody who has to pay so much probably hands over, besides the exact sum."""
    rounded = {(total / note).to_integral_value(ROUND_CEILING) * note for note in NOTES}
    return sorted(amount for amount in rounded if amount != total)
