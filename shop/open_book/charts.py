"""Where the lines and dots of a price chart are; the template draws them as SVG.

Everything is an attribute: no script draws it and no style is inline (`shop.middleware`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from django.utils import timezone

WIDTH, HEIGHT = 640, 260
LEFT, RIGHT, TOP, BOTTOM = 84, 14, 18, 40
#: Where time begins, so far from the labels that a dot there covers none of them.
BEGINS = LEFT + 20
TICKS = 4


@dataclass(frozen=True)
class Point:
    """What a good cost when it came (landed, None: a list stated it), and its price from then on;
    yuan a unit."""

    at: datetime
    price: Decimal
    cost: Decimal | None


@dataclass(frozen=True)
class Tick:
    place: str
    label: str


@dataclass(frozen=True)
class Chart:
    """Coordinates as text with a point, whatever the language writes numbers with."""

    price: str
    costs: list[tuple[str, str]]
    across: list[Tick]
    first: datetime
    last: datetime
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    begins: int = BEGINS
    right: int = WIDTH - RIGHT
    #: Where the words beside and below the lines stand.
    label_at: int = LEFT - 8
    days_at: int = HEIGHT - 8


def of(points: Sequence[Point], now: datetime) -> Chart | None:
    """The price as a line of steps up to now, costs as dots. `points` in order of time; None for
    none, and while it would show one day only."""
    if not points:
        return None
    first, last = points[0].at, max(now, points[-1].at)
    if timezone.localdate(first) == timezone.localdate(last):
        return None
    values = [point.price for point in points]
    values += [point.cost for point in points if point.cost is not None]
    ticks = _ticks(min(values), max(values))
    low, high = ticks[0], ticks[-1]

    def x(at: datetime) -> str:
        share = (at - first) / (last - first)
        return f"{BEGINS + share * (WIDTH - BEGINS - RIGHT):.1f}"

    def y(yuan: Decimal) -> str:
        share = float((yuan - low) / (high - low))
        return f"{HEIGHT - BOTTOM - share * (HEIGHT - TOP - BOTTOM):.1f}"

    path = f"M{x(first)} {y(points[0].price)}"
    path += "".join(f"H{x(point.at)}V{y(point.price)}" for point in points[1:])
    return Chart(
        price=f"{path}H{x(last)}",
        costs=[(x(point.at), y(point.cost)) for point in points if point.cost is not None],
        across=[Tick(y(value), f"{value:.2f}") for value in ticks],
        first=first,
        last=last,
    )


def _ticks(low: Decimal, high: Decimal) -> list[Decimal]:
    """Round values, at most some fen or some yuan apart, that hold all of it and air above."""
    room = max(high - low, Decimal("0.04")) * Decimal("1.2")
    step = next(
        step
        for power in range(-2, 9)
        for step in (Decimal(digit).scaleb(power) for digit in (1, 2, 5))
        if step * TICKS >= room
    )
    bottom = max(
        Decimal(0), ((low - (room - high + low) / 2) / step).to_integral_value(ROUND_FLOOR) * step
    )
    top = (high / step).to_integral_value(ROUND_CEILING) * step
    count = int((top - bottom) / step) + 1
    return [bottom + step * number for number in range(max(count, 2))]
