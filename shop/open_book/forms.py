"""What may be asked of the open book."""

from datetime import date

from django import forms
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

#: A report looks at every move of its days; a year is what a village looks back at.
MOST_DAYS = 366
FIRST = date(2020, 1, 1)
LAST = date(2200, 1, 1)


def _day(label) -> forms.DateField:
    sentence = _("请选一个日子，比如 2022-04-10。")
    return forms.DateField(
        label=label,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}),
        error_messages={"required": sentence, "invalid": sentence},
    )


class Period(forms.Form):
    """Two local days, both inside."""

    since = _day(_("从"))
    until = _day(_("到"))

    @property
    def days(self) -> tuple[date, date]:
        return self.cleaned_data["since"], self.cleaned_data["until"]

    def clean(self) -> dict:
        cleaned = super().clean() or self.cleaned_data
        since, until = cleaned.get("since"), cleaned.get("until")
        if not since or not until:
            return cleaned
        if since > until:
            raise forms.ValidationError(gettext("开始的日子在结束的后面，请换一下。"))
        if since < FIRST or until > LAST:
            raise forms.ValidationError(gettext("日子太远了，请看一眼年份。"))
        if (until - since).days >= MOST_DAYS:
            raise forms.ValidationError(
                gettext("一次最多看 %(days)d 天，请分几次。") % {"days": MOST_DAYS}
            )
        return cleaned
