"""Where the bars and the line of the last days stand."""

from datetime import date, timedelta
from decimal import Decimal

from shop.day_end import charts
from shop.day_end.days import DayTotals

FIRST = date(2026, 3, 1)


def days(*sums: tuple[str, str]) -> list[DayTotals]:
    return [
        DayTotals(FIRST + timedelta(days=number), Decimal(charged), Decimal(paid))
        for number, (charged, paid) in enumerate(sums)
    ]


def test_nothing_to_see():
    assert charts.of(days(("0.00", "0.00"), ("0.00", "0.00"))) is None


def test_bars_stand_on_nothing_and_the_line_goes_through_the_middle_of_the_days():
    chart = charts.of(days(("100.00", "0.00"), ("0.00", "50.00")))
    assert chart is not None
    assert [tick.label for tick in chart.across] == ["0", "50", "100"]
    bottom = charts.HEIGHT - charts.BOTTOM
    assert [float(tick.place) for tick in chart.across] == [bottom, (bottom + 16) / 2, charts.TOP]
    [bar] = chart.bars
    assert (float(bar.y), float(bar.height)) == (charts.TOP, bottom - charts.TOP)
    room = (charts.WIDTH - charts.LEFT - charts.RIGHT) / 2
    assert chart.line == (
        f"{charts.LEFT + room / 2:.1f},{bottom:.1f}"
        f" {charts.LEFT + 1.5 * room:.1f},{(bottom + charts.TOP) / 2:.1f}"
    )
    assert (chart.first, chart.last) == (FIRST, FIRST + timedelta(days=1))


def test_a_day_on_which_more_was_taken_back_hangs_below():
    chart = charts.of(days(("60.00", "60.00"), ("-30.00", "0.00")))
    assert chart is not None
    assert [tick.label for tick in chart.across] == ["-50", "0", "50", "100"]
    up, down = chart.bars
    nothing = next(float(tick.place) for tick in chart.across if tick.label == "0")
    assert float(up.y) + float(up.height) == nothing == float(down.y)


def test_large_sums_have_room_for_their_labels():
    chart = charts.of(days(("63418.50", "1.00")))
    assert chart is not None
    assert chart.across[-1].label == "80,000"
