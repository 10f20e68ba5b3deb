"""一张图: the village drawn flat, ready for an SVG. Pure: figures in, texts of attributes out."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import groupby

from delivery.models import Grid, Passage
from delivery.today import Door, DoorState

WIDTH = 490
MARGIN = 14
#: The village is never drawn lower or higher than this, whatever its shape.
FLATTEST, TALLEST = 0.4, 1.2


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

    def at(self, lon: float, lat: float) -> tuple[str, str]:
        """Texts, because a template would write numbers in the reader's language."""
        x = MARGIN + (lon - self.west) * self.across
        y = MARGIN + (self.north - lat) * self.down
        return f"{x:.1f}", f"{y:.1f}"


def draw(
    grids: Iterable[Grid], passages: Iterable[Passage], doors: Iterable[Door]
) -> Picture | None:
    """None while nothing has a place yet. Points are (lon, lat) in WGS-84."""
    grids, passages = [g for g in grids if g.polygon], [p for p in passages if p.points]
    placed = [door for door in doors if door.lat is not None and door.lon is not None]
    corners = [point for shape in (*grids,) for point in shape.polygon]
    corners += [point for passage in passages for point in passage.points]
    corners += [(door.lon, door.lat) for door in placed]
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
    points = [plane.at(lon, lat) for lon, lat in grid.polygon]
    middle = sum(float(x) for x, _ in points) / len(points)
    # Under the two highest corners, so that the name is inside whatever way the edge leans.
    top = sum(sorted(float(y) for _, y in points)[:2]) / min(2, len(points))
    return Area(grid, " ".join(",".join(p) for p in points), f"{middle:.1f}", f"{top + 19:.1f}")


def _way(plane: _Plane, passage: Passage) -> Way:
    points = [plane.at(lon, lat) for lon, lat in passage.points]
    middle = [sum(float(p[axis]) for p in points) / len(points) for axis in (0, 1)]
    return Way(
        passage, "M" + "L".join(" ".join(p) for p in points), f"{middle[0]:.1f}", f"{middle[1]:.1f}"
    )


def _dots(plane: _Plane, doors: Iterable[Door]) -> list[Dots]:
    """What went wrong is drawn last, on top."""
    order = list(DoorState)
    in_order = sorted(doors, key=lambda door: order.index(door.state))
    return [
        Dots(state, [plane.at(door.lon, door.lat) for door in group])  # type: ignore[arg-type]
        for state, group in groupby(in_order, key=lambda door: door.state)
    ]
