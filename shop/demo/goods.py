"""What the synthetic village's store sells: 64 goods of a Shanghai spring, at cost.

Costs are what such goods cost a wholesaler's customer there in spring 2022, made up to the fen.
"""

from collections.abc import Iterator
from decimal import Decimal

from shop.demo.buying import terms
from shop.pricelists import GoodsRow

HOUSEHOLDS_SUPPLIED = 1_180

# code, name, unit, grams, cost, stock, limit per household, shelf. Stock is for the whole village
# for a day: scarce goods have a limit, or too few of them to go round.
_VEGETABLES = """
V01 上海青_2_斤 份 1000 6.40 600 3 A1
V03 大白菜_1_棵约_4_斤 棵 2000 7.20 500 - A1
V04 卷心菜_1_个约_3_斤 个 1500 5.70 500 - A1
V05 菠菜_1_斤 份 500 4.80 300 - A2
V06 生菜_1_斤 份 500 4.20 260 - A2
V07 土豆_5_斤 袋 2500 11.50 700 - A3
V08 胡萝卜_2_斤 份 1000 5.20 500 - A3
V09 白萝卜_3_斤 份 1500 4.80 450 - A3
V10 番茄_3_斤 份 1500 15.00 420 2 A2
V11 黄瓜_2_斤 份 1000 8.60 420 - A2
V12 茄子_2_斤 份 1000 8.20 300 - A2
V13 青椒_1_斤 份 500 5.60 300 - A2
V14 西兰花_2_个 份 700 8.80 240 - A2
V15 洋葱_3_斤 袋 1500 6.30 400 - A3
V16 大葱_1_斤 份 500 3.90 300 - A4
V17 生姜_半斤 份 250 4.60 260 - A4
V18 大蒜_半斤 份 250 3.80 300 - A4
V19 香菇_半斤 盒 250 6.90 180 - A2
V20 老豆腐_1_盒 盒 400 2.80 360 2 C1*
"""
_FRUIT = """
F01 苹果_5_斤 袋 2500 26.00 260 - B1
F02 香蕉_3_斤 份 1500 13.50 220 - B1
F03 橙子_5_斤 袋 2500 24.50 220 - B1
F04 砀山梨_4_斤 份 2000 15.20 160 - B1
F05 草莓_1_斤 盒 500 18.80 60 1 C2*
"""
_EGGS_AND_MILK = """
E01 鲜鸡蛋_30_枚 板 1800 27.50 420 1 B2
E02 咸鸭蛋_6_枚 盒 420 9.60 200 - B2
E03 纯牛奶_250_毫升×12 箱 3200 38.40 380 1 B3
E04 鲜牛奶_950_毫升 盒 980 14.20 160 2 C1*
E05 酸奶_100_克×8 组 850 11.80 200 - C1*
"""
_MEAT = """
M01 五花肉_2_斤 份 1000 31.60 260 1 C3*
M02 猪腿肉_2_斤 份 1000 26.80 260 1 C3*
M03 小排_2_斤 份 1000 48.00 140 1 C3*
M04 三黄鸡_1_只约_2.5_斤 只 1250 32.50 180 1 C3*
M05 鸡翅中_1_斤 份 500 24.60 160 - C3*
M06 牛腩_1_斤 份 500 39.80 80 1 C3*
M07 鲈鱼_1_条约_1.2_斤 条 600 22.40 90 1 C4*
M08 冷冻虾仁_半斤 袋 250 19.90 120 - C4*
"""
_STAPLES = """
R01 大米_10_斤 袋 5000 29.80 500 2 D1
R02 大米_20_斤 袋 10000 57.00 160 1 D1
R03 面粉_5_斤 袋 2500 14.60 260 - D1
R04 挂面_2_斤 把 1000 8.90 420 - D2
R05 速冻水饺_2_斤 袋 1000 19.60 200 - C4*
R06 馒头_10_个 袋 800 7.50 240 - D2
R07 大豆油_5_升 桶 4700 63.80 220 1 D3
R08 菜籽油_1.8_升 桶 1700 29.50 200 1 D3
"""
_SEASONING = """
S01 食盐_400_克 袋 400 2.20 600 3 D4
S02 生抽_500_毫升 瓶 650 7.40 300 - D4
S03 米醋_500_毫升 瓶 620 5.30 240 - D4
S04 料酒_500_毫升 瓶 620 6.10 220 - D4
S05 白砂糖_2_斤 袋 1000 7.90 260 - D4
"""
_TINS = """
T01 方便面_5_连包 包 560 13.20 420 2 D5
T02 榨菜_80_克×5 组 420 6.80 300 - D5
T03 午餐肉_340_克 罐 400 14.90 220 - D5
"""
_HOUSEHOLD = """
H01 抽纸_6_包 提 900 12.80 400 2 E1
H02 卷纸_10_卷 提 1400 18.60 360 1 E1
H03 洗洁精_1_公斤 瓶 1080 8.40 200 - E2
H05 牙膏_120_克 支 150 6.20 180 - E2
H06 卫生巾_10_片 包 120 7.90 200 - E1
H07 垃圾袋_100_只 卷 600 6.50 300 - E2
"""
_HEALTH = """
P01 医用口罩_50_只 盒 200 11.00 360 2 E3
P02 抗原检测试剂_5_份 盒 120 19.50 240 1 E3
P03 75%_酒精_500_毫升 瓶 560 6.60 160 1 E3
P04 婴儿奶粉_900_克 罐 1150 168.00 24 1 E4
P05 婴儿纸尿裤_L_码_40_片 包 1500 62.00 40 1 E4
"""
#: Name: units by code.
BUNDLES = {
    "生鲜套餐": {"V01": 1, "V07": 1, "V10": 1, "E01": 1},
    "早餐套餐": {"R06": 1, "E03": 1, "E02": 1},
}
CATEGORIES = {
    "蔬菜": _VEGETABLES,
    "水果": _FRUIT,
    "蛋奶": _EGGS_AND_MILK,
    "肉禽水产": _MEAT,
    "米面油": _STAPLES,
    "调味": _SEASONING,
    "速食": _TINS,
    "日用": _HOUSEHOLD,
    "防疫母婴": _HEALTH,
}


def for_doors(stock: int, households: int) -> int:
    """A day's stock of the whole village, for so many doors: in proportion, at least 3."""
    return max(3, round(stock * households / HOUSEHOLDS_SUPPLIED))


def appetites() -> dict[str, int]:
    """By code: how much of a good the whole village wants in a day, also of what is pre-ordered."""
    return {line[0]: int(line[5]) for _category, line in _lines()}


def goods(households: int = HOUSEHOLDS_SUPPLIED) -> list[GoodsRow]:
    """The goods with stock for so many doors."""
    rows: list[GoodsRow] = []
    for category, (code, name, unit, grams, cost, stock, limit, shelf) in _lines():
        rows.append(
            GoodsRow(
                sku=code,
                name=name.replace("_", " "),
                category=category,
                unit=unit,
                weight_g=int(grams),
                cost=Decimal(cost),
                # What is pre-ordered comes when it was ordered.
                stock=0 if terms(code).preorder else for_doors(int(stock), households),
                limit=None if limit == "-" else int(limit),
                # A star marks the cold room.
                cold=shelf.endswith("*"),
                shelf=shelf.removesuffix("*"),
                row=len(rows) + 1,
                cells={},
            )
        )
    return rows


def _lines() -> Iterator[tuple[str, list[str]]]:
    """The tables above: category, and the words of a line."""
    for category, table in CATEGORIES.items():
        for line in table.split("\n")[1:-1]:
            yield category, line.split()
