"""The upload, and what is said on the preview."""

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.forms import SheetForm
from shop.group_buys.plan import Choices

#: More rows than a sheet has, and no key is longer.
MOST = 2**31 - 1


class ExportForm(SheetForm):
    """An export, and the round it goes into."""

    def __init__(self, *args, rounds, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.fields["round"] = forms.ModelChoiceField(
            label=_("下到哪一波"),
            queryset=rounds,
            empty_label=None,
            error_messages=dict.fromkeys(
                ("required", "invalid_choice"), _("请选一个正在接单的波次。")
            ),
        )


def choices(posted) -> Choices:
    """What was chosen; what is no choice at all is none. `posted`: a QueryDict."""
    goods = {}
    for name in posted:
        place = name.removeprefix("good-")
        if place != name and (number := _number(place)) is not None:
            item = _number(posted[name] or "0")
            if item is not None:
                goods[number] = item
    return Choices(
        goods=goods,
        by_address=_numbers(posted, "by_address"),
        left_out=_numbers(posted, "left_out"),
        is_new="is_new" in posted,
    )


def _numbers(posted, name: str) -> set[int]:
    return {number for said in posted.getlist(name) if (number := _number(said)) is not None}


def _number(said: str) -> int | None:
    is_one = said.isascii() and said.isdecimal() and len(said) < 11
    return number if is_one and (number := int(said)) <= MOST else None
