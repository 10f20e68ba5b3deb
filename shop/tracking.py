"""Where an order is, in the words and times its household understands."""

from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.humanize.templatetags.humanize import naturalday
from django.db.models import F
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from delivery.models import Batch, Event, Handoff, StopParcel
from delivery.models import Stop as StopModel
from shop.models import AccountTerms, OrderStatus, StripePayment
from shop.money import accounts

_BAD = frozenset({OrderStatus.NOT_DELIVERED, OrderStatus.CANCELLED, OrderStatus.RETURNED})
#: From where only money brings an order on; after the time to pay was over, too.
_UNPAID = frozenset({OrderStatus.AWAITING, OrderStatus.CANCELLED})
#: Of these somebody paid, even if the money is not there yet.
_PAYING = frozenset({StripePayment.Status.PROCESSING, StripePayment.Status.PAID})


@dataclass(frozen=True)
class Step:
    """One line of the timeline; `state` is done, now, bad or empty for what is still to come."""

    words: str
    at: datetime | None = None
    state: str = "done"


@dataclass
class Track:
    """One big answer, a line under it, and the steps with their times."""

    answer: str
    detail: str = ""
    steps: list[Step] = field(default_factory=list)
    position: int = 0
    total: int = 0
    before: int = 0
    cancelled: bool = False
    can_cancel: bool = False
    #: It waits for its payment; goods are held until then.
    awaiting: bool = False
    #: If money is on its way that this order does not need, or would not once it is cancelled:
    #: what becomes of it, in a sentence.
    comes_back: str = ""

    @property
    def dots(self) -> list[bool]:
        """One per stop up to ours: True for those that are behind the courier."""
        behind = self.position - 1 - self.before
        return [number < behind for number in range(self.position)]


def of(order) -> Track:
    """At most six queries, however long the order's story is."""
    placement = order.placement
    # With how it stands, in one statement: it may have moved on since `order` was read.
    changes = list(
        order.status_changes.annotate(now=F("order__status")).order_by("date_created", "pk")
    )
    status = OrderStatus(changes[-1].now if changes else order.status)
    track = Track(answer=str(status.label), cancelled=status == OrderStatus.CANCELLED)
    closed = Event.objects.filter(
        round=placement.round, kind=Event.Kind.ROUND_CLOSED
    ).order_by("at").first()  # fmt: skip
    load = (
        StopParcel.objects.filter(parcel__order=order)
        .select_related("stop__batch__courier__user")
        .order_by("pk")
        .last()
    )
    payments = _payments(order, status)
    if StripePayment.Status.PROCESSING in payments:
        track.comes_back = _comes_back(placement.household)
    track.steps.append(Step(_placed_words(order), order.date_placed))
    for change in changes:
        bad = change.new_status in _BAD
        words = _words(change, load, paying=not _PAYING.isdisjoint(payments))
        track.steps.append(Step(words, change.date_created, "bad" if bad else "done"))
    if closed and not track.cancelled:
        track.steps.append(Step(_("截单，开始备货"), closed.at))
        # What was paid online may have been so before the cut-off, or after.
        track.steps.sort(key=lambda step: step.at or closed.at)
    track.awaiting = status == OrderStatus.AWAITING
    track.can_cancel = track.awaiting or (status == OrderStatus.PLACED and closed is None)
    if status == OrderStatus.ON_WAY and load and load.stop.batch.status == Batch.Status.OUT:
        _add_position(track, load.stop)
        last = track.steps.pop()
        track.steps.append(Step(last.words, last.at, "now"))
    for following in _still_to_come(status):
        track.steps.append(Step(following, None, ""))
    if status == OrderStatus.DELIVERED and load:
        track.answer = _delivered(load.stop)
    elif status == OrderStatus.NOT_DELIVERED:
        track.detail = _why_not(load)
    elif status == OrderStatus.AWAITING:
        track.detail = _held_until(order)
    elif status == OrderStatus.CANCELLED:
        track.detail = track.comes_back
    elif status == OrderStatus.RETURNED:
        track.detail = _("这一单没有送成，东西退回驿站了。")
    elif status in {OrderStatus.PLACED, OrderStatus.PACKED}:
        track.detail = _("%(day)s %(start)s–%(end)s 送到您家门口") % _window(placement.round)
    return track


