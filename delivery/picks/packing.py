"""What can happen between the shelf and the parcel: goods are packed, found short, weighed."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery import events, locks, parcels, signals
from delivery.errors import NotShared, PackRefused
from delivery.models import Batch, Event, Parcel, ParcelLine, StopParcel, Wish
from delivery.picks import codes, stand_ins
from delivery.picks.stand_ins import StandIn
from inventory import stock
from inventory.errors import Shortage
from inventory.models import Item, Move

#: What a scanned code means on the packing bench.
find = codes.find

#: Loose goods that weigh less than half or more than double of what they should were misread:
#: kilograms for grams, a digit too many, another bag on the scales.
WEIGHS_AT_LEAST, WEIGHS_AT_MOST = 0.5, 2


def tick(
    line: ParcelLine,
    *,
    by,
    units: int | None = None,
    weighed_g: int | None = None,
    instead: bool = False,
) -> None:
    """So many units (all of them, unless said) are in the parcel; nobody waits for the others.

    Loose goods must be weighed: `weighed_g` grams for the units that are in. What has been said
    by the same person already is nothing. A parcel with nothing left to pack is packed, and so is
    a batch with only packed parcels. Less than planned, or a weight, changes what the household
    pays (`signals.lines_changed`).

    `instead`: for what is missing the similar good comes, as the household wished, as far as there
    is any (`stand_ins`). It is a line of the parcel, still to be packed.

    Raises `PackRefused`, and `StockRefused` if the shelf has not that much that is in date.
    """
    with transaction.atomic():
        line = _held(line)
        units = line.quantity if units is None else units
        if line.packed_at is not None:
            _see_that_it_is_the_same(line, by, units, weighed_g, instead)
            return
        _check(line, units, weighed_g)
        stand_in = _stand_in(line, units) if instead else None
        at = timezone.now()
        if not _claim(line, quantity=units, weighed_g=weighed_g, packed_at=at, packed_by=by):
            raise PackRefused(_("这一行刚刚被别人动过，请看一眼再来。"))
        came = _put_in(line, stand_in, line.quantity - units) if stand_in else []
        if units < line.quantity or weighed_g is not None:
            parcels.reweigh([line.parcel_id])
        _complete(line.parcel, by=by, at=at)
        if units < line.quantity or weighed_g is not None:
            change = signals.LineChange(
                line.parcel.order_id,
                line.item_id,
                line.quantity,
                units,
                stands_in_for=line.instead_of.item_id if line.instead_of else None,
                weighed_g=weighed_g,
            )
            signals.lines_changed.send(sender=ParcelLine, changes=[change, *came], by=by, at=at)
        if units:
            stock.pack([(line.parcel.order_id, line.item.record_id, units)], by=by)


def untick(line: ParcelLine, *, by) -> None:
    """Takes a line that was ticked by mistake out of its parcel again, until the batch leaves.

    Its goods go back to the shelf, held for the household as before; what was found short or
    weighed counts as never said, and what should come instead does not come. A line that is not
    ticked stays as it is.

    Raises `PackRefused`: it has left, what was given up has been promised to others since, or what
    came instead of it is packed.
    """
    with transaction.atomic():
        line = _held(line)
        if line.packed_at is None:
            return
        if line.parcel.status not in (Parcel.Status.WAITING, Parcel.Status.PACKED):
            raise PackRefused(_("这个包裹已经出门了，不能再改。"))
        at = timezone.now()
        given_up = _given_up(line)
        before = line.quantity + given_up
        if not _claim(line, quantity=before, weighed_g=None, packed_at=None, packed_by=None):
            raise PackRefused(_("这一行刚刚被别人动过，请看一眼再来。"))
        taken_back = _take_back_instead(line, before) if given_up else []
        if given_up or line.weighed_g is not None:
            parcels.reweigh([line.parcel_id])
        _reopen(line.parcel, by=by, at=at)
        if taken_back:
            # Two goods: both locked before either is written (docs/locking.md).
            goods = {line.item_id} | {change.item_id for change in taken_back}
            stock.lock(Item.objects.filter(pk__in=goods).values_list("record_id", flat=True))
            signals.lines_changed.send(sender=ParcelLine, changes=taken_back, by=by, at=at)
        if given_up or line.weighed_g is not None:
            try:
                signals.line_unticked.send(
                    sender=ParcelLine,
                    order_id=line.parcel.order_id,
                    item_id=line.item_id,
                    since=line.packed_at,
                    by=by,
                    at=at,
                )
            except Shortage as error:
                raise PackRefused(_("少给的那些已经给了别人，不能撤销。")) from error
        order_id, record_id = line.parcel.order_id, line.item.record_id
        stock.unpack(order_id, [record_id], by=by)
        # The ledger knows goods, not lines: what came instead may be what was asked for as well.
        if units := sum(each.quantity for each in _beside(line) if each.packed_at):
            stock.pack([(order_id, record_id, units)], by=by)


def rest_of(parcel_ids: Collection[int], *, by, at: datetime) -> None:
    """Everything of these parcels that is not packed yet leaves the shelf for them, as it was
    planned; loose goods at the weight they should have. One call for all of them: the stock is
    locked once, in the order of its keys, and last.

    Raises `NotShared` while a pre-ordered good is still to be shared out, `StockRefused` if the
    shelf has less than the books say. The caller's transaction is over then.
    """
    lines = ParcelLine.objects.filter(parcel__in=parcel_ids)
    if waiting := lines.filter(awaiting=True).values("item").distinct().count():
        raise NotShared(waiting)
    unpacked = lines.filter(packed_at=None)
    goods = list(
        unpacked.filter(quantity__gt=0).values_list(
            "parcel__order_id", "item__record_id", "quantity"
        )
    )
    unpacked.update(packed_at=at, packed_by=by)
    stock.pack(goods, by=by)


def _held(line: ParcelLine) -> ParcelLine:
    """As it is now, and stays until the transaction is over."""
    locks.contents([line.parcel_id])
    lines = ParcelLine.objects.select_related(
        "parcel", "item__record__product", "instead_of", "packed_by"
    )
    return lines.get(pk=line.pk)


def _claim(line: ParcelLine, **said) -> int:
    """The lock only orders; that the line is as it was looked at is said here (docs/locking.md)."""
    as_seen = ParcelLine.objects.filter(
        pk=line.pk, packed_at=line.packed_at, awaiting=False, quantity=line.quantity
    )
    return as_seen.update(**said)


def _beside(line: ParcelLine) -> QuerySet[ParcelLine]:
    """Other lines of the parcel with the same good."""
    return ParcelLine.objects.filter(parcel=line.parcel_id, item=line.item_id).exclude(pk=line.pk)


def _see_that_it_is_the_same(
    line: ParcelLine, by, units: int, weighed_g: int | None, instead: bool
) -> None:
    """A second tap, or a retry after a lost answer, is no second packing."""
    if line.packed_by_id != by.pk:
        who = {"name": line.packed_by, "good": line.item.record.product.title}
        raise PackRefused(_("%(good)s刚刚由%(name)s装好了，您不用再装。") % who)
    another = instead and not ParcelLine.objects.filter(instead_of=line).exists()
    if another or (line.quantity, line.weighed_g) != (units, weighed_g):
        raise PackRefused(_("这一行已经装好了，要改请先撤销。"))


def _check(line: ParcelLine, units: int, weighed_g: int | None) -> None:
    good = {"good": line.item.record.product.title}
    if line.parcel.status != Parcel.Status.WAITING:
        raise PackRefused(_("这个包裹已经装好了。"))
    if line.awaiting:
        raise PackRefused(_("%(good)s还没有分，请先去“分货”。") % good)
    if not 0 <= units <= line.quantity:
        most = good | {"most": line.quantity}
        raise PackRefused(_("%(good)s这一户最多装 %(most)d 份。") % most)
    if line.wish == Wish.NONE and 0 < units < line.quantity:
        most = good | {"most": line.quantity}
        raise PackRefused(
            _("这一户说不够就不要了，%(good)s要么装 %(most)d 份，要么一份也不装。") % most
        )
    if weighed_g is None:
        if line.item.by_weight and units:
            raise PackRefused(_("%(good)s是散装的，请先称一称，填多少克。") % good)
        return
    if not line.item.by_weight or not units:
        raise PackRefused(_("%(good)s不用称。") % good)
    should = line.item.weight_g * units
    if not should * WEIGHS_AT_LEAST <= weighed_g <= should * WEIGHS_AT_MOST:
        figures = good | {"is": weighed_g, "units": units, "should": should}
        raise PackRefused(
            _(
                "%(units)d 份%(good)s应该约 %(should)d 克，%(is)d 克差太多了："
                "请看看是不是克，真的不够就改份数。"
            )
            % figures
        )


def _stand_in(line: ParcelLine, units: int) -> StandIn:
    """Checked before anything is written, as the line itself is."""
    good = {"good": line.item.record.product.title}
    if line.wish != Wish.SIMILAR:
        raise PackRefused(_("这一户没有说可以换相近的。"))
    if units == line.quantity:
        raise PackRefused(_("%(good)s没有少，不用换。") % good)
    if not stand_ins.may_be_replaced(line):
        raise PackRefused(_("分货时%(good)s已经少给了，不能再换。") % good)
    found = stand_ins.of([line]).get(line.pk)
    if found is None or not found.units(line.quantity - units):
        raise PackRefused(_("现在没有能代替%(good)s的货，请记少给了几份。") % good)
    return found


def _put_in(line: ParcelLine, stand_in: StandIn, missing: int) -> list[signals.LineChange]:
    units = stand_in.units(missing)
    ParcelLine.objects.create(
        parcel=line.parcel, item=stand_in.item, asked=0, quantity=units, instead_of=line
    )
    return [
        signals.LineChange(
            line.parcel.order_id, stand_in.item.pk, 0, units, stands_in_for=line.item_id
        )
    ]


def _take_back_instead(line: ParcelLine, before: int) -> list[signals.LineChange]:
    """What a short tick put in. If a share-out had cut the line before, it was decided there."""
    if before < line.asked:
        return []
    came = ParcelLine.objects.filter(instead_of=line).select_related("item__record__product")
    stand_in = came.first()
    if stand_in is None:
        return []
    if not came.filter(packed_at=None).delete()[0]:
        good = {"good": stand_in.item.record.product.title}
        raise PackRefused(_("代替它的%(good)s已经装好了，请先撤销%(good)s。") % good)
    return [
        signals.LineChange(
            line.parcel.order_id,
            stand_in.item_id,
            stand_in.quantity,
            0,
            stands_in_for=line.item_id,
        )
    ]


def _complete(parcel: Parcel, *, by, at: datetime) -> None:
    """The parcel, and others of its batch, if nothing in them is left to pack; then the batch."""
    batch = _batch_of(parcel)
    done = _nothing_left_in(parcel, batch)
    if not done:
        return
    Parcel.objects.filter(pk__in=done).move({Parcel.Status.WAITING}, Parcel.Status.PACKED)
    # Of what nothing came, or nothing was found, there is nothing to tick.
    ParcelLine.objects.filter(parcel__in=done, packed_at=None).update(packed_at=at, packed_by=by)
    signals.batch_packed.send(sender=Batch, parcel_ids=done, by=by, at=at)
    loads = StopParcel.objects.filter(stop__batch=batch, active=True)
    if batch is None or loads.filter(parcel__status=Parcel.Status.WAITING).exists():
        return
    if Batch.objects.filter(pk=batch.pk).move({Batch.Status.PLANNED}, Batch.Status.PACKED):
        packed = loads.filter(parcel__status=Parcel.Status.PACKED).count()
        kind = Event.Kind.BATCH_PACKED
        events.write(kind, round=batch.round, batch=batch, by=by, at=at, parcels=packed)


def _nothing_left_in(parcel: Parcel, batch: Batch | None) -> list[int]:
    """The keys of the waiting ones among them."""
    these = Q(pk=parcel.pk)
    if batch is not None:
        these |= Q(loads__stop__batch=batch, loads__active=True)
    to_pack = ParcelLine.objects.filter(
        Q(quantity__gt=0) | Q(awaiting=True), parcel=OuterRef("pk"), packed_at=None
    )
    waiting = Parcel.objects.filter(these, ~Exists(to_pack), status=Parcel.Status.WAITING)
    return sorted(set(waiting.values_list("pk", flat=True)))


def _reopen(parcel: Parcel, *, by, at: datetime) -> None:
    if parcel.status != Parcel.Status.PACKED:
        return
    batch = _batch_of(parcel)
    Parcel.objects.filter(pk=parcel.pk).move({Parcel.Status.PACKED}, Parcel.Status.WAITING)
    signals.parcels_reopened.send(sender=Parcel, parcel_ids=[parcel.pk], by=by, at=at)
    if batch is None:
        return
    if Batch.objects.filter(pk=batch.pk).move({Batch.Status.PACKED}, Batch.Status.PLANNED):
        events.write(Event.Kind.BATCH_REOPENED, round=batch.round, batch=batch, by=by, at=at)


def _batch_of(parcel: Parcel) -> Batch | None:
    batches = Batch.objects.filter(stops__loads__parcel=parcel, stops__loads__active=True)
    return batches.select_related("round").first()


def _given_up(line: ParcelLine) -> int:
    """Units that were released when the line was ticked with less: the ledger says how many.

    What is short is released before anything else happens to the good; later releases are
    another line's of the same good.
    """
    moves = Move.objects.filter(
        order_id=line.parcel.order_id, item=line.item_id, at__gte=line.packed_at
    )
    first = moves.order_by("pk").first()
    return -first.allocated_delta if first and first.kind == Move.Kind.RELEASE else 0
