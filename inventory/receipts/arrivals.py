"""What came, as somebody says it came: checked before a receipt is written, with its share of the
extras and the mark by which the same delivery is known again."""

import hashlib
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.errors import ReceiptRefused
from inventory.models import Item, Purchase, PurchaseLine, Receipt, ReceiptLine, Station, Supplier

FEN = Decimal("0.01")
#: More than this on one line is a slip of the finger, as is a date so far away.
MOST_UNITS = 100_000
MOST_YUAN = Decimal("9999999.99")
LONGEST_LIFE = timedelta(days=20 * 365)
MOST_LINES = 300


@dataclass(frozen=True)
class Came:
    """One good of a delivery: `units` accepted for `cost` yuan as invoiced, `damaged` ones sent
    back. `substitute`: it came instead of what the purchase line asked for."""

    item_id: int
    units: int
    cost: Decimal
    damaged: int = 0
    expires_on: date | None = None
    purchase_line_id: int | None = None
    substitute: bool = False


@dataclass(frozen=True)
class Delivery:
    """A delivery that was checked: rows that are not saved yet."""

    receipt: Receipt
    lines: list[ReceiptLine]


def checked(
    station: Station,
    supplier: Supplier,
    lines: Sequence[Came],
    *,
    by,
    nonce: UUID | None,
    purchase: Purchase | None,
    delivery_note: str,
    transport: Decimal,
    packing: Decimal,
    spread: Receipt.Spread,
    note: str,
) -> Delivery:
    """The rows of a receipt. Raises `ReceiptRefused` for what cannot be right."""
    now = timezone.now()
    if supplier.station_id != station.pk:
        raise ReceiptRefused(_("这不是本站的供应商。"))
    if purchase is not None and (
        purchase.station_id != station.pk or purchase.supplier_id != supplier.pk
    ):
        raise ReceiptRefused(_("这张采购单不是这家供应商的。"))
    if spread not in Receipt.Spread.values:
        raise ReceiptRefused(_("费用请选按金额摊或按重量摊。"))
    receipt = Receipt(
        station=station,
        supplier=supplier,
        purchase=purchase,
        delivery_note=_words(delivery_note, 40, _("送货单号")),
        nonce=nonce,
        transport=_money(transport, _("运费")),
        packing=_money(packing, _("包装费")),
        spread=spread,
        note=_words(note, 200, _("备注")),
        by=by,
        at=now,
    )
    made = _checked_lines(receipt, lines, timezone.localdate(now))
    receipt.fingerprint = _fingerprint(receipt, lines)
    _spread(receipt, made)
    return Delivery(receipt, made)


def _checked_lines(receipt: Receipt, lines: Sequence[Came], today: date) -> list[ReceiptLine]:
    if len(lines) > MOST_LINES:
        raise ReceiptRefused(_("一次最多收 %d 行，请分几次收。") % MOST_LINES)
    if not any(line.units or line.damaged for line in lines):
        raise ReceiptRefused(_("一样货也没收，请填实收的数量。"))
    items = {
        item.pk: item
        for item in Item.objects.stocked()
        .filter(
            pk__in={line.item_id for line in lines},
            record__partner=receipt.station.partner_id,
        )
        .select_related("record__product")
    }
    asked: dict[int, PurchaseLine] = {}
    if receipt.purchase_id:
        asked = {line.pk: line for line in PurchaseLine.objects.filter(purchase=receipt.purchase)}
    line_by_item = {line.item_id: line.pk for line in asked.values()}
    made = []
    for line in lines:
        item = items.get(line.item_id)
        if item is None:
            raise ReceiptRefused(_("有的货不是本站的货品，请先登记。"))
        title = item.record.product.title
        _check_figures(line, title, today)
        asked_line = line.purchase_line_id
        if asked_line is None and not line.substitute:
            asked_line = line_by_item.get(line.item_id)
        if asked_line is not None and asked_line not in asked:
            raise ReceiptRefused(_("“%s”不在这张采购单上。") % title)
        if line.substitute and asked_line is None:
            raise ReceiptRefused(_("“%s”是替代品，请选它代替采购单上的哪样货。") % title)
        if asked_line is not None:
            same = asked[asked_line].item_id == line.item_id
            if same and line.substitute:
                raise ReceiptRefused(_("“%s”不能代替它自己。") % title)
            if not same and not line.substitute:
                raise ReceiptRefused(_("“%s”和采购单上的那一行对不上。") % title)
        made.append(
            ReceiptLine(
                receipt=receipt,
                item=item,
                purchase_line=None if asked_line is None else asked[asked_line],
                units=line.units,
                damaged=line.damaged,
                cost=Decimal(line.cost),
                expires_on=line.expires_on,
                substitute=line.substitute,
            )
        )
    return made


