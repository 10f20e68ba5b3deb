"""What happens in a round, on the way and with an order, in the words in which doors are told.

Each is called in the transaction in which it happens (`shop/receivers.py`, `shop.notices`), save
for the rounds, which the clock asks about. What a grid's chat hears of names no door.
"""

import hashlib
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from django.db.models import Count, Exists, F, OuterRef, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from delivery.models import Batch, Grid, Handoff, Household, ParcelLine, Round, ShareOut, Stop
from inventory.models import Item, Station
from inventory.words import listed, written
from shop.messaging import outbox, telling
from shop.messaging.telling import News
from shop.models import GridRobot, Message, OrderStatus, Placement

Kind = Message.Kind

#: Before the cut-off. A round that opens later than that has no last hour of its own.
LAST = timedelta(hours=1)
#: Whatever changes within this time and before anybody has looked is one piece of news.
TOGETHER = timedelta(hours=1)
#: Goods that one line to a chat names.
MOST_GOODS = 6
#: Placements of a family that has moved out since.
OF_BEFORE = Q(order__date_placed__lt=F("household__lived_in_since"))


# --- rounds ------------------------------------------------------------------------------------


def of_rounds(now: datetime | None = None) -> None:
    """Tells of the rounds that take orders, and of those in their last hour, whom nobody has told
    yet. Asked by the clock again and again, at the cost of two questions a round."""
    now = now or timezone.now()
    for round in Round.objects.taking_orders(now).select_related("station").order_by("pk"):
        _tell_of_round(round, Kind.ROUND_OPENS, f"round {round.pk} opens", now)
        begins = round.closes_at - LAST
        if round.opens_at < begins <= now:
            _tell_of_round(round, Kind.LAST_HOUR, f"round {round.pk} last hour", now)


@written()
def _tell_of_round(round: Round, kind: Message.Kind, event: str, now: datetime) -> None:
    doors, grids = _doors_of(round, event), _grids_of(round, event)
    if kind == Kind.LAST_HOUR:
        ordered = Placement.objects.filter(round=round, household=OuterRef("pk"))
        doors = doors.exclude(Exists(ordered.exclude(order__status=OrderStatus.CANCELLED)))
        words = _("%(round)s快截单了：%(until)s截单，要买的抓紧。")
    else:
        words = _("%(round)s开始接单了，%(until)s截单。")
    said = {"round": round.name, "until": _moment(round.closes_at, now)}
    telling.tell(
        kind,
        event,
        station=round.station,
        text=words % said,
        households=doors.values_list("pk", flat=True),
        grids=grids.values_list("pk", flat=True),
        path=reverse("home"),
        params=said,
        until=round.closes_at,
        now=now,
    )


def _doors_of(round: Round, event: str):
    """Who can look at the store and has not been told. Others are told by their leaders."""
    told = Message.objects.filter(household=OuterRef("pk"), event=event)
    doors = Household.objects.filter(grid__in=_served(round), people__user__isnull=False)
    return doors.exclude(Exists(told)).distinct()


def _grids_of(round: Round, event: str):
    told = Message.objects.filter(grid=OuterRef("pk"), event=event)
    robots = GridRobot.objects.filter(active=True).values("grid")
    return _served(round).filter(pk__in=robots).exclude(Exists(told))


def _served(round: Round):
    """The grids a round is for; one that names none is for all of its station's."""
    named = round.grids.all()
    return named if named.exists() else Grid.objects.filter(station=round.station_id)


def _moment(moment: datetime, now: datetime) -> str:
    """`16:00`, or with the day if that is not today's."""
    local, today = timezone.localtime(moment), timezone.localdate(now)
    return date_format(local, "H:i" if local.date() == today else "SHORT_DATETIME_FORMAT")


# --- on the way, at the door -------------------------------------------------------------------


@written()
def on_the_way(batch: Batch, parcel_ids: Sequence[int]) -> None:
    """Each door of the batch once, however many parcels it gets, and the grid."""
    event = f"batch {batch.pk} on the way"
    text = _("您订的东西在路上了，请留意敲门。")
    news = [
        News(household_id, event, text, path) for household_id, path in _paths(parcel_ids).items()
    ]
    station = batch.grid.station
    telling.tell_each(Kind.ON_WAY, news, station=station)
    words = _("%(batch)s出发了，共 %(doors)s 户，请留意敲门。")
    said = words % {"batch": _name(batch), "doors": batch.stop_count}
    telling.tell_grids(Kind.ON_WAY, event, station=station, text=said, grids=[batch.grid])


@written()
def batch_done(batch: Batch) -> None:
    """The grid hears once how the batch went; a correction later is news of its door alone."""
    failed = batch.stops.filter(status=Stop.Status.FAILED).count()
    if failed:
        words = _("%(batch)s送完了，送到 %(there)s 户，%(failed)s 户没送成，驿站会联系。")
    else:
        words = _("%(batch)s送完了，%(there)s 户。")
    telling.tell_grids(
        Kind.FAILED if failed else Kind.DELIVERED,
        f"batch {batch.pk} done",
        station=batch.grid.station,
        text=words % {"batch": _name(batch), "there": batch.stop_count - failed, "failed": failed},
        grids=[batch.grid],
    )


