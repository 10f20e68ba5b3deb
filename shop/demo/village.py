"""A synthetic village: nobody in it exists, and no place in it is a real one.

Pure and repeatable: the same `households` and `seed` give the same village, door by door. The
default is sized like the village in the news that the store is modelled on: 3,557 people behind
1,180 doors, 887 registered there and 2,670 newcomers.
"""

import math
import random
from dataclasses import replace

from shop.demo import ground, names
from shop.demo.ground import RISKS
from shop.demo.parts import Courier, Door, GridPlan, Leader, Someone, Village

HOUSEHOLDS = 1_180
PEOPLE = 3_557
REGISTERED = 887
STAFF = 29
VOLUNTEERS = 183
SEED = 2022

# The grid of the demo logins: sealed, like most of what the pages are about.
HOME_GRID = 1

# Serial numbers behind 199: obviously made up, yet they normalise like any mobile number.
DEMO_SERIALS, STAFF_SERIALS, VOLUNTEER_SERIALS, DOOR_SERIALS = 1, 100, 1_000, 20_000


def phone(serial: int) -> str:
    return f"199{serial:08d}"


#: One person per role, with a number one can remember.
RESIDENT, LEADER, CLERK, COURIER, MANAGER = (
    Someone(name, phone(DEMO_SERIALS + number))
    for number, name in enumerate(("林小满", "顾春雷", "沈佳禾", "周大山", "陆文秀"))
)


def village(households: int = HOUSEHOLDS, seed: int = SEED) -> Village:
    """The village with so many doors; people, staff and volunteers shrink and grow with them.

    Raises `ValueError` for fewer than 12 doors: every grid has at least one.
    """
    if households < len(RISKS):
        raise ValueError(f"a village of {len(RISKS)} grids needs at least {len(RISKS)} doors")
    rng = random.Random(seed)  # noqa: S311  (repeatable is what is wanted here)
    corners = ground.corners(rng)
    grids = ground.grids(corners)
    doors = _doors(rng, grids, households)
    leaders = _leaders(rng, doors)
    scale = households / HOUSEHOLDS
    return Village(
        name="青禾村惠民驿站（演示）",
        centre=ground.CENTRE,
        grids=grids,
        ways=ground.ways(corners),
        doors=doors,
        staff=(CLERK, *_people(rng, STAFF_SERIALS, max(3, round(STAFF * scale)) - 3)),
        managers=(MANAGER, _person(rng, STAFF_SERIALS - 1)),
        volunteers=_volunteers(rng, max(6, round(VOLUNTEERS * scale))),
        leaders=leaders,
    )


def _person(rng: random.Random, serial: int) -> Someone:
    return Someone(names.person(rng), phone(serial))


def _people(rng: random.Random, first: int, count: int) -> tuple[Someone, ...]:
    return tuple(_person(rng, first + number) for number in range(count))


# --- the doors --------------------------------------------------------------------------------
def _doors(rng: random.Random, grids: tuple[GridPlan, ...], households: int) -> tuple[Door, ...]:
    bare = [
        door
        for grid, count in enumerate(_shares(rng, households, len(grids)))
        for door in _doors_of_grid(rng, grids[grid], grid, count)
    ]
    old = set(rng.sample(range(households), round(households * 0.04)))
    people = _sizes(rng, households, old)
    newcomers = _newcomers(rng, people, old)
    doors = []
    for number, door in enumerate(bare):
        needs = ""
        if number in old:
            needs = "独居老人" if people[number] == 1 else "两位老人，没有手机"
        elif rng.random() < 0.06:
            needs = rng.choice(names.NEEDS)
        contact = _person(rng, DOOR_SERIALS + number)
        if number in old:
            contact = replace(contact, phone="")
        doors.append(
            replace(
                door,
                people=people[number],
                newcomers=newcomers[number],
                contact=contact,
                joined=bool(contact.phone) and rng.random() < 0.85,
                needs=needs,
            )
        )
    _move_in(doors, RESIDENT)
    _move_in(doors, LEADER)
    return tuple(doors)


def _move_in(doors: list[Door], who: Someone) -> None:
    """Puts a demo login behind a door that has a phone, in the home grid unless it is tiny."""
    free = [
        number
        for number, door in enumerate(doors)
        if door.contact.phone and door.contact not in (RESIDENT, LEADER)
    ]
    number = min(free, key=lambda number: doors[number].grid != HOME_GRID)
    doors[number] = replace(doors[number], contact=who, joined=True)


def _shares(rng: random.Random, total: int, parts: int) -> list[int]:
    """Splits doors over grids, none empty, none more than about a third off the mean."""
    weights = [rng.uniform(0.75, 1.25) for _ in range(parts)]
    spare = total - parts
    shares = [1 + math.floor(spare * weight / sum(weights)) for weight in weights]
    for part in range(total - sum(shares)):
        shares[part] += 1
    return shares


