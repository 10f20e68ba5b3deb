"""Finding a good by what people type: 鸡蛋, jidan, jd, ji蛋, 鸡旦, jidna, 西红柿.

Nothing is kept that could grow old: every search reads the titles on sale (one query), in whatever
process it runs. Only how a title is spelled is remembered, which follows from the title alone.
"""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, NamedTuple

from django.db.models import QuerySet
from pypinyin import Style, pinyin
from rapidfuzz.distance import OSA

from inventory.models import Item, Station

LONGEST = 40
MOST = 60
#: So many slips of the finger are forgiven in so many letters; shorter words are like everything.
SLIPS = ((8, 2), (4, 1))
#: One good, many words: who types one finds the others.
SAME = (
    ("番茄", "西红柿"),
    ("土豆", "马铃薯", "洋芋"),
    ("红薯", "番薯", "地瓜", "山芋"),
    ("卷心菜", "包菜", "圆白菜"),
    ("花菜", "菜花", "花椰菜"),
    ("上海青", "青菜", "小油菜"),
    ("香菜", "芫荽"),
    ("酱油", "生抽", "老抽"),
    ("抽纸", "纸巾", "面巾纸"),
    ("卷纸", "卫生纸"),
    ("方便面", "泡面"),
    ("挂面", "面条"),
    ("水饺", "饺子"),
    ("五花肉", "猪肉", "猪腿肉"),
    ("纸尿裤", "尿不湿"),
    ("抗原检测", "试剂"),
)

#: A letter as it is written, and how it may be read: 蛋 is ("蛋", ("dan",)), 3 is ("3", ()).
Spelled = tuple[tuple[str, tuple[str, ...]], ...]
Listed = tuple[int, str, str]


class Found(NamedTuple):
    """Items, the best first. `guessed`: nothing is called so, this is like it."""

    item_ids: list[int]
    guessed: bool = False


def find(station: Station, words: str) -> list[int]:
    """Items on sale at a station, the best first. One query."""
    from shop import shelves  # which shows what we find

    return look(shelves.on_shelves(station), words).item_ids


def look(items: QuerySet[Item], words: str) -> Found:
    """Which of `shelves.on_shelves` were meant. One query."""
    return rank(words, list(items.values_list("pk", "record__product__title", "shelf_name")))


def rank(words: str, goods: Sequence[Listed]) -> Found:
    """`goods`: key, title and category of each."""
    terms = clean(words).split()
    if not terms:
        return Found([])
    if found := _ranked(terms, goods) or _of_category("".join(terms), goods):
        return Found(found)
    # 鸡旦: another letter of the same sound.
    sounds = [sound for term in terms if (sound := _sound(term))]
    if sounds and (found := _ranked(sounds, goods)):
        return Found(found, guessed=True)
    # Who writes Chinese picks a letter; at most its sound is a little off.
    most = 2 if "".join(terms).isascii() else 1
    return Found(_slips("".join(sounds), goods, most), guessed=True)


def clean(words: str) -> str:
    """As it is compared: wide letters narrow, small ones only, and no more than anybody types."""
    # NUL is the one character PostgreSQL cannot even be asked about.
    words = unicodedata.normalize("NFKC", words.replace("\x00", ""))
    return " ".join(words.lower().split())[:LONGEST].strip()


def _ranked(terms: Sequence[str], goods: Sequence[Listed]) -> list[int]:
    ways = [(term, *_same(term)) for term in terms]
    found = []
    for key, title, _category in goods:
        fits = [_best(way, _spelled(title)) for way in ways]
        if None not in fits:
            found.append((fits, len(title), title, key))
    return [key for *_order, key in sorted(found)[:MOST]]


def _best(ways: Sequence[str], spelled: Spelled) -> tuple[int, int] | None:
    """How loosely a title answers, and how far from its beginning; the less the better."""
    found = [
        (loose + 2 * bool(other), start)
        for other, way in enumerate(ways)
        for start in range(len(spelled))
        if (loose := _looseness(way, spelled, start)) is not None
    ]
    return min(found, default=None)


def _of_category(term: str, goods: Sequence[Listed]) -> list[int]:
    named = {name for *_good, name in goods if name and _is(term, name)}
    found = sorted((title, key) for key, title, name in goods if name in named)
    return [key for _title, key in found[:MOST]]


