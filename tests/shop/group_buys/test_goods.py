"""Goods by the names people type."""

import pytest

from shop import shelves
from shop.group_buys.goods import Goods
from tests import factories


@pytest.fixture
def goods(station):
    for title, unit in [
        ("上海青 2 斤", "份"),
        ("鸡蛋", "板"),
        ("土豆 5斤", "袋"),
        ("东北大米 5kg", "袋"),
        ("东北大米 10kg", "袋"),
        ("纯牛奶 250ml*12", "箱"),
        ("土豆粉", "包"),
        ("大白菜 1 棵约 4 斤", "棵"),
        ("生姜 半斤", "份"),
    ]:
        factories.item(station, title, unit=unit)
    factories.item(station, "下架的")
    return Goods(shelves.goods(station).exclude(record__product__title="下架的"))


@pytest.mark.parametrize(
    ("name", "spec", "title"),
    [
        ("上海青", "2斤/份", "上海青 2 斤"),
        ("上海青（2斤）", "", "上海青 2 斤"),
        ("鲜鸡蛋", "30枚/板", "鸡蛋"),
        ("土豆", "5斤/袋", "土豆 5斤"),
        ("东北大米", "10kg/袋", "东北大米 10kg"),
        ("东北大米", "20斤", "东北大米 10kg"),
        ("纯牛奶", "250ml*12/箱", "纯牛奶 250ml*12"),
        ("大白菜", "", "大白菜 1 棵约 4 斤"),
        ("生姜", "半斤/份", "生姜 半斤"),
        ("ＴＵＤＯＵ", "", None),
        ("东北大米", "", None),  # which of the two?
        ("土豆", "2斤/袋", None),  # another pack is another good
        ("大米", "10kg", None),
        ("下架的", "", None),
        ("", "", None),
        ("%", "", None),
    ],
)
def test_the_one_good_a_name_means(goods, name, spec, title):
    found = goods.find(name, spec)
    assert (found and found.record.product.title) == title


def test_a_code_is_a_name(goods, station):
    item = factories.item(station, "酱油")
    found = Goods(shelves.goods(station)).find(item.record.partner_sku.upper())
    assert found == item


def test_what_is_near_is_asked_about(goods):
    assert {i.record.product.title for i in goods.near("大米")} == {"东北大米 5kg", "东北大米 10kg"}
