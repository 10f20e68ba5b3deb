"""Forms of claims: what a household says, and what the station answers."""

from uuid import uuid4

from django import forms
from django.utils.translation import gettext_lazy as _

from shop.claims import claiming, reads
from shop.counter_sales.forms import Amount
from shop.models import Claim
from shop.money import MOST
from shop.settlement import bills
from shop.wanted import MOST_OF_ONE


class ClaimForm(forms.Form):
    """Of one order: which line, what is wrong with how many of it, and a photo of it.

    `said()` is for `claiming.make`.
    """

    line = forms.ModelChoiceField(
        label=_("哪一样"),
        queryset=None,
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("请选是哪一样。")),
        empty_label=None,
        widget=forms.RadioSelect,
    )
    kind = forms.ChoiceField(
        label=_("怎么了"),
        choices=Claim.Kind.choices,
        error_messages=dict.fromkeys(
            ("required", "invalid_choice"), _("请选少了、坏了还是送错了。")
        ),
        widget=forms.RadioSelect,
    )
    units = forms.IntegerField(
        label=_("几份"),
        initial=1,
        min_value=1,
        max_value=MOST_OF_ONE,
        error_messages=dict.fromkeys(
            ("required", "invalid", "min_value", "max_value"), _("请填几份不对，至少 1 份。")
        ),
        widget=forms.NumberInput(attrs={"inputmode": "numeric", "autocomplete": "off"}),
    )
    note = forms.CharField(
        label=_("说明"),
        required=False,
        max_length=200,
        error_messages={
            "max_length": _("最多写 200 个字。"),
            "null_characters_not_allowed": _("里面有看不见的怪字符，请重新打一遍。"),
        },
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    # Looked at by `inventory.pictures`; the browser only says where it lies.
    photo = forms.FileField(
        label=_("照片"),
        required=False,
        allow_empty_file=True,
        widget=forms.FileInput(attrs={"accept": "image/*"}),
    )
    nonce = forms.UUIDField(widget=forms.HiddenInput)

    def __init__(self, order, *args, **kwargs) -> None:
        kwargs.setdefault("initial", {}).setdefault("nonce", uuid4())
        super().__init__(*args, **kwargs)
        lines = order.lines.select_related("order", "stockrecord__item").order_by("pk")
        field = self.fields["line"]
        field.queryset = lines
        # Only what can be claimed is offered; a second tap still finds what the first one took.
        claims = reads.of_order(order)
        self.offered = reads.still_right(bills.of(order), claims)
        field.choices = [(line.pk, line.title) for line in lines if line.pk in self.offered]

    def said(self) -> dict:
        """Everything but who says it."""
        return {**self.cleaned_data, "kind": Claim.Kind(self.cleaned_data["kind"])}


class AnswerForm(forms.Form):
    """`decision` is the button: accept with an amount, or decline with a word why."""

    ACCEPT, DECLINE = "accept", "decline"

    amount = Amount(label=_("退多少（元）"), required=False, max_value=MOST)
    answer = forms.CharField(
        label=_("答复（住户看得到）"),
        required=False,
        max_length=200,
        error_messages={
            "max_length": _("最多写 200 个字。"),
            "null_characters_not_allowed": _("里面有看不见的怪字符，请重新打一遍。"),
        },
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    decision = forms.ChoiceField(
        choices=[(ACCEPT, _("退钱")), (DECLINE, _("不退钱"))],
        error_messages=dict.fromkeys(("required", "invalid_choice"), _("请选退钱还是不退钱。")),
        widget=forms.HiddenInput,
    )

    def clean(self) -> dict:
        said = super().clean()
        if said.get("decision") == self.ACCEPT and "amount" in said and said["amount"] is None:
            self.add_error("amount", _("请填退多少。"))
        if said.get("decision") == self.DECLINE and "answer" in said and not said["answer"]:
            self.add_error("answer", _("不退钱，请写一句为什么。"))
        return said


def offered(claim: Claim) -> AnswerForm:
    """With what the claimed units come to."""
    return AnswerForm(initial={"amount": claiming.fair(claim)})
