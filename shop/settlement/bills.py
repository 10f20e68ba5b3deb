"""What an order comes to, in words its household understands: what changed after the cut-off, why,
and what is due now. Reads only."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from oscar.core.loading import get_model

from delivery.models import ParcelLine, Wish
from inventory.spelled import Spelled, key
from inventory.words import about
from shop.models import Adjustment, Claim, MoneyMove, OrderStatus, StripePayment, Subsidy
from shop.money import FEN, ZERO, part
from shop.settlement import paid, wording
from shop.settlement.paid import PaidLine

OrderLine = get_model("order", "Line")
#: On its way to the door, or will be.
_TO_COME = frozenset(
    {OrderStatus.PLACED, OrderStatus.PACKED, OrderStatus.ON_WAY, OrderStatus.NOT_DELIVERED}
)


@dataclass
class BillLine:
    """One good of an order; `price` and `total` are what was agreed, yuan, and a ceiling while
    `preorder`; `now` is what is due for it and for what comes instead. `came` is units, None while
    that is open; `instead` what comes instead, as title and units. `notes`: what changed, a
    sentence each.
    """

    pk: int
    title: str
    unit: str
    asked: int
    price: Decimal
    total: Decimal
    now: Decimal
    preorder: bool
    wish: str
    came: int | None = None
    instead: tuple[str, int] | None = None
    notes: list[str] = field(default_factory=list)

    @property
    def is_less(self) -> bool:
        return self.came is not None and self.came < self.asked

    @property
    def there(self) -> int:
        """Units that came of it, or instead."""
        return (self.came or 0) + (self.instead[1] if self.instead else 0)

    @property
    def pieces(self) -> int:
        """What comes of it, or instead; as long as that is open, what was asked for."""
        came = self.asked if self.came is None else self.came
        return came + (self.instead[1] if self.instead else 0)


@dataclass
class Bill:
    """`agreed` when it was placed, `adjusted` since (below zero: less), `owed` of it now; yuan.
    `open_ended`: pre-ordered goods are not here yet, so it may still become less. `paid`: what
    was paid and what went back, see `shop.settlement.paid`. `fund_less`: what funds pay less than
    they agreed to. `arriving`: it was paid online, and the money is not there yet.
    """

    status: OrderStatus
    lines: list[BillLine]
    agreed: Decimal
    adjusted: Decimal
    open_ended: bool
    owed: Decimal
    paid: list[PaidLine]
    fund_less: Decimal = ZERO
    arriving: bool = False

    @property
    def cancelled(self) -> bool:
        return self.status == OrderStatus.CANCELLED

    @property
    def due(self) -> Decimal:
        """What the order comes to, whoever pays it."""
        return ZERO if self.cancelled else self.agreed + self.adjusted

    @property
    def pieces(self) -> int:
        return sum(line.pieces for line in self.lines)

    @property
    def less(self) -> Decimal:
        return -self.adjusted

    @property
    def own_less(self) -> Decimal:
        """What of `less` is the household's, not the funds'."""
        return self.less - self.fund_less

    @property
    def to_give_back(self) -> bool:
        """The household has paid something that would go back if nothing were due."""
        own = (
            -line.amount if line.back else line.amount
            for line in self.paid
            if line.account not in paid.NOT_OWN
        )
        return sum(own) > 0

    @property
    def at_most(self) -> bool:
        return self.open_ended and not self.cancelled

    @property
    def into_account(self) -> bool:
        """Something of it went into the door's account."""
        return any(line.into_account for line in self.paid)

    @property
    def last_words(self) -> str:
        """What the last line is called, which says what is still to be paid."""
        if not self.owed:
            written_off = any(line.account == MoneyMove.Account.BAD_DEBT for line in self.paid)
            return _("付清了") if self.paid and self.due and not written_off else _("不用付了")
        words = owed_words(self.status, arriving=self.arriving)
        return _("%s，最多") % words if self.at_most and self.status in _TO_COME else words


def owed_words(status: OrderStatus, *, arriving: bool = False) -> str:
    """When what is owed of an order is to be paid."""
    if status == OrderStatus.AWAITING:
        return _("正在到账") if arriving else _("还要付")
    return _("送到时付") if status in _TO_COME else _("还没付")


def arriving(order_ids: Collection[int]) -> set[int]:
    """Those whose payment online was made and is not there yet. One query, if there are any."""
    if not order_ids:
        return set()
    under_way = StripePayment.objects.filter(status=StripePayment.Status.PROCESSING)
    return set(under_way.filter(order__in=order_ids).values_list("order", flat=True))


_LINES: Spelled[Any] = Spelled(
    lambda: (
        OrderLine.objects.filter(order=key("order"), quantity__gt=0)
        .select_related("stockrecord__item", "terms")
        .order_by("pk")
    )
)
_PARCEL_LINES: Spelled[ParcelLine] = Spelled(
    lambda: ParcelLine.objects.filter(parcel__order=key("order"), instead_of=None).select_related(
        "substitute__item__record__product"
    )
)


