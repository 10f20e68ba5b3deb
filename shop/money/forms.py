"""Forms of the money section. Each says one sentence per mistake."""

from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.models import Station
from shop.counter_sales.forms import Amount
from shop.forms import BIGGEST_KEY
from shop.models import AccountTerms, MoneyMove
from shop.money import MOST
from shop.payments import ways

Account = MoneyMove.Account

_NOT_ONE_OF = dict.fromkeys(("required", "invalid_choice"), _("请从给的几样里选一样。"))


class DepositForm(forms.Form):
    """Money for a door's account."""

    amount = Amount(label=_("金额（元）"), max_value=MOST)
    source = forms.ChoiceField(
        label=_("怎么来的"),
        choices=[(Account.CASH, _("现金")), (Account.TRANSFER, _("转账"))],
        initial=Account.CASH,
        error_messages=_NOT_ONE_OF,
    )
    nonce = forms.UUIDField(widget=forms.HiddenInput)


class PayBackForm(forms.Form):
    """Money out of a door's account. `note`: how a transfer is found again."""

    amount = Amount(label=_("金额（元）"), max_value=MOST)
    note = forms.CharField(
        label=_("备注（转账单号）"),
        required=False,
        max_length=100,
        help_text=_("转账退的才要填，写后几位就行"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": _("单号太长了，写后几位就行。")},
    )
    through = forms.ChoiceField(
        choices=[(Account.CASH, _("现金")), (Account.TRANSFER, _("转账"))],
        error_messages=_NOT_ONE_OF,
    )
    nonce = forms.UUIDField(widget=forms.HiddenInput)

    def clean(self) -> dict[str, Any]:
        said = super().clean() or {}
        transfer = said.get("through") == Account.TRANSFER
        if transfer and not said.get("note") and "note" not in self.errors:
            self.add_error("note", _("转账退款要写备注，比如转账单号的后几位，方便对账。"))
        return said


class CollectForm(forms.Form):
    """What is owed of an order, or part of it."""

    SOURCES = (
        (Account.CASH, _("收现金")),
        (Account.TRANSFER, _("已转账")),
        (Account.HOUSEHOLD, _("驿站账户付")),
    )

    number = forms.CharField(max_length=40, widget=forms.HiddenInput)
    amount = Amount(label=_("金额（元）"), max_value=MOST)
    source = forms.ChoiceField(choices=SOURCES, error_messages=_NOT_ONE_OF)
    nonce = forms.UUIDField(widget=forms.HiddenInput)


class UndoForm(forms.Form):
    """Which deposit had been mistyped, by its key."""

    move = forms.IntegerField(min_value=1, max_value=BIGGEST_KEY)
    nonce = forms.UUIDField()


class WriteOffForm(forms.Form):
    """What a family owes is given up; `seen`: what the page said that is."""

    reason = forms.CharField(
        label=_("为什么收不回来"),
        max_length=100,
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": _("核销欠款要写明原因。"),
            "max_length": _("原因太长了，最多 100 个字。"),
        },
    )
    seen = forms.DecimalField(max_digits=10, decimal_places=2, widget=forms.HiddenInput)
    nonce = forms.UUIDField(widget=forms.HiddenInput)


class NumberForm(forms.Form):
    """Which order."""

    number = forms.CharField(max_length=40)


class CreditForm(forms.Form):
    limit = Amount(label=_("最多可以欠（元）"), max_value=MOST)


class RefundToForm(forms.Form):
    refund_to = forms.ChoiceField(
        label=_("要退的钱"), choices=AccountTerms.RefundTo, error_messages=_NOT_ONE_OF
    )


class SettingsForm(forms.ModelForm):
    """How a station takes money."""

    ways_to_pay = forms.MultipleChoiceField(
        label=_("下单时可以选"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={
            "required": _("至少留一种付款方式，不然谁也下不了单。"),
            "invalid_choice": _("没有这种付款方式。"),
        },
    )
    payment_hold_min = forms.IntegerField(
        label=_("网上付款，货留几分钟"),
        min_value=35,
        max_value=1440,
        help_text=_("35 分钟到一天；到时候没付，货就放回去"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "required": _("请填分钟数。"),
            "invalid": _("请填整数的分钟数，比如 40。"),
            "min_value": _("最少 35 分钟：付款页至少要开 30 分钟。"),
            "max_value": _("最多 1440 分钟，就是一天。"),
        },
    )
    smallest_refund = Amount(
        label=_("少于多少不退回网上（元）"),
        max_value=Decimal(100),
        help_text=_("零头退到驿站账户，下次买菜用"),
    )

    class Meta:
        model = Station
        fields = ("ways_to_pay", "payment_hold_min", "smallest_refund")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        choices = [(code, f"{way.symbol} {way.title}") for code, way in ways.ALL.items()]
        self.fields["ways_to_pay"].choices = choices

    def clean_ways_to_pay(self) -> list[str]:
        """In the order in which they are offered."""
        return [code for code in ways.ALL if code in self.cleaned_data["ways_to_pay"]]

    def save(self, commit: bool = True) -> Station:
        """Only what this form is about: somebody else may be changing the station's phone."""
        Station.objects.filter(pk=self.instance.pk).update(**self.cleaned_data)
        return self.instance
