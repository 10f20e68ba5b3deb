"""The code on a slip: which printed form, and for which door. Short, and signed, so that a slip
of the pen or a home-made code orders nothing for anybody; nothing in it says who lives there."""

import re
import unicodedata

from django.utils.crypto import constant_time_compare, salted_hmac

from shop.order_rows import ALPHABET

_CODE = re.compile(rf"ZD-?([{ALPHABET}]{{1,12}})-([{ALPHABET}]{{1,12}})-([{ALPHABET}]{{8}})")
#: As people read them aloud and type them.
_ALIKE = str.maketrans("OIL", "011")
#: Longer than any code; a scanner that is held too long sends several in one.
LONGEST = 60


def of(sheet_id: int, household_id: int) -> str:
    """`ZD-1-7K-8QJ4M2PX`: digits and capitals, which make the smallest QR."""
    return f"ZD-{_spelt(sheet_id)}-{_spelt(household_id)}-{_signature(sheet_id, household_id)}"


def read(code: str) -> tuple[int, int] | None:
    """(sheet, household); None for what we did not print."""
    tidy = "".join(unicodedata.normalize("NFKC", code[: 2 * LONGEST]).split()).upper()
    tidy = tidy.translate(_ALIKE)
    found = _CODE.fullmatch(tidy) if len(tidy) <= LONGEST else None
    if not found:
        return None
    sheet_id, household_id = _number(found[1]), _number(found[2])
    if not constant_time_compare(found[3], _signature(sheet_id, household_id)):
        return None
    return sheet_id, household_id


def _signature(sheet_id: int, household_id: int) -> str:
    """40 bits."""
    digest = salted_hmac("shop.slips", f"{sheet_id}|{household_id}", algorithm="sha256").digest()
    return _spelt(int.from_bytes(digest[:5], "big")).rjust(8, "0")


def _spelt(number: int) -> str:
    digits = ""
    while number or not digits:
        number, digit = divmod(number, 32)
        digits = ALPHABET[digit] + digits
    return digits


def _number(spelt: str) -> int:
    number = 0
    for digit in spelt:
        number = number * 32 + ALPHABET.index(digit)
    return number
