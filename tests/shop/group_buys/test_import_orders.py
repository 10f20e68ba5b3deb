"""`manage.py import_orders`: the sample exports, with the figures that must come out."""

import json
from collections import Counter
from io import StringIO
from pathlib import Path

import pytest
from django.apps import apps
from django.contrib.auth import get_user_model
from django.core.management import CommandError, call_command

from shop.models import GroupBuy, GroupBuyRow, Placement
from tests import factories

DATA = Path(__file__).parents[2] / "data"
EXPECTED = json.loads((DATA / "expected.json").read_text())
SAMPLES = {"kuaituantuan": DATA / "kuaituantuan.xlsx", "jielong": DATA / "jielong-鲜鸡蛋.xlsx"}
GOODS = [
    ("上海青", "2斤/份", "6.40", 500),
    ("纯牛奶", "250ml*12/箱", "39.90", 500),
    ("鲜鸡蛋", "30枚/板", "24.80", 500),
    ("土豆", "5斤/袋", "11.50", 500),
    ("东北大米", "10kg/袋", "58.00", 500),
]


@pytest.fixture
def village(station):
    """The sample register, and the goods the exports name."""
    call_command("import_households", DATA / "roster.xlsx", stdout=StringIO())
    for title, unit, price, stock in GOODS:
        factories.item(station, title, price=price, in_stock=stock, unit=unit, weight_g=100)
    return station


@pytest.fixture
def round(village):
    return factories.round(village, "早市")


def run(path, round="早市", **options) -> dict:
    out = StringIO()
    call_command("import_orders", path, round=str(round), json=True, stdout=out, **options)
    return json.loads(out.getvalue())


@pytest.mark.parametrize("sample", SAMPLES)
def test_the_figures_of_the_samples_come_out(round, sample):
    expected = EXPECTED[sample]
    figures = run(SAMPLES[sample])
    assert {key: figures[key] for key in expected} == expected
    assert figures["placed"]["units"] == expected["quantity"]
    assert figures["placed"]["orders"] == figures["doors"] == Placement.objects.count()
    assert figures["doubts"] == figures["shortages"] == figures["refused"] == []
    assert sum(GroupBuyRow.objects.values_list("units", flat=True)) == expected["quantity"]


@pytest.mark.parametrize("sample", SAMPLES)
def test_twice_places_nothing_twice(round, sample):
    first = run(SAMPLES[sample], round.pk)
    again = run(SAMPLES[sample], round.pk)
    assert again["placed"] == {"orders": 0, "units": 0, "numbers": [], "problems": []}
    assert again["already_ordered"] == first["quantity"] == again["quantity"]
    assert Placement.objects.count() == first["doors"]
    assert GroupBuy.objects.count() == 1


def test_both_samples_are_different_group_buys(round):
    run(SAMPLES["kuaituantuan"])
    figures = run(SAMPLES["jielong"])
    assert figures["placed"]["units"] == EXPECTED["jielong"]["quantity"]


def test_the_wrong_round_places_nothing_twice_either(round, village):
    run(SAMPLES["jielong"])
    factories.round(village, "晚市")
    figures = run(SAMPLES["jielong"], "晚市")
    assert figures["placed"]["orders"] == 0
    assert figures["seen_in"] == "早市"
    assert run(SAMPLES["jielong"], "晚市", new=True)["placed"]["orders"] == 40


def test_goods_leave_the_shelf_once(round):
    run(SAMPLES["kuaituantuan"])
    StockRecord = apps.get_model("partner", "StockRecord")
    held = Counter()
    for units, record in GroupBuyRow.objects.values_list("units", "item__record_id"):
        held[record] += units
    assert dict(StockRecord.objects.values_list("pk", "num_allocated")) == dict(held)


def test_a_dry_run_writes_nothing(round):
    figures = run(SAMPLES["kuaituantuan"], dry_run=True)
    assert figures["quantity"] == 221
    assert figures["placed"]["orders"] == 0
    assert not Placement.objects.exists()
    assert not get_user_model().objects.filter(phone="import_orders").exists()


def test_placed_by_is_who_was_named_or_an_account_of_nobody(round, staff):
    run(SAMPLES["jielong"], by=staff.phone)
    assert set(Placement.objects.values_list("placed_by", flat=True)) == {staff.pk}
    run(SAMPLES["kuaituantuan"])
    nobody = get_user_model().objects.get(phone="import_orders")
    assert not nobody.is_active
    assert not nobody.has_usable_password()
    assert Placement.objects.filter(placed_by=nobody).count() == 60


def test_a_name_of_the_export_may_be_told(village, round):
    apps.get_model("catalogue", "Product").objects.filter(title="鲜鸡蛋").update(title="草鸡蛋")
    figures = run(SAMPLES["jielong"])
    assert figures["lines"] == 0
    assert figures["notes"][-1] == "货品里没有“鲜鸡蛋”，是不是草鸡蛋？"
    assert run(SAMPLES["jielong"], good=["鲜鸡蛋=草鸡蛋"])["lines"] == 40


def test_the_sentences_for_people(round):
    out = StringIO()
    call_command("import_orders", SAMPLES["kuaituantuan"], round="早市", stdout=out)
    assert "T55 详细地址：名册里没有这个电话，“隔壁小区”也不是一个门牌" in out.getvalue()
    assert "对上 60 户、106 行、221 份。" in out.getvalue()
    assert "下了 60 单、221 份" in out.getvalue()


@pytest.mark.parametrize(
    ("path", "options", "said"),
    [
        (SAMPLES["jielong"], {"round": "没有的"}, "没有正在接单的波次“没有的”"),
        (SAMPLES["jielong"], {"round": "9" * 30}, "没有正在接单的波次"),
        (SAMPLES["jielong"], {"station": "nowhere"}, "没有代码是 nowhere 的驿站"),
        (SAMPLES["jielong"], {"by": "13999999999"}, "没有用这个手机号登录的人"),
        (SAMPLES["jielong"], {"good": ["苹果=土豆"]}, "表格里没有叫“苹果”的货"),
        (SAMPLES["jielong"], {"good": ["鲜鸡蛋=月亮"]}, "货品里没有“月亮”"),
        (DATA / "roster.xlsx", {}, "不像是这几种导出的表格"),
        (DATA / "nothing.xlsx", {}, "读不了文件"),
    ],
)
def test_what_is_refused_says_why(round, path, options, said):
    with pytest.raises(CommandError, match=said):
        run(path, **options)
    assert not Placement.objects.exists()


def test_a_round_that_is_closed_takes_nothing(village):
    closed = factories.round(village, "昨天", status="closed")
    with pytest.raises(CommandError, match="已经截单了"):
        run(SAMPLES["jielong"], closed.pk)
