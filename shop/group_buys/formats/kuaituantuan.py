"""快团团: one row per good; 跟团号 counts the orders of a group buy."""

from functools import partial

from inventory.sheets import Column, Row, cells
from shop.group_buys.formats import columns

CODE = "kuaituantuan"
LABEL = "快团团"

COLUMNS = [
    Column(
        "number",
        "跟团号 跟团编号 团号 订单号 订单编号",
        partial(cells.text, most=columns.LONGEST_NUMBER),
        required=True,
        fill_down=True,
    ),
    columns.PHONE,
    columns.ADDRESS,
    Column("goods", "商品 商品名称 商品名 货品 品名", columns.text, required=True),
    Column("spec", "规格 商品规格 规格名称", columns.text, default=""),
    Column("units", "数量 商品数量 购买数量 件数 份数", columns.units, required=True),
    columns.NOTE,
    columns.STATE,
    columns.AMOUNT,
    columns.REFUND,
]


def goods(row: Row, name: str) -> str:
    return row.values["goods"]
