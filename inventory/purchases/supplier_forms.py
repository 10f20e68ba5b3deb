"""Forms for suppliers. Each keeps what was typed and says one sentence per mistake."""

from collections.abc import Iterator, Sequence

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory import fields
from inventory.fields import YuanField
from inventory.models import Item, Offer, Supplier
from inventory.purchases.suppliers import MOST_PACK_UNITS, Offered
from inventory.words import about

#: What is said of a good a supplier has.
ROW = ("units", "price", "code", "first")


class SupplierForm(forms.ModelForm):
    class Meta:
        model = Supplier
        fields = (
            "name",
            "contact",
            "phone",
            "cut_off",
            "lead_days",
            "minimum_order",
            "note",
            "active",
        )
        widgets = {
            "cut_off": forms.TimeInput(attrs={"type": "time"}, format="%H:%M"),
            "lead_days": forms.NumberInput(attrs={"min": 0, "max": 60, "inputmode": "numeric"}),
            "minimum_order": forms.NumberInput(attrs={"min": 0, "step": "0.01"}),
            "phone": forms.TextInput(attrs={"inputmode": "tel", "autocomplete": "off"}),
        }
        help_texts = {
            "cut_off": gettext_lazy("过了这个钟点下的单算第二天的，不填就是随时。"),
            "lead_days": gettext_lazy("0 是当天到，1 是第二天到。"),
            "minimum_order": gettext_lazy("不到这个数就提醒，0 是没有起订。"),
        }
        field_classes = {"minimum_order": YuanField}
        error_messages = {
            "name": {"required": gettext_lazy("请填供应商的名称。")},
            "cut_off": {"invalid": gettext_lazy("时间要写成 16:00 这样。")},
            "minimum_order": {"invalid": gettext_lazy("请填金额，如 300.00。")},
        }

    def __init__(self, station, *args, **kwargs) -> None:
        super().__init__(*args, **kwargs)
        self.instance.station = station
        self.fields["minimum_order"].required = False
        if not self.instance.pk:
            del self.fields["active"]

    def clean_minimum_order(self):
        yuan = self.cleaned_data["minimum_order"] or 0
        if yuan < 0:
            raise forms.ValidationError(_("起订金额不能是负数。"))
        return yuan

    def clean_lead_days(self):
        days = self.cleaned_data["lead_days"]
        if days > 60:
            raise forms.ValidationError(_("几天到货最多填 60。"))
        return days

    def _get_validation_exclusions(self):
        # The station is part of "this name is taken", though nobody types it.
        return super()._get_validation_exclusions() - {"station"}


