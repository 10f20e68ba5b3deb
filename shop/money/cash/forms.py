"""Forms of whoever takes and counts cash. Each says one sentence per mistake."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.counter_sales.forms import Amount
from shop.forms import BIGGEST_KEY
from shop.models import MoneyMove
from shop.money import MOST
from shop.money.cash.cash import MOST_COUNTED

Account = MoneyMove.Account


class _Seen(forms.DecimalField):
    """What the page said there was."""

    def __init__(self, **options) -> None:
        super().__init__(max_digits=10, decimal_places=2, widget=forms.HiddenInput, **options)


class CountForm(forms.Form):
    """What somebody counted. `holder`: in whose hands; without one: in the till."""

    counted = Amount(label=_("点到（元）"), max_value=MOST_COUNTED)
    note = forms.CharField(
        label=_("备注（可不写）"),
        required=False,
        max_length=100,
        error_messages={"max_length": _("最多写 100 个字。")},
    )
    holder = forms.IntegerField(required=False, min_value=1, max_value=BIGGEST_KEY)
    station = forms.IntegerField(required=False, min_value=1, max_value=BIGGEST_KEY)
    seen = _Seen()
    nonce = forms.UUIDField(widget=forms.HiddenInput)

    def said(self) -> dict:
        """What `slips.say` takes."""
        return {name: self.cleaned_data[name] for name in ("seen", "note", "nonce")}


class BankForm(forms.Form):
    amount = Amount(label=_("存了多少（元）"), max_value=MOST_COUNTED, min_value=Decimal("0.01"))
    note = forms.CharField(
        label=_("备注（可不写）"),
        required=False,
        max_length=100,
        error_messages={"max_length": _("最多写 100 个字。")},
    )
    nonce = forms.UUIDField(widget=forms.HiddenInput)


class AtDoorForm(forms.Form):
    """What a leader took at a door."""

    round = forms.IntegerField(min_value=1, max_value=BIGGEST_KEY)
    source = forms.ChoiceField(
        choices=[(Account.PERSON, _("收现金")), (Account.TRANSFER, _("已转账"))],
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), _("请选收到现金，还是转给驿站了。")
        ),
    )
    amount = Amount(label=_("收到（元）"), max_value=MOST)
    seen = _Seen()
    nonce = forms.UUIDField(widget=forms.HiddenInput)

    def said(self) -> dict:
        """What `collecting.collect` takes."""
        said = {name: self.cleaned_data[name] for name in ("amount", "seen", "nonce")}
        return said | {"source": Account(self.cleaned_data["source"])}
