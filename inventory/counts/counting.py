"""What can happen to a stock count: a shelf is counted, and a second person approves the
differences; only then they are moves.

A difference is taken against the books of the moment a good was counted. What is received, picked
or sold between the counting and the approval moves the books and the shelf alike, and does not
touch it (docs/locking.md).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory import pricing, stock
from inventory.errors import CountExists, CountRefused, HeldForOrders
from inventory.models import CountLine, Item, Lot, Station, StockCount
from inventory.words import listed

FEN = Decimal("0.01")
#: Nobody counts more of one good by hand; a slip of the finger does.
MOST = 100_000
Status = StockCount.Status


@dataclass(frozen=True)
class Difference:
    """One counted good that is not as booked: units, and yuan at what a unit cost on average."""

    line: CountLine
    units: int
    worth: Decimal


def begin(station: Station, shelf: str, *, by, blind: bool = False) -> StockCount:
    """A count of everything that has its place on this shelf ("": on none).

    Raises `CountExists` while the shelf is being counted, `CountRefused` if nothing stands there.
    """
    items = list(Item.objects.stocked().filter(record__partner=station.partner_id, shelf=shelf))
    if not items:
        raise CountRefused(_("这个货架上没有登记货品，不用盘。"))
    try:
        with transaction.atomic():
            count = StockCount.objects.create(
                station=station, shelf=shelf, blind=blind, begun_by=by, begun_at=timezone.now()
            )
            CountLine.objects.bulk_create(CountLine(count=count, item=item) for item in items)
    except IntegrityError as error:
        running = StockCount.objects.filter(
            station=station, shelf=shelf, status__in=(Status.OPEN, Status.COUNTED)
        ).first()
        if running is None:
            raise  # not the shelf's own rule
        raise CountExists(running) from error
    return count


def enter(count: StockCount, item_id: int, found: int | None, *, by) -> None:
    """So many units of a good were found; None: forget it, it will be counted anew."""
    enter_all(count, {item_id: found}, by=by)


def enter_all(count: StockCount, found: Mapping[int, int | None], *, by) -> None:
    """`{item id: units found}`, all of it or nothing. What is said already stays as it was said
    then, so the same page sent again changes nothing, whatever was picked meanwhile.

    Raises `CountRefused` if the count is no longer open or a figure cannot be right.
    """
    if any(units is not None and not 0 <= units <= MOST for units in found.values()):
        raise CountRefused(_("数量要在 0 到 %d 之间。") % MOST)
    with transaction.atomic():
        # Nobody finishes the count meanwhile.
        _move(count, {Status.OPEN}, Status.OPEN, _("这张盘点单已经不在盘了。"))
        named = list(_lines(count).filter(item__in=found))
        if len(named) < len(found):
            raise CountRefused(_("这张盘点单上没有这样货。"))
        new = [line for line in named if line.found != found[line.item_id]]
        _refuse_never_received([line for line in new if found[line.item_id]])
        now = timezone.now()
        for line in new:
            line.found, line.by, line.at = found[line.item_id], by, now
            line.booked = None if line.found is None else line.item.record.num_in_stock or 0
        CountLine.objects.bulk_update(new, ["found", "booked", "by", "at"], batch_size=500)


def finish(count: StockCount, *, by) -> None:
    """Counted to the end; now somebody else looks at the differences. Raises `CountRefused`."""
    with transaction.atomic():
        _move(
            count,
            {Status.OPEN},
            Status.COUNTED,
            _("这张盘点单已经不在盘了。"),
            counted_by=by,
            counted_at=timezone.now(),
        )
        left = list(_lines(count).filter(found=None)[:4])
        if left:
            titles = listed(line.item.record.product.title for line in left[:3])
            more = _("等") if len(left) > 3 else ""
            raise CountRefused(_("还没数完：%s%s。架上没有就填 0。") % (titles, more))


def approve(count: StockCount, *, by, seen: datetime | None = None) -> None:
    """A second person agrees: the differences become moves. `seen`: `counted_at` of what they saw.

    Raises `CountRefused` if they counted it themselves (blind: any good of it; else: one that is
    not as booked, or the last of it) or somebody was first, and
    `HeldForOrders`, naming every such good, if orders hold what is not there. Nothing is changed
    then.
    """
    with transaction.atomic():
        these = StockCount.objects.filter(pk=count.pk)
        if seen is not None and not these.filter(counted_at=seen).exists():
            raise CountRefused(_("这张单子刚刚又盘过，请再看一眼。"))
        if these.filter(counted_by=by).exists():
            raise CountRefused(_("自己盘的不能自己核对，请换一个人来。"))
        _refuse_not_blind(count, by)
        _move(
            count,
            {Status.COUNTED},
            Status.APPROVED,
            _("这张盘点单不在等人核对。"),
            approved_by=by,
            approved_at=timezone.now(),
        )
        found = [line for line in _lines(count) if line.difference]
        if any(line.by_id == by.pk for line in found):
            raise CountRefused(_("有差的货里有您自己数的，请让没数过的人来核对。"))
        if not found:
            return
        stock.lock({line.item.record_id for line in found})
        _refuse_held(count, found)
        stock.correct({line.item.record_id: line.difference or 0 for line in found}, by=by)


def reopen(count: StockCount, *, by) -> None:
    """Count again what was not as booked; the rest stands.

    Raises `CountRefused`, also if `by` counted it blind: which goods are to be counted again says
    what the books say.
    """
    with transaction.atomic():
        # Nobody finishes it between the look at who did and the move.
        StockCount.objects.select_for_update().get(pk=count.pk)
        _refuse_not_blind(count, by)
        _move(
            count,
            {Status.COUNTED},
            Status.OPEN,
            _("这张盘点单不在等人核对。"),
            counted_by=None,
            counted_at=None,
        )
        found = [line.pk for line in count.lines.all() if line.difference]
        CountLine.objects.filter(pk__in=found).update(found=None, booked=None, by=None, at=None)


def cancel(count: StockCount, *, by) -> None:
    """Never mind: nothing was changed, and nothing is. Raises `CountRefused`."""
    sources = {Status.OPEN, Status.COUNTED}
    with transaction.atomic():
        _move(count, sources, Status.CANCELLED, _("这张盘点单已经核对过或取消了。"))


def hidden(count: StockCount, *, user) -> bool:
    """Whether what the books say is kept from them: they counted it blind, and nobody has agreed.
    So it stays when it is called off, for the shelf is counted anew then."""
    these = StockCount.objects.filter(pk=count.pk, blind=True).exclude(status=Status.APPROVED)
    return these.filter(Q(counted_by=user) | Q(lines__by=user)).exists()


def differences(count: StockCount) -> list[Difference]:
    """What is not as booked, the dearest first. Two queries."""
    lines = [line for line in _lines(count) if line.difference]
    averages = pricing.averages([line.item.record_id for line in lines])
    found = []
    for line in lines:
        units = line.difference or 0
        worth = (units * averages[line.item.record_id]).quantize(FEN, ROUND_HALF_UP)
        found.append(Difference(line, units, worth))
    return sorted(found, key=lambda each: (-abs(each.worth), each.line.pk))


def lines(count: StockCount) -> Sequence[CountLine]:
    """All goods of a count, as one walks along the shelf."""
    return list(_lines(count))


def _lines(count: StockCount) -> QuerySet[CountLine]:
    return (
        CountLine.objects.filter(count=count)
        .select_related("item__record__product", "by")
        .order_by("item__record__product__title", "pk")
    )


def _move(count: StockCount, sources: set, target: str, sentence: str, **also) -> None:
    if not StockCount.objects.filter(pk=count.pk).move(sources, target, **also):
        raise CountRefused(sentence)


def _refuse_not_blind(count: StockCount, by) -> None:
    if hidden(count, user=by):
        raise CountRefused(_("盲盘要让没数过的人来看，请换一个人来。"))


def _refuse_never_received(found: Sequence[CountLine]) -> None:
    """What is found needs a lot with its cost to go to."""
    items = [line.item_id for line in found]
    known = set(Lot.objects.filter(item__in=items).values_list("item", flat=True))
    for line in found:
        if line.item_id not in known:
            words = _("“%s”从来没有进过货，请先登记入库。")
            raise CountRefused(words % line.item.record.product.title)


def _refuse_held(count: StockCount, found: Sequence[CountLine]) -> None:
    """Call with the records locked: the counters stand still."""
    short = []
    for line in _lines(count).filter(pk__in=[line.pk for line in found]):
        record = line.item.record
        left = (record.num_in_stock or 0) + (line.difference or 0)
        if left < (record.num_allocated or 0):
            short.append((record.product.title, line.item.unit, record.num_allocated, max(0, left)))
    if short:
        raise HeldForOrders(short)
