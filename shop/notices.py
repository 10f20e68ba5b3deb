"""告知: what households must hear of, and that they heard it."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery.models import Household
from inventory import bulk
from shop.messaging import news
from shop.models import Message, Notice, OrderStatus
from shop.settlement import bills


@dataclass
class News:
    """What changed of one order, newest first among its door's; `notice_ids` say that it was
    heard."""

    household_id: int
    number: str
    round_name: str
    at: datetime
    sentences: Sequence[str]
    notice_ids: list[int] = field(default_factory=list)


def write(
    of_doors: Collection[tuple[int, int]],
    *,
    at: datetime,
    kind: Message.Kind = Message.Kind.CHANGED,
) -> None:
    """Somebody behind these doors must hear of these orders: `(household key, order key)` each.
    Until they have, their pages say so, or their leader's; their inbox and phones are told too."""
    bulk.insert(Notice, ("household_id", "order_id", "at"), [(*each, at) for each in of_doors])
    news.changed({order_id for _household_id, order_id in of_doors}, kind, now=at)


def unseen(households: Iterable[Household]) -> list[News]:
    """Three queries, or one if there is nothing."""
    notices = (
        Notice.objects.filter(household__in=list(households), seen_at=None)
        .exclude(at__lt=F("household__lived_in_since"))
        .select_related("order__placement__round")
        .order_by("-pk")
    )
    found: dict[int, News] = {}
    orders = {}
    for notice in notices:
        order = orders[notice.order_id] = notice.order
        one = found.setdefault(
            order.pk,
            News(notice.household_id, order.number, order.placement.round.name, notice.at, ()),
        )
        one.notice_ids.append(notice.pk)
    # Read after the notices: whatever they are about is in it.
    changed, answered = (bills.news(found), bills.answers(found)) if found else ({}, {})
    for order_id, one in found.items():
        said = [*changed.get(order_id, ()), *answered.get(order_id, ())]
        one.sentences = said or [_status_words(orders[order_id])]
    return list(found.values())


def _status_words(order) -> str:
    """What there is to hear where no good changed."""
    if order.status == OrderStatus.CANCELLED:
        return _("没有按时付款，这一单取消了")
    return _("这一单现在%(status)s") % {"status": OrderStatus(order.status).label}


def of_order(order) -> list[int]:
    """The keys of the order's unseen notices. Ask before reading what changed: what comes between
    is not taken for seen."""
    return list(Notice.objects.filter(order=order, seen_at=None).values_list("pk", flat=True))


def seen(notice_ids: Collection[int], household: Household) -> int:
    """Somebody of this door, or who looks after it, has read these; how many that were."""
    these = Notice.objects.filter(pk__in=notice_ids, household=household, seen_at=None)
    return these.update(seen_at=timezone.now()) if notice_ids else 0
