"""Forms of the shop. Each keeps what was typed and says one sentence per mistake."""

import re
from collections.abc import Mapping

from django import forms
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _

from delivery.models import Wish
from delivery.models.household import MOBILE
from inventory.sheets.cells import CellError, phone
from shop.models import StripePayment
from shop.wanted import MOST_OF_ONE

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


class GoingBack(forms.Form):
    """`back`: the page that a tap came from, for browsers that go there again."""

    back = forms.CharField(required=False, max_length=500)

    def clean_back(self) -> str:
        """Only an address of ours; anything else is forgotten."""
        back = self.cleaned_data["back"]
        safe = back.startswith("/") and url_has_allowed_host_and_scheme(back, allowed_hosts=None)
        return back if safe else ""


class BasketChange(GoingBack):
    """So many of a good: as `set=12:3`, or as `record` and `quantity`."""

    set = forms.RegexField(r"^[0-9]{1,18}:[0-9]{1,4}$", required=False)
    record = forms.IntegerField(min_value=1, max_value=BIGGEST_KEY, required=False)
    quantity = forms.IntegerField(min_value=0, max_value=10_000, required=False)

    def clean(self) -> dict:
        said = super().clean()
        if said.get("set"):
            said["record"], said["quantity"] = _one_of(said["set"])
        elif said.get("record") is None or said.get("quantity") is None:
            raise forms.ValidationError(_("没说是哪样、要几份。"))
        return said


class ElderChange(GoingBack):
    on = forms.TypedChoiceField(choices=[("1", "1"), ("0", "0")], coerce=lambda on: on == "1")


class FavouriteChange(GoingBack):
    """`keep=12:1`: item 12 is a favourite from now on."""

    keep = forms.RegexField(r"^[0-9]{1,18}:[01]$")

    def clean_keep(self) -> tuple[int, bool]:
        item, on = _one_of(self.cleaned_data["keep"])
        return item, bool(on)


class LineChange(forms.Form):
    """`set=12:3`: so many of a good, asked for from the middle of another form."""

    set = forms.RegexField(r"^[0-9]{1,18}:[0-9]{1,4}$")

    def clean_set(self) -> tuple[int, int]:
        return _one_of(self.cleaned_data["set"])


#: `12:3,15:0`: so many of several goods.
UNITS = r"[0-9]{1,18}:[0-9]{1,4}(,[0-9]{1,18}:[0-9]{1,4}){0,199}"


class TakeForm(forms.Form):
    """`take=12:1,15:0`: what is left instead of what was wanted, as the page offered it. With
    `@` and `baskets.digest` of the basket as it is then: and order that."""

    take = forms.RegexField(f"^{UNITS}(@[0-9a-f]{{1,32}})?$")

    def clean_take(self) -> tuple[dict[int, int], str]:
        units, _at, seen = self.cleaned_data["take"].partition("@")
        return _units(units), seen


class UnitsForm(forms.Form):
    """`units`: so many of each good, as a page has them that writes nothing yet; `set`: and of one
    of them now this many; `seen`: what there really is, when the page was made."""

    units = forms.RegexField(f"^{UNITS}$", required=False)
    seen = forms.RegexField(f"^{UNITS}$", required=False)
    set = forms.RegexField(r"^[0-9]{1,18}:[0-9]{1,4}$", required=False)

    def clean_units(self) -> dict[int, int]:
        return _units(self.cleaned_data["units"])

    def clean_seen(self) -> dict[int, int]:
        return _units(self.cleaned_data["seen"])

    def clean_set(self) -> dict[int, int]:
        return _units(self.cleaned_data["set"])

    def clean(self) -> dict:
        said = super().clean()
        if "units" in said and "set" in said:
            said["units"] |= {key: min(units, MOST_OF_ONE) for key, units in said["set"].items()}
        return said


def written(units: Mapping[int, int]) -> str:
    """As `UnitsForm` reads it."""
    return ",".join(f"{key}:{number}" for key, number in units.items())


def _units(said: str) -> dict[int, int]:
    return dict(_one_of(each) for each in said.split(",") if each)


def _one_of(said: str) -> tuple[int, int]:
    record, quantity = said.split(":")
    return int(record), int(quantity)


class ToldForm(forms.Form):
    """The notices that somebody was told of, by key: `3,4,7`."""

    notices = forms.RegexField(r"^[0-9]{1,18}(,[0-9]{1,18}){0,999}$")

    def clean_notices(self) -> list[int]:
        return [int(key) for key in self.cleaned_data["notices"].split(",")]


def note_field() -> forms.CharField:
    return forms.CharField(
        label=_("给志愿者的话"),
        required=False,
        max_length=100,
        error_messages={
            "max_length": _("最多写 100 个字。"),
            "null_characters_not_allowed": _("里面有看不见的怪字符，请重新打一遍。"),
        },
        widget=forms.TextInput(attrs={"autocomplete": "off", "enterkeyhint": "done"}),
    )


def wish_field() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=_("万一不够"),
        choices=Wish.choices,
        coerce=Wish,
        initial=Wish.LESS,
        required=False,
        empty_value=Wish.LESS,
        error_messages={"invalid_choice": _("万一不够时怎么办，请从三样里选一样。")},
        widget=forms.RadioSelect,
    )


def in_person_field() -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=_("怎么交给您"),
        choices=[("", _("放门口")), ("1", _("当面交"))],
        coerce=bool,
        required=False,
        empty_value=False,
        error_messages={"invalid_choice": _("放门口还是当面交，请选一样。")},
        widget=forms.RadioSelect,
    )


class CheckoutForm(forms.Form):
    """`basket` and `seen` say which page this was; see `ordering.place`. `wish`: what is wished for
    when there is not enough of something, `wish-12` of stock record 12 if that is something else.
    `pay`: a code of `shop.payments.ways`."""

    basket = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=BIGGEST_KEY)
    seen = forms.CharField(widget=forms.HiddenInput, max_length=32)
    wish = wish_field()
    in_person = in_person_field()
    note = note_field()
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
        widget=forms.RadioSelect,
    )

    @property
    def own_wishes(self) -> dict[int, Wish | None]:
        """By stock record, for every line the page had; None: as `wish` says for all."""
        return {
            int(name.removeprefix("wish-")): Wish(value) if value else None
            for name, value in self.data.items()
            if re.fullmatch(r"wish-[0-9]{1,18}", name) and value in ("", *Wish.values)
        }

    @property
    def wishes(self) -> dict[int, Wish]:
        """By stock record, for every line the page had."""
        return {
            record: wish or self.cleaned_data["wish"] for record, wish in self.own_wishes.items()
        }

    def clean(self) -> dict:
        said = sum(name.startswith("wish-") for name in self.data)
        if said > len(self.own_wishes):
            raise forms.ValidationError(_("万一不够时怎么办，请从三样里选一样。"))
        return super().clean()


class PayOwedForm(forms.Form):
    """What the order page said was still to be paid."""

    amount = forms.DecimalField(max_digits=10, decimal_places=2, localize=False)
    nonce = forms.UUIDField()
