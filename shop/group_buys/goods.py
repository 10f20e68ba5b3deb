"""Which good of the station people mean by what they typed."""

import re
from collections.abc import Callable, Iterable
from unicodedata import normalize

from inventory.models import Item

#: Packs and measures, as titles and 规格 have them.
_UNIT = (
    "公斤|千克|毫升|市斤|kg|ml|克|斤|升|枚|个|只|袋|盒|箱|瓶|包|板|份|桶|片|粒|抽|卷|条|提|听|罐|杯"
    "|捆|把|棵|颗|块|支|套|条|组|连包|g|l"
)
_MEASURE = re.compile(rf"(\d+(?:\.\d+)?)\s*({_UNIT})(?:装)?")
_PACK = re.compile(
    rf"约?\s*(?:\d+(?:\.\d+)?|半)\s*(?:{_UNIT})(?:装)?|[*x×/]\s*\d*\s*(?:{_UNIT})?|\(.*?\)"
)
_GRAMS = {
    **{"公斤": 1000.0, "千克": 1000.0, "kg": 1000.0},
    **{"斤": 500.0, "市斤": 500.0, "克": 1.0, "g": 1.0},
}
#: Praise that one shop prints and the next one does not.
_PRAISE = re.compile(r"^(?:新鲜|农家|本地|散养|精品|特级|优质|当季|有机|现摘|鲜)+(?=..)")


class Goods:
    """The goods that may be meant, each with its product; `items` in the order they are offered."""

    def __init__(self, items: Iterable[Item]) -> None:
        self.items = list(items)

    def find(self, name: str, spec: str = "") -> Item | None:
        """The one good this is the name of; None if there is none, or nobody can tell which."""
        code = _text(name)
        found = [
            item
            for item in self.items
            if code and code in (_text(item.record.partner_sku), _text(item.record.product.upc))
        ]
        if len(found) == 1:
            return found[0]
        whole = _squash(f"{name}{spec}")
        found = [
            item for item in self.items if whole and whole in (_squash(_title(item)), _full(item))
        ]
        if len(found) == 1:
            return found[0]
        for read in (_squash, bare, _plain):
            if named := self._by(read, name):
                return _closest(named, name, spec)
        return None

    def near(self, name: str) -> list[Item]:
        """Goods whose name holds this one, or the other way round: to ask about, not to take."""
        wanted = _plain(name)
        if len(wanted) < 2:
            return []
        return [i for i in self.items if wanted in bare(_title(i)) or _plain(_title(i)) in wanted]

    def _by(self, read: Callable[[str], str], name: str) -> list[Item]:
        wanted = read(name)
        return [item for item in self.items if wanted and read(_title(item)) == wanted]


def bare(text: str) -> str:
    """A name without its measures.

    >>> bare("鲜鸡蛋 30枚/板（约3.5斤）"), bare("纯牛奶 250ml*12"), bare("大白菜 1 棵约 4 斤")
    ('鲜鸡蛋', '纯牛奶', '大白菜')
    """
    return _squash(_PACK.sub(" ", _text(text)))


def _plain(text: str) -> str:
    return _PRAISE.sub("", bare(text))


def _closest(items: list[Item], name: str, spec: str) -> Item | None:
    """Of goods of one name the one whose measures were typed; never one of another weight."""
    typed = f"{name} {spec}"
    fitting = [item for item in items if _same_weight(_words(item), typed)]
    if len(fitting) < 2:
        return fitting[0] if fitting else None
    same = {item.pk: len(_measures(_words(item)) & _measures(typed)) for item in fitting}
    best = [item for item in fitting if same[item.pk] == max(same.values())]
    return best[0] if len(best) == 1 else None


def _same_weight(ours: str, typed: str) -> bool:
    mine, theirs = _grams(ours), _grams(typed)
    return not mine or not theirs or bool(mine & theirs)


def _grams(text: str) -> set[float]:
    return {
        round(float(number) * _GRAMS[unit], 1)
        for number, unit in _MEASURE.findall(_text(text))
        if unit in _GRAMS
    }


def _measures(text: str) -> set[str]:
    return {f"{float(number):g}{unit}" for number, unit in _MEASURE.findall(_text(text))}


def _words(item: Item) -> str:
    return f"{_title(item)} {item.unit}"


def _full(item: Item) -> str:
    return _squash(_words(item))


def _title(item: Item) -> str:
    return item.record.product.title


def _text(text: str | None) -> str:
    return normalize("NFKC", text or "").lower().strip()


def _squash(text: str) -> str:
    return re.sub(r"[\W_]+", "", _text(text))
