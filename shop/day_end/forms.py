"""Which day."""

from datetime import date

from django import forms
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

FIRST = date(2020, 1, 1)
_SENTENCE = _("请选一个日子，比如 2022-04-10。")


class TheDay(forms.Form):
    """A local day that has begun."""

    day = forms.DateField(
        label=_("哪一天"),
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"required": _SENTENCE, "invalid": _SENTENCE},
    )

    def clean_day(self) -> date:
        day = self.cleaned_data["day"]
        if day > timezone.localdate():
            raise forms.ValidationError(gettext("这一天还没到。"))
        if day < FIRST:
            raise forms.ValidationError(gettext("日子太远了，请看一眼年份。"))
        return day
