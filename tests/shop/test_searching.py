"""What people type, and what they mean."""

import pytest

from shop import searching
from tests import factories

#: key, title, category
GOODS = [
    (1, "鲜鸡蛋 30 枚", "蛋奶"),
    (2, "咸鸭蛋 6 枚", "蛋奶"),
    (3, "上海青 2 斤", "蔬菜"),
    (4, "番茄 3 斤", "蔬菜"),
    (5, "土豆 5 斤", "蔬菜"),
    (6, "鲜牛奶 950 毫升", "蛋奶"),
    (7, "医用口罩 50 只", "防疫母婴"),
    (8, "大米 10 斤", "米面油"),
    (9, "大米 20 斤", "米面油"),
    (10, "ABC 洗衣液", "日用"),
]


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("鸡蛋", [1]),
        ("蛋", [2, 1]),
        ("jidan", [1]),
        ("jid", [1]),
        ("jd", [1]),
        ("xjd", [1]),
        ("JD", [1]),
        ("ｊｄ", [1]),
        ("ji蛋", [1]),
        ("鸡d", [1]),
        ("鲜jd", [1]),
        ("鸡蛋 30", [1]),
        ("shq", [3]),
        ("shanghaiqing", [3]),
        ("青菜", [3]),
        ("西红柿", [4]),
        ("xihongshi", [4]),
        ("马铃薯", [5]),
        ("dm", [8, 9]),
        ("大米 20", [9]),
        ("abc", [10]),
        ("蛋奶", [2, 6, 1]),
        ("shucai", [3, 5, 4]),
    ],
)
def test_what_is_typed_is_found(words, found):
    assert searching.rank(words, GOODS) == (found, False)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("鸡旦", [1]),
        ("尚海青", [3]),
        ("jidna", [1]),
        ("jidam", [1]),
        ("jjidan", [1]),
        ("niunia", [6]),
        ("fanqei", [4]),
        ("xihonshi", [4]),
        ("shanhaiqin", [3]),
        ("kouzao", [7]),
    ],
)
def test_a_slip_of_the_finger_is_forgiven(words, found):
    assert searching.rank(words, GOODS) == (found, True)


@pytest.mark.parametrize(
    "words", ["", "  ", "\x00", "xyz", "qqqqqq", "%", "'", "👍", "猫粮", "jxd"]
)
def test_what_nobody_sells_is_not_found(words):
    assert searching.rank(words, GOODS).item_ids == []


def test_the_beginning_of_a_title_and_the_plainest_spelling_come_first():
    goods = [(1, "黑色垃圾袋", ""), (2, "鸡蛋", ""), (3, "鲜鸡蛋", ""), (4, "jd 牌纸巾", "")]
    assert searching.rank("jd", goods).item_ids == [4, 2, 3, 1]


def test_no_more_than_a_page_of_it():
    goods = [(number, f"菜 {number}", "") for number in range(200)]
    assert len(searching.rank("菜", goods).item_ids) == searching.MOST


def test_long_words_are_no_burden():
    goods = [(number, "阿" * 200, "") for number in range(5)]
    assert searching.rank("a" * 500, goods).item_ids == [0, 1, 2, 3, 4]


def test_a_new_title_is_found_at_once(station, django_assert_num_queries):
    item = factories.item(station, "鲜鸡蛋 30 枚")
    with django_assert_num_queries(1):
        assert searching.find(station, "jd") == [item.pk]
    product = item.record.product
    product.title = "黄豆 1 斤"
    product.save()
    with django_assert_num_queries(1):
        assert searching.find(station, "jd") == []
    assert searching.find(station, "hd") == [item.pk]


def test_nothing_of_another_station_and_nothing_off_sale(station, other_station):
    factories.item(other_station, "鸡蛋")
    off = factories.item(station, "鸡蛋").record.product
    type(off).objects.filter(pk=off.pk).update(is_public=False)
    assert searching.find(station, "鸡蛋") == []