def _check_figures(line: Came, title: str, today: date) -> None:
    if not (0 <= line.units <= MOST_UNITS and 0 <= line.damaged <= MOST_UNITS):
        said = {"title": title, "most": MOST_UNITS}
        raise ReceiptRefused(_("“%(title)s”的数量要在 0 到 %(most)d 之间。") % said)
    cost = _money(line.cost, _("“%s”的金额") % title)
    if cost and not line.units:
        raise ReceiptRefused(_("“%s”一份没收，金额请填 0。") % title)
    if line.expires_on and line.units:
        if line.expires_on < today:
            raise ReceiptRefused(_("“%s”已经过期了，请退回，不能入库。") % title)
        if line.expires_on > today + LONGEST_LIFE:
            raise ReceiptRefused(_("“%s”的保质期太远了，请看看年份。") % title)


def _money(yuan: Decimal, what: str) -> Decimal:
    amount = Decimal(yuan)
    if not amount.is_finite() or not 0 <= amount <= MOST_YUAN:
        raise ReceiptRefused(_("%s不对，请填 0 以上的钱数。") % what)
    if amount != amount.quantize(FEN):
        raise ReceiptRefused(_("%s只到分，请填几元几角几分。") % what)
    return amount.quantize(FEN)


def _words(text: str, longest: int, what: str) -> str:
    text = " ".join(text.split())
    if any(unicodedata.category(character) == "Cc" for character in text):
        raise ReceiptRefused(_("%s里有不能用的字符。") % what)
    if len(text) > longest:
        said = {"what": what, "longest": longest}
        raise ReceiptRefused(_("%(what)s太长了，最多 %(longest)d 个字。") % said)
    return text


def _spread(receipt: Receipt, lines: Sequence[ReceiptLine]) -> None:
    """By value or weight as chosen; where that says nothing (free goods, no weights), by units."""
    extras = receipt.transport + receipt.packing
    if not extras:
        return
    if not any(line.units for line in lines):
        raise ReceiptRefused(_("一份货也没收，运费和包装费没处摊，请填 0。"))
    weights: list[Decimal | int] = [line.cost for line in lines]
    if receipt.spread == Receipt.Spread.WEIGHT:
        weights = [line.units * line.item.weight_g for line in lines]
    if not any(weights):
        weights = [line.units for line in lines]
    for line, extra in zip(lines, shares(extras, weights), strict=True):
        line.extra = extra


def _fingerprint(receipt: Receipt, lines: Sequence[Came]) -> str:
    """The note's number, however it is typed; or the day, and which goods at which cost. When
    they expire and whether they were asked for says nothing about the delivery."""
    if receipt.delivery_note:
        return note_fingerprint(receipt.delivery_note)
    goods = content((line.item_id, line.units, line.cost) for line in lines)
    said = f"{timezone.localdate(receipt.at):%Y-%m-%d} {sorted(goods.items())}"
    return hashlib.sha256(said.encode()).hexdigest()


def note_fingerprint(delivery_note: str) -> str:
    """What a delivery with a note's number is known by."""
    number = unicodedata.normalize("NFKC", delivery_note)
    said = "note " + "".join(number.split()).casefold()
    return hashlib.sha256(said.encode()).hexdigest()


def content(lines: Iterable[tuple[int, int, Decimal]]) -> dict[int, tuple[int, str]]:
    """Units and yuan by item, of `(item id, units, yuan)`; how they are split over lines is not
    part of it."""
    total: dict[int, tuple[int, Decimal]] = {}
    for item_id, units, cost in lines:
        before = total.get(item_id, (0, Decimal(0)))
        total[item_id] = (before[0] + units, before[1] + cost)
    return {
        item_id: (units, f"{cost:.2f}") for item_id, (units, cost) in total.items() if units or cost
    }


def shares(amount: Decimal, weights: Sequence[Decimal | int]) -> list[Decimal]:
    """Spreads yuan over lines in proportion, to the fen: the parts add up exactly. The fen that
    rounding down leaves go to the largest remainders, of equal ones to the first lines."""
    total = sum(weights)
    fen = int(amount * 100)
    exact = [fen * weight / Decimal(total) for weight in weights]
    parts = [int(part) for part in exact]
    by_remainder = sorted(range(len(parts)), key=lambda i: (parts[i] - exact[i], i))
    for index in by_remainder[: fen - sum(parts)]:
        parts[index] += 1
    return [Decimal(part).scaleb(-2) for part in parts]
