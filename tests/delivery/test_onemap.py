"""一张图: north is up, shapes keep their proportions, no door hides another."""

import math
from itertools import combinations

import pytest

from delivery.models import Grid, Passage
from delivery.onemap import MARGIN, WIDTH, draw
from delivery.today import Door, DoorState

WEST, SOUTH = 121.0, 30.0
#: About a kilometre each way at this latitude.
EAST, NORTH = WEST + 0.0104, SOUTH + 0.009


def square() -> Grid:
    corners = [[WEST, NORTH], [EAST, NORTH], [EAST, SOUTH], [WEST, SOUTH]]
    return Grid(name="一网格", risk_level="sealed", polygon=corners)


def door(number: int, lat=SOUTH, lon=WEST, state=DoorState.LEFT) -> Door:
    return Door(number, 1, lat, lon, state)


def test_nothing_to_draw_is_no_picture():
    assert draw([Grid(name="没画过")], [Passage(points=[])], [door(1, None, None)]) is None


def test_a_square_is_drawn_square_and_north_is_up():
    picture = draw([square()], [], [])
    [area] = picture.areas
    corners = [tuple(map(float, point.split(","))) for point in area.points.split()]
    assert corners[0] == (MARGIN, MARGIN)
    assert corners[2] == pytest.approx((WIDTH - MARGIN, WIDTH - MARGIN), rel=0.01)
    assert corners[3][0] == MARGIN
    assert float(area.x) == pytest.approx(WIDTH / 2, rel=0.01)
    assert picture.view_box.startswith(f"0 0 {WIDTH} ")


@pytest.mark.parametrize("far", [(0.0001, 0.1), (0.1, 0.0001), (0.0, 0.0)])
def test_a_long_village_still_fits(far):
    high, wide = far
    picture = draw([], [], [door(1), door(2, SOUTH + high, WEST + wide)])
    _x, _y, width, height = map(float, picture.view_box.split())
    assert 0.4 * width <= height <= 1.25 * width
    for x, y in picture.dots[0].places:
        assert 0 <= float(x) <= width
        assert 0 <= float(y) <= height


def test_roads_are_paths_and_gates_are_points():
    road = Passage(kind="road", points=[[WEST, NORTH], [EAST, NORTH]])
    gate = Passage(kind="gate", points=[[WEST, NORTH]])
    picture = draw([square()], [road, gate], [])
    [way] = picture.roads
    assert way.d.startswith(f"M{MARGIN:.1f} {MARGIN:.1f}L")
    assert [(gate.x, gate.y) for gate in picture.gates] == [(f"{MARGIN:.1f}", f"{MARGIN:.1f}")]


def test_the_doors_of_a_house_stand_beside_each_other():
    picture = draw([square()], [], [door(n, NORTH - 0.004, WEST + 0.005) for n in range(12)])
    places = [tuple(map(float, place)) for place in picture.dots[0].places]
    assert len(set(places)) == 12
    assert all(math.dist(one, other) > 3.5 for one, other in combinations(places, 2))


def test_what_failed_is_drawn_last():
    doors = [door(n, state=state) for n, state in enumerate(reversed(DoorState))]
    picture = draw([square()], [], doors)
    assert [dots.state for dots in picture.dots] == list(DoorState)
    assert picture.dots[-1].state == DoorState.FAILED
