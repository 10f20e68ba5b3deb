"""The small demo village in the middle of its day, for journeys that look at every page: one round
delivered, one on the way, one that takes orders, and everywhere something to look at.

`station.manage("shell", "--command", busy_village.MAKE)`; runs in the station's own process.
"""

from datetime import timedelta
from uuid import uuid4

MAKE = "from tests.journeys import busy_village; busy_village.make()"
#: Another round that takes orders, beside the one there is.
SECOND_ROUND = """
from delivery.models import Round
from tests.journeys import busy_village
first = Round.objects.get(status=Round.Status.OPEN)
busy_village.second_round(first.station, first)
"""
#: Longer than anything a station's people think of when they type it in.
LONG_NAME = "东北五常大米 稻花香二号 真空包装 家庭装（新米，冷藏运输）10 斤"


def make() -> None:
    from django.contrib.auth import get_user_model

    from delivery import rounds
    from delivery.models import Round
    from inventory.models import Station
    from shop.demo import village

    users = {user.phone: user for user in get_user_model().objects.all()}
    clerk = users[village.CLERK.phone]
    station = Station.objects.get()
    today = Round.objects.get(status=Round.Status.OPEN)
    orders = [_order(door, user, today) for door, user in _buyers(village, 8)]
    rounds.close(today, by=clerk)
    _carry(today, village, users, stop_before_the_resident=False)
    _claim(orders[0])

    second = second_round(station, today)
    for door, user in _buyers(village, 8):
        _order(door, user, second, skip=2)
    rounds.close(second, by=clerk)
    _carry(second, village, users, stop_before_the_resident=True)

    tomorrow = Round.objects.get(status=Round.Status.PLANNED)
    tomorrow.name = "早市"
    tomorrow.save()
    rounds.open(tomorrow, by=clerk)
    _long_words(station)
    _said_to_everybody(station, users, village)
    _registrations(users[village.LEADER.phone])
    _robots_and_failures(station, users[village.MANAGER.phone])


def _buyers(village, number: int):
    """The resident first, then others of the same grid and of the next."""
    from delivery.models import Person

    people = Person.objects.exclude(user=None).select_related("user", "household__grid__station")
    home = people.get(user__phone=village.RESIDENT.phone)
    others = people.exclude(pk=home.pk).order_by("-household__grid_id", "pk")
    near = [one for one in others if one.household.grid_id == home.household.grid_id]
    far = [one for one in others if one.household.grid_id != home.household.grid_id]
    return [(one.household, one.user) for one in (home, *near, *far)[:number]]


def _order(door, user, round, skip: int = 0):
    from inventory.models import Item
    from shop import baskets, ordering

    basket = baskets.for_door(user, door)
    goods = Item.objects.filter(record__partner=door.grid.station.partner_id)
    stocked = goods.filter(selling=Item.Selling.STOCK, record__num_in_stock__gt=30).order_by("pk")
    for number, item in enumerate(stocked[skip : skip + 3]):
        baskets.set_quantity(basket, item.record_id, 1 + number % 2)
    return ordering.place(basket, household=door, round=round, by=user)


def second_round(station, first):
    from delivery import rounds
    from delivery.models import Round

    second = Round.objects.create(
        station=station,
        name="今日第二波",
        opens_at=first.opens_at,
        closes_at=first.closes_at + timedelta(minutes=1),
        delivers_from=first.delivers_from,
        delivers_to=first.delivers_to,
    )
    rounds.open(second)
    return second


def _carry(round, village, users, *, stop_before_the_resident: bool) -> None:
    from delivery import at_once, batches, handoffs
    from delivery.models import Batch, Handoff, Stop, Volunteer

    clerk, courier = users[village.CLERK.phone], users[village.COURIER.phone]
    home = Stop.objects.filter(household__people__user=users[village.RESIDENT.phone])
    batches.plan(round, by=clerk)
    his = Batch.objects.get(stops__in=home, round=round)
    batches.give(his, Volunteer.objects.get(user=courier), by=clerk)
    at_once.give(round, by=clerk)
    at_once.pack(round, by=clerk)
    for batch in Batch.objects.filter(round=round).select_related("courier__user"):
        if stop_before_the_resident and batch.pk != his.pk:
            continue  # ready at the station
        batches.start(batch, by=batch.courier.user)
        stops = list(batch.stops.order_by("position"))
        if stop_before_the_resident:
            stops = []
        for number, stop in enumerate(stops):
            outcome, reason = Handoff.Outcome.LEFT, ""
            if home.filter(pk=stop.pk).exists():
                outcome = Handoff.Outcome.HANDED
            elif number == 1:
                outcome, reason = Handoff.Outcome.FAILED, Handoff.Reason.NOBODY
            by = batch.courier.user
            handoffs.record(stop, outcome=outcome, reason=reason, nonce=uuid4(), by=by)


def _claim(order) -> None:
    from shop.claims import claiming
    from shop.models import Claim

    line = order.lines.first()
    claiming.make(
        line,
        kind=Claim.Kind.DAMAGED,
        units=1,
        note="有一把叶子黄了，底下压烂了",
        by=order.user,
        nonce=uuid4(),
    )


def _long_words(station) -> None:
    from inventory.models import Item

    rice = Item.objects.select_related("record__product").get(record__partner_sku="R01")
    rice.record.product.title = LONG_NAME
    rice.record.product.save()


def _said_to_everybody(station, users, village) -> None:
    from delivery.models import Grid
    from shop import announcements

    manager, leader = users[village.MANAGER.phone], users[village.LEADER.phone]
    announcements.publish(station, by=manager, text="明天起大雨，送菜可能晚半小时，请别到楼下等。")
    grid = Grid.objects.get(households__people__user=leader)
    announcements.publish(
        station, by=leader, grid=grid, text="核酸采样改到明早 8 点，在 3 号楼前，按楼栋顺序下楼。"
    )


def _registrations(leader) -> None:
    from delivery import registrations

    grid = leader.grid_roles.select_related("grid__station").first().grid
    poster = registrations.put_up(grid, "77", by=leader)
    for unit, room, name, needs in (
        ("2", "302", "沈新来", "每周要配降压药"),
        ("1", "101", "何来沪", ""),
    ):
        said = {
            "unit": unit,
            "room": room,
            "floor": int(room[0]),
            "people_count": 3,
            "newcomers_count": 2,
            "name": name,
            "phone": "13700000077",
            "landlord": "王房东",
            "needs": needs,
        }
        registrations.submit(poster, said, nonce=uuid4())


def _robots_and_failures(station, manager) -> None:
    from django.utils import timezone

    from delivery.models import Grid
    from shop.messaging import robots, sealing
    from shop.models import Message, Sending

    address = "https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=00000000-demo"
    for grid in Grid.objects.filter(station=station)[:2]:
        robots.set_address(grid, address, by=manager)
    now = timezone.now()
    for message, error in zip(
        Message.objects.exclude(household=None).order_by("-pk")[:3],
        ("isv.MOBILE_NUMBER_ILLEGAL", "unknown", "connect: timed out"),
        strict=True,
    ):
        Sending.objects.create(
            station=station,
            message=message,
            channel=Sending.Channel.SMS,
            template=message.kind,
            to_hash="0" * 64,
            sealed=sealing.seal("{}"),
            status=Sending.Status.FAILED,
            tries=3,
            next_try_at=now,
            expires_at=now + timedelta(hours=4),
            error=error,
        )
