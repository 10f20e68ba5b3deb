"""Forms for what is in the building, and for the spreadsheets that describe it."""

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.models import Item
from inventory.sheets.files import MAX_BYTES


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


class GoodsField(forms.ModelChoiceField):
    def label_from_instance(self, item: Item) -> str:
        return f"{item.record.product.title}（{item.unit}）"


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
        # Of the same station: another one's goods are not in this building.
        others = Item.objects.filter(record__partner=self.instance.record.partner_id)
        self.fields["similar"].queryset = (
            others.exclude(pk=self.instance.pk)
            .select_related("record__product")
            .order_by("record__product__title", "pk")
        )

    def clean_minimum(self) -> int:
        return self.cleaned_data["minimum"] or 0
