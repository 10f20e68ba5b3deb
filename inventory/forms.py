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


class ItemForm(forms.ModelForm):
    """What the station says of a good. Stock and price come from lists and receipts, never here."""

    class Meta:
        model = Item
        fields = ("unit", "weight_g", "household_limit", "shelf", "cold")
