"""The form in which staff put a bundle together."""

from collections.abc import Mapping

from django import forms
from django.utils.translation import gettext_lazy as _

from delivery.templatetags.station import yuan
from inventory.models import Item, Station
from shop.bundling import LONGEST_NAME, MOST_PARTS, MOST_UNITS

#: Empty rows below those that are filled.
SPARE = 3
_WRONG_GOOD = _("请从列出来的里面选一样。")
_WRONG_UNITS = _("份数请填 1 到 %d。")


class BundleForm(forms.Form):
    """`parts` after `is_valid`: units by item. Rows without a good are left out."""

    name = forms.CharField(
        label=_("套餐名字"),
        max_length=LONGEST_NAME,
        widget=forms.TextInput(attrs={"autocomplete": "off", "placeholder": _("生鲜套餐")}),
        error_messages={
            "required": _("请给套餐起个名字。"),
            "max_length": _("名字最多 %(limit_value)d 个字。"),
            "null_characters_not_allowed": _("里面有看不见的怪字符，请重新打一遍。"),
        },
    )

    def __init__(
        self, station: Station, data=None, *, name="", parts: Mapping[int, int] | None = None
    ):
        super().__init__(data, initial={"name": name})
        goods = Item.objects.stocked().filter(record__partner=station.partner_id)
        offered = [(0, "—")] + [
            (item.pk, _said(item))
            for item in goods.select_related("record__product").order_by(
                "record__product__title", "pk"
            )
        ]
        filled = list((parts or {}).items())
        self.numbers = range(min(MOST_PARTS, max(len(filled) + SPARE, 6)))
        for number in self.numbers:
            item_id, units = filled[number] if number < len(filled) else (0, 1)
            self.fields[f"item_{number}"] = forms.TypedChoiceField(
                label=_("第 %d 样") % (number + 1),
                choices=offered,
                coerce=int,
                empty_value=0,
                required=False,
                initial=item_id,
                error_messages={"invalid_choice": _WRONG_GOOD},
            )
            self.fields[f"units_{number}"] = forms.IntegerField(
                label=_("份数"),
                required=False,
                min_value=1,
                max_value=MOST_UNITS,
                initial=units,
                widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
                error_messages=dict.fromkeys(
                    ("invalid", "min_value", "max_value"), _WRONG_UNITS % MOST_UNITS
                ),
            )

    @property
    def rows(self):
        return [(self[f"item_{number}"], self[f"units_{number}"]) for number in self.numbers]

    def clean(self):
        said = super().clean()
        self.parts: dict[int, int] = {}
        for number in self.numbers:
            item_id = said.get(f"item_{number}") or 0
            if item_id in self.parts:
                self.add_error(f"item_{number}", _("这样货写了两次，合成一行吧。"))
            elif item_id:
                self.parts[item_id] = said.get(f"units_{number}") or 1
        return said


def _said(item: Item) -> str:
    price = "" if item.record.price is None else f" {yuan(item.record.price)}"
    off = "" if item.record.product.is_public else str(_("（已下架）"))
    return f"{item.record.product.title}{off}{price}/{item.unit}"
