"""Forms of announcements and messages. Each keeps what was typed, with one sentence per mistake."""

from datetime import time

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from delivery.models import Grid
from inventory.models import Station
from shop.models import Announcement, Message


class _Moment(forms.DateTimeInput):
    input_type = "datetime-local"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%dT%H:%M")


class _Hour(forms.TimeInput):
    input_type = "time"

    def __init__(self) -> None:
        super().__init__(format="%H:%M")


class AnnouncementForm(forms.Form):
    text = forms.CharField(
        label=gettext_lazy("内容"),
        max_length=Announcement._meta.get_field("text").max_length,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=gettext_lazy("大家都看得到：不要写住户的名字、电话和门牌。"),
        error_messages={
            "required": gettext_lazy("公告还没有写内容。"),
            "max_length": gettext_lazy("公告太长了，请写短一些。"),
        },
    )
    grid = forms.ModelChoiceField(
        label=gettext_lazy("给谁看"),
        queryset=Grid.objects.none(),
        required=False,
        empty_label=gettext_lazy("所有网格"),
        error_messages={"invalid_choice": gettext_lazy("没有这个网格，请重新选。")},
    )
    ends_at = forms.DateTimeField(
        label=gettext_lazy("到何时止"),
        required=False,
        widget=_Moment,
        help_text=gettext_lazy("不填就一直挂着，直到您结束它。"),
        error_messages={"invalid": gettext_lazy("时间写得不对，请重新选。")},
    )

    def __init__(self, grids, *args, everywhere: bool = True, **kwargs) -> None:
        """`grids`: where it may be said; `everywhere`: also in all of them at once."""
        super().__init__(*args, **kwargs)
        self.fields["grid"].queryset = grids
        if not everywhere:
            self.fields["grid"].required = True
            self.fields["grid"].empty_label = None
            self.fields["grid"].error_messages["required"] = _("请选一个网格。")


class TellingForm(forms.ModelForm):
    """What rings, and when nothing does."""

    sms_kinds = forms.MultipleChoiceField(
        label=gettext_lazy("发短信"), choices=Message.Kind.choices, required=False
    )
    robot_kinds = forms.MultipleChoiceField(
        label=gettext_lazy("发到群里"),
        # What concerns one door is nobody else's.
        choices=[(kind.value, kind.label) for kind in Message.FOR_GRIDS],
        required=False,
    )

    class Meta:
        model = Station
        fields = ("sms_kinds", "robot_kinds", "quiet_from", "quiet_to")
        widgets = {"quiet_from": _Hour, "quiet_to": _Hour}
        error_messages = {
            name: {
                "required": gettext_lazy("请选一个时间。"),
                "invalid": gettext_lazy("时间写得不对，请重新选。"),
            }
            for name in ("quiet_from", "quiet_to")
        }

    def clean(self) -> dict:
        said = super().clean()
        begin, end = said.get("quiet_from"), said.get("quiet_to")
        if isinstance(begin, time) and isinstance(end, time) and _hours(begin, end) > MOST_QUIET:
            self.add_error(
                "quiet_to", _("安静时间最长 %d 小时，不然当天的消息就发不出去了。") % MOST_QUIET
            )
        return said


#: Hours: more would swallow what is news for a day.
MOST_QUIET = 14


def _hours(begin: time, end: time) -> float:
    minutes = (end.hour - begin.hour) * 60 + end.minute - begin.minute
    return (minutes % (24 * 60)) / 60


class RobotForm(forms.Form):
    grid = forms.ModelChoiceField(queryset=Grid.objects.none())
    # Never shown again, so the browser need not keep it either.
    address = forms.CharField(
        label=gettext_lazy("群机器人的地址"),
        max_length=300,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        error_messages={
            "required": gettext_lazy("请把群机器人的地址贴进来。"),
            "max_length": gettext_lazy("这个地址太长了，不是群机器人的。"),
        },
    )
