"""Forms of counts and losses. Each keeps what was typed and says one sentence per mistake."""

from collections.abc import Sequence

from django import forms
from django.utils.translation import gettext_lazy as _

from inventory.counts.counting import MOST
from inventory.counts.losses import REASONS
from inventory.models import CountLine, Lot, Move

UNITS = {
    "required": _("请填数量。"),
    "invalid": _("请填整数，比如 12。"),
    "min_value": _("数量不能是负的。"),
    "max_value": _("数量太大了，请看看是不是多按了一位。"),
}


class CountForm(forms.Form):
    """What was found, good by good. Left empty: not counted yet.

    Only what was changed on this page is said, so two people may count a shelf side by side.
    """

    #: A scanned or typed good, to be led to its line.
    code = forms.CharField(
        label=_("扫码或找货"),
        required=False,
        max_length=100,
        widget=forms.TextInput(
            attrs={
                "type": "search",
                "autocomplete": "off",
                "placeholder": _("扫码，或写货名、编码"),
            }
        ),
    )

    def __init__(self, lines: Sequence[CountLine], *args, at: int | None = None, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.lines = lines
        for line in lines:
            attrs = {"inputmode": "numeric", "autocomplete": "off", "size": 6}
            self.fields[self.name(line)] = forms.IntegerField(
                label=line.item.record.product.title,
                required=False,
                min_value=0,
                max_value=MOST,
                initial=line.found,
                show_hidden_initial=True,
                error_messages=UNITS,
                widget=forms.NumberInput(attrs | {"autofocus": ""} if line.pk == at else attrs),
            )

    @staticmethod
    def name(line: CountLine) -> str:
        return f"found-{line.item_id}"

    def rows(self) -> list[tuple[CountLine, forms.BoundField]]:
        return [(line, self[self.name(line)]) for line in self.lines]

    def said(self) -> dict[int, int | None]:
        """By item, what is new on this page."""
        changed = set(self.changed_data)
        return {
            line.item_id: self.cleaned_data[self.name(line)]
            for line in self.lines
            if self.name(line) in changed
        }

    def meant(self) -> CountLine | None:
        """The line of the good whose code, or part of whose title, was typed."""
        words = self.cleaned_data["code"].strip().casefold()
        if not words:
            return None
        for line in self.lines:
            record = line.item.record
            if words in {(record.product.upc or "").casefold(), record.partner_sku.casefold()}:
                return line
        return next(
            (line for line in self.lines if words in line.item.record.product.title.casefold()),
            None,
        )


class LossForm(forms.Form):
    """Units of one lot, gone or given away. `seen`: what the page said was left."""

    kind = forms.ChoiceField(
        label=_("怎么没的"),
        choices=[(Move.Kind.WASTE, _("报损")), (Move.Kind.DONATE, _("捐出"))],
        initial=Move.Kind.WASTE,
        widget=forms.RadioSelect,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("请选报损还是捐出。")),
    )
    units = forms.IntegerField(
        label=_("数量"),
        min_value=1,
        max_value=MOST,
        error_messages=UNITS | {"min_value": _("至少要有 1 份。")},
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    reason = forms.ChoiceField(
        label=_("原因"),
        choices=[
            (_("报损"), [(reason, reason.label) for reason in REASONS[Move.Kind.WASTE][:-1]]),
            (_("捐出"), [(reason, reason.label) for reason in REASONS[Move.Kind.DONATE][:-1]]),
            (Move.Reason.OTHER, Move.Reason.OTHER.label),
        ],
        help_text=_(
            "报损选：过期、坏了、破损、找不到了；捐出选：送困难住户、给值守人员。“其他”两种都行。"
        ),
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("请选一个原因。")),
    )
    note = forms.CharField(
        label=_("说明"),
        required=False,
        max_length=100,
        help_text=_("只写货，不写人。选“其他”要写一句。"),
        error_messages={"max_length": _("最多写 100 个字。")},
    )
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)

    def __init__(self, lot: Lot, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.initial["seen"] = lot.units
