"""A round opens, and what stands is ordered: once for each door, with what is there.

Asked by the clock again and again; what is left to do is found in the database. Each door is a
transaction of its own, so a worker that is killed has done some and leaves the rest, and of two
workers one waits at the door and then sees that it is done. Who began earlier is ordered for first.
"""

import logging
import traceback
from datetime import datetime, timedelta
from typing import NamedTuple

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from delivery import locks
from delivery.models import Event, Round, Wish
from delivery.templatetags.station import yuan
from inventory.models import Item
from inventory.words import listed, written
from shop import bundles, ordering, ready_baskets
from shop.errors import AccountShort, BasketChanged, RoundNotOpen, SoldOut, TooHeavy, WayClosed
from shop.messaging import telling
from shop.messaging.telling import News
from shop.models import Message, OrderStatus, Placement, StandingOrder, StandingRun

log = logging.getLogger(__name__)

Outcome = StandingRun.Outcome
#: Somebody may be quicker at one good after the other; then the next time of asking has the rest.
TRIES = 5
#: Before the cut-off.
REMINDER = timedelta(hours=1)
#: Goods that are named to a household.
MOST_NAMED = 6


class _Line(NamedTuple):
    record_id: int
    title: str
    units: int
    wish: Wish
    on_sale: bool


@written()
def run_due(now: datetime | None = None) -> list[StandingRun]:
    """Orders what stands for the rounds that have opened since it was asked for."""
    now = now or timezone.now()
    done = []
    for round in Round.objects.taking_orders(now).select_related("station").order_by("pk"):
        for standing_id in _due(round):
            try:
                if run := _run(standing_id, round):
                    done.append(run)
            except Exception as error:
                # The others must not wait for it. The message may quote a row.
                where = "".join(traceback.format_tb(error.__traceback__))
                said = standing_id, round.pk, type(error).__name__, where
                log.error("standing order %s does not run in round %s: %s\n%s", *said)
    return done


def _due(round: Round) -> list[int]:
    opened = round.events.filter(kind=Event.Kind.ROUND_OPENED).order_by("pk").first()
    due = StandingOrder.objects.filter(
        active=True,
        at__lte=opened.at if opened else round.opens_at,
        household__grid__station=round.station_id,
    )
    if only := list(round.grids.values_list("pk", flat=True)):
        due = due.filter(household__grid__in=only)
    ran = StandingRun.objects.filter(standing=OuterRef("pk"), round=round)
    return list(due.exclude(Exists(ran)).order_by("at", "pk").values_list("pk", flat=True))


def _run(standing_id: int, round: Round) -> StandingRun | None:
    """None: it is done already, or not to be done any more, or has to wait for the next time."""
    at_most: dict[int, int] = {}
    for _try in range(TRIES):
        try:
            with transaction.atomic():
                return _try_run(standing_id, round, at_most)
        except SoldOut as sold_out:
            at_most |= {short.record_id: max(0, short.left) for short in sold_out.lines}
        except BasketChanged:
            continue  # a price, in this moment
        except RoundNotOpen:
            return None
    return None


def _try_run(standing_id: int, round: Round, at_most: dict[int, int]) -> StandingRun | None:
    standing = StandingOrder.objects.select_related("by", "household__grid__station").get(
        pk=standing_id
    )
    locks.round_shared(round.pk, standing.household_id)
    # After the wait: another worker, or the household, may have been first.
    if not StandingOrder.objects.filter(pk=standing_id, active=True).exists():
        return None
    if StandingRun.objects.filter(standing=standing_id, round=round).exists():
        return None
    mine = Placement.objects.filter(household=standing.household_id, round=round)
    if mine.exclude(order__status=OrderStatus.CANCELLED).exists():
        return _done(standing, round, Outcome.ALREADY)
    lines = _lines(standing)
    units = {
        line.record_id: min(line.units, at_most.get(line.record_id, line.units))
        for line in lines
        if line.on_sale
    }
    units = {record_id: number for record_id, number in units.items() if number}
    if not units:
        return _done(standing, round, Outcome.NOTHING)
    try:
        with transaction.atomic():
            order = ordering.place(
                ready_baskets.make(standing.by, units),
                household=standing.household,
                round=round,
                by=standing.by,
                in_person=standing.in_person,
                note=standing.note,
                wishes={line.record_id: line.wish for line in lines},
                way=standing.way,
            )
    except (AccountShort, WayClosed) as error:
        return _done(standing, round, Outcome.UNPAID, why=str(error))
    except TooHeavy as error:
        return _done(standing, round, Outcome.NOTHING, why=str(error))
    had = [(line.title, line.units, units.get(line.record_id, 0)) for line in lines]
    less = any(number < asked for _title, asked, number in had)
    outcome = Outcome.LESS if less else Outcome.ORDERED
    return _done(standing, round, outcome, order=order, had=had)


