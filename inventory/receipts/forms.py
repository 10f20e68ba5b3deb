"""Forms of a delivery. Each keeps what was typed and says one sentence per mistake."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory import fields
from inventory.models import Item, Purchase, PurchaseLine, Receipt, Station, Supplier
from inventory.purchases.purchasing import outstanding
from inventory.receipts.arrivals import MOST_LINES, MOST_UNITS, Came
from inventory.words import aside

STALE = gettext_lazy("这一页过期了，请刷新再试。")
CHARACTERS = {"null_characters_not_allowed": gettext_lazy("有不能用的字符。")}
#: Blank lines: for a delivery nobody ordered, and for what came besides.
BLANK, BESIDES = 4, 2


class SourceForm(forms.Form):
    """Which delivery: of a purchase, or of a supplier without one."""

    purchase = forms.ModelChoiceField(Purchase.objects.none(), required=False)
    supplier = forms.ModelChoiceField(Supplier.objects.none(), required=False)

    def __init__(self, station: Station, data) -> None:
        super().__init__(data)
        placed = Purchase.objects.filter(station=station).select_related("supplier", "station")
        self.fields["purchase"].queryset = placed
        self.fields["supplier"].queryset = station.suppliers.all()


class ManyFiles(forms.FileInput):
    allow_multiple_selected = True

    def value_from_datadict(self, data, files, name) -> list:
        return files.getlist(name)


class PhotosField(forms.FileField):
    widget = ManyFiles

    def clean(self, data, initial=None) -> list:
        return [super(PhotosField, self).clean(file, initial) for file in data or []]


def photos_field(**attrs) -> PhotosField:
    said = _("文件名太长了，请改短一些。")
    empty = _("这张照片是空的，请再拍一次。")
    return PhotosField(
        required=False,
        max_length=200,
        error_messages={"max_length": said, "empty": empty},
        widget=ManyFiles(attrs=attrs),
    )


class PhotosForm(forms.Form):
    """Photos or scans of an invoice: taken with the phone, or files."""

    def __init__(self, data=None, files=None, **kwargs) -> None:
        super().__init__(data, files, **kwargs)
        self.fields["camera"] = photos_field(accept="image/*", capture="environment")
        scans = "image/jpeg,image/png,image/webp,application/pdf"
        self.fields["photos"] = photos_field(accept=scans, multiple=True)

    def uploads(self) -> list:
        """The files of this request, also of a form that is wrong elsewhere."""
        return [*self.cleaned_data.get("camera", ()), *self.cleaned_data.get("photos", ())]


class ReceiptForm(PhotosForm):
    """What is said of a delivery as a whole."""

    nonce = forms.UUIDField(
        widget=forms.HiddenInput, error_messages={"required": STALE, "invalid": STALE}
    )
    delivery_note = forms.CharField(
        label=gettext_lazy("送货单号"),
        required=False,
        max_length=40,
        help_text=gettext_lazy("填了就不怕同一车收两次。"),
        error_messages=CHARACTERS | {"max_length": gettext_lazy("送货单号最多 40 个字。")},
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    spread = forms.ChoiceField(
        label=gettext_lazy("费用怎么摊"),
        choices=Receipt.Spread.choices,
        initial=Receipt.Spread.VALUE,
        required=False,
        widget=forms.RadioSelect,
    )
    note = forms.CharField(
        label=gettext_lazy("备注"),
        required=False,
        max_length=200,
        error_messages=CHARACTERS | {"max_length": gettext_lazy("备注最多 200 个字。")},
    )
    #: Asked for when figures look absurd (`inventory.receipts.doubts`).
    sure = forms.BooleanField(label=gettext_lazy("我核对过发票，就是这样"), required=False)

    def __init__(self, data=None, files=None) -> None:
        super().__init__(data, files, initial={"nonce": uuid4()})
        for name, label in (("transport", _("运费（元）")), ("packing", _("包装费（元）"))):
            self.fields[name] = fields.price(placeholder="0.00")
            self.fields[name].label = label

    @property
    def kept_fields(self) -> list[forms.BoundField]:
        """What rides along hidden while the prices are looked at; photos are kept already."""
        return [field for field in self if field.name not in ("camera", "photos")]

    def clean_spread(self) -> str:
        return self.cleaned_data["spread"] or Receipt.Spread.VALUE

    def extras(self) -> dict[str, Any]:
        """What came on top of the goods, for `inventory.receipts.receiving`. After `is_valid`."""
        said = self.cleaned_data
        return {
            "transport": said["transport"] or Decimal(0),
            "packing": said["packing"] or Decimal(0),
            "spread": said["spread"],
        }


@dataclass(frozen=True)
class Good:
    item_id: int
    label: str
    unit: str


class Goods:
    """A station's goods, found by barcode, code, name, or a part of the name only they have."""

    def __init__(self, station: Station) -> None:
        rows = list(
            Item.objects.stocked()
            .filter(record__partner=station.partner_id)
            .order_by("record__product__title", "pk")
            .values_list(
                "pk",
                "unit",
                "record__product__title",
                "record__product__upc",
                "record__partner_sku",
            )
        )
        titles = Counter(title for _pk, _unit, title, _upc, _sku in rows)
        self.all: list[Good] = []
        self._by_word: dict[str, Good] = {}
        for pk, unit, title, upc, sku in rows:
            good = Good(pk, aside(title, sku) if titles[title] > 1 else title, unit)
            self.all.append(good)
            for word in (good.label, upc, sku):
                if word:
                    self._by_word.setdefault(word.casefold(), good)

    def find(self, words: str) -> Good:
        """Raises `ValidationError`, one sentence."""
        words = " ".join(words.split()).casefold()
        if good := self._by_word.get(words):
            return good
        like = [good for good in self.all if words in good.label.casefold()]
        if len(like) == 1:
            return like[0]
        said = {"words": words, "count": len(like)}
        if like:
            raise forms.ValidationError(_("有 %(count)d 样货叫“%(words)s”，请选清楚。") % said)
        raise forms.ValidationError(_("没有“%(words)s”这样货，请先在货品里登记。") % said)


