"""钱: one book for all of it, and what can happen to it (docs/money.md)."""

from decimal import ROUND_HALF_UP, Decimal

FEN, ZERO = Decimal("0.01"), Decimal("0.00")
#: What is more at once is a slip of the finger.
MOST = Decimal(10_000)


def part(yuan: Decimal, share: Decimal) -> Decimal:
    """So much of it (1: all), to the fen, half up."""
    return (yuan * share).quantize(FEN, ROUND_HALF_UP)
