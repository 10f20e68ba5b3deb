"""一张图: the village drawn flat, ready for an SVG. Pure: figures in, texts of attributes out."""

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from delivery.models import Grid, Passage
from delivery.today import Door, DoorState

WIDTH = 490
MARGIN = 14
#: The village is never drawn lower or higher than this, whatever its shape.
FLATTEST, TALLEST = 0.4, 1.2
#: Doors within HOUSE units are one house; its n-th door stands STEP × √n away, as seeds do in a
#: sunflower, so that none hides another.
HOUSE, STEP, GOLDEN = 8.0, 5.5, math.pi * (3 - math.sqrt(5))


@dataclass(frozen=True)
class Area:
    """A grid's outline and where its name stands."""

    grid: Grid
    points: str
    x: str
    y: str


@dataclass(frozen=True)
class Way:
    """A road as a path, or a gate as a point."""

    passage: Passage
    d: str
    x: str
    y: str


@dataclass(frozen=True)
class Dots:
    """All doors of one state; `places` are (cx, cy)."""

    state: DoorState
    places: list[tuple[str, str]]


@dataclass(frozen=True)
class Picture:
    view_box: str
    areas: list[Area]
    roads: list[Way]
    gates: list[Way]
    dots: list[Dots]


@dataclass(frozen=True)
class _Plane:
    """Degrees to drawing units around a place: exact enough for some kilometres."""

    west: float
    north: float
    across: float  # units per degree of longitude
    down: float  # units per degree of latitude

    def xy(self, lon: float, lat: float) -> tuple[float, float]:
        return MARGIN + (lon - self.west) * self.across, MARGIN + (self.north - lat) * self.down


def draw(
    grids: Iterable[Grid], passages: Iterable[Passage], doors: Iterable[Door]
) -> Picture | None:
    """None while nothing has a place yet. Points are (lon, lat) in WGS-84."""
    grids, passages = [g for g in grids if g.polygon], [p for p in passages if p.points]
    placed = [
        (door.state, door.lon, door.lat)
        for door in doors
        if door.lon is not None and door.lat is not None
    ]
    corners = [point for grid in grids for point in grid.polygon]
    corners += [point for passage in passages for point in passage.points]
    corners += [(lon, lat) for _state, lon, lat in placed]
    if not corners:
        return None
    plane, height = _plane(corners)
    ways = [_way(plane, passage) for passage in passages]
    return Picture(
        view_box=f"0 0 {WIDTH} {height}",
        areas=[_area(plane, grid) for grid in grids],
        roads=[way for way in ways if way.passage.kind == Passage.Kind.ROAD],
        gates=[way for way in ways if way.passage.kind == Passage.Kind.GATE],
        dots=_dots(plane, placed),
    )


def _plane(corners: Sequence[Sequence[float]]) -> tuple[_Plane, int]:
    lons, lats = [c[0] for c in corners], [c[1] for c in corners]
    west, north = min(lons), max(lats)
    # One degree of longitude is this much shorter than one of latitude.
    squeeze = math.cos(math.radians((north + min(lats)) / 2))
    wide = max((max(lons) - west) * squeeze, 1e-5)
    high = max(north - min(lats), 1e-5)
    inner = WIDTH - 2 * MARGIN
    height = inner * min(max(high / wide, FLATTEST), TALLEST)
    scale = min(inner / wide, height / high)
    return _Plane(west, north, scale * squeeze, scale), round(height) + 2 * MARGIN


def _area(plane: _Plane, grid: Grid) -> Area:
    points = [plane.xy(lon, lat) for lon, lat in grid.polygon]
    middle = sum(x for x, _y in points) / len(points)
    # Under the two highest corners, so that the name is inside whatever way the edge leans.
    top = sum(sorted(y for _x, y in points)[:2]) / min(2, len(points))
    return Area(
        grid, " ".join(",".join(_texts(*point)) for point in points), *_texts(middle, top + 19)
    )


def _way(plane: _Plane, passage: Passage) -> Way:
    points = [plane.xy(lon, lat) for lon, lat in passage.points]
    middle = (sum(axis) / len(points) for axis in zip(*points, strict=True))
    return Way(
        passage, "M" + "L".join(" ".join(_texts(*point)) for point in points), *_texts(*middle)
    )


def _dots(plane: _Plane, doors: Iterable[tuple[DoorState, float, float]]) -> list[Dots]:
    """What went wrong is drawn last, on top. The doors of one house are spread around it."""
    places: dict[DoorState, list[tuple[str, str]]] = {state: [] for state in DoorState}
    houses: Counter[tuple[int, int]] = Counter()
    for state, lon, lat in doors:
        x, y = plane.xy(lon, lat)
        house = (round(x / HOUSE), round(y / HOUSE))
        away, angle = STEP * math.sqrt(houses[house]), GOLDEN * houses[house]
        houses[house] += 1
        places[state].append(_texts(x + away * math.cos(angle), y + away * math.sin(angle)))
    return [Dots(state, dots) for state, dots in places.items() if dots]


def _texts(x: float, y: float) -> tuple[str, str]:
    """Texts, because a template would write numbers in the reader's language."""
    return f"{x:.1f}", f"{y:.1f}"
