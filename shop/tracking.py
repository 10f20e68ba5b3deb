"""Where an order is, in the words and times its household understands."""

from dataclasses import dataclass, field
from datetime import datetime

from django.contrib.humanize.templatetags.humanize import naturalday
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from delivery.models import Batch, Handoff, Round, Stop, StopParcel
from shop import expected, stories
from shop.models import AccountTerms, OrderStatus, StripePayment
from shop.money import accounts
from shop.stories import Change

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


@dataclass(frozen=True)
class Proof:
    """What was written down at the door, and by whose hand; `corrected`: somebody said otherwise
    before."""

    words: str
    at: datetime
    courier: str
    corrected: bool


@dataclass
class Track:
    """Two big answers (what, and when), a line under them, and the steps with their times."""

    answer: str
    #: When it comes, as far as anybody can say.
    when: str = ""
    detail: str = ""
    #: Why nobody can say when, or what to do meanwhile.
    hint: str = ""
    steps: list[Step] = field(default_factory=list)
    position: int = 0
    total: int = 0
    before: int = 0
    #: It should have been there by now.
    late: bool = False
    cancelled: bool = False
    can_cancel: bool = False
    #: It waits for its payment; goods are held until then.
    awaiting: bool = False
    #: If money is on its way that this order does not need, or would not once it is cancelled:
    #: what becomes of it, in a sentence.
    comes_back: str = ""
    proof: Proof | None = None

    @property
    def can_change(self) -> bool:
        """Its lines; what waits for its payment is paid as it is, or cancelled."""
        return self.can_cancel and not self.awaiting

    @property
    def dots(self) -> list[bool]:
        """One per stop up to ours: True for those that are behind the courier."""
        behind = self.position - 1 - self.before
        return [number < behind for number in range(self.position)]


def of(order) -> Track:
    """At most four queries, however long the order's story is. Whoever reads `order` on finds it
    as it is told here: its status may have moved on since it was read."""
    placement = order.placement
    story, load = stories.read(order)
    status, closed_at = story.status, story.closed_at
    order.status = status.value
    track = Track(answer=str(status.label), cancelled=status == OrderStatus.CANCELLED)
    payments = _payments(order, status)
    if StripePayment.Status.PROCESSING in payments:
        track.comes_back = _comes_back(placement.household)
    track.steps.append(Step(_placed_words(order), order.date_placed))
    for change in story.changes:
        bad = change.new_status in _BAD
        words = _words(change, load, paying=not _PAYING.isdisjoint(payments))
        track.steps.append(Step(words, change.at, "bad" if bad else "done"))
    if closed_at and not track.cancelled:
        track.steps.append(Step(_("截单，开始备货"), closed_at))
        # What was paid online may have been so before the cut-off, or after.
        track.steps.sort(key=lambda step: step.at or closed_at)
    track.awaiting = status == OrderStatus.AWAITING
    still_open = closed_at is None and placement.round.closes_at > timezone.now()
    track.can_cancel = track.awaiting or (status == OrderStatus.PLACED and still_open)
    for following in _still_to_come(status):
        track.steps.append(Step(following, None, ""))
    if status == OrderStatus.ON_WAY and load and load.stop.batch.status == Batch.Status.OUT:
        _add_position(track, load, placement.round)
    elif status == OrderStatus.DELIVERED and load:
        track.answer = _delivered(load.stop)
        track.proof = _proof(load)
    elif status == OrderStatus.NOT_DELIVERED:
        track.detail = _why_not(load)
    elif status == OrderStatus.AWAITING:
        track.detail = _held_until(order)
    elif status == OrderStatus.CANCELLED:
        track.detail = track.comes_back
    elif status == OrderStatus.RETURNED:
        track.detail = _("这一单没有送成，东西退回驿站了。")
    elif status in {OrderStatus.PLACED, OrderStatus.PACKED}:
        _add_window(track, placement.round)
    return track


def _add_window(track: Track, round: Round) -> None:
    track.when = _("%(day)s %(start)s–%(end)s") % _window(round)
    track.late = round.delivers_to < timezone.now()
    track.detail = _("送到您家门口")
    if track.late:
        track.detail = _("比说好的晚了，还没有出发，几点到现在说不准。")


