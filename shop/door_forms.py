"""Forms of 我家: how a door wants the store, and what it wants in every round."""

from collections.abc import Iterable

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.forms import UnitsForm, in_person_field, note_field, wish_field
from shop.models import DoorPreferences, Message
from shop.payments.way import Way


class PreferencesForm(forms.Form):
    """How a door wants the store. Of what went wrong, and of what the station answered, everybody
    hears: that is not asked."""

    Kind = Message.Kind
    RINGS = (
        Kind.ROUND_OPENS,
        Kind.LAST_HOUR,
        Kind.STANDING,
        Kind.CHANGED,
        Kind.ON_WAY,
        Kind.DELIVERED,
    )

    elder = forms.TypedChoiceField(
        label=_("字的大小"),
        choices=[("", _("平常")), ("1", _("长辈版，大字"))],
        coerce=bool,
        required=False,
        empty_value=False,
        error_messages={"invalid_choice": _("请从两样里选一样。")},
        widget=forms.RadioSelect,
    )
    rings = forms.MultipleChoiceField(
        label=_("哪些要发短信提醒"),
        choices=[(kind.value, kind.label) for kind in RINGS],
        required=False,
        error_messages={"invalid_choice": _("没有这样的提醒。")},
        widget=forms.CheckboxSelectMultiple,
    )

    @classmethod
    def of(cls, kept: DoorPreferences | None) -> dict:
        """What is in the form as long as nobody says otherwise."""
        muted = kept.muted if kept else []
        rings = [kind.value for kind in cls.RINGS if kind not in muted]
        return {"elder": "1" if kept and kept.elder else "", "rings": rings}

    @property
    def preferences(self) -> dict:
        rings = self.cleaned_data["rings"]
        muted = [kind.value for kind in self.RINGS if kind not in rings]
        return {"elder": self.cleaned_data["elder"], "muted": muted}


class StandingForm(UnitsForm):
    """What a door wants in every round, by item, and how; `ways`: those of `standing.ways`."""

    wish = wish_field()
    in_person = in_person_field()
    note = note_field()
    way = forms.ChoiceField(
        label=_("怎么付"),
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("请选一种付款方式。")),
        widget=forms.RadioSelect,
    )

    def __init__(self, ways: Iterable[Way], *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["way"].choices = [(way.code, f"{way.symbol} {way.title}") for way in ways]