class OffersForm(forms.Form):
    """What a supplier offers: four fields a good, and one more good with its own four.

    `offers`: those there are; `others`: (item key, title) of what might be added."""

    def __init__(self, offers: Sequence[Offer], others: Sequence[tuple[int, str]], data=None):
        super().__init__(data, auto_id=False)
        self.offers = {offer.item_id: offer for offer in offers}
        for item_id, offer in self.offers.items():
            self._add(item_id, offer.item.record.product.title, offer)
            self.fields[f"gone-{item_id}"] = forms.BooleanField(required=False)
        self.fields["item"] = forms.TypedChoiceField(
            label=_("再加一样"),
            choices=[("", _("不加")), *others],
            coerce=int,
            empty_value=None,
            required=False,
            error_messages={"invalid_choice": _("没有这样货，请重选。")},
        )
        self._add("new", _("再加的这样"), None)

    def _add(self, key: int | str, title: str, offer: Offer | None) -> None:
        label = {"units": _("%s 一件有几份"), "price": _("%s 一件多少钱"), "code": _("%s 货号")}
        words = {name: {"aria-label": text % title} for name, text in label.items()}
        self.fields[f"units-{key}"] = units = fields.count(MOST_PACK_UNITS, 1, **words["units"])
        self.fields[f"price-{key}"] = price = fields.price(**words["price"])
        self.fields[f"code-{key}"] = code = forms.CharField(
            required=False,
            max_length=40,
            error_messages={"max_length": _("货号最多 40 个字。")},
            widget=forms.TextInput(attrs=words["code"]),
        )
        self.fields[f"first-{key}"] = first = forms.BooleanField(required=False)
        for field in (units, price, code, first):
            field.label = title
        units.initial = offer.pack_units if offer else 1
        if offer:
            price.initial, code.initial = offer.pack_price, offer.code
            first.initial = offer.preferred

    def clean(self):
        said = super().clean()
        typed = [said.get(f"{name}-new") for name in ("price", "code", "first")]
        other_pack = said.get("units-new") not in (None, 1)
        if "item" not in self.errors and not said.get("item") and (
            other_pack or any(x not in (None, "", False) for x in typed)
        ):  # fmt: skip
            self.add_error("item", _("选哪样货？"))
        return said

    def rows(self) -> list[dict]:
        """Each good with its fields, for the table."""
        return [
            {"offer": offer} | {name: self[f"{name}-{pk}"] for name in (*ROW, "gone")}
            for pk, offer in self.offers.items()
        ]

    def new(self) -> dict:
        return {name: self[f"{name}-new"] for name in ROW}

    def sentences(self) -> Iterator[str]:
        for name, errors in self.errors.items():
            yield from (about(self.fields[name].label, error) for error in errors)

    def said(self) -> tuple[list[Offered], list[int]]:
        """(what is offered, items that no longer are). After `is_valid`."""
        data = self.cleaned_data
        gone = [pk for pk in self.offers if data[f"gone-{pk}"]]
        offered = [self._offered(pk, pk) for pk in self.offers if pk not in gone]
        if data["item"]:
            offered.append(self._offered(data["item"], "new"))
        return offered, gone

    def _offered(self, item_id: int, key: int | str) -> Offered:
        data = self.cleaned_data
        # Only a preference that is new is a wish: another page may have moved it meanwhile.
        had = self.offers[item_id].preferred if item_id in self.offers else False
        return Offered(
            item_id,
            data[f"units-{key}"] or 1,
            data[f"price-{key}"],
            data[f"code-{key}"],
            preferred=data[f"first-{key}"] and not had,
        )


class SellersForm(forms.Form):
    """Who sells these goods: a supplier, a pack and its price each; none chosen is not said."""

    def __init__(self, suppliers: Sequence[Supplier], items: Sequence[Item], data=None) -> None:
        super().__init__(data, auto_id=False)
        self.suppliers = {supplier.pk: supplier for supplier in suppliers}
        self.items = items
        choices = [("", _("还不知道")), *((pk, str(s)) for pk, s in self.suppliers.items())]
        for item in items:
            title = item.record.product.title
            self.fields[f"supplier-{item.pk}"] = forms.TypedChoiceField(
                label=title,
                choices=choices,
                coerce=int,
                empty_value=None,
                required=False,
                error_messages={"invalid_choice": _("没有这家供应商，请重选。")},
                widget=forms.Select(attrs={"aria-label": _("%s 谁家有") % title}),
            )
            units = fields.count(MOST_PACK_UNITS, 1, **{"aria-label": _("%s 一件有几份") % title})
            price = fields.price(**{"aria-label": _("%s 一件多少钱") % title})
            units.label, units.initial, price.label = title, 1, title
            self.fields |= {f"units-{item.pk}": units, f"price-{item.pk}": price}

    def rows(self) -> list[dict]:
        return [
            {"item": item}
            | {name: self[f"{name}-{item.pk}"] for name in ("supplier", "units", "price")}
            for item in self.items
        ]

    sentences = OffersForm.sentences

    def said(self) -> dict[Supplier, list[Offered]]:
        data = self.cleaned_data
        found: dict[Supplier, list[Offered]] = {}
        for item in self.items:
            if key := data[f"supplier-{item.pk}"]:
                offered = Offered(item.pk, data[f"units-{item.pk}"] or 1, data[f"price-{item.pk}"])
                found.setdefault(self.suppliers[key], []).append(offered)
        return found
