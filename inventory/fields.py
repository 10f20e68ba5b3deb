"""Form fields for figures, with one sentence for whatever is wrong with them; blank is None."""

import re
import unicodedata

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

#: Yuan as they are written on an invoice; a sign is for `min_value` to speak of.
YUAN = re.compile(r"-?[0-9]+(\.[0-9]{1,2})?")


class YuanField(forms.DecimalField):
    """Digits with at most two decimals, full-width ones too; `1e2` is a slip of the finger."""

    def to_python(self, value):
        if isinstance(value, str):
            value = unicodedata.normalize("NFKC", value).strip()
            if value and not YUAN.fullmatch(value):
                raise ValidationError(self.error_messages["invalid"], code="invalid")
        return super().to_python(value)


def count(most: int, least: int = 0, **attrs) -> forms.IntegerField:
    said = _("填 %(least)d 到 %(most)d 的整数。") % {"least": least, "most": most}
    return forms.IntegerField(
        required=False,
        min_value=least,
        max_value=most,
        error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), said),
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "class": "count", **attrs}),
    )


def price(**attrs) -> YuanField:
    said = _("填金额，如 12.50。")
    names = ("invalid", "min_value", "max_digits", "max_decimal_places", "max_whole_digits")
    return YuanField(
        required=False,
        min_value=0,
        max_digits=10,
        decimal_places=2,
        error_messages=dict.fromkeys(names, said),
        widget=forms.NumberInput(attrs={"inputmode": "decimal", "step": "0.01", **attrs}),
    )
