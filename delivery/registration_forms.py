"""What a stranger writes at a poster, and what who looks after the door makes of it."""

from collections.abc import Callable

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from delivery import registers
from delivery.forms import PhoneField
from delivery.models import Grid, Household, Registration
from delivery.registrations import Taken
from inventory.sheets.cells import MOST_PEOPLE, CellError

_ODD = {
    "null_characters_not_allowed": gettext_lazy("里面有看不见的怪字符，请重新打一遍。"),
    "max_length": gettext_lazy("太长了，请写短一点。"),
}
_LINES = forms.Textarea(attrs={"rows": 2})


class _Painted(forms.CharField):
    """A part of what is painted on the wall, typed as people type it: 2单元, 302室."""

    def __init__(self, *, read: Callable[[object], str], **options) -> None:
        self.read = read
        attrs = {"autocomplete": "off"}
        super().__init__(
            max_length=20, widget=forms.TextInput(attrs=attrs), error_messages=_ODD, **options
        )

    def clean(self, value):
        typed = super().clean(value)
        try:
            return self.read(typed) if typed else ""
        except CellError as error:
            raise ValidationError(str(error)) from error


def _number(label, least: int, most: int, **options) -> forms.IntegerField:
    wrong = gettext_lazy("请填一个合适的数字。")
    return forms.IntegerField(
        label=label,
        min_value=least,
        max_value=most,
        error_messages=dict.fromkeys(("required", "invalid", "min_value", "max_value"), wrong),
        **options,
    )


class DoorForm(forms.Form):
    """A door and who lives behind it."""

    building = _Painted(read=registers.building, label=gettext_lazy("几号楼（幢）"))
    unit = _Painted(read=registers.unit, label=gettext_lazy("单元"), required=False)
    room = _Painted(read=registers.room, label=gettext_lazy("室号"), required=False)
    floor = _number(
        gettext_lazy("楼层"),
        -5,
        99,
        required=False,
        help_text=gettext_lazy("室号看得出楼层就不用填。"),
    )
    people_count = _number(gettext_lazy("住几个人"), 1, MOST_PEOPLE, initial=1)
    newcomers_count = _number(gettext_lazy("其中来沪人员几个"), 0, MOST_PEOPLE, initial=0)
    name = forms.CharField(
        label=gettext_lazy("怎么称呼"), max_length=40, required=False, error_messages=_ODD
    )
    phone = PhoneField(
        label=gettext_lazy("电话"), max_length=40, required=False, error_messages=_ODD
    )
    landlord = forms.CharField(
        label=gettext_lazy("租的房子？房东的姓名、电话"),
        max_length=60,
        required=False,
        error_messages=_ODD,
        help_text=gettext_lazy("自己的房子不用填。"),
    )
    needs = forms.CharField(
        label=gettext_lazy("特殊情况"),
        max_length=200,
        required=False,
        widget=_LINES,
        error_messages=_ODD,
        help_text=gettext_lazy(
            "比如独居老人、要配药、有婴儿。只有驿站的人和您的楼长、网格长看得到。"
        ),
    )

    def clean(self):
        said = super().clean()
        people, newcomers = said.get("people_count"), said.get("newcomers_count")
        if people is not None and newcomers is not None and newcomers > people:
            self.add_error("newcomers_count", _("来沪人员不能比总人数多。"))
        if said.get("floor") is None and "floor" not in self.errors:
            said["floor"] = registers.floor_of(said.get("room", ""))
        return said


class RegistrationForm(DoorForm):
    """At a poster. A building's poster says which building: then nobody is asked."""

    nonce = forms.UUIDField(
        widget=forms.HiddenInput,
        error_messages=dict.fromkeys(
            ("required", "invalid"), gettext_lazy("这一页放得太久了，请重新扫码。")
        ),
    )

    def __init__(self, *args, poster, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        if poster.building:
            del self.fields["building"]
        # A registration without a room or a number to call is of no use to anybody.
        for name, words in (("room", _("请填室号。")), ("phone", _("请填电话。"))):
            self.fields[name].required = True
            self.fields[name].error_messages["required"] = words
        if "building" in self.fields:
            self.fields["building"].error_messages["required"] = _("请填几号楼。")

    def clean(self):
        said = super().clean()
        said.setdefault("building", "")
        return said


class ApproveForm(DoorForm):
    """What was written, to be put right; `allowed` says of which buildings this person decides."""

    def __init__(self, *args, registration: Registration, allowed, **kwargs) -> None:
        initial = {name: getattr(registration, name) for name in self.base_fields}
        super().__init__(*args, initial=initial, auto_id="door_%s", **kwargs)
        self.allowed = allowed
        self.fields["building"].error_messages["required"] = _("请填几号楼。")

    def clean_building(self) -> str:
        building = self.cleaned_data["building"]
        if not self.allowed(building):
            raise ValidationError(_("这幢楼不归您负责，请交给网格长或驿站登记。"))
        return building


class MergeForm(forms.Form):
    door = forms.ModelChoiceField(
        Household.objects.none(),
        label=gettext_lazy("并到哪个门"),
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), gettext_lazy("请选一个已经登记的门。")
        ),
    )
    contact = forms.BooleanField(
        label=gettext_lazy("加上这个人和电话"), required=False, initial=True
    )
    people = forms.ChoiceField(
        label=gettext_lazy("人数"),
        choices=[
            ("", gettext_lazy("不改")),
            ("set", gettext_lazy("改成这次写的")),
            ("add", gettext_lazy("又来一家，加上去")),
        ],
        required=False,
        error_messages={"invalid_choice": gettext_lazy("请从列出来的里面选一个。")},
    )
    needs = forms.BooleanField(label=gettext_lazy("加上特殊情况"), required=False)
    landlord = forms.BooleanField(label=gettext_lazy("记下房东"), required=False)

    def __init__(self, *args, doors, **kwargs) -> None:
        super().__init__(*args, auto_id="merge_%s", **kwargs)
        self.fields["door"].queryset = doors

    def taken(self) -> Taken:
        said = self.cleaned_data
        return Taken(said["contact"], said["needs"], said["landlord"], said["people"])


class RefuseForm(forms.Form):
    reason = forms.CharField(
        label=gettext_lazy("为什么"),
        max_length=100,
        error_messages=_ODD | {"required": gettext_lazy("请写一句为什么。")},
        help_text=gettext_lazy("别写姓名和电话：这一句会留着。"),
    )


class PosterForm(forms.Form):
    """Where a poster goes: one of `grids`, one building of it or all."""

    grid = forms.ModelChoiceField(
        Grid.objects.none(),
        label=gettext_lazy("网格"),
        empty_label=gettext_lazy("请选一个网格"),
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), gettext_lazy("请从列出来的里面选一个。")
        ),
    )
    building = _Painted(
        read=registers.building,
        label=gettext_lazy("几号楼（幢）"),
        required=False,
        help_text=gettext_lazy("贴在楼门口的填楼号；整个网格一张的不填。"),
    )

    def __init__(self, *args, grids, allowed, **kwargs) -> None:
        super().__init__(*args, auto_id="poster_%s", **kwargs)
        self.fields["grid"].queryset = grids
        self.allowed = allowed

    def clean(self):
        said = super().clean()
        whole = "grid" in said and "building" in said
        if whole and not self.allowed(said["grid"].pk, said["building"]):
            self.add_error("building", _("您负责的是一幢楼，请填这幢楼的楼号。"))
        return said
