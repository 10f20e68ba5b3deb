"""Forms for what is in the building, and for the spreadsheets that describe it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.models import Item
from inventory.sheets.files import MAX_BYTES
from inventory.words import aside


class SheetForm(forms.Form):
    """One spreadsheet, to be looked at before anything is changed."""

    file = forms.FileField(
        label=_("选一个表格"),
        max_length=200,
        error_messages={
            "required": _("请先选一个表格。"),
            "empty": _("这个文件是空的。"),
            "max_length": _("文件名太长了，请改短一些。"),
        },
        widget=forms.FileInput(attrs={"accept": ".xlsx,.csv"}),
    )

    def clean_file(self):
        file = self.cleaned_data["file"]
        if file.size > MAX_BYTES:
            raise forms.ValidationError(_("文件太大了，最多 10 MB。"))
        return file


#: Grams, and units on a shelf: a slip of the finger has more digits.
BIGGEST = 1_000_000
#: As on a price list; 0 would sell it to nobody.
BIGGEST_LIMIT = 1000


class GoodsField(forms.ModelChoiceField):
    def label_from_instance(self, item: Item) -> str:
        return aside(item.record.product.title, item.unit)


class ItemForm(forms.ModelForm):
    """What the station says of a good. Stock and price come from lists and receipts, never here."""

    similar = GoodsField(
        label=_("相近的货"),
        queryset=Item.objects.none(),
        required=False,
        empty_label=_("没有"),
        help_text=_("选了“换相近的”的住户，不够时给这一样，不比订的贵。"),
    )

    class Meta:
        model = Item
        fields = (
            "unit",
            "weight_g",
            "household_limit",
            "shelf",
            "minimum",
            "selling",
            "share_rule",
            "similar",
            "by_weight",
            "cold",
        )
        help_texts = {
            "selling": _("预订的截单后才买，标的价是封顶价。改了只管以后的订单。"),
            "by_weight": _("一份大约多重写在重量里，装箱时按实重收钱，不比订的多收。"),
        }

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["minimum"].required = False
        # A bundle is made on its own page, and a good never becomes one.
        self.fields["selling"].choices = [
            choice for choice in Item.Selling.choices if choice[0] != Item.Selling.BUNDLE
        ]
        figure = _("请填 0 到 %d 的整数。") % BIGGEST
        limit = _("请填 1 到 %d 的整数，不填就不限。") % BIGGEST_LIMIT
        self._figure("weight_g", 0, BIGGEST, figure)
        self._figure("minimum", 0, BIGGEST, figure)
        self._figure("household_limit", 1, BIGGEST_LIMIT, limit)
        for name in ("unit", "shelf"):
            self.fields[name].error_messages |= {
                "required": _("请填单位，比如 袋。"),
                "max_length": _("最多写 20 个字。"),
                "null_characters_not_allowed": _("里面有看不见的怪字符，请重新打一遍。"),
            }
        for name in ("selling", "share_rule", "similar"):
            self.fields[name].error_messages |= dict.fromkeys(
                ("required", "invalid_choice"), _("请从列出来的里面选一个。")
            )
        # Of the same station: another one's goods are not in this building.
        others = Item.objects.stocked().filter(record__partner=self.instance.record.partner_id)
        self.fields["similar"].queryset = (
            others.exclude(pk=self.instance.pk)
            .select_related("record__product")
            .order_by("record__product__title", "pk")
        )

    def _figure(self, name: str, least: int, most: int, said: str) -> None:
        """A whole number from `least` to `most`, and one sentence for anything else."""
        old = self.fields[name]
        self.fields[name] = forms.IntegerField(
            label=old.label,
            help_text=old.help_text,
            required=old.required,
            min_value=least,
            max_value=most,
            error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), said),
            widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
        )

    def clean_minimum(self) -> int:
        return self.cleaned_data["minimum"] or 0