class LineForm(forms.Form):
    """One good that came. `asked`: the purchase line it answers, if any; else the good is typed,
    scanned or chosen, and may have come instead of a line's."""

    asked = forms.IntegerField(widget=forms.HiddenInput, required=False)
    good = forms.CharField(
        required=False,
        max_length=200,
        error_messages=CHARACTERS | {"max_length": gettext_lazy("货名太长了。")},
        widget=forms.TextInput(
            attrs={
                "list": "goods",
                "autocomplete": "off",
                "placeholder": gettext_lazy("货名或条码"),
            }
        ),
    )
    expires_on = forms.DateField(
        required=False,
        error_messages={"invalid": gettext_lazy("日期不对，如 2022-05-03。")},
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )

    def __init__(
        self,
        *args,
        goods: Goods,
        lines: Mapping[int, tuple[PurchaseLine, int]],
        **kwargs,
    ) -> None:
        super().__init__(*args, **kwargs)
        self.goods, self.lines = goods, lines
        self.fields["units"] = fields.count(MOST_UNITS, autocomplete="off")
        self.fields["damaged"] = fields.count(MOST_UNITS, autocomplete="off", placeholder="0")
        self.fields["cost"] = fields.price(autocomplete="off")
        instead = [
            ("", _("多送来的")),
            *((pk, _("代替%s") % _title(x)) for pk, (x, _left) in lines.items()),
        ]
        self.fields["instead_of"] = forms.TypedChoiceField(
            choices=instead,
            coerce=int,
            empty_value=None,
            required=False,
            error_messages={"invalid_choice": STALE},
        )
        words = {
            "good": _("货品"),
            "units": _("实收"),
            "damaged": _("破损退回"),
            "cost": _("发票金额（元）"),
            "expires_on": _("保质期到"),
            "instead_of": _("多送来的，还是代替哪样"),
        }
        of = f"{_title(self.line)} " if self.line else ""
        for name, label in words.items():
            self.fields[name].label = label
            self.fields[name].widget.attrs["aria-label"] = f"{of}{label}"

    @property
    def line(self) -> PurchaseLine | None:
        """The purchase line this is about, also before anything was said."""
        asked = str(self["asked"].value() or "")
        found = self.lines.get(int(asked)) if asked.isdecimal() else None
        return found[0] if found else None

    @property
    def left(self) -> int:
        """Units of it still to come."""
        return self.lines[self.line.pk][1] if self.line else 0

    @property
    def expected(self):
        """Yuan that what is still to come should cost, if somebody said what a pack costs."""
        if self.line is None or self.line.pack_price is None:
            return None
        return round(self.line.pack_price * self.left / self.line.pack_units, 2)

    @property
    def figures(self) -> list[forms.BoundField]:
        return [self[name] for name in ("units", "damaged", "cost", "expires_on")]

    @property
    def kept_fields(self) -> list[forms.BoundField]:
        """What rides along hidden while the prices are looked at."""
        return [field for field in self if field.value() not in (None, "")]

    def clean(self) -> dict[str, Any]:
        said = self.cleaned_data
        if said.get("asked") and said["asked"] not in self.lines:
            self.add_error(None, STALE)
            return said
        words = said.get("good") or ""
        if not said.get("asked") and words.strip():
            try:
                said["item_id"] = self.goods.find(words).item_id
            except forms.ValidationError as error:
                self.add_error("good", error)
        named = said.get("asked") or words.strip()
        figures = [said.get("units"), said.get("damaged"), said.get("cost")]
        if not named and any(figure is not None for figure in figures):
            self.add_error("good", _("这是什么货？"))
        if named and not said.get("asked") and not any((said.get("units"), said.get("damaged"))):
            self._missing("units", _("填实收几份。"))
        if said.get("units") and said.get("cost") is None:
            self._missing("cost", _("填发票上的金额，白送的填 0。"))
        if said.get("cost") and not said.get("units"):
            self._missing("units", _("填实收几份；一份没收，金额请清空。"))
        return said

    def _missing(self, name: str, sentence: str) -> None:
        if name not in self.errors:
            self.add_error(name, sentence)

    def came(self) -> Came | None:
        """What it says, or None. After `is_valid`."""
        said = self.cleaned_data
        units, damaged = said.get("units") or 0, said.get("damaged") or 0
        if not units and not damaged:
            return None
        line, instead = self.line, said["instead_of"]
        return Came(
            line.item_id if line else said["item_id"],
            units,
            said["cost"] or Decimal(0),
            damaged=damaged,
            expires_on=said["expires_on"],
            purchase_line_id=line.pk if line else instead,
            substitute=bool(instead) and not line,
        )


