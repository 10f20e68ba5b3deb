"""What a packer is told when there is not enough: the wish, and what comes instead."""

import re

import pytest
from django.urls import reverse

from delivery.models import ParcelLine
from inventory.models import Lot
from tests import factories
from tests.delivery.bench.conftest import bench, tick
from tests.delivery.taps import words


@pytest.fixture
def spinach(station, line, goods):
    """What comes instead of the six trays of eggs of stop 1: there are two bags."""
    spinach = factories.item(station, "菠菜", in_stock=2)
    goods["鸡蛋"].similar = spinach
    goods["鸡蛋"].save()
    ParcelLine.objects.filter(pk=line(1, "鸡蛋").pk).update(wish="similar")
    return spinach


def swaps(page) -> list[str]:
    return [
        " ".join(re.sub("<[^>]+>", "", words).split())
        for words in re.findall(r'<button[^>]* name="swap"[^>]*>(.*?)</button>', page.text)
    ]


def test_the_wish_is_said_with_the_goods_name_and_one_tap(at_the_bench, batch, line, spinach):
    page = at_the_bench.get(bench(batch, "?stop=1"))
    assert "换成菠菜（还有 2 份）" in page.text
    assert swaps(page) == ["没有，换 2 份菠菜", "就这些，少的换菠菜"]


def test_each_figure_says_how_many_come_instead(at_the_bench, batch, line, spinach):
    ParcelLine.objects.filter(pk=line(1, "鸡蛋").pk).update(asked=3, quantity=3)
    page = at_the_bench.get(bench(batch, "?stop=1"))
    assert swaps(page) == ["没有，换 2 份菠菜", "只有 1，换 2 份菠菜", "只有 2，换 1 份菠菜"]


@pytest.mark.parametrize("free", [0, 2])
def test_without_anything_similar_nothing_is_offered(at_the_bench, batch, line, spinach, free):
    if free:
        ParcelLine.objects.filter(pk=line(1, "鸡蛋").pk).update(wish="less")
    else:
        Lot.objects.filter(item=spinach).update(units=0)
        type(spinach.record).objects.filter(pk=spinach.record_id).update(num_in_stock=0)
    assert swaps(at_the_bench.get(bench(batch, "?stop=1"))) == []


def test_a_swap_that_cannot_be_gets_a_sentence(at_the_bench, line):
    answer = at_the_bench.post(tick(line(1, "鸡蛋")), {"swap": "0"})
    assert (answer.status_code, words(answer)) == (409, ["这一户没有说可以换相近的。"])
    answer = at_the_bench.post(tick(line(1, "鸡蛋")), {"swap": "x"})
    assert (answer.status_code, words(answer)) == (409, ["装了几份？请填一个数。"])
    assert line(1, "鸡蛋").packed_at is None


def test_who_wants_all_or_nothing_is_offered_nothing_else(at_the_bench, batch, line):
    ParcelLine.objects.filter(pk=line(1, "鸡蛋").pk).update(asked=3, quantity=3, wish="none")
    greens = line(1, "上海青")
    ParcelLine.objects.filter(pk=greens.pk).update(wish="none")
    text = at_the_bench.get(bench(batch, "?stop=1")).text
    assert "只有 2" not in text
    assert "只有 1" not in text
    assert text.count('name="units" value="0"') == 4
    answer = at_the_bench.post(tick(line(1, "鸡蛋")), {"units": "2"})
    assert answer.status_code == 409


def test_what_loose_goods_cost_is_said_where_they_are_weighed(at_the_bench, batch):
    assert at_the_bench.get(bench(batch)).text.count("按实重收钱，称多了不多收") == 1


@pytest.mark.parametrize("name", ["station-labels", "station-pick-list", "station-bench"])
def test_a_batch_has_one_name(at_the_bench, batch, name):
    text = at_the_bench.get(reverse(name, args=[batch.pk])).text
    assert "一网格-1" in text
    assert "第 1 批" not in text
