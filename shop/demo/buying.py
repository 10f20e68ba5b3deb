"""From whom the synthetic village buys, and how its goods are sold. Nobody in it exists."""

from dataclasses import dataclass
from datetime import time
from decimal import Decimal

from inventory.models import Item, ShareRule

#: A pack weighs and costs no more than somebody can carry and lend.
PACK_G, PACK_YUAN = 20_000, 320
PACKS = (24, 20, 12, 10, 6, 5, 4, 2, 1)


@dataclass(frozen=True)
class SupplierPlan:
    name: str
    contact: str
    phone: str
    cut_off: time
    lead_days: int
    minimum_order: Decimal
    #: All of these shelves come from here, and it also has these goods of other suppliers.
    categories: tuple[str, ...]
    also: tuple[str, ...] = ()
    note: str = ""


SUPPLIERS = (
    SupplierPlan(
        *("东郊果蔬批发（演示）", "老严", "19900009001", time(17, 30), 1, Decimal("300.00")),
        categories=("蔬菜", "水果"),
        note="凌晨四点发车，六点半前到村口。",
    ),
    SupplierPlan(
        *("晨露奶蛋配送（演示）", "小葛", "19900009002", time(16, 0), 1, Decimal("200.00")),
        categories=("蛋奶",),
        also=("V20",),
        note="冷藏车，到了先收。",
    ),
    SupplierPlan(
        *("长青肉品（演示）", "钱师傅", "19900009003", time(15, 0), 1, Decimal("400.00")),
        categories=("肉禽水产",),
        note="按送货单上的实重结算。",
    ),
    SupplierPlan(
        *("惠丰粮油（演示）", "孙经理", "19900009004", time(18, 0), 2, Decimal("500.00")),
        categories=("米面油", "调味", "速食"),
    ),
    SupplierPlan(
        *("好邻居百货（演示）", "乔姐", "19900009005", time(18, 0), 2, Decimal("200.00")),
        categories=("日用", "防疫母婴"),
        also=("R04", "S01", "T01"),
    ),
)


@dataclass(frozen=True)
class Terms:
    """How a good is sold. `minimum`: of a day's stock, a share."""

    preorder: bool = False
    by_weight: bool = False
    minimum: Decimal = Decimal(0)
    rule: ShareRule = ShareRule.FIRST_COME
    similar: str = ""
    #: Days from delivery until it is past its date; None: it keeps.
    keeps: int | None = None

    @property
    def selling(self) -> Item.Selling:
        return Item.Selling.PREORDER if self.preorder else Item.Selling.STOCK


# code, then words: pre (pre-ordered), loose (weighed), ~V06 (similar to), =rule, minNN (per cent of
# a day's stock at least), NNd (keeps so many days).
_TERMS = """
V01 =equal ~V05 min20 4d
V03 loose ~V04 min20 9d
V04 loose ~V03 min20 9d
V05 ~V01 3d
V06 ~V05 3d
V07 min30 40d
V08 ~V09 min20 20d
V09 ~V08 min20 20d
V10 =people 6d
V11 ~V12 5d
V12 ~V11 5d
V13 6d
V14 6d
V15 min20 40d
V19 5d
V20 =people min20 8d
F01 ~F04 30d
F02 ~F03 6d
F03 ~F01 25d
F04 ~F01 25d
F05 pre =equal 2d
E01 =people min30 25d
E02 60d
E03 =people ~E04 min30 150d
E04 ~E03 6d
E05 18d
M01 loose =equal ~M02 3d
M02 loose =equal ~M01 3d
M03 loose =equal ~M02 3d
M04 pre loose =people 3d
M05 pre =equal 4d
M06 loose =equal 3d
M07 pre loose =equal 1d
M08 200d
R01 =people ~R02 min30
R02 =people ~R01 min30
R03 min30
R04 min30 300d
R05 150d
R06 2d
R07 =people min20
R08 min20
S01 min30
S02 min20
T01 =people min30 150d
T03 min20
H01 =people ~H02 min30
H02 ~H01 min30
H05 min20
P01 =people min40
P02 =people min40 300d
P03 min30
P04 pre =needs 500d
P05 pre =needs
"""


def _read(line: str) -> tuple[str, Terms]:
    code, *words = line.split()
    said: dict = {}
    for word in words:
        if word == "pre":
            said["preorder"] = True
        elif word == "loose":
            said["by_weight"] = True
        elif word.startswith("="):
            said["rule"] = ShareRule(word[1:])
        elif word.startswith("~"):
            said["similar"] = word[1:]
        elif word.startswith("min"):
            said["minimum"] = Decimal(word[3:]) / 100
        else:
            said["keeps"] = int(word.removesuffix("d"))
    return code, Terms(**said)


TERMS = dict(_read(line) for line in _TERMS.strip().split("\n"))


def terms(code: str) -> Terms:
    return TERMS.get(code, Terms())


def supplier_of(category: str) -> SupplierPlan:
    return next(plan for plan in SUPPLIERS if category in plan.categories)


def pack_units(weight_g: int, cost: Decimal) -> int:
    """How many come in one box: what weighs and costs no more than a box may."""
    fitting = (n for n in PACKS if n * weight_g <= PACK_G and n * cost <= PACK_YUAN)
    return next(fitting, 1)


def barcode(number: int) -> str:
    """A valid EAN-13 of the range that shops give out themselves, so nobody's product has it."""
    digits = f"20{number:010d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return f"{digits}{-total % 10}"
