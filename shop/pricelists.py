"""Reading a list of goods with their costs, as suppliers and group leaders keep it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import partial
from typing import Any, BinaryIO

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.models import Item, ShareRule
from inventory.sheets import BadCell, CellError, Column, Row, Table, cells, read
from inventory.words import listed

MOST_STOCK = 1_000_000
MOST_PER_HOUSEHOLD = 1000
COLD = frozenset({"冷藏", "冷冻", "冷链", "冰鲜", "保鲜", "cold", "chilled", "frozen"})
WARM = {"常温", "阴凉", "室温", "ambient", "dry"}
SELLING = {
    Item.Selling.STOCK: "现货 在库 有货 stock",
    Item.Selling.PREORDER: "预订 预定 预售 预购 收单后采购 先订后买 preorder",
}
SHARE_RULES = {
    ShareRule.FIRST_COME: "先下单先得 先到先得 先来先得 按时间 first_come",
    ShareRule.EQUAL: "每户一样多 平均 平均分 每户平均 按户 按户分 equal",
    ShareRule.PEOPLE: "按人口分 按人口 按人数 按人 people",
    ShareRule.NEEDS: "先照顾有特殊情况的 特殊优先 照顾优先 困难优先 needs",
}


@dataclass(frozen=True)
class GoodsRow:
    """One good: `cost` in yuan to the fen, `weight_g` in grams and `stock` in units (None: the
    list does not say), `limit` per household (None for no limit); `row` and the addresses in
    `cells` say where it is written. How it is sold and shared out, and the `minimum` of it there
    should be: None if the list does not say."""

    sku: str
    name: str
    category: str
    unit: str
    weight_g: int | None
    cost: Decimal
    stock: int | None
    limit: int | None
    cold: bool
    shelf: str
    row: int
    cells: Mapping[str, str]
    selling: str | None = None
    minimum: int | None = None
    share_rule: str | None = None

    @property
    def key(self) -> tuple[str, ...]:
        """What makes it this good: its code, or else its name and unit."""
        return (self.sku,) if self.sku else (self.name, self.unit)


@dataclass(frozen=True)
class Repeat:
    """A good listed again: the later row, the row that stands, and what became of it."""

    row: int
    first: int
    sentence: str


@dataclass(frozen=True)
class PriceList:
    """The goods in file order, the cells that cannot be right, goods listed twice, and notes."""

    goods: list[GoodsRow]
    bad: list[BadCell]
    repeats: list[Repeat]
    notes: list[str] = field(default_factory=list)


def parse(file: BinaryIO | bytes, name: str) -> PriceList:
    """Read a list of goods; `SheetError` if the file is none.

    A good listed more than once is one good and its first good row stands as it is: what the later
    row says otherwise is named in `repeats`. One code on two names is not a repeat but a slip, and
    the later code a bad cell.
    """
    table = read(file, name, COLUMNS)
    goods: dict[tuple[str, ...], GoodsRow] = {}
    bad, repeats = list(table.bad), []
    for row in table.rows:
        good = _good(row)
        first = goods.setdefault(good.key, good)
        if first.name != good.name:
            bad.append(_taken_code(first, good, table))
        elif first is not good:
            repeats.append(_repeat(first, good, table))
    return PriceList(list(goods.values()), bad, repeats, table.notes)


def _good(row: Row) -> GoodsRow:
    values = dict(row.values)
    weights = [values.pop(key) for key in ("weight_g", "weight_kg", "weight_jin")]
    weight = next((weight for weight in weights if weight is not None), None)
    return GoodsRow(**values, weight_g=weight, row=row.number, cells=row.cells)


def _taken_code(first: GoodsRow, good: GoodsRow, table: Table) -> BadCell:
    said = {"sku": good.sku, "row": first.row, "name": first.name}
    reason = _("“%(sku)s”已经是第%(row)d行“%(name)s”的编码，请核对") % said
    return BadCell(good.cells["sku"], good.row, table.titles["sku"], good.sku, reason)


def _repeat(first: GoodsRow, later: GoodsRow, table: Table) -> Repeat:
    keys = [key.replace("_kg", "_g").replace("_jin", "_g") for key in table.titles]
    differing = [
        title
        for key, title in zip(keys, table.titles.values(), strict=True)
        if getattr(first, key) != getattr(later, key) and getattr(later, key) not in ("", None)
    ]
    said = {
        "later": later.row,
        "first": first.row,
        "name": first.name,
        "differing": listed(differing),
    }
    sentence = _("第%(later)d行和第%(first)d行是同一货品（%(name)s），以第%(first)d行为准") % said
    if differing:
        sentence += _("；没有采用第%(later)d行的%(differing)s") % said
    return Repeat(later.row, first.row, sentence)


def _limit(value: Any) -> int | None:
    if cells.text(value) in ("不限", "不限购", "无限制", "unlimited"):
        return None
    limit = cells.count(value, gettext_lazy("每户限购"), MOST_PER_HOUSEHOLD)
    if limit < 1:
        raise CellError(_("每户限购至少是1，不限购就留空"))
    return limit


def _cold(value: Any) -> bool:
    return cells.text(value).lower() not in WARM and cells.yes_no(value, COLD)


def _one_of(words: Mapping[Any, str], value: Any) -> Any:
    """One of the choices, by its word of ours or one that people use for it."""
    typed = cells.text(value).lower().replace(" ", "_")
    for choice, known in words.items():
        if typed == choice.value or typed in known.split():
            return choice
    said = {"value": cells.show(value), "words": listed(str(choice.label) for choice in words)}
    raise CellError(_("“%(value)s”看不懂，请填其中一样：%(words)s") % said)


COLUMNS: Sequence[Column] = [
    Column(
        "sku",
        "编码 货号 商品编码 货品编码 商品编号 货品编号 商品货号 编号 条码 商品条码 sku "
        "code item_code product_code item_no barcode",
        partial(cells.text, most=64),
        default="",
    ),
    Column(
        "name",
        "品名 货品 商品 名称 商品名称 货品名称 货名 商品名 菜名 物资名称 name goods "
        "product product_name item item_name title",
        partial(cells.text, most=100),
        required=True,
    ),
    Column(
        "category",
        "分类 类别 品类 种类 商品分类 货品分类 大类 category type group",
        partial(cells.text, most=40),
        default="",
        fill_down=True,
    ),
    Column(
        "unit",
        "单位 计量单位 销售单位 包装单位 包装 unit uom pack 规格 商品规格 规格型号 spec "
        "specification",
        partial(cells.text, most=20),
        default="",
    ),
    Column(
        "weight_g",
        "重量 重量(克) 重量(g) 单重 净重 克重 毛重 weight weight_g weight_(grams) grams net_weight",
        cells.grams,
    ),
    Column(
        "weight_kg",
        "重量(公斤) 重量(kg) 重量(千克) 净重(kg) 净重(公斤) weight_kg weight_(kilos)",
        partial(cells.grams, unit="kg"),
    ),
    Column("weight_jin", "重量(斤) 净重(斤) 斤数", partial(cells.grams, unit="斤")),
    Column(
        "cost",
        "成本价 成本 进价 进货价 采购价 成本单价 进货单价 采购单价 到货价 供货价 cost "
        "unit_cost cost_price purchase_price 单价 价格 price unit_price",
        partial(cells.money, what=gettext_lazy("成本价")),
        required=True,
    ),
    Column(
        "stock",
        "库存 数量 库存数量 库存量 到货数量 件数 份数 stock quantity qty in_stock",
        partial(cells.count, what=gettext_lazy("库存"), most=MOST_STOCK),
        # What came in, sold or not. A count of what is left now would put back what was sold.
        unlike="现有 现存 现货 剩余 结存 on_hand remaining left",
    ),
    Column(
        "limit",
        "每户限购 限购 限购数量 每户限量 限量 每户上限 户限购 limit household_limit "
        "per_household limit_per_household max_per_household",
        _limit,
    ),
    Column(
        "cold",
        "冷藏 冷链 是否冷藏 是否冷链 需冷藏 储存方式 保存方式 储存条件 cold cold_chain "
        "chilled storage",
        _cold,
        default=False,
    ),
    Column(
        "shelf",
        "货架 货位 库位 货架号 架位 存放位置 位置 shelf location bin rack",
        partial(cells.text, most=20),
        default="",
    ),
    Column(
        "selling",
        "怎么卖 销售方式 售卖方式 供应方式 现货/预订 selling sold",
        partial(_one_of, SELLING),
    ),
    Column(
        "minimum",
        "最低库存 安全库存 最少库存 库存下限 minimum min_stock minimum_stock",
        partial(cells.count, what=gettext_lazy("最低库存"), most=MOST_STOCK),
    ),
    Column(
        "share_rule",
        "不够分时 分货规则 分配规则 怎么分 share_rule sharing",
        partial(_one_of, SHARE_RULES),
    ),
]
