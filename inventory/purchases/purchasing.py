"""What can happen to a purchase: drafted, changed, placed, split, cancelled, done with.

What to buy at all is `inventory.purchases.proposals`; what came of it is in
`inventory.receipts`.
"""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from uuid import UUID

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.errors import PurchaseKnown, PurchaseRefused
from inventory.models import Purchase, PurchaseLine, Station, Supplier
from inventory.purchases import purchase_lines, suppliers
from inventory.purchases.proposals import Proposal, ProposalLine, propose
from inventory.purchases.purchase_lines import MOST_PACKS, Wanted, movable

__all__ = [
    "MOST_PACKS",
    "Proposal",
    "ProposalLine",
    "Wanted",
    "cancel",
    "change",
    "draft",
    "finish",
    "lock",
    "movable",
    "order",
    "outstanding",
    "place",
    "propose",
    "split",
]


def draft(
    station: Station,
    supplier: Supplier,
    lines: Sequence[Wanted | tuple[int, int, int, Decimal | None]],
    *,
    by,
    nonce: UUID | None = None,
    seen: int | None = None,
    note: str = "",
) -> Purchase:
    """A purchase that nobody has told the supplier of yet. The same nonce: the same purchase.

    `seen`: the supplier's newest purchase that the page knew of (0: none). If there is a newer
    one, somebody else bought meanwhile, perhaps the same: raises `PurchaseKnown`, as it does for a
    nonce that made another purchase. Raises `PurchaseRefused` for what cannot be ordered.
    """
    wanted = [Wanted(*line) for line in lines]
    with transaction.atomic():
        _lock_station(station)
        if known := _made_before(station, nonce):
            if purchase_lines.asked(known) != sorted(wanted):
                sentence = _("这一页已经开过 %s 了，要再买请从“该买什么”重新开。")
                raise PurchaseKnown(sentence % known, known)
            return known
        newest = Purchase.objects.filter(supplier=supplier).order_by("-pk").first()
        if seen is not None and newest and newest.pk > seen:
            sentence = _("刚才有人给这家开了 %s，请看一眼再决定还要不要买。")
            raise PurchaseKnown(sentence % newest, newest)
        purchase_lines.refuse_wrong(station, supplier, wanted)
        purchase = _make(station, supplier, by=by, nonce=nonce, note=note[:200])
        purchase_lines.write(purchase, wanted)
        return purchase


def order(
    station: Station,
    supplier: Supplier,
    lines: Sequence[Wanted | tuple[int, int, int, Decimal | None]],
    *,
    by,
    nonce: UUID,
    seen: int | None = None,
    note: str = "",
) -> Purchase:
    """`draft` and `place` in one step: both, or nothing. Again is nothing."""
    with transaction.atomic():
        purchase = draft(station, supplier, lines, by=by, nonce=nonce, seen=seen, note=note)
        if purchase.status == Purchase.Status.DRAFT:
            place(purchase, by=by)
        return purchase


def change(
    purchase: Purchase,
    packs: Mapping[int, int],
    *,
    by,
    also: Sequence[Wanted] = (),
    note: str | None = None,
) -> None:
    """So many packs of these lines (by line key; 0: none), and of goods it did not have yet.

    Only a draft: what a supplier was told is split, or cancelled. Raises `PurchaseRefused`.
    """
    with transaction.atomic():
        lock(purchase, Purchase.Status.DRAFT)
        lines = {line.pk: line for line in purchase.lines.all()}
        if packs.keys() - lines.keys() or any(not 0 <= n <= MOST_PACKS for n in packs.values()):
            raise PurchaseRefused(_("单子变了，请刷新再改。"))
        kept = [line for pk, line in lines.items() if packs.get(pk, line.packs)]
        there = {line.item_id for line in kept}
        also = [wanted for wanted in also if wanted.packs]
        if not kept and not also:
            raise PurchaseRefused(_("至少要留一样；都不要了，请取消这张单子。"))
        if any(wanted.item_id in there for wanted in also):
            raise PurchaseRefused(_("这样货单子上已经有了，直接改件数就行。"))
        if also:
            purchase_lines.refuse_wrong(purchase.station, purchase.supplier, also)
        purchase.lines.exclude(pk__in=[line.pk for line in kept]).delete()
        for line in kept:
            line.packs = packs.get(line.pk, line.packs)
        PurchaseLine.objects.bulk_update(kept, ["packs"])
        purchase_lines.write(purchase, also)
        if note is not None:
            purchase.note = note[:200]
            Purchase.objects.filter(pk=purchase.pk).update(note=purchase.note)


def place(purchase: Purchase, *, by) -> None:
    """The supplier has been told. Below their minimum order is for people to settle, so no reason
    to refuse. Raises `PurchaseRefused` if it is no draft any more, or asks for nothing."""
    with transaction.atomic():
        lock(purchase, Purchase.Status.DRAFT)
        if not purchase.lines.exists():
            raise PurchaseRefused(_("单子上没有货，不能下单。"))
        now = timezone.now()
        expected_on = purchase.expected_on or suppliers.arrives_on(purchase.supplier, now)
        _move(
            purchase,
            Purchase.Status.PLACED,
            placed_by=by,
            placed_at=now,
            expected_on=expected_on,
        )


def cancel(purchase: Purchase, *, by) -> None:
    """Nothing of it is wanted any more. Again is nothing. Raises `PurchaseRefused` once some of it
    came (then `finish`), or it is done."""
    with transaction.atomic():
        lock(purchase)
        if purchase.status == Purchase.Status.CANCELLED:
            return
        if purchase.receipts.exists():
            raise PurchaseRefused(_("已经收过货，不能取消；剩下的不来了，请点“不再等了”。"))
        if purchase.status == Purchase.Status.DONE:
            raise PurchaseRefused(_("%s 已经收完了，不能取消。") % purchase)
        _move(purchase, Purchase.Status.CANCELLED)


