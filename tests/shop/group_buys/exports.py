"""Exports of group buys, made as their platforms save them."""

from collections.abc import Iterable

from tests import workbooks

KUAITUANTUAN = ["下单人", "团员备注", "跟团号", "商品", "规格", "数量", "商品金额", "退款金额",
                "联系电话", "详细地址"]  # fmt: skip


def kuaituantuan(*rows: tuple, header: Iterable[str] = KUAITUANTUAN) -> bytes:
    """Rows of (number, good, units, phone, address, more by title)."""
    lines = [list(header)]
    for number, goods, units, phone, address, *more in rows:
        said = {
            **{"下单人": "某人", "跟团号": number, "商品": goods, "数量": units},
            **{"联系电话": phone, "详细地址": address, "商品金额": "10.00", "退款金额": 0},
            **(more[0] if more else {}),
        }
        lines.append([said.get(title) for title in header])
    return workbooks.xlsx(lines)


def qunjielong(*rows: tuple) -> bytes:
    """Rows of (phone, address, units)."""
    header = ["收货人", "联系电话", "订单总金额", "支付状态", "收货地址", "订购数量"]
    lines = [["某人", phone, 10, "未支付", address, units] for phone, address, units in rows]
    return workbooks.xlsx([header, *lines, ["合计", None, 10, None, None, 99]])
