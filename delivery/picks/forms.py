"""What is said at the packing bench. What may be said of a line is the rule's to judge."""

import unicodedata
from typing import TypedDict

from django import forms
from django.utils.translation import gettext_lazy as _

#: More than any parcel holds; the rule knows the line's own limit.
MOST = 1_000_000


class Figure(forms.IntegerField):
    """A whole number, also as a Chinese keyboard writes it."""

    def to_python(self, value):
        return super().to_python(unicodedata.normalize("NFKC", value) if value else value)


class Said(TypedDict):
    units: int | None
    weighed_g: int | None
    instead: bool


class Units(Figure):
    """How many units of a line; may be left out."""

    def __init__(self) -> None:
        super().__init__(
            required=False,
            min_value=0,
            max_value=MOST,
            error_messages={
                "invalid": _("装了几份？请填一个数。"),
                "min_value": _("份数不能是负的。"),
                "max_value": _("没有这么多份。"),
            },
        )


class TickForm(forms.Form):
    units = Units()
    weighed_g = Figure(
        required=False,
        min_value=1,
        max_value=MOST,
        error_messages={
            "invalid": _("请填称出来多少克，比如 1433。"),
            "min_value": _("克数要大于零。"),
            "max_value": _("没有这么重，请看看是不是克。"),
        },
    )

    #: A button that asks for something similar instead of what is missing; may say the units.
    swap = Units()

    def said(self) -> Said:
        """As `packing.tick` takes it."""
        units, swap = self.cleaned_data["units"], self.cleaned_data["swap"]
        return Said(
            units=units if swap is None else swap,
            weighed_g=self.cleaned_data["weighed_g"],
            instead="swap" in self.data,
        )


class ScanForm(forms.Form):
    code = forms.CharField(
        required=False,
        max_length=200,
        error_messages={"max_length": _("这不像一个条码，请再扫一次。")},
    )
    photo = forms.FileField(required=False)
