"""入库: what came from a supplier becomes lots, stock, and prices that follow from its cost.

A receipt is written whole or not at all, and never changed. The same form sent twice is the same
receipt; the same delivery in another form is refused, by the database if two come at once.
"""

from collections.abc import Collection, Sequence
from datetime import timedelta
from decimal import Decimal
from typing import BinaryIO
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory import pricing, stock
from inventory.errors import DeliveryKnown, ReceiptRefused
from inventory.models import Purchase, Receipt, ReceiptLine, ReceiptPhoto, Station, Supplier
from inventory.purchases import purchasing
from inventory.purchases.purchasing import outstanding
from inventory.receipts import doubts
from inventory.receipts import photos as pictures
from inventory.receipts.arrivals import Came, Delivery, checked, content, note_fingerprint
from inventory.receipts.photos import Photo

MOST_PHOTOS = 8


def receive(
    station: Station,
    supplier: Supplier,
    lines: Sequence[Came],
    *,
    by,
    nonce: UUID,
    purchase: Purchase | None = None,
    delivery_note: str = "",
    transport: Decimal = Decimal(0),
    packing: Decimal = Decimal(0),
    spread: Receipt.Spread = Receipt.Spread.VALUE,
    note: str = "",
    photos: Sequence[Photo | bytes | BinaryIO] = (),
    sure: bool = True,
) -> Receipt:
    """Takes a delivery in and returns its receipt: lots with cost and expiry, stock, new prices.

    `transport` and `packing` in yuan come on top of the goods and are spread over the lines to
    the fen. What came of a purchase is counted on its lines; when all of it came, it is done. The
    same nonce again returns the receipt that is there. `sure`: somebody compared the figures with
    the invoice. Raises `ReceiptRefused` (`ReceiptDoubted` for absurd figures unless `sure`),
    `PhotoRefused`, and `DeliveryKnown` for a delivery that was received before; then nothing was
    written.
    """
    kept = _checked_photos(photos)
    with transaction.atomic():
        if purchase is not None:
            # Of two deliveries of one purchase the second sees what the first brought.
            purchasing.lock(purchase)
        delivery = checked(
            station,
            supplier,
            lines,
            by=by,
            nonce=nonce,
            purchase=purchase,
            delivery_note=delivery_note,
            transport=transport,
            packing=packing,
            spread=spread,
            note=note,
        )
        if first := _posted_before(delivery):
            return first
        if purchase is not None and purchase.status != Purchase.Status.PLACED:
            raise ReceiptRefused(_("这张采购单不在等货了。还有货来，请按“没有采购单”登记。"))
        if not sure:
            doubts.refuse(delivery.lines, _outlooks(station, delivery))
        receipt = delivery.receipt
        try:
            with transaction.atomic():
                receipt.save(force_insert=True)
        except IntegrityError:
            return _known(delivery)
        ReceiptLine.objects.bulk_create(delivery.lines)
        ReceiptPhoto.objects.bulk_create(
            ReceiptPhoto(
                receipt=receipt, data=p.data, content_type=p.content_type, by=by, at=receipt.at
            )
            for p in kept
        )
        if purchase is not None and not any(left for _line, left in outstanding(purchase)):
            purchasing.finish(purchase, by=by)
        stock.receive(receipt, delivery.lines, by=by)
        return receipt


def preview(
    station: Station,
    supplier: Supplier,
    lines: Sequence[Came],
    *,
    purchase: Purchase | None = None,
    transport: Decimal = Decimal(0),
    packing: Decimal = Decimal(0),
    spread: Receipt.Spread = Receipt.Spread.VALUE,
    sure: bool = True,
) -> tuple[list[ReceiptLine], dict[int, pricing.Outlook]]:
    """What `receive` would write, unsaved, and by item what the prices would become now.
    Raises `ReceiptRefused` and `ReceiptDoubted` as it does."""
    delivery = checked(
        station,
        supplier,
        lines,
        by=None,
        nonce=None,
        purchase=purchase,
        delivery_note="",
        transport=transport,
        packing=packing,
        spread=spread,
        note="",
    )
    outlooks = _outlooks(station, delivery)
    if not sure:
        doubts.refuse(delivery.lines, outlooks)
    return delivery.lines, outlooks


def _outlooks(station: Station, delivery: Delivery) -> dict[int, pricing.Outlook]:
    came = [line for line in delivery.lines if line.units]
    return pricing.outlook(station, pricing.came(came))


def add_photo(receipt: Receipt, upload: Photo | bytes | BinaryIO, *, by) -> ReceiptPhoto:
    """Keeps one more photo of the invoice. Raises `PhotoRefused`, `ReceiptRefused`."""
    [photo] = _checked_photos([upload])
    with transaction.atomic():
        if receipt.photos.count() >= MOST_PHOTOS:
            raise ReceiptRefused(_("一张入库单最多放 %d 张照片。") % MOST_PHOTOS)
        return receipt.photos.create(
            data=photo.data, content_type=photo.content_type, by=by, at=timezone.now()
        )


def of_note(supplier: Supplier, delivery_note: str) -> Receipt | None:
    """The receipt of that delivery note, however its number is typed."""
    if not delivery_note:
        return None
    return Receipt.objects.filter(
        supplier=supplier, fingerprint=note_fingerprint(delivery_note)
    ).first()


def similar_today(station: Station, supplier: Supplier, lines: Sequence[Came]) -> Receipt | None:
    """A receipt of the last day that has the same goods, units and cost, whatever its note says:
    worth a second look before the same delivery is taken in twice."""
    since = timezone.now() - timedelta(days=1)
    recent = Receipt.objects.filter(station=station, supplier=supplier, at__gte=since)
    goods = content((line.item_id, line.units, line.cost) for line in lines)
    for receipt in recent.prefetch_related("lines").order_by("-pk"):
        if goods == content((x.item_id, x.units, x.cost) for x in receipt.lines.all()):
            return receipt
    return None


def _checked_photos(uploads: Sequence[Photo | bytes | BinaryIO]) -> list[Photo]:
    if len(uploads) > MOST_PHOTOS:
        raise ReceiptRefused(_("一张入库单最多放 %d 张照片。") % MOST_PHOTOS)
    return [pictures.checked(upload) for upload in uploads]


def _posted_before(delivery: Delivery) -> Receipt | None:
    """The receipt this form already made. Raises `DeliveryKnown` if it said something else."""
    receipt = delivery.receipt
    first = Receipt.objects.filter(nonce=receipt.nonce, station=receipt.station).first()
    if first is None:
        return None
    if first.supplier_id != receipt.supplier_id or _said(first.lines.all()) != _said(
        delivery.lines
    ):
        raise DeliveryKnown(
            _("这张表已经入过库（%s），内容和这次不一样，没有再入。") % first, first
        )
    return first


def _said(lines: Collection[ReceiptLine]) -> list[tuple]:
    return sorted(
        (line.item_id, line.units, line.damaged, line.cost, str(line.expires_on)) for line in lines
    )


def _known(delivery: Delivery) -> Receipt:
    if first := _posted_before(delivery):
        return first
    receipt = delivery.receipt
    first = Receipt.objects.filter(
        supplier=receipt.supplier, fingerprint=receipt.fingerprint
    ).first()
    if first and receipt.delivery_note:
        said = {"note": receipt.delivery_note, "receipt": first}
        sentence = _("送货单 %(note)s 已经入过库了（%(receipt)s），没有再入。") % said
    else:
        sentence = (
            _("今天已经收过这家一模一样的一车（%s）。真的又来了一车，请填送货单号再入。") % first
        )
    raise DeliveryKnown(sentence, first)
