"""Forms for purchases. Each keeps what was typed and says one sentence per mistake."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from uuid import uuid4

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory import fields
from inventory.models import Item, Offer, Supplier
from inventory.purchases.purchasing import MOST_PACKS, Wanted
from inventory.purchases.suppliers import MOST_PACK_UNITS
from inventory.words import about, aside

STALE = gettext_lazy("这一页过期了，请刷新再试。")


class PacksForm(forms.Form):
    """So many packs of each of these: a field by key; blank is none. `goods`: (key, name,
    suggested, most)."""

    data: Any
    nonce = forms.UUIDField(
        widget=forms.HiddenInput, error_messages={"required": STALE, "invalid": STALE}
    )
    seen = forms.IntegerField(
        widget=forms.HiddenInput, required=False, error_messages={"invalid": STALE}
    )
    note = forms.CharField(
        label=gettext_lazy("备注"),
        required=False,
        max_length=200,
        error_messages={"max_length": gettext_lazy("备注最多 200 个字。")},
    )

    def __init__(
        self, goods: Sequence[tuple[int, str, int | None, int]], data=None, *, seen: int = 0,
        note: str = "",
    ) -> None:  # fmt: skip
        # One name a card: a page may hold the forms of several suppliers.
        super().__init__(
            data, initial={"nonce": uuid4(), "seen": seen, "note": note}, auto_id=False
        )
        self.keys = [key for key, *_rest in goods]
        for key, name, suggested, most in goods:
            label = _("%s 要几件") % name
            field = fields.count(most, **{"aria-label": label})
            field.label, field.initial = name, suggested
            self.fields[f"packs-{key}"] = field

    def field(self, key: int) -> forms.BoundField:
        return self[f"packs-{key}"]

    def seen_now(self, newest: int) -> None:
        """Sent again as it stands, it is a purchase of its own: who sends it knows of `newest`."""
        data = self.data.copy()
        data["nonce"], data["seen"] = str(uuid4()), str(newest)
        self.data = data

    def packs(self) -> dict[int, int]:
        """By key, 0 for blank ones. After `is_valid`."""
        return {key: self.cleaned_data[f"packs-{key}"] or 0 for key in self.keys}

    def sentences(self) -> Iterator[str]:
        """What is wrong, with the name of the good it is wrong with."""
        for name, errors in self.errors.items():
            label = self.fields[name].label if name.startswith("packs-") else ""
            yield from (about(label, error) if label else str(error) for error in errors)


class ExtraLineForm(forms.Form):
    """One more good for a draft; nothing chosen and nothing typed is nothing."""

    prefix = "also"
    item = forms.ModelChoiceField(
        Item.objects.none(),
        label=gettext_lazy("再加一样"),
        required=False,
        empty_label=gettext_lazy("不加"),
        error_messages={"invalid_choice": gettext_lazy("没有这样货，请重选。")},
    )

    def __init__(self, station, offers: Mapping[int, Offer], without, data=None) -> None:
        super().__init__(data)
        self.offers = offers
        field = self.fields["item"]
        field.queryset = (
            Item.objects.stocked()
            .filter(record__partner=station.partner_id)
            .exclude(pk__in=without)
            .select_related("record__product")
            .order_by("record__product__title", "pk")
        )
        field.label_from_instance = lambda item: aside(item.record.product.title, item.unit)
        self.fields["packs"] = fields.count(MOST_PACKS)
        self.fields["packs"].label = _("件数")
        self.fields["pack_units"] = fields.count(MOST_PACK_UNITS, 1)
        self.fields["pack_units"].label = _("一件有几份")
        self.fields["pack_units"].help_text = _("不填就照这家的规格。")
        self.fields["pack_price"] = fields.price()
        self.fields["pack_price"].label = _("一件多少钱（元）")

    def clean(self):
        said = super().clean()
        if said.get("item") and not said.get("packs") and "packs" not in self.errors:
            self.add_error("packs", _("请填要几件。"))
        typed = [said.get(name) for name in ("packs", "pack_units", "pack_price")]
        if "item" not in self.errors and not said.get("item") and any(x is not None for x in typed):
            self.add_error("item", _("选哪样货？"))
        return said

    def wanted(self) -> list[Wanted]:
        said = self.cleaned_data
        if not said["item"]:
            return []
        offer = self.offers.get(said["item"].pk)
        units, price = said["pack_units"], said["pack_price"]
        if offer and units in (None, offer.pack_units):
            units, price = offer.pack_units, offer.pack_price if price is None else price
        return [Wanted(said["item"].pk, said["packs"], units or 1, price)]


class SplitForm(PacksForm):
    """What goes into a purchase of its own, and whose that is."""

    supplier = forms.ModelChoiceField(
        Supplier.objects.none(),
        label=gettext_lazy("拆出来的向谁买"),
        required=False,
        error_messages={"invalid_choice": gettext_lazy("没有这家供应商，请重选。")},
    )

    def __init__(self, purchase, goods, data=None) -> None:
        super().__init__(goods, data)
        field = self.fields["supplier"]
        field.queryset = purchase.station.suppliers.filter(active=True).exclude(
            pk=purchase.supplier_id
        )
        field.empty_label = _("还是%s") % purchase.supplier