class _LineFormSet(forms.BaseFormSet):
    default_error_messages = {
        "missing_management_form": STALE,
        "too_many_forms": gettext_lazy("行数太多了，请分几次收。"),
    }

    def came(self) -> list[Came]:
        return [came for form in self.forms if (came := form.came())]


_formset = forms.formset_factory(
    LineForm, _LineFormSet, extra=0, max_num=MOST_LINES, absolute_max=MOST_LINES, validate_max=True
)


def line_forms(
    goods: Goods,
    lines: Sequence[tuple[PurchaseLine, int]],
    data=None,
    *,
    more: int = 0,
) -> _LineFormSet:
    """A form for each line of the purchase with something still to come, and blank ones. `more`:
    blank ones to add to what was said."""
    by_key = {line.pk: (line, left) for line, left in lines}
    kwargs = {"goods": goods, "lines": by_key}
    if data is not None:
        if more:
            data = data.copy()
            count = str(data.get("form-TOTAL_FORMS", ""))
            if count.isdecimal():
                data["form-TOTAL_FORMS"] = min(int(count) + more, MOST_LINES)
        return _formset(data, form_kwargs=kwargs)
    coming = [{"asked": line.pk, "units": left} for line, left in lines if left]
    blank: list[dict] = [{} for _ in range(BESIDES if coming else BLANK)]
    return _formset(initial=[*coming, *blank], form_kwargs=kwargs)


class Desk:
    """One delivery as it is being written down: what is said of it, and its lines."""

    def __init__(
        self,
        station: Station,
        supplier: Supplier,
        purchase: Purchase | None,
        data=None,
        files=None,
        *,
        more: int = 0,
    ) -> None:
        self.supplier, self.purchase = supplier, purchase
        self.asked = outstanding(purchase) if purchase else []
        self.goods = Goods(station)
        self.form = ReceiptForm(data, files)
        self.lines = line_forms(self.goods, self.asked, data, more=more)

    def is_valid(self) -> bool:
        valid = [self.form.is_valid(), self.lines.is_valid()]
        return all(valid)

    def came(self) -> list[Came]:
        return self.lines.came()

    def sentences(self) -> list[str]:
        """What is wrong with the delivery as a whole."""
        hidden = [str(e) for field in self.form.hidden_fields() for e in field.errors]
        lines = [str(e) for form in self.lines for e in form.non_field_errors()]
        own = [str(e) for e in self.form.non_field_errors()]
        return [*own, *hidden, *(str(e) for e in self.lines.non_form_errors()), *lines]


def _title(line: PurchaseLine) -> str:
    return line.item.record.product.title