def finish(purchase: Purchase, *, by) -> None:
    """No more of it will come. Again is nothing. Raises `PurchaseRefused` for what was never
    placed."""
    with transaction.atomic():
        lock(purchase)
        if purchase.status == Purchase.Status.DONE:
            return
        if purchase.status != Purchase.Status.PLACED:
            raise PurchaseRefused(_not_in_step(purchase))
        _move(purchase, Purchase.Status.DONE)


def split(
    purchase: Purchase,
    packs: Mapping[int, int],
    *,
    by,
    supplier: Supplier | None = None,
    nonce: UUID | None = None,
) -> Purchase:
    """Takes so many packs of these lines (by line key) into a purchase of their own.

    With the same supplier it stands where the old one stands, draft or placed. With another it is
    a draft in that supplier's packs, rounded up: they have not been told. What came stays where it
    is, and so does at least one pack. The same nonce: the same purchase. Raises `PurchaseRefused`.
    """
    with transaction.atomic():
        _lock_station(purchase.station)
        if known := _made_before(purchase.station, nonce):
            return known
        lock(purchase)
        if purchase.status not in (Purchase.Status.DRAFT, Purchase.Status.PLACED):
            raise PurchaseRefused(_not_in_step(purchase))
        lines = {line.pk: line for line in purchase_lines.with_received(purchase)}
        taken = {pk: count for pk, count in packs.items() if count}
        if not taken:
            raise PurchaseRefused(_("请填要拆出去几件。"))
        for pk, count in taken.items():
            if pk not in lines or not 0 < count <= movable(lines[pk]):
                raise PurchaseRefused(_("有一样拆得太多了：收到的和已经拆走的不能再拆。"))
        if all(taken.get(pk) == line.packs for pk, line in lines.items()):
            raise PurchaseRefused(_("原来的单子至少要留一件；整张换一家，请取消后重开。"))
        other = supplier is not None and supplier.pk != purchase.supplier_id
        target = supplier if other and supplier else purchase.supplier
        moved = [
            Wanted(line.item_id, taken[pk], line.pack_units, line.pack_price)
            for pk, line in lines.items()
            if pk in taken
        ]
        moved = purchase_lines.in_packs_of(target, moved) if other else moved
        purchase_lines.refuse_wrong(purchase.station, target, moved)
        made = _make(purchase.station, target, by=by, nonce=nonce, note=purchase.note)
        purchase_lines.write(made, moved)
        purchase_lines.take(lines, taken)
        if purchase.status == Purchase.Status.PLACED and not other:
            _move(
                made,
                Purchase.Status.PLACED,
                placed_by=purchase.placed_by,
                placed_at=purchase.placed_at,
                expected_on=purchase.expected_on,
            )
        if purchase.status == Purchase.Status.PLACED and not any(
            units for _line, units in outstanding(purchase)
        ):
            _move(purchase, Purchase.Status.DONE)
        return made


def outstanding(purchase: Purchase) -> list[tuple[PurchaseLine, int]]:
    """Its lines with the units that are still to come; with `item`, product and stock record.

    What came instead of a line's good counts as come; what was sent back damaged does not.
    """
    return [
        (line, max(0, line.units - line.came)) for line in purchase_lines.with_received(purchase)
    ]


def lock(purchase: Purchase, *expected: str) -> None:
    """Its row, until the transaction ends, and read again: whoever changes or receives a purchase
    does so one after the other. Raises `PurchaseRefused` unless it is `expected`."""
    # Not `no_key`: a receipt's reference to it has to wait, too.
    fresh = Purchase.objects.select_for_update().get(pk=purchase.pk)
    purchase.status, purchase.note = fresh.status, fresh.note
    purchase.expected_on, purchase.placed_at = fresh.expected_on, fresh.placed_at
    purchase.placed_by_id = fresh.placed_by_id
    if expected and fresh.status not in expected:
        raise PurchaseRefused(_not_in_step(purchase))


def _not_in_step(purchase: Purchase) -> str:
    said = {"purchase": purchase, "status": purchase.get_status_display()}
    return _("%(purchase)s现在是“%(status)s”，不能这样改了，请刷新看一眼。") % said


def _lock_station(station: Station) -> None:
    """Numbers are given one after the other."""
    Station.objects.select_for_update(no_key=True).get(pk=station.pk)


def _made_before(station: Station, nonce: UUID | None) -> Purchase | None:
    if nonce is None:
        return None
    known = Purchase.objects.filter(nonce=nonce).first()
    if known and known.station_id != station.pk:
        raise PurchaseRefused(_("这一页过期了，请刷新再试。"))
    return known


def _make(station: Station, supplier: Supplier, *, by, nonce, note: str) -> Purchase:
    numbers = Purchase.objects.filter(station=station).aggregate(last=Max("number"))
    return Purchase.objects.create(
        station=station,
        supplier=supplier,
        number=(numbers["last"] or 0) + 1,
        made_by=by,
        made_at=timezone.now(),
        nonce=nonce,
        note=note,
    )


def _move(purchase: Purchase, target: str, **also) -> None:
    if not Purchase.objects.filter(pk=purchase.pk).move({purchase.status}, target, **also):
        raise PurchaseRefused(_not_in_step(purchase))
    purchase.status = target
    for name, value in also.items():
        setattr(purchase, name, value)
