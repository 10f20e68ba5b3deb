"""What is in a basket today: goods and bundles with their prices, what is left, what funds pay."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, NamedTuple

from django.utils import timezone
from oscar.core.loading import get_model

from delivery.models import Round, Wish
from inventory import lots
from inventory.models import Item
from inventory.spelled import Spelled, day, key
from shop import bundles, limits, shortfalls
from shop.bundles import Bundle, Part
from shop.errors import ShortLine
from shop.money import ZERO, part
from shop.money.funds import subsidies

Line = get_model("basket", "Line")


class Piece(NamedTuple):
    """So many of one good, loose or in bundles; `fund_id` pays `share` of it, `subsidy` yuan."""

    record_id: int
    quantity: int
    price: Decimal
    preorder: bool
    fund_id: int | None
    share: Decimal
    subsidy: Decimal

    @property
    def total(self) -> Decimal:
        return self.price * self.quantity

    def with_share(self, share: Decimal) -> "Piece":
        return self._replace(share=share)


@dataclass(frozen=True)
class BasketLine:
    """One good in a basket, or one bundle, at today's price. Money is yuan, `left` and `limit`
    units."""

    record_id: int
    title: str
    unit: str
    quantity: int
    price: Decimal
    left: int
    limit: int | None
    #: Its price is a ceiling, and there is no shelf to run out of.
    preorder: bool
    #: What may come instead, if anything is similar.
    similar: str = ""
    wish: Wish = Wish.LESS
    #: What pays this share of it right now, if anything (`shop.money.funds.subsidies`).
    fund_id: int | None = None
    share: Decimal = ZERO
    #: Yuan the household does not pay.
    subsidy: Decimal = ZERO
    #: Of the limit, what the door has of it already.
    taken: int = 0
    #: It is nothing but its parts: so many units of each are in one.
    bundle: bool = False
    parts: tuple[Part, ...] = ()

    @property
    def total(self) -> Decimal:
        return self.price * self.quantity

    @property
    def wishes(self) -> list[Wish]:
        """What may be wished for when there is not enough, the plainest first."""
        return [wish for wish in Wish if wish != Wish.SIMILAR or self.similar]

    @property
    def allowed(self) -> int | None:
        """Units the household may still take."""
        return None if self.limit is None else max(0, self.limit - self.taken)

    @property
    def at_most(self) -> bool:
        """There is no more to be had: the shelf or the limit says so."""
        return self.quantity >= (
            self.left if self.allowed is None else min(self.left, self.allowed)
        )

    @property
    def pieces(self) -> list[Piece]:
        """The goods it comes to."""
        if not self.bundle:
            return [self._piece(self, self.quantity)]
        return [self._piece(each, each.units * self.quantity) for each in self.parts]

    @staticmethod
    def _piece(good: "BasketLine | Part", units: int) -> Piece:
        return Piece(
            record_id=good.record_id,
            quantity=units,
            price=good.price,
            preorder=good.preorder,
            fund_id=good.fund_id,
            share=good.share,
            subsidy=good.subsidy,
        )


def read(basket, round: Round | None = None) -> list[BasketLine]:
    """In the order they were added; with `taken` in this round. One query; one more for each of
    bundles, limits and funds, if there are any."""
    door_id = basket.door.household_id
    rows = _ROWS(basket=basket.pk, household=door_id, today=timezone.localdate())
    records = [row.stockrecord_id for row in rows if row.stockrecord.item.selling == bundles.BUNDLE]
    inside = bundles.parts_of(records, household_id=door_id)
    found = [
        _bundle(row, inside[row.stockrecord_id]) if row.stockrecord_id in inside else _good(row)
        for row in rows
    ]
    if round is not None:
        found = _with_taken(found, door_id, round)
    return _with_subsidies(found)


_ROWS: Spelled[Any] = Spelled(
    lambda: (
        Line.objects.filter(basket=key("basket"))
        .select_related("product", "stockrecord__item__similar__record__product")
        .annotate(
            expired=lots.expired("stockrecord__item", day("today")),
            **subsidies.fitting(key("household"), "stockrecord__item"),
        )
        .order_by("pk")
    )
)


def _good(row) -> BasketLine:
    record, item = row.stockrecord, row.stockrecord.item
    on_sale = row.product.is_public and record.price is not None
    return BasketLine(
        record_id=record.pk,
        title=row.product.title,
        unit=item.unit,
        quantity=row.quantity,
        price=record.price or ZERO,
        left=limits.left_of(item, row.expired) if on_sale else 0,
        limit=item.household_limit,
        preorder=item.selling == Item.Selling.PREORDER,
        similar=_title_of(item.similar),
        fund_id=row.granting_fund,
        share=row.granted_share or ZERO,
    )


def _title_of(similar: Item | None) -> str:
    """Nothing is promised of what is off sale."""
    if similar is None or not similar.record.product.is_public:
        return ""
    return similar.record.product.title


def _bundle(row, bundle: Bundle) -> BasketLine:
    return BasketLine(
        record_id=row.stockrecord_id,
        title=row.product.title,
        unit=row.stockrecord.item.unit,
        quantity=row.quantity,
        price=bundle.price,
        left=bundle.left if row.product.is_public else 0,
        limit=bundle.limit,
        preorder=bundle.preorder,
        bundle=True,
        parts=bundle.parts,
    )


def _with_taken(found: list[BasketLine], household_id: int, round: Round) -> list[BasketLine]:
    limited = {
        each.record_id
        for line in found
        for each in (line.parts if line.bundle else (line,))
        if each.limit is not None
    }
    taken = limits.taken(household_id, round.pk, limited)
    counted = []
    for line in found if taken else ():
        parts = tuple(replace(each, taken=taken.get(each.record_id, 0)) for each in line.parts)
        of_it = taken.get(line.record_id, 0)
        if line.limit is not None and line.bundle:
            of_it = line.limit - (Bundle(parts).allowed or 0)
        counted.append(replace(line, parts=parts, taken=of_it))
    return counted or found


def _with_subsidies(found: list[BasketLine]) -> list[BasketLine]:
    """A fund pays its share of a good, loose and in bundles together; each line has its part of
    that, to the fen."""
    goods: dict[int, Piece] = {}
    for piece in (piece for line in found for piece in line.pieces):
        known = goods.get(piece.record_id)
        units = piece.quantity + (known.quantity if known else 0)
        goods[piece.record_id] = piece._replace(quantity=units)
    offered = {good.record_id: good for good in subsidies.offered(list(goods.values()))}
    so_far: dict[int, int] = defaultdict(int)
    agreed = []
    for line in found:
        shares = []
        for piece in line.pieces:
            good, before = offered[piece.record_id], so_far[piece.record_id]
            so_far[piece.record_id] += piece.quantity
            upto = part(good.price * so_far[piece.record_id], good.share)
            shares.append((good.share, upto - part(good.price * before, good.share)))
        given = sum((subsidy for _share, subsidy in shares), ZERO)
        if line.bundle:
            parts = tuple(
                replace(each, share=share, subsidy=subsidy)
                for each, (share, subsidy) in zip(line.parts, shares, strict=True)
            )
            agreed.append(replace(line, parts=parts, subsidy=given))
        else:
            agreed.append(replace(line, share=shares[0][0], subsidy=given))
    return agreed


def short(lines: Sequence[BasketLine]) -> list[ShortLine]:
    """What the shelf or the limit already says no to, before anybody presses the button."""
    there = {
        each.record_id: shortfalls.there(each.title, each.left, each.allowed)
        for line in lines
        for each in (line.parts if line.bundle else (line,))
    }
    return shortfalls.short([_asked(line) for line in lines], there)


def _asked(line: BasketLine) -> shortfalls.Asked:
    parts = {line.record_id: 1}
    if line.bundle:
        off_sale = not line.left and Bundle(line.parts).left
        parts = {} if off_sale else {each.record_id: each.units for each in line.parts}
    return shortfalls.Asked(
        line.record_id, line.title, line.unit, line.quantity, parts, line.bundle
    )