def _is(term: str, word: str) -> bool:
    """The word was typed, to its end, in letters or as it is read. Initials say too little."""
    spelled = _spelled(word)
    loose = _looseness(term, spelled, 0, whole=True)
    return loose is not None and loose <= len(spelled) and len(term) > 1


def _looseness(term: str, spelled: Spelled, start: int, *, whole: bool = False) -> int | None:
    """0 if the term stands there letter by letter, more for readings and initials; None: it does
    not. `whole`: up to the end of what is spelled."""
    reached, best = {0: 0}, None
    for place in range(start, len(spelled)):
        further: dict[int, int] = {}
        for at, loose in reached.items():
            for taken, more in _steps(term, at, *spelled[place]):
                end = at + taken
                further[end] = min(further.get(end, 999), loose + more)
        there = further.pop(len(term), None)
        if there is not None and (not whole or place == len(spelled) - 1):
            best = there if best is None else min(best, there)
        if not further:
            break
        reached = further
    return best


def _steps(term: str, at: int, letter: str, readings: tuple[str, ...]):
    """How many characters of the term this letter answers, and how loosely."""
    if term[at] == letter:
        yield 1, 0
    for reading in readings:
        rest = term[at:]
        if rest.startswith(reading):
            yield len(reading), 1
        elif len(rest) > 1 and reading.startswith(rest):
            yield len(rest), 2  # the last one is not typed to its end
        if term[at] == reading[0]:
            yield 1, 3
            if reading[1:2] == "h" and rest[1:2] == "h":
                yield 2, 3


def _same(term: str) -> list[str]:
    """Other words for what was typed."""
    groups = (group for group in SAME if any(_is(term, word) for word in group))
    return [word for group in groups for word in group if word != term]


def _slips(typed: str, goods: Sequence[Listed], most: int) -> list[int]:
    """A letter wrong, missing, too many, or two of them the wrong way round."""
    forgiven = min(most, next((slips for length, slips in SLIPS if len(typed) >= length), 0))
    if not forgiven:
        return []
    found = []
    for key, title, _category in goods:
        if (fit := _nearest(typed, _spelled(title), forgiven)) is not None:
            found.append((fit, len(title), title, key))
    if found:
        least = min(found)[0][0]
        return [key for fit, *_order, key in sorted(found)[:MOST] if fit[0] == least]
    meant = [w for group in SAME for w in group if _nearest(typed, _spelled(w), forgiven)]
    return _ranked([meant[0]], goods) if meant else []


def _nearest(typed: str, spelled: Spelled, forgiven: int) -> tuple[int, int] | None:
    """How many slips from what is read there, and how far from the beginning."""
    found = []
    for start in range(len(spelled)):
        read = ""
        for letter, readings in spelled[start:]:
            read += readings[0] if readings else letter
            if len(read) > len(typed) + forgiven:
                break
            if len(read) >= len(typed) - forgiven:
                slips = OSA.distance(typed, read, score_cutoff=forgiven)
                if slips <= forgiven:
                    found.append((slips, start))
    return min(found, default=None)


@lru_cache(maxsize=4096)
def _spelled(title: str) -> Spelled:
    """Letter by letter; what is no letter and no figure is left out."""
    plain = unicodedata.normalize("NFKC", title).lower()
    letters = [letter for letter in plain if letter.isalnum()]
    # As it is read among its neighbours (番 in 番茄) and alone; rarer readings find too much.
    within = pinyin("".join(letters), style=Style.NORMAL, errors=_unread)
    return tuple(
        (letter, _typed(first[0], letter)) for letter, first in zip(letters, within, strict=True)
    )


def _unread(run: str) -> Any:
    """For what is no Chinese letter there is no reading; one for each, as `pinyin` counts."""
    return [[""] for _ in run]


@lru_cache(maxsize=4096)
def _typed(reading: str, letter: str) -> tuple[str, ...]:
    """How one types a letter that is read so among its neighbours; 绿 is typed lv or lu."""
    alone = pinyin(letter, style=Style.NORMAL, errors=_unread)[0][0]
    ways = (reading, alone, reading.replace("v", "u"))
    return tuple(way for way in dict.fromkeys(ways) if way)


@lru_cache(maxsize=4096)
def _sound(words: str) -> str:
    """鸡旦 → jidan: as it is read, whatever it is written with."""
    return "".join(readings[0] if readings else letter for letter, readings in _spelled(words))
