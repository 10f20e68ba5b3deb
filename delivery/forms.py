"""Forms of the console. Each keeps what was typed and says one sentence per mistake."""

from datetime import datetime, time, timedelta

from django import forms
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from delivery import households
from delivery.models import Grid, Household, Round, Volunteer
from inventory.sheets.cells import CellError, phone
from inventory.words import written

#: What a village usually does: orders until four, doors the next morning.
CLOSES, DELIVERS_FROM, DELIVERS_TO = time(16), time(9), time(11)
KILO = 1000


class PhoneField(forms.CharField):
    """A phone number typed any way people type it; cleaned to the form the register keeps."""

    widget = forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"})

    def clean(self, value):
        value = super().clean(value)
        try:
            return phone(value) if value else ""
        except CellError as error:
            raise ValidationError(str(error)) from error


class _Moment(forms.DateTimeInput):
    """The browser's own picker for a day and an hour."""

    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class RoundForm(forms.ModelForm):
    class Meta:
        model = Round
        fields = (
            "name",
            "opens_at",
            "closes_at",
            "delivers_from",
            "delivers_to",
            "repeats_daily",
            "grids",
        )
        widgets = {
            "opens_at": _Moment,
            "closes_at": _Moment,
            "delivers_from": _Moment,
            "delivers_to": _Moment,
            "grids": forms.CheckboxSelectMultiple,
        }
        error_messages = {"name": {"required": gettext_lazy("请给这个波次起个名字。")}}

    def __init__(self, station, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.instance.station = station
        self.fields["grids"].queryset = station.grids.all()
        self.fields["grids"].help_text = _("一个都不选，就是全村都能下单。")
        for name in ("opens_at", "closes_at", "delivers_from", "delivers_to"):
            self.fields[name].error_messages |= {
                "required": _("请填时间。"),
                "invalid": _("时间要写成 2026-11-22T16:00 这样。"),
            }

    def clean(self):
        said = super().clean()
        opens, closes = said.get("opens_at"), said.get("closes_at")
        starts, ends = said.get("delivers_from"), said.get("delivers_to")
        if closes and closes <= timezone.now():
            self.add_error("closes_at", _("这个截单时间已经过去了。"))
        elif opens and closes and closes <= opens:
            self.add_error("closes_at", _("截单要晚于开始接单。"))
        if closes and starts and starts < closes:
            self.add_error("delivers_from", _("开始派送不能早于截单。"))
        if starts and ends and ends <= starts:
            self.add_error("delivers_to", _("送完要晚于开始派送。"))
        twins = Round.objects.filter(
            station=self.instance.station, name=said.get("name", ""), opens_at=opens
        )
        if twins.exists():
            self.add_error("name", _("同一时间已经有一个同名的波次了。"))
        return said


def next_round(station, now: datetime | None = None) -> dict:
    """What a new round most likely looks like: from now until four, delivered the next morning."""
    now = timezone.localtime(now)
    opens = now.replace(minute=now.minute // 10 * 10, second=0, microsecond=0)
    if now.hour >= CLOSES.hour - 1:
        opens = opens.replace(hour=8, minute=0) + timedelta(days=1)
    closes = opens.replace(hour=CLOSES.hour, minute=CLOSES.minute)
    morning = closes + timedelta(days=1)
    on_day = opens.replace(hour=0, minute=0)
    of_day = station.rounds.filter(opens_at__gte=on_day, opens_at__lt=on_day + timedelta(days=1))
    with written():
        name = _("%(month)d月%(day)d日第%(number)d波")
    return {
        "name": name % {"month": opens.month, "day": opens.day, "number": of_day.count() + 1},
        "opens_at": opens,
        "closes_at": closes,
        "delivers_from": morning.replace(hour=DELIVERS_FROM.hour),
        "delivers_to": morning.replace(hour=DELIVERS_TO.hour),
    }


class GiveForm(forms.Form):
    """Whether this volunteer fits is for `batches.give` to say, in words."""

    volunteer = forms.ModelChoiceField(
        Volunteer.objects.none(),
        error_messages={
            "required": gettext_lazy("请先选一位志愿者。"),
            "invalid_choice": gettext_lazy("没有这位志愿者。"),
        },
    )

    def __init__(self, station, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["volunteer"].queryset = station.volunteers.select_related("user")


class DoorSearch(forms.Form):
    """By what is painted on the wall. Names and phones stay out of addresses and logs."""

    grid = forms.ModelChoiceField(
        Grid.objects.none(),
        label=gettext_lazy("网格"),
        required=False,
        empty_label=gettext_lazy("全部网格"),
    )
    q = forms.CharField(
        label=gettext_lazy("楼、单元、室号"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": "12 302"}),
    )

    def __init__(self, station, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["grid"].queryset = station.grids.all()


class DoorForm(forms.ModelForm):
    """A door as it is known, with the person one calls; the register may say otherwise later."""

    contact = forms.CharField(label=gettext_lazy("联系人"), required=False, max_length=40)
    phone = PhoneField(label=gettext_lazy("电话"), required=False, max_length=40)

    class Meta:
        model = Household
        fields = ("people_count", "newcomers_count", "needs")

    field_order = ("contact", "phone")

    def __init__(self, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.person = self.instance.people.order_by("pk").first()
        if self.person:
            self.initial |= {"contact": self.person.name, "phone": self.person.phone}

    def clean(self):
        said = super().clean()
        people, newcomers = said.get("people_count"), said.get("newcomers_count")
        if people is not None and newcomers is not None and newcomers > people:
            self.add_error("newcomers_count", _("来沪人员不能比总人数多。"))
        return said

    @transaction.atomic
    def save(self, commit=True):
        door = super().save(commit)
        said = self.cleaned_data
        households.set_contact(door, self.person, said["contact"], said["phone"])
        return door


class VolunteerForm(forms.ModelForm):
    phone = PhoneField(
        label=gettext_lazy("手机号"), max_length=40, help_text=gettext_lazy("用它登录。")
    )
    name = forms.CharField(label=gettext_lazy("姓名"), max_length=40)
    capacity_kg = forms.IntegerField(
        label=gettext_lazy("一趟能带（公斤）"), min_value=1, max_value=500, initial=50
    )
    max_stops = forms.IntegerField(
        label=gettext_lazy("一趟几户"), min_value=1, max_value=200, initial=25
    )

    class Meta:
        model = Volunteer
        fields = ("grids",)
        widgets = {"grids": forms.CheckboxSelectMultiple}

    field_order = ("phone", "name", "capacity_kg", "max_stops", "grids")

    def __init__(self, station, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["grids"].queryset = station.grids.all()
        self.fields["grids"].help_text = _("一个都不选，就是哪个网格都可以送。")

    def said(self) -> dict:
        """What `duty.enlist` asks for."""
        values = dict(self.cleaned_data)
        return values | {"capacity_g": values.pop("capacity_kg") * KILO}
