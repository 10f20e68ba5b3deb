"""What one cell says: text, phone, count, money, weight, coordinate, yes or no.

Every function takes the raw cell (str, int, float, bool, date …) that is not blank and returns
the clean value, or raises `CellError` with one sentence a village clerk can act on.
"""

import datetime
import re
from decimal import Decimal
from unicodedata import category, normalize

from django.utils.translation import gettext as _

FEN = Decimal("0.01")
MOST_PEOPLE = 50
MOST_YUAN = 100_000
MOST_GRAMS = 1_000_000
SHOWN = 30

# People write these to say "nothing here"; they are not values.
PLACEHOLDERS = {"", "无", "没有", "暂无", "空", "-", "--", "—", "——", "/", "\\", "n/a", "none"}

DIGITS = "零一二三四五六七八九"
FORMAL = str.maketrans("〇两壹贰叁肆伍陆柒捌玖拾", "零二一二三四五六七八九十")
NUMERAL = re.compile(f"([{DIGITS[1:]}]?)(十)([{DIGITS[1:]}]?)|([{DIGITS}])")
DASHES = str.maketrans(dict.fromkeys("‐‑‒–—−－ー", "-"))

NUMBER = r"[-+]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?"
COUNTERS = (
    "个人|口人|户|人|口|个|位|名|份|件|袋|板|箱|盒|瓶|包|桶|罐|支|只|枚|斤|people|persons?|pcs"
)
COUNT = re.compile(rf"(.+?)(?:{COUNTERS})?")
MONEY = re.compile(rf"(?:¥|rmb|cny)?({NUMBER})(?:元|块|块钱|yuan|rmb|cny)?")
WEIGHT = re.compile(rf"({NUMBER})(.*)")
GRAMS = {
    **dict.fromkeys(("g", "克", "gram", "grams"), 1),
    **dict.fromkeys(("kg", "公斤", "千克", "kilo", "kilos"), 1000),
    **dict.fromkeys(("斤", "市斤"), 500),
    "两": 50,
}

MOBILE = re.compile(r"(?:\+?86|0086|0)?(1[3-9]\d{9})")
LANDLINE = re.compile(r"(?:\+86|0086)?(010|02\d|0[3-9]\d{2})(\d{7,8})")
# Two digits of exponent: 1e999999999 written out would fill the memory.
SCIENTIFIC = re.compile(r"(\d(?:\.\d+)?)e\+?\d{1,2}", re.IGNORECASE)

YES = {"是", "有", "对", "y", "yes", "true", "1", "√", "✓", "✔"}
NO = {"否", "不", "不是", "n", "no", "false", "0", "×", "x"}


class CellError(ValueError):
    """A cell that cannot be right; its text says why and what to write instead."""


def is_blank(value: object) -> bool:
    """Nothing typed, only blanks, or a mark that means "nothing" (无, -, / …)."""
    if value is None:
        return True
    return isinstance(value, str) and _clean(normalize("NFKC", value)).lower() in (PLACEHOLDERS)


def show(value: object) -> str:
    """The cell as it may be quoted back to its author, at most 30 characters."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    shown = _clean(str(value))
    return shown if len(shown) <= SHOWN else shown[: SHOWN - 1] + "…"


def text(value: object, most: int | None = None) -> str:
    """One line of text: full width made half width (NFKC), blanks collapsed, numbers as typed.

    `most` is how many characters the place it goes to can hold.
    """
    if isinstance(value, datetime.date | datetime.time | datetime.timedelta):
        # Spreadsheet programs turn "3-1" into the first of March; what was typed is lost.
        raise CellError(
            _("“%(value)s”被表格变成了日期，请把这一格设成文字重新填") % {"value": show(value)}
        )
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return _fitting(_clean(normalize("NFKC", str(value))), most)


def prose(value: object, most: int | None = None) -> str:
    """A remark in people's own words: like `text`, but Chinese punctuation keeps its width."""
    return _fitting(_clean(value), most) if isinstance(value, str) else text(value, most)