def _window(round) -> dict[str, str]:
    start, end = timezone.localtime(round.delivers_from), timezone.localtime(round.delivers_to)
    return {
        "day": naturalday(start.date(), "n月j日"),
        "start": date_format(start, "G:i"),
        "end": date_format(end, "G:i"),
    }


def _held_until(order) -> str:
    attempt = StripePayment.objects.filter(order=order).order_by("pk").last()
    if attempt is None:
        return ""
    if attempt.status == StripePayment.Status.PROCESSING:
        return _("钱正在到账，货给您留着，请等一等。")
    until = timezone.localtime(attempt.expires_at)
    if until <= timezone.now():
        return _("付款时间过了，货就要让给别人。")
    return _("货给您留到%(day)s %(time)s，请在这之前付好。") % {
        "day": naturalday(until.date(), "n月j日"),
        "time": date_format(until, "G:i"),
    }


def _payments(order, status: OrderStatus) -> set[str]:
    """How its payments online stand, of an order that is not paid yet or will not be."""
    if status not in _UNPAID:
        return set()
    return set(StripePayment.objects.filter(order=order).values_list("status", flat=True))


def _comes_back(household) -> str:
    if accounts.terms(household).refund_to == AccountTerms.RefundTo.ACCOUNT:
        return _("钱到账后会退到您的驿站账户。")
    return _("钱到账后会原路退给您。")


def _why_not(load) -> str:
    last = load.stop.handoffs.last() if load else None
    if last is None:
        return ""
    if last.reason == Handoff.Reason.REFUSED:
        return _("记的是“不要了”，东西在驿站，驿站会和您联系。")
    return _("%(reason)s，包裹在驿站，会安排再送一次。") % {"reason": last.get_reason_display()}


def _placed_words(order) -> str:
    helper = order.placement.placed_by
    person = getattr(helper, "person", None)
    if person is not None and person.household_id == order.placement.household_id:
        return _("下单")
    return _("%(name)s 帮您下单") % {"name": helper.name or _("网格长")}


def _words(change, load, *, paying: bool) -> str:
    status = change.new_status
    if status == OrderStatus.PLACED and change.old_status in _UNPAID:
        return _("付好了")
    if status == OrderStatus.CANCELLED and change.old_status == OrderStatus.AWAITING:
        return _("取消了") if paying else _("没付款，取消了")
    if status == OrderStatus.ON_WAY and load and load.stop.batch.courier:
        # A surname is enough to greet somebody by; the phone stays with the station.
        surname = load.stop.batch.courier.user.name[:1]
        return _("志愿者小%(surname)s在送") % {"surname": surname} if surname else _("志愿者在送")
    if status == OrderStatus.DELIVERED and load:
        return _delivered(load.stop)
    return str(OrderStatus(status).label)


def _delivered(stop: StopModel) -> str:
    if stop.status == StopModel.Status.HANDED:
        return _("已当面交给您家")
    return _("已放在门口")


def _add_position(track: Track, stop: StopModel) -> None:
    waiting = StopModel.objects.filter(
        batch=stop.batch, status=StopModel.Status.WAITING, position__lt=stop.position
    )
    track.position, track.total = stop.position, stop.batch.stop_count
    track.before = waiting.count()
    words = _("您是第 %(position)d 户，共 %(total)d 户，前面还有 %(before)d 户")
    if not track.before:
        words = _("您是第 %(position)d 户，共 %(total)d 户，下一户就是您家")
    track.detail = words % {
        "position": track.position,
        "total": track.total,
        "before": track.before,
    }


def _still_to_come(status: OrderStatus) -> list[str]:
    way = [_("装好"), _("志愿者在送"), _("送到")]
    return {
        OrderStatus.AWAITING: [_("付款"), *way],
        OrderStatus.PLACED: way,
        OrderStatus.PACKED: way[1:],
        OrderStatus.ON_WAY: way[2:],
        OrderStatus.NOT_DELIVERED: way[1:],
    }.get(status, [])
