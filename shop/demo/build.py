"""Writes a synthetic village into the database, through our rules where there are any."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from decimal import Decimal

from django.contrib.auth import get_user_model
from django.contrib.auth.hashers import make_password
from django.contrib.auth.models import Permission
from django.db import transaction
from django.utils import timezone
from tqdm import tqdm

from delivery import rounds
from delivery.models import (
    Grid,
    GridRole,
    Household,
    Passage,
    Person,
    Round,
    Volunteer,
)
from inventory import stations
from inventory.models import Item, Membership, Station
from shop import bundling, products
from shop.demo import CODE, PASSWORD, gifts
from shop.demo.goods import BUNDLES, goods
from shop.demo.parts import Someone, Village
from shop.demo.supplies import Supplies
from shop.demo.village import CLERK, COURIER, LEADER, MANAGER, RESIDENT
from shop.payments import ways

User = get_user_model()

CHUNK = 500
# One ordering window follows the other: whoever starts the laptop at whatever hour can order.
CUT_OFF = 16
DELIVERS = (9, 11)
# Loose goods are never charged above what was agreed, and some of all goods spoils.
LOSS_RATE = Decimal("0.02")


def build(
    village: Village, *, code: str = CODE, logins: bool = True, quiet: bool = False
) -> Station:
    """The station with its doors, people, goods and an open round; all of it or nothing.

    With `logins` the five people of `shop.demo.logins` can log in; nobody else ever can.
    """
    with transaction.atomic():
        return _Builder(village, code, logins).run(quiet)


class _Builder:
    def __init__(self, village: Village, code: str, logins: bool) -> None:
        self.village = village
        self.code = code
        self.logins = logins

    def run(self, quiet: bool) -> Station:
        steps: Sequence[Callable[[], None]] = (
            self.make_station,
            self.make_users,
            self.make_grids,
            self.make_doors,
            self.make_workers,
            self.make_goods,
            self.make_bundles,
            self.make_supplies,
            self.make_funds,
            self.open_round,
        )
        # None: only where somebody is looking.
        for step in tqdm(steps, desc="village", disable=True if quiet else None):
            step()
        return self.station

    def make_station(self) -> None:
        lon, lat = self.village.centre
        self.station = stations.get_or_make(
            self.code,
            name=self.village.name,
            phone="021-00000000",
            lat=lat,
            lon=lon,
            loss_rate=LOSS_RATE,
            # Online only where this installation has a key.
            ways_to_pay=list(ways.ALL),
        )

    def make_users(self) -> None:
        everybody = {who.phone: who for who in self._everybody() if who.phone}
        # Hashing is slow on purpose: once is enough for a password that is printed anyway.
        known = make_password(PASSWORD) if self.logins else None
        demo = {who.phone for who in (RESIDENT, LEADER, CLERK, COURIER, MANAGER)}
        made = User.objects.bulk_create(
            (
                User(
                    phone=phone,
                    name=who.name,
                    password=known if known and phone in demo else make_password(None),
                )
                for phone, who in everybody.items()
            ),
            batch_size=CHUNK,
        )
        self.users = {user.phone: user for user in made}

    def _everybody(self) -> Iterable[Someone]:
        yield from (door.contact for door in self.village.doors if door.joined)
        yield from (*self.village.staff, *self.village.managers)
        yield from (courier.who for courier in self.village.volunteers)

    def make_grids(self) -> None:
        self.grids = Grid.objects.bulk_create(
            Grid(
                station=self.station,
                name=plan.name,
                position=position,
                risk_level=plan.risk_level,
                polygon=[list(corner) for corner in plan.polygon],
                entrance_lon=plan.entrance[0],
                entrance_lat=plan.entrance[1],
            )
            for position, plan in enumerate(self.village.grids, start=1)
        )
        Passage.objects.bulk_create(
            Passage(
                station=self.station,
                kind=way.kind,
                name=way.name,
                is_open=way.is_open,
                points=[list(point) for point in way.points],
            )
            for way in self.village.ways
        )

    def make_doors(self) -> None:
        doors = []
        for door in self.village.doors:
            household = Household(
                grid=self.grids[door.grid],
                building=door.building,
                unit=door.unit,
                floor=door.floor,
                room=door.room,
                lon=door.point[0],
                lat=door.point[1],
                people_count=door.people,
                newcomers_count=door.newcomers,
                needs=door.needs,
            )
            household.set_walk_key()
            doors.append(household)
        Household.objects.bulk_create(doors, batch_size=CHUNK)
        Person.objects.bulk_create(
            (
                Person(
                    household=household,
                    name=door.contact.name,
                    phone=door.contact.phone,
                    user=self.users[door.contact.phone] if door.joined else None,
                )
                for household, door in zip(doors, self.village.doors, strict=True)
            ),
            batch_size=CHUNK,
        )
        GridRole.objects.bulk_create(
            GridRole(
                user=self.users[leader.who.phone],
                grid=self.grids[leader.grid],
                building=leader.building,
            )
            for leader in self.village.leaders
        )

    def make_workers(self) -> None:
        roles = [(who, Membership.Role.STAFF) for who in self.village.staff]
        roles += [(who, Membership.Role.MANAGER) for who in self.village.managers]
        Membership.objects.bulk_create(
            Membership(station=self.station, user=self.users[who.phone], role=role)
            for who, role in roles
        )
        managers = [self.users[who.phone] for who in self.village.managers]
        # Oscar's dashboard, for this station's goods only.
        self.station.partner.users.set(managers)
        access = Permission.objects.get(
            codename="dashboard_access", content_type__app_label="partner"
        )
        access.user_set.add(*managers)
        volunteers = Volunteer.objects.bulk_create(
            Volunteer(
                user=self.users[courier.who.phone],
                station=self.station,
                capacity_g=courier.capacity_g,
                max_stops=courier.max_stops,
            )
            for courier in self.village.volunteers
        )
        Bound = Volunteer.grids.through
        Bound.objects.bulk_create(
            Bound(volunteer=volunteer, grid=self.grids[grid])
            for volunteer, courier in zip(volunteers, self.village.volunteers, strict=True)
            for grid in courier.grids
        )

    def make_goods(self) -> None:
        manager = self.users[MANAGER.phone]
        products.upsert(self.station, goods(len(self.village.doors)), by=manager)

    def make_bundles(self) -> None:
        items = {item.record.partner_sku: item.pk for item in self._items()}
        for name, parts in BUNDLES.items():
            if not parts.keys() <= items.keys():
                continue  # a smaller store
            units = {items[code]: number for code, number in parts.items()}
            bundling.make(self.station, name, units, by=self.users[MANAGER.phone])

    def _items(self) -> Iterable[Item]:
        mine = Item.objects.filter(record__partner=self.station.partner_id)
        return mine.select_related("record")

    def make_supplies(self) -> None:
        Supplies(self.station, len(self.village.doors), self.users[MANAGER.phone]).write()

    def make_funds(self) -> None:
        gifts.found(self.station, self.users[MANAGER.phone])

    def open_round(self) -> None:
        now = timezone.localtime()
        closes = next_cut_off(now)
        morning = closes + timedelta(days=1)
        round = Round.objects.create(
            station=self.station,
            name="日常波次",
            opens_at=min(now, closes - timedelta(days=1)),
            closes_at=closes,
            delivers_from=morning.replace(hour=DELIVERS[0]),
            delivers_to=morning.replace(hour=DELIVERS[1]),
            repeats_daily=True,
        )
        rounds.open(round, by=self.users[MANAGER.phone])


def next_cut_off(now: datetime) -> datetime:
    """The next 16:00 that leaves at least an hour to try things out."""
    closes = now.replace(hour=CUT_OFF, minute=0, second=0, microsecond=0)
    while closes < now + timedelta(hours=1):
        closes += timedelta(days=1)
    return closes