def phone(value: object) -> str:
    """A mobile as 11 digits, or a landline as "021-12345678".

    Blanks, dashes, +86 and notes in brackets are dropped. Of several numbers in one cell, all must
    be right and the first one counts.
    """
    typed = text(value)
    if numeral := SCIENTIFIC.fullmatch(typed):
        # 1.38E+10 shows three digits of eleven: the others are lost, whatever it expands to.
        if len(numeral[1].replace(".", "")) < 11:
            raise CellError(
                _("“%(value)s”被表格缩写了，请把这一格设成文字，重新填完整号码") % {"value": typed}
            )
        typed = str(int(Decimal(typed)))
    typed = re.sub(r"\([^()\d]*\)", "", re.sub(r"^(\d{7,})\.0+$", r"\1", typed))
    numbers = [_one_phone(part) for part in re.split(r"[/、,;|]", typed) if part.strip()]
    return numbers[0] if numbers else _one_phone(typed)


def _one_phone(typed: str) -> str:
    digits = re.sub(r"[\s.·()-]", "", typed.translate(DASHES))
    if mobile := MOBILE.fullmatch(digits):
        return mobile[1]
    if landline := LANDLINE.fullmatch(digits):
        return f"{landline[1]}-{landline[2]}"
    shown = show(typed)
    if digits.isdecimal() and len(digits) in (7, 8):
        raise CellError(_("“%(value)s”缺区号，座机请写成 021-12345678 这样") % {"value": shown})
    if digits.isdecimal() and len(digits) != 11:
        said = {"value": shown, "length": len(digits)}
        raise CellError(_("“%(value)s”有%(length)d位数字，手机号应是11位") % said)
    raise CellError(_("“%(value)s”不是电话号码，请填11位手机号") % {"value": shown})


def count(value: object, what: str, most: int = MOST_PEOPLE) -> int:
    """A whole number from 0 to `most`: 3, 3.0, "3人", "３", "三口". `what` names it in errors."""
    said = {"value": show(value), "what": what, "most": most}
    typed = COUNT.fullmatch(_compact(value))
    number = _number(typed[1]) if typed else None
    if number is None:
        raise CellError(_("“%(value)s”不是%(what)s，请填一个数字") % said)
    if number < 0:
        raise CellError(_("“%(value)s”是负数，%(what)s不能小于0") % said)
    if number != int(number):
        raise CellError(_("“%(value)s”不是整数，%(what)s请填整数") % said)
    if number > most:
        raise CellError(_("“%(value)s”太大，%(what)s最多%(most)d，请核对") % said)
    return int(number)


def numeral(typed: str) -> int | None:
    """A simple Chinese numeral up to 99 (三, 十二, 二十); None for anything else (三四, 几)."""
    found = NUMERAL.fullmatch(typed.translate(FORMAL))
    if not found:
        return None
    tens, _ten, ones, single = found.groups()
    if single:
        return DIGITS.index(single)
    return (DIGITS.index(tens) if tens else 1) * 10 + (DIGITS.index(ones) if ones else 0)


def money(value: object, what: str, most: int = MOST_YUAN) -> Decimal:
    """Yuan with two decimals, from 0 to `most`: 12.5, "¥12.50", "12.5元". Never rounded."""
    said = {"value": show(value), "what": what, "most": most}
    typed = MONEY.fullmatch(_compact(value))
    yuan = _number(typed[1]) if typed else None
    if yuan is None:
        raise CellError(_("“%(value)s”不是金额，%(what)s请填数字，如 12.50") % said)
    if yuan < 0:
        raise CellError(_("“%(value)s”是负数，%(what)s不能小于0") % said)
    if yuan > most:
        raise CellError(_("“%(value)s”太大，%(what)s最多%(most)d元，请核对") % said)
    if yuan != yuan.quantize(FEN):
        raise CellError(_("“%(value)s”不到分，%(what)s最多两位小数") % said)
    return yuan.quantize(FEN)


