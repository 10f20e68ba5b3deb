"""Form fields for figures, with one sentence for whatever is wrong with them; blank is None."""

from django import forms
from django.utils.translation import gettext as _


def count(most: int, least: int = 0, **attrs) -> forms.IntegerField:
    said = _("填 %(least)d 到 %(most)d 的整数。") % {"least": least, "most": most}
    return forms.IntegerField(
        required=False,
        min_value=least,
        max_value=most,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), said),
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "count", **attrs}),
    )


def price(**attrs) -> forms.DecimalField:
    said = _("填金额，如 12.50。")
    names = ("invalid", "min_value", "max_digits", "max_decimal_places", "max_whole_digits")
    return forms.DecimalField(
        required=False,
        min_value=0,
        max_digits=10,
        decimal_places=2,
        error_messages=dict.fromkeys(names, said),
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01", **attrs}),
    )
