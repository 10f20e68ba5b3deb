"""群接龙: one row per neighbour; the file's name says what is bought, if no column does."""

import re
from functools import partial

from inventory.sheets import Column, Row, cells
from shop.group_buys.formats import columns

CODE = "qunjielong"
LABEL = "群接龙"

COLUMNS = [
    Column(
        "number",
        "接龙号 接龙编号 订单号 订单编号",
        partial(cells.text, most=columns.LONGEST_NUMBER),
        default="",
    ),
    columns.PHONE,
    columns.ADDRESS,
    Column("goods", "商品 商品名称 商品名 货品 品名 接龙商品", columns.text, default=""),
    Column("spec", "规格 商品规格", columns.text, default=""),
    Column(
        "units",
        "订购数量 接龙数量 购买数量 订货数量 数量 份数 件数",
        columns.units,
        required=True,
    ),
    columns.NOTE,
    columns.PAY_STATE,
    columns.STATE,
    columns.AMOUNT,
    columns.REFUND,
]

#: What such a file's name says besides the good: the platform, a date, "copy 2".
NOISE = re.compile(
    r"qunjielong|jielong|export|群?接龙|订单|导出|明细|统计|汇总|数据|副本|表格?$"
    r"|\d+年|\d+月(?:\d+[日号])?|\b\d+\b",
    re.IGNORECASE,
)


def goods(row: Row, name: str) -> str:
    return row.values["goods"] or named(name)


def named(name: str) -> str:
    """The good in a file's name, without its ending.

    >>> named("jielong-鲜鸡蛋"), named("群接龙_东北大米 10kg_20220405 (1)"), named("接龙")
    ('鲜鸡蛋', '东北大米 10kg', '')
    """
    words = re.sub(r"[\W_]+", " ", cells.text(name))
    return cells.text(NOISE.sub(" ", words), None)[: columns.LONGEST]
