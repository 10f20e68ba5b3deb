"""How cells of group buys are read, whatever the kind."""

import re
from decimal import Decimal
from functools import partial
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from inventory.sheets import CellError, Column, cells
from shop.wanted import MOST_OF_ONE

GONE = re.compile(r"已?(?:取消|退款|退单|关闭|作废)|交易关闭|全部退款")
PAID = re.compile(r"已(?:支付|付|收款|完成)|支付成功|paid", re.IGNORECASE)
#: What the database holds of it.
LONGEST_NUMBER, LONGEST = 40, 120


def phone(value: Any) -> str:
    """A phone that cannot be right finds nobody; the address still may."""
    try:
        return cells.phone(value)
    except CellError:
        return ""


def units(value: Any) -> int:
    number = cells.count(value, gettext_lazy("数量"), MOST_OF_ONE)
    if number < 1:
        raise CellError(_("数量是0，不要了就删掉这一行"))
    return number


def paid(value: Any) -> bool:
    return bool(PAID.match(cells.text(value)))


text = partial(cells.text, most=LONGEST)

PHONE = Column(
    "phone",
    "联系电话 收货电话 收货人电话 收件人电话 手机号 手机 手机号码 联系手机 电话 电话号码 联系方式 "
    "phone mobile tel",
    phone,
    default="",
    fill_down=True,
    unlike="服务小区 团长 自提点",
)
ADDRESS = Column(
    "address",
    "详细地址 收货地址 收件地址 配送地址 家庭住址 住址 地址 楼栋门牌 门牌号 address",
    text,
    default="",
    fill_down=True,
    unlike="服务小区 自提点",
)
NOTE = Column(
    "note",
    "团员备注 买家备注 用户备注 接龙备注 留言 备注 note remark remarks",
    partial(cells.prose, most=LONGEST),
    default="",
    unlike="团长",
)
PAY_STATE = Column("paid", "支付状态 付款状态 是否支付 是否付款", paid, default=False)
STATE = Column("state", "订单状态 接龙状态 状态", text, default="")
AMOUNT = Column(
    "amount",
    "商品金额 订单总金额 订单金额 金额 实付金额",
    partial(cells.money, what=gettext_lazy("金额")),
)
REFUND = Column(
    "refund",
    "退款金额 已退金额 退款",
    partial(cells.money, what=gettext_lazy("退款金额")),
    default=Decimal(0),
)
