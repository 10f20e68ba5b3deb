"""A purchase as it goes to the supplier: a spreadsheet, or the words of a message."""

from collections.abc import Sequence

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from inventory.models import Offer, Purchase, PurchaseLine
from inventory.sheets import writing
from inventory.words import written


@written()
def workbook(purchase: Purchase, lines: Sequence[PurchaseLine]) -> bytes:
    """An .xlsx: what is asked for, and on a second sheet by whom."""
    codes = codes_of(purchase)
    header = [
        _("货号"),
        _("货品"),
        _("单位"),
        _("件数"),
        _("一件有几份"),
        _("共几份"),
        _("一件多少钱（元）"),
        _("金额（元）"),
    ]
    rows = [
        [
            codes.get(line.item_id, ""),
            line.item.record.product.title,
            line.item.unit,
            line.packs,
            line.pack_units,
            line.units,
            line.pack_price,
            line.expected_cost,
        ]
        for line in lines
    ]
    station, supplier = purchase.station, purchase.supplier
    about = [
        [_("采购单"), str(purchase)],
        [_("状态"), purchase.get_status_display()],
        [_("驿站"), station.name],
        [_("驿站电话"), station.phone],
        [_("供应商"), supplier.name],
        [_("联系人"), supplier.contact],
        [_("电话"), supplier.phone],
        [_("下单时间"), purchase.placed_at],
        [_("预计到货"), purchase.expected_on],
        [_("备注"), purchase.note],
    ]
    return writing.xlsx([(str(purchase), header, rows), (_("说明"), [_("项目"), _("内容")], about)])


@written()
def message(purchase: Purchase, lines: Sequence[PurchaseLine]) -> str:
    """What staff paste into a chat with the supplier; one line a good."""
    codes = codes_of(purchase)
    words = [_("%(station)s 采购单 %(purchase)s") % {
        "station": purchase.station.name, "purchase": purchase
    }]  # fmt: skip
    for number, line in enumerate(lines, start=1):
        words.append(
            _("%(number)d. %(code)s%(title)s ×%(packs)d 件（一件 %(units)d %(unit)s）")
            % {
                "number": number,
                "code": f"{codes[line.item_id]} " if codes.get(line.item_id) else "",
                "title": line.item.record.product.title,
                "packs": line.packs,
                "units": line.pack_units,
                "unit": line.item.unit,
            }
        )
    if purchase.expected_on:
        words.append(_("请 %s 送到。") % date_format(purchase.expected_on, "MONTH_DAY_FORMAT"))
    if purchase.note:
        words.append(_("备注：%s") % purchase.note)
    if purchase.station.phone:
        words.append(_("驿站电话：%s") % purchase.station.phone)
    return "\n".join(words)


def codes_of(purchase: Purchase) -> dict[int, str]:
    """The supplier's own codes, by item."""
    offers = Offer.objects.filter(supplier=purchase.supplier_id).exclude(code="")
    return dict(offers.values_list("item_id", "code"))
