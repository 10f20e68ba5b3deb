"""What is asked for when slips are printed, and what is keyed from one."""

from django import forms
from django.utils.translation import gettext_lazy as _

from delivery.models import Grid
from shop.wanted import MOST_OF_ONE


class PrintForm(forms.Form):
    """For whom, and how large."""

    LARGE, SMALL = "large", "small"
    SILENT, ALL = "silent", "all"

    round = forms.ModelChoiceField(label=_("哪一波"), queryset=None, empty_label=None)
    grid = forms.ModelChoiceField(
        label=_("网格"), queryset=None, required=False, empty_label=_("全部网格")
    )
    doors = forms.ChoiceField(
        label=_("印给谁"),
        choices=[(SILENT, _("自己不会用手机订的")), (ALL, _("所有还没订的"))],
        initial=SILENT,
    )
    paper = forms.ChoiceField(
        label=_("字多大"),
        choices=[(LARGE, _("大字，一户一页")), (SMALL, _("小字，一页两户"))],
        initial=LARGE,
    )

    def __init__(self, *args, rounds, station, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["round"].queryset = rounds
        self.fields["grid"].queryset = Grid.objects.filter(station=station)
        keys = ("required", "invalid_choice")
        for name, field in self.fields.items():
            said = (
                _("请选一个正在接单的波次。") if name == "round" else _("请从列出来的里面选一个。")
            )
            field.error_messages |= dict.fromkeys(keys, said)


class KeyForm(forms.Form):
    """Units of each good of the form; `typed` says all of it in one line instead."""

    typed = forms.CharField(
        label=_("勾了几号"),
        required=False,
        max_length=400,
        error_messages={
            "max_length": _("写得太长了。"),
            "null_characters_not_allowed": _("里面有看不见的怪字符，请重新打一遍。"),
        },
    )

    def __init__(self, *args, items, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        said = _("份数要 0 到 %d。") % MOST_OF_ONE
        for pk in items:
            self.fields[f"item-{pk}"] = forms.IntegerField(
                required=False,
                min_value=0,
                max_value=MOST_OF_ONE,
                error_messages=dict.fromkeys(("invalid", "min_value", "max_value"), said),
            )

    def units(self) -> dict[int, int]:
        return {
            int(name.removeprefix("item-")): value
            for name, value in self.cleaned_data.items()
            if name.startswith("item-") and value
        }