def of(order) -> Bill:
    """Four queries; one more if there was too little of something, if a fund paid part of what
    was adjusted, or while it waits for its payment."""
    lines = _LINES(order=order.pk)
    by_item = {line.item_id: line for line in _PARCEL_LINES(order=order.pk)}
    adjustments: dict[int, list[Adjustment]] = defaultdict(list)
    for adjustment in wording.adjustments([order.pk]):
        adjustments[adjustment.line_id].append(adjustment)
    shared = wording.shared(order, [each for of_line in adjustments.values() for each in of_line])
    bill_lines, open_ended = [], False
    for line in lines:
        item = line.stockrecord.item
        terms: Any = getattr(line, "terms", None)
        packed = by_item.get(item.pk)
        preorder = terms is not None and terms.preorder
        settled = not preorder or terms.final_price is not None
        open_ended |= not settled
        bill_lines.append(
            BillLine(
                pk=line.pk,
                title=line.title,
                unit=item.unit,
                asked=line.quantity,
                price=line.unit_price_incl_tax,
                total=line.line_price_incl_tax,
                now=line.line_price_incl_tax + sum(each.amount for each in adjustments[line.pk]),
                preorder=not settled,
                wish=terms.wish if terms else Wish.LESS,
                came=packed.quantity if packed and not packed.awaiting else None,
                instead=_instead(packed),
                notes=[
                    sentence + wording.why(shared.get((item.pk, adjustment.at)), adjustment)
                    for adjustment, sentence in wording.sentences(adjustments[line.pk])
                ],
            )
        )
    adjusted = sum((a.amount for of_line in adjustments.values() for a in of_line), Decimal(0))
    money = paid.of(order)
    return Bill(
        status=OrderStatus(order.status),
        lines=bill_lines,
        agreed=order.total_incl_tax,
        adjusted=adjusted,
        open_ended=open_ended,
        owed=money.owed,
        paid=money.lines,
        fund_less=_fund_less(order, adjusted, money.lines),
        arriving=order.status == OrderStatus.AWAITING and bool(arriving([order.pk])),
    )


def _fund_less(order, adjusted: Decimal, money: Iterable[PaidLine]) -> Decimal:
    """What its funds agreed to pay, less what they pay now."""
    now = sum((line.amount for line in money if line.account == MoneyMove.Account.FUND), ZERO)
    if not adjusted or not now:
        return ZERO
    agreed = Subsidy.objects.filter(order=order).values_list("line__line_price_incl_tax", "share")
    return (sum((part(price, share) for price, share in agreed), ZERO) - now).quantize(FEN)


def came(order_ids: Collection[int]) -> dict[tuple[int, int], int]:
    """By order and stock record, units that come of what was asked for; without what is still
    open. One query."""
    known = ParcelLine.objects.filter(parcel__order__in=order_ids, awaiting=False, instead_of=None)
    columns = ("parcel__order", "item__record", "quantity")
    return {(order, record): units for order, record, units in known.values_list(*columns)}


def news(order_ids: Collection[int], *, with_funds: bool = True) -> Mapping[int, list[str]]:
    """By order, what changed after the cut-off: `土豆：少给 1 袋，少收 ¥2.30`. One query.

    `with_funds`: and what of that is the household's, where a fund pays its share.
    """
    found: dict[int, list[str]] = defaultdict(list)
    for adjustment, sentence in wording.sentences(
        wording.adjustments(order_ids), with_funds=with_funds
    ):
        found[adjustment.order_id].append(about(adjustment.line.title, sentence))
    return found


def answers(order_ids: Collection[int]) -> Mapping[int, list[str]]:
    """By order, what the station said to its claims. One query."""
    found: dict[int, list[str]] = defaultdict(list)
    answered = Claim.objects.filter(line__order__in=order_ids).exclude(status=Claim.Status.OPEN)
    for claim in answered.select_related("line").order_by("pk"):
        found[claim.line.order_id].append(about(claim.line.title, answer(claim)))
    return found


def answer(claim: Claim) -> str:
    """What the station said to a claim, in a sentence."""
    if claim.status == Claim.Status.OPEN:
        return _("驿站看到了会答复您")
    said = _("驿站答复：%s") % claim.answer if claim.answer else ""
    if claim.status == Claim.Status.DECLINED:
        return said or _("驿站看过了，这次没有退")
    # How much, and whose part of it: what changed of the line says so.
    return said or _("驿站认可了您说的")


def _instead(packed: ParcelLine | None) -> tuple[str, int] | None:
    substitute = getattr(packed, "substitute", None)
    if not substitute or not substitute.quantity:
        return None
    return substitute.item.record.product.title, substitute.quantity
