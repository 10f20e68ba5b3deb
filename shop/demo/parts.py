"""What a synthetic village is made of. Points are (longitude, latitude), WGS-84."""

from dataclasses import dataclass

Point = tuple[float, float]


@dataclass(frozen=True)
class Someone:
    name: str
    phone: str


@dataclass(frozen=True)
class GridPlan:
    name: str
    risk_level: str
    polygon: tuple[Point, ...]  # (lon, lat), not closed
    entrance: Point


@dataclass(frozen=True)
class Door:
    grid: int  # index into `Village.grids`
    building: str
    unit: str
    floor: int
    room: str
    point: Point
    people: int
    newcomers: int
    contact: Someone  # without a phone: somebody else must order for this door
    joined: bool  # the contact has a login already
    needs: str = ""


@dataclass(frozen=True)
class Way:
    kind: str  # "gate" or "road"
    name: str
    is_open: bool
    points: tuple[Point, ...]


@dataclass(frozen=True)
class Courier:
    who: Someone
    capacity_g: int
    max_stops: int
    grids: tuple[int, ...]  # empty: any


@dataclass(frozen=True)
class Leader:
    who: Someone
    grid: int
    building: str  # empty: the whole grid


@dataclass(frozen=True)
class Village:
    name: str
    centre: Point
    grids: tuple[GridPlan, ...]
    ways: tuple[Way, ...]
    doors: tuple[Door, ...]
    staff: tuple[Someone, ...]
    managers: tuple[Someone, ...]
    volunteers: tuple[Courier, ...]
    leaders: tuple[Leader, ...]

    @property
    def people(self) -> int:
        return sum(door.people for door in self.doors)

    @property
    def newcomers(self) -> int:
        return sum(door.newcomers for door in self.doors)
