"""What a household wants in every round: said, said otherwise, ended."""

import pytest

from delivery.models import Wish
from inventory.errors import StationError
from shop import standing
from shop.models import StandingOrder
from tests import factories


@pytest.fixture
def greens(station):
    return factories.item(station, "上海青", price="6.40")


@pytest.fixture
def start(home, resident, greens):
    def _start(units=2, wish=Wish.LESS, item=greens, **said):
        return standing.start(home, {item.pk: (units, wish)}, by=resident, **said)

    return _start


def test_it_stands(start, home, resident, django_assert_num_queries):
    made = start(wish=Wish.NONE, in_person=True, note=" 请敲三下 ")
    with django_assert_num_queries(2):
        found = standing.of(home)
        [line] = found.lines.all()
        assert line.item.record.product.title == "上海青"
    assert (found, line.units, line.wish) == (made, 2, Wish.NONE)
    assert (found.by, found.way, found.in_person, found.note) == (
        resident,
        "door",
        True,
        "请敲三下",
    )


def test_another_one_takes_its_place(start, home):
    first, second = start(2), start(3)
    first.refresh_from_db()
    assert not first.active
    assert first.stopped_at
    assert standing.of(home) == second
    assert StandingOrder.objects.filter(active=True).count() == 1


def test_the_same_again_is_what_is_there(start):
    assert start(2, in_person=True) == start(2, in_person=True)
    assert StandingOrder.objects.count() == 1


def test_it_is_stopped_once(start, home, resident):
    made = start()
    standing.stop(made, by=resident)
    stopped = StandingOrder.objects.get().stopped_at
    standing.stop(made, by=resident)
    assert standing.of(home) is None
    assert StandingOrder.objects.get().stopped_at == stopped


def test_a_stopped_one_does_not_stop_the_next(start, home, resident):
    first = start(2)
    second = start(3)
    standing.stop(first, by=resident)
    assert standing.of(home) == second


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"units": 0}, "一样货可以要 1 到 99 份。"),
        ({"units": 100}, "一样货可以要 1 到 99 份。"),
        ({"way": "stripe"}, "每波都要的不能这样付"),
        ({"way": "account"}, "每波都要的不能这样付"),
        ({"way": "gold"}, "每波都要的不能这样付"),
    ],
)
def test_what_cannot_be(start, station, home, said, words):
    station.ways_to_pay = ["door", "stripe"]
    station.save()
    home.grid.station.refresh_from_db()
    with pytest.raises(StationError, match=words):
        start(**said)
    assert not StandingOrder.objects.exists()


def test_nor_nothing_nor_another_stations_goods(start, home, resident, other_station):
    with pytest.raises(StationError, match="还没有选要什么。"):
        standing.start(home, {}, by=resident)
    with pytest.raises(StationError, match="有一样货不是本驿站的"):
        start(item=factories.item(other_station))
    assert not StandingOrder.objects.exists()