def _doors_of_grid(rng: random.Random, plan: GridPlan, grid: int, count: int) -> list[Door]:
    """Houses of two or three storeys whose rooms are let, and a few small blocks with units."""
    buildings: list[list[tuple[str, int, str]]] = []
    left = count
    while left:
        if rng.random() < 0.2:
            rooms = [(u, f, f"{f}0{r}") for u in ("1", "2") for f in (1, 2, 3) for r in (1, 2)]
        else:
            per_floor = rng.choice((2, 2, 3, 4))
            rooms = [("", f, f"{f}0{r + 1}") for f in (1, 2, 3) for r in range(per_floor)]
            rooms = sorted(rng.sample(rooms, rng.randint(3, len(rooms))))
        buildings.append(rooms[:left])
        left -= len(buildings[-1])
    columns = math.ceil(math.sqrt(len(buildings)))
    lines = math.ceil(len(buildings) / columns)
    doors = []
    for number, rooms in enumerate(buildings):
        line, column = divmod(number, columns)
        across = 0.08 + 0.84 * (column + 0.5 + rng.uniform(-0.3, 0.3)) / columns
        down = 0.08 + 0.84 * (line + 0.5 + rng.uniform(-0.3, 0.3)) / lines
        for unit, floor, room in rooms:
            # Doors of one house are some metres apart.
            point = ground.inside(
                plan.polygon, across + rng.uniform(-0.01, 0.01), down + rng.uniform(-0.01, 0.01)
            )
            doors.append(
                Door(grid, str(number + 1), unit, floor, room, point, 1, 0, Someone("", ""), False)
            )
    return doors


def _sizes(rng: random.Random, households: int, old: set[int]) -> list[int]:
    """People per door: the village's mean of 3.01 to the head, 1 to 7, the old alone or two."""
    weights = (14, 26, 27, 19, 9, 5)
    sizes = rng.choices(range(1, 7), weights, k=households)
    for number in old:
        sizes[number] = rng.choice((1, 1, 2))
    others = [number for number in range(households) if number not in old]
    missing = round(PEOPLE * households / HOUSEHOLDS) - sum(sizes)
    while missing:
        number = rng.choice(others)
        step = 1 if missing > 0 else -1
        if 1 <= sizes[number] + step <= 7:
            sizes[number] += step
            missing -= step
    return sizes


def _newcomers(rng: random.Random, people: list[int], old: set[int]) -> list[int]:
    """The old and some families are registered here; a few houses are shared; the rest rent."""
    newcomers = list(people)
    registered = round(sum(people) * REGISTERED / PEOPLE)
    others = [number for number in range(len(people)) if number not in old]
    rng.shuffle(others)
    for number in (*sorted(old), *others):
        if not registered:
            break
        shared = number not in old and people[number] > 1 and rng.random() < 0.2
        here = min(registered, rng.randint(1, people[number] - 1) if shared else people[number])
        newcomers[number] -= here
        registered -= here
    return newcomers


# --- who works --------------------------------------------------------------------------------
def _leaders(rng: random.Random, doors: tuple[Door, ...]) -> tuple[Leader, ...]:
    """One neighbour per grid, and one for its biggest building if eight doors there joined."""
    leaders = []
    for grid in range(len(RISKS)):
        here = [door for door in doors if door.grid == grid and door.joined]
        if not here:
            continue
        of_grid = LEADER if grid == HOME_GRID else rng.choice(here).contact
        leaders.append(Leader(of_grid, grid, ""))
        neighbours: dict[str, list[Someone]] = {}
        for door in here:
            if door.contact not in (RESIDENT, of_grid):
                neighbours.setdefault(door.building, []).append(door.contact)
        building = max(neighbours, key=lambda name: len(neighbours[name]), default="")
        if len(neighbours.get(building, ())) >= 8:
            leaders.append(Leader(neighbours[building][0], grid, building))
    return tuple(leaders)


def _volunteers(rng: random.Random, count: int) -> tuple[Courier, ...]:
    """The demo courier may go anywhere; a third of the others only to one or two grids."""
    couriers = [Courier(COURIER, 60_000, 30, ())]
    for who in _people(rng, VOLUNTEER_SERIALS, count - 1):
        bound = rng.random() < 0.33
        grids = rng.sample(range(len(RISKS)), rng.choice((1, 2))) if bound else []
        couriers.append(
            Courier(who, rng.randrange(20, 61, 5) * 1000, rng.randint(15, 30), tuple(sorted(grids)))
        )
    return tuple(couriers)
