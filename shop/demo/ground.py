"""The ground of a synthetic village: grids in three rows of four, gates, and closed roads."""

import random

from shop.demo import names
from shop.demo.parts import GridPlan, Point, Way

ROWS, COLUMNS = 3, 4
# Row by row from the north-west; what a village looks like some weeks into a wave.
RISKS = (
    *("sealed", "sealed", "controlled", "sealed"),
    *("precaution", "controlled", "precaution", "precaution"),
    *("controlled", "precaution", "normal", "normal"),
)
# One cell is about 240 m × 220 m.
CENTRE = (121.2, 30.8)
CELL_LON, CELL_LAT = 0.0025, 0.002
CLOSED_ROADS = 19


def corners(rng: random.Random) -> list[list[Point]]:
    """(rows + 1) × (columns + 1) corners, shared by the grids that meet there."""
    return [
        [
            (
                round(CENTRE[0] + (j - COLUMNS / 2 + rng.uniform(-0.1, 0.1)) * CELL_LON, 6),
                round(CENTRE[1] - (i - ROWS / 2 + rng.uniform(-0.1, 0.1)) * CELL_LAT, 6),
            )
            for j in range(COLUMNS + 1)
        ]
        for i in range(ROWS + 1)
    ]


def grids(corners: list[list[Point]]) -> tuple[GridPlan, ...]:
    plans = []
    for number, (name, risk) in enumerate(zip(names.GRIDS, RISKS, strict=True)):
        i, j = divmod(number, COLUMNS)
        north_west, north_east = corners[i][j], corners[i][j + 1]
        south_west, south_east = corners[i + 1][j], corners[i + 1][j + 1]
        polygon = (north_west, north_east, south_east, south_west)
        plans.append(GridPlan(name, risk, polygon, between(south_west, south_east, 0.5)))
    return tuple(plans)


def ways(corners: list[list[Point]]) -> tuple[Way, ...]:
    """Two open gates, west and east; every other way out is shut, and some between grids."""
    west, east = (corners[1][0], corners[2][0]), (corners[1][-1], corners[2][-1])
    ways = [
        Way("gate", "西卡口", True, (between(*west, 0.5),)),
        Way("gate", "东卡口", True, (between(*east, 0.5),)),
    ]
    across = [
        (names.ROADS_ACROSS[i], j + 1, corners[i][j], corners[i][j + 1], i in (0, ROWS))
        for i in range(ROWS + 1)
        for j in range(COLUMNS)
    ]
    along = [
        (names.ROADS_ALONG[j], i + 1, corners[i][j], corners[i + 1][j], j in (0, COLUMNS))
        for j in range(COLUMNS + 1)
        for i in range(ROWS)
        if (corners[i][j], corners[i + 1][j]) not in (west, east)
    ]
    outermost_first = sorted(across + along, key=lambda road: not road[4])
    for road, part, start, end, _ in outermost_first[:CLOSED_ROADS]:
        ends = (between(start, end, 0.35), between(start, end, 0.65))
        ways.append(Way("road", f"{road}第{part}段", False, ends))
    return tuple(ways)


def between(start: Point, end: Point, share: float) -> Point:
    return (
        round(start[0] + (end[0] - start[0]) * share, 6),
        round(start[1] + (end[1] - start[1]) * share, 6),
    )


def inside(polygon: tuple[Point, ...], across: float, down: float) -> Point:
    north_west, north_east, south_east, south_west = polygon
    return between(
        between(north_west, north_east, across), between(south_west, south_east, across), down
    )
