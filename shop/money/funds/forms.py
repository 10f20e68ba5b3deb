"""Forms of the funds. Each says one sentence per mistake."""

from decimal import Decimal

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.models import Item, Station
from shop.counter_sales.forms import Amount
from shop.forms import BIGGEST_KEY
from shop.models import Fund, MoneyMove
from shop.money.funds.funds import MOST

Account = MoneyMove.Account

_NOT_ONE_OF = dict.fromkeys(("required", "invalid_choice"), _("请从给的几样里选一样。"))


class FundForm(forms.Form):
    name = forms.CharField(
        label=_("名称"),
        max_length=40,
        help_text=_("大家在阳光账本上看得到这个名称，不要写受助人的名字"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": _("请给互助金起个名字。"),
            "max_length": _("名字最多 40 个字。"),
        },
    )
    giver = forms.ChoiceField(label=_("来源"), choices=Fund.Giver, error_messages=_NOT_ONE_OF)


class GiftForm(forms.Form):
    """Money into a fund, or back to who gave it."""

    SOURCES = (
        (Account.CASH, _("现金")),
        (Account.TRANSFER, _("转账")),
        (Account.BANK, _("银行")),
    )

    amount = Amount(label=_("金额（元）"), max_value=MOST)
    source = forms.ChoiceField(choices=SOURCES, error_messages=_NOT_ONE_OF)
    note = forms.CharField(
        label=_("备注"),
        max_length=100,
        required=False,
        help_text=_("比如谁捐的；只有驿站的人看得到"),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"max_length": _("最多写 100 个字。")},
    )
    nonce = forms.UUIDField(widget=forms.HiddenInput)


class _ShareForm(forms.Form):
    percent = forms.IntegerField(
        label=_("补百分之几"),
        min_value=1,
        max_value=100,
        initial=50,
        help_text=_("100 就是全补"),
        widget=forms.TextInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        error_messages={
            "required": _("请填补百分之几。"),
            "invalid": _("请填 1 到 100 的整数。"),
            "min_value": _("请填 1 到 100 的整数。"),
            "max_value": _("请填 1 到 100 的整数。"),
        },
    )

    @property
    def share(self) -> Decimal:
        return Decimal(self.cleaned_data["percent"]).scaleb(-2)


class DoorGrantForm(_ShareForm):
    """What is painted on the door's wall, or its key from the list of those that fit."""

    q = forms.CharField(
        label=_("哪一户"),
        max_length=40,
        widget=forms.TextInput(
            attrs={"autocomplete": "off", "placeholder": _("楼、单元、室号，比如 12 302")}
        ),
        error_messages={
            "required": _("请写楼、单元、室号，比如 12 302。"),
            "max_length": _("请写楼、单元、室号，比如 12 302。"),
        },
    )
    door = forms.IntegerField(required=False, min_value=1, max_value=BIGGEST_KEY)

    field_order = ("q", "door", "percent")


class GoodGrantForm(_ShareForm):
    item = forms.ModelChoiceField(
        label=_("哪样货"),
        queryset=Item.objects.none(),
        empty_label=_("请选一样货"),
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("请选一样货。")),
    )

    field_order = ("item", "percent")

    def __init__(self, station: Station, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        sold = Item.objects.filter(
            record__partner=station.partner_id,
            record__price__isnull=False,
            record__product__is_public=True,
        )
        field = self.fields["item"]
        field.queryset = sold.select_related("record__product", "record__partner").order_by(
            "record__product__title", "pk"
        )
        field.label_from_instance = lambda item: item.record.product.title