def _window(round: Round) -> dict[str, str]:
    start, end = timezone.localtime(round.delivers_from), timezone.localtime(round.delivers_to)
    return {
        "day": naturalday(start.date(), "MONTH_DAY_FORMAT"),
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
        "day": naturalday(until.date(), "MONTH_DAY_FORMAT"),
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


def _why_not(load: StopParcel | None) -> str:
    if load is None or not load.reason:
        return ""
    if load.reason == Handoff.Reason.REFUSED:
        return _("记的是“不要了”，东西在驿站，驿站会和您联系。")
    return _("%(reason)s，包裹在驿站，会安排再送一次。") % {
        "reason": Handoff.Reason(load.reason).label
    }


def _placed_words(order) -> str:
    helper = order.placement.placed_by
    person = getattr(helper, "person", None)
    if person is not None and person.household_id == order.placement.household_id:
        return _("下单")
    return _("%(name)s 帮您下单") % {"name": helper.name or _("网格长")}


def _words(change: Change, load: StopParcel | None, *, paying: bool) -> str:
    status = change.new_status
    if status == OrderStatus.PLACED and change.old_status in _UNPAID:
        return _("付好了")
    if status == OrderStatus.CANCELLED and change.old_status == OrderStatus.AWAITING:
        return _("取消了") if paying else _("没付款，取消了")
    if status == OrderStatus.ON_WAY and load and load.stop.batch.courier:
        courier = _courier(load)
        return _("%(courier)s在送") % {"courier": courier}
    if status == OrderStatus.DELIVERED and load:
        return _delivered(load.stop)
    return str(OrderStatus(status).label)


def _courier(load: StopParcel) -> str:
    """A surname is enough to greet somebody by; the phone stays with the station."""
    courier = load.stop.batch.courier
    surname = courier.user.name[:1] if courier else ""
    return (
        _("志愿者小%(surname)s") % {"surname": surname} if surname else pgettext("一个", "志愿者")
    )


def _delivered(stop: Stop) -> str:
    if stop.status == Stop.Status.HANDED:
        return _("已当面交给您家")
    return _("已放在门口")


def _proof(load: StopParcel) -> Proof | None:
    stop = load.stop
    if stop.decided_at is None:
        return None
    return Proof(_delivered(stop), stop.decided_at, _courier(load), load.corrected)


def _add_position(track: Track, load: StopParcel, round: Round) -> None:
    """Where the courier is, and when to expect them: see `shop.expected`."""
    stop = load.stop
    track.position, track.total, track.before = stop.position, stop.batch.stop_count, load.before
    words = _("您是第 %(position)d 户，共 %(total)d 户，前面还有 %(before)d 户")
    if not track.before:
        words = _("您是第 %(position)d 户，共 %(total)d 户，下一户就是您家")
    track.detail = words % {
        "position": track.position,
        "total": track.total,
        "before": track.before,
    }
    number = next(n for n, step in enumerate(track.steps) if not step.at) - 1
    last = track.steps[number]
    track.steps[number] = Step(last.words, last.at, "now")
    now = timezone.now()
    walk = expected.Walk(load.started_at or now, load.done, load.last_at, load.before)
    if window := expected.window(walk, now):
        start, end = (timezone.localtime(at) for at in window)
        track.when = _("大约 %(start)s–%(end)s") % {
            "start": date_format(start, "G:i"),
            "end": date_format(end, "G:i"),
        }
        track.late = window[1] > round.delivers_to
    elif expected.silent(walk, now):
        track.hint = _("有一阵没有消息了，志愿者可能没信号，几点到现在说不准。")
    elif not load.done:
        track.hint = _("刚出发，送完第一户就能估出大约几点到。")
    else:
        track.hint = _("前面户数还多，几点到现在说不准。")


def _still_to_come(status: OrderStatus) -> list[str]:
    way = [_("装好"), _("志愿者在送"), _("送到")]
    return {
        OrderStatus.AWAITING: [_("付款"), *way],
        OrderStatus.PLACED: way,
        OrderStatus.PACKED: way[1:],
        OrderStatus.ON_WAY: way[2:],
        OrderStatus.NOT_DELIVERED: way[1:],
    }.get(status, [])