def grams(value: object, unit: str | None = None, most: int = MOST_GRAMS) -> int:
    """Whole grams, 1 to `most`: "500g", "1.5kg", "2斤", "2公斤", "500克".

    `unit` is that of a bare number, where the header names one. Without it a bare number is
    grams, but below 10 the unit is asked for: "2" is rarely two grams of rice.
    """
    said = {"value": show(value), "most": most // 1000}
    typed = WEIGHT.fullmatch(_compact(value))
    amount = _number(typed[1]) if typed else None
    name = (typed[2] if typed else "") or unit or "g"
    if typed is None or amount is None or name not in GRAMS:
        raise CellError(_("“%(value)s”不是重量，请写成“500克”或“1.5公斤”") % said)
    if not typed[2] and unit is None and amount < 10:
        raise CellError(_("“%(value)s”没有单位，请写成“500克”或“1.5公斤”") % said)
    weight = amount * GRAMS[name]
    if weight <= 0 or weight != int(weight):
        raise CellError(_("“%(value)s”不是整克数，请核对重量") % said)
    if weight > most:
        raise CellError(_("“%(value)s”太重，最多%(most)d公斤，请核对") % said)
    return int(weight)


def longitude(value: object) -> float:
    """Degrees east, -180 to 180."""
    return _degrees(value, _("经度"), 180)


def latitude(value: object) -> float:
    """Degrees north, -90 to 90."""
    return _degrees(value, _("纬度"), 90)


def _degrees(value: object, what: str, limit: int) -> float:
    said = {"value": show(value), "what": what, "limit": limit}
    degrees = _number(_compact(value).rstrip("°"))
    if degrees is None:
        raise CellError(_("“%(value)s”不是%(what)s，请填小数，如 30.797") % said)
    if abs(degrees) > limit:
        raise CellError(_("%(what)s“%(value)s”超出范围，应在-%(limit)d到%(limit)d之间") % said)
    if degrees == 0:
        # Map tools export 0 for "not found"; taken at its word it is a spot in the Atlantic.
        raise CellError(_("%(what)s是0，请填真实坐标，没有就留空") % said)
    return float(degrees)


def yes_no(value: object, yes: frozenset[str] = frozenset()) -> bool:
    """是/否, yes/no, √/×; `yes` adds words that also mean yes in this column."""
    typed = _compact(value)
    if typed in YES or typed in yes:
        return True
    if typed in NO:
        return False
    raise CellError(_("“%(value)s”看不懂，请填“是”或“否”") % {"value": show(value)})


def _fitting(typed: str, most: int | None) -> str:
    if most is not None and len(typed) > most:
        said = {"value": show(typed), "most": most}
        raise CellError(_("“%(value)s”太长，最多%(most)d个字") % said)
    return typed


def _compact(value: object) -> str:
    """Text for matching: no blanks at all, lower case, one kind of minus.

    Decimals computed by a sheet carry binary noise (12.499999999999998): nine places are enough.
    """
    value = round(value, 9) if isinstance(value, float) else value
    return text(value).replace(" ", "").lower().translate(DASHES)


def _number(typed: str) -> Decimal | None:
    """An Arabic or simple Chinese number; None for anything else."""
    if (said := numeral(typed)) is not None:
        return Decimal(said)
    if re.fullmatch(NUMBER, typed):
        return Decimal(typed.replace(",", ""))
    return None


def _clean(typed: str) -> str:
    """Blanks collapsed and trimmed; invisible characters and the text-marking apostrophe gone."""
    if not typed.isprintable():
        typed = "".join(
            char for char in typed if char.isspace() or category(char) not in ("Cc", "Cf")
        )
    return " ".join(typed.split()).removeprefix("'").strip()