def _lines(standing: StandingOrder) -> list[_Line]:
    sold = Item.objects.filter(bundles.for_sale(), pk=OuterRef("item"))
    lines = standing.lines.annotate(on_sale=Exists(sold)).order_by("pk")
    return [
        _Line(record_id, title, units, Wish(wish), on_sale)
        for record_id, title, units, wish, on_sale in lines.values_list(
            "item__record", "item__record__product__title", "units", "wish", "on_sale"
        )
    ]


def _done(
    standing: StandingOrder,
    round: Round,
    outcome: StandingRun.Outcome,
    *,
    order=None,
    had: list[tuple[str, int, int]] | None = None,
    why: str = "",
) -> StandingRun:
    run = StandingRun.objects.create(standing=standing, round=round, outcome=outcome, order=order)
    path = reverse("order-detail", args=[order.number]) if order else reverse("home")
    telling.tell(
        Message.Kind.STANDING,
        f"standing order in round {round.pk}",
        station=round.station,
        text=_words(round, outcome, order, had or [], why),
        households=[standing.household_id],
        path=path,
        until=round.closes_at,
    )
    return run


def _words(round: Round, outcome, order, had: list[tuple[str, int, int]], why: str) -> str:
    if outcome == Outcome.ALREADY:
        return _("%s您已经自己下过单，每波都要的没有再下。") % round.name
    if outcome == Outcome.UNPAID:
        return _("%(round)s没有下您每波都要的：%(why)s") % {"round": round.name, "why": why}
    if outcome == Outcome.NOTHING:
        said = {"round": round.name, "why": why or _("一样也没有了。")}
        return _("%(round)s没有下您每波都要的：%(why)s") % said
    said = {
        "round": round.name,
        "goods": _named([(title, number) for title, _asked, number in had if number]),
        "total": yuan(order.total_incl_tax),
        "until": _moment(round.closes_at),
    }
    words = _("%(round)s给您下好了：%(goods)s，一共 %(total)s。%(until)s截单，之前都能改。")
    if outcome == Outcome.LESS:
        said["missing"] = _named([(title, asked - got) for title, asked, got in had if got < asked])
        words = _(
            "%(round)s给您下好了，有的不够：%(goods)s，一共 %(total)s；少了%(missing)s。"
            "%(until)s截单，之前都能改。"
        )
    return words % said


def _named(goods: list[tuple[str, int]]) -> str:
    named = listed(f"{title} ×{units}" for title, units in goods[:MOST_NAMED])
    more = len(goods) - MOST_NAMED
    return named if more <= 0 else _("%(named)s 等 %(n)d 样") % {"named": named, "n": len(goods)}


def _moment(at: datetime) -> str:
    return date_format(timezone.localtime(at), "H:i")


@written()
def remind_due(now: datetime | None = None) -> None:
    """In the last hour before the cut-off: that something stands ordered, and can be changed."""
    now = now or timezone.now()
    closing = Round.objects.taking_orders(now).filter(closes_at__lte=now + REMINDER)
    for round in closing.select_related("station").order_by("pk"):
        event = f"standing order in round {round.pk} closes"
        told = Message.objects.filter(household=OuterRef("standing__household"), event=event)
        runs = StandingRun.objects.filter(
            round=round,
            order__status=OrderStatus.PLACED,
            # Who was told just now need not hear it again.
            at__lt=round.closes_at - REMINDER,
        ).exclude(Exists(told))
        said = {"until": _moment(round.closes_at)}
        words = _("快截单了（%(until)s）：您每波都要的已经下好，要改请在截单前改。") % said
        telling.tell_each(
            Message.Kind.STANDING,
            [
                News(household_id, event, words, reverse("order-detail", args=[number]))
                for household_id, number in runs.values_list("standing__household", "order__number")
            ],
            station=round.station,
            until=round.closes_at,
            now=now,
        )