def _name(batch: Batch) -> str:
    return _("%(grid)s第 %(number)s 批") % {"grid": batch.grid.name, "number": batch.number}


@written()
def handed_off(stop: Stop, handoff: Handoff, parcel_ids: Sequence[int]) -> None:
    """What happened at a door; if it corrects what was said before, that is not sent any more."""
    if handoff.corrects_id:
        before = handoff.corrects
        outbox.drop_for([stop.household_id], [f"handoff {before.pk}"])
        if (before.outcome, before.reason) == (handoff.outcome, handoff.reason):
            return  # the money was wrong, not what happened
    failed = handoff.outcome == Handoff.Outcome.FAILED
    path = _paths(parcel_ids).get(stop.household_id)
    if path is None:
        return
    if failed:
        words = _("没能送到：%(why)s。驿站会再联系您。")
        text = words % {"why": handoff.get_reason_display()}
    elif handoff.outcome == Handoff.Outcome.HANDED:
        text = _("送到了，当面交给了您家。")
    else:
        text = _("送到了，放在门口，请尽快拿进屋。")
    news = News(stop.household_id, f"handoff {handoff.pk}", text, path)
    kind = Kind.FAILED if failed else Kind.DELIVERED
    telling.tell_each(kind, [news], station=stop.batch.grid.station)


def _paths(parcel_ids: Sequence[int]) -> dict[int, str]:
    """By door: the page of the order, or of all orders if there are several. Without the doors
    whose order was the family's before."""
    found: dict[int, str] = {}
    placements = Placement.objects.filter(order__parcel__in=parcel_ids).exclude(OF_BEFORE)
    for household_id, number in placements.values_list("household", "order__number"):
        several = household_id in found
        found[household_id] = reverse("order-list") if several else _path(number)
    return found


# --- orders ------------------------------------------------------------------------------------


@written()
def shared_out(round: Round, share_outs: Iterable[ShareOut]) -> None:
    """The grids that got less than they asked for hear which goods were short, once for a round
    and the same goods. What each door gets, only the door reads."""
    short = sorted(each.item_id for each in share_outs if each.given < each.asked)
    if not short:
        return
    less = ParcelLine.objects.filter(
        parcel__round=round, item__in=short, quantity__lt=F("asked")
    ).order_by()
    goods = Item.objects.filter(pk__in=short).order_by("record__product__title", "pk")
    names = list(goods.values_list("record__product__title", flat=True))
    named = listed(names[:MOST_GOODS])
    if len(names) > MOST_GOODS:
        named = _("%(goods)s等 %(count)s 样") % {"goods": named, "count": len(names)}
    words = _("%(round)s：%(goods)s没到够，按规则分了，订单里写着每户多少。")
    digest = hashlib.blake2b(repr(short).encode(), digest_size=8).hexdigest()
    telling.tell_grids(
        Kind.CHANGED,
        f"round {round.pk} short {digest}",
        station=round.station,
        text=words % {"round": round.name, "goods": named},
        grids=less.values_list("parcel__household__grid", flat=True).distinct(),
        path=reverse("order-list"),
    )


@written()
def changed(order_ids: Iterable[int], kind: Message.Kind, *, now: datetime) -> None:
    """Something about these orders must be heard by their doors. One piece of news for all that
    changes before somebody looks, or in an hour. Costs the same for all orders of a round."""
    placements = Placement.objects.filter(order__in=order_ids).exclude(OF_BEFORE)
    columns = ("household", "order", "order__number", "household__grid__station")
    rows = list(placements.values_list(*columns))
    heard = _heard(rows, kind, now)
    news: dict[int, list[News]] = {}
    for household_id, order_id, number, station_id in rows:
        # The database refuses the same event twice: what is news is whatever comes after what was
        # heard of this order.
        event = f"order {order_id} {kind.value} {heard.get(order_id, 0)}"
        params = {"number": number}
        one = News(household_id, event, _words(kind) % params, _path(number), params)
        news.setdefault(station_id, []).append(one)
    for station in Station.objects.filter(pk__in=news).order_by("pk"):
        telling.tell_each(kind, news[station.pk], station=station, now=now)


def _words(kind: Message.Kind) -> str:
    if kind == Kind.ANSWER:
        return _("您反映的问题，驿站答复了（订单 %(number)s）。")
    return _("订单 %(number)s 有变动，看看少了什么、换了什么、要付多少。")


def _heard(rows: Sequence[tuple], kind: Message.Kind, now: datetime) -> dict[int, int]:
    """By order: how many messages of this kind about it were read, or are old."""
    orders = {_path(number): order_id for _household_id, order_id, number, _station_id in rows}
    over = Q(at__lt=now - TOGETHER) | Q(seen_at__gt=F("at"))
    told = Message.objects.filter(over, household__in={row[0] for row in rows}, kind=kind)
    counted = told.filter(path__in=orders).values_list("path").annotate(count=Count("pk"))
    return {orders[path]: count for path, count in counted}


def _path(number: str) -> str:
    return reverse("order-detail", args=[number])
