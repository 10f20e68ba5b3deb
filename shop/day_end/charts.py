"""Where the bars and the line of the last days are; the template draws them as SVG. Everything is
an attribute: no script draws it and no style is inline (`shop.middleware`)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal

from shop.day_end.days import DayTotals

WIDTH, HEIGHT = 640, 240
LEFT, RIGHT, TOP, BOTTOM = 84, 8, 16, 36
TICKS = 4
#: Of the room a day has.
BAR = 0.7


@dataclass(frozen=True)
class Bar:
    """Coordinates as text with a point, whatever the language writes numbers with."""

    x: str
    y: str
    width: str
    height: str


@dataclass(frozen=True)
class Tick:
    place: str
    label: str


@dataclass(frozen=True)
class Chart:
    bars: list[Bar]
    line: str
    across: list[Tick]
    first: date
    last: date
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    label_at: int = LEFT - 8
    days_at: int = HEIGHT - 8


def of(days: Sequence[DayTotals]) -> Chart | None:
    """What was charged as bars, what was paid as a line, both from nothing up (or down: a day on
    which more was taken back). None while there is nothing to see."""
    values = [yuan for day in days for yuan in (day.charged, day.paid)]
    if not any(values):
        return None
    ticks = _ticks(min(*values, Decimal(0)), max(*values, Decimal(0)))
    low, high = ticks[0], ticks[-1]
    room = (WIDTH - LEFT - RIGHT) / len(days)

    def y(yuan: Decimal) -> float:
        return HEIGHT - BOTTOM - float((yuan - low) / (high - low)) * (HEIGHT - TOP - BOTTOM)

    bars = []
    for number, day in enumerate(days):
        if not day.charged:
            continue
        top, bottom = sorted((y(day.charged), y(Decimal(0))))
        left = LEFT + (number + (1 - BAR) / 2) * room
        bars.append(Bar(f"{left:.1f}", f"{top:.1f}", f"{BAR * room:.1f}", f"{bottom - top:.1f}"))
    points = (
        f"{LEFT + (number + 0.5) * room:.1f},{y(day.paid):.1f}" for number, day in enumerate(days)
    )
    return Chart(
        bars=bars,
        line=" ".join(points),
        across=[Tick(f"{y(value):.1f}", f"{value:,f}") for value in ticks],
        first=days[0].day,
        last=days[-1].day,
    )


def _ticks(low: Decimal, high: Decimal) -> list[Decimal]:
    """Round values of whole yuan, nothing among them, that hold all of it."""
    step = next(
        step
        for power in range(9)
        for step in (Decimal(digit).scaleb(power) for digit in (1, 2, 5))
        if step * TICKS >= high - low
    )
    first = int((low / step).to_integral_value(ROUND_FLOOR))
    last = int((high / step).to_integral_value(ROUND_CEILING))
    return [step.quantize(Decimal(1)) * number for number in range(first, last + 1)]
