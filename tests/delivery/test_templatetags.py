"""How the station's pages write money."""

from decimal import Decimal

import pytest

from delivery.templatetags.station import yuan


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        (None, "¥0.00"),
        (0, "¥0.00"),
        ("19732.4", "¥19,732.40"),
        ("-14.50", "−¥14.50"),
        ("-63418.5", "−¥63,418.50"),
        ("0.005", "¥0.01"),
        ("-0.004", "¥0.00"),
    ],
)
def test_money_is_written_to_the_fen_with_its_sign_first(amount, words):
    assert yuan(amount and Decimal(amount)) == words


@pytest.mark.parametrize(
    ("amount", "words"),
    [
        ("2.002", "¥2.0020"),
        ("2.00", "¥2.00"),
        ("2.000049", "¥2.00"),
        ("-0.0133", "−¥0.0133"),
        ("1234.00005", "¥1,234.0001"),
    ],
)
def test_what_a_fen_is_not_enough_for_is_written_finer(amount, words):
    assert yuan(Decimal(amount), 4) == words
