"""What went out and what did not, for the station's people: counts, and words for what went wrong.
No phone, no code: staff see the door and the kind of news."""

from dataclasses import dataclass
from datetime import timedelta

from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from inventory.models import Station
from shop.messaging import outbox, templates
from shop.models import Sending

Status = Sending.Status
#: Figures are of the last so long; what waits or failed counts whenever it was.
LATELY = timedelta(hours=24)


@dataclass(frozen=True)
class Counts:
    waiting: int
    sent: int
    failed: int


@dataclass(frozen=True)
class Row:
    """One that failed; `to` is a door or a grid, `again` whether it can still be sent."""

    sending: Sending
    to: str
    title: str
    why: str
    again: bool


def counts(station: Station) -> Counts:
    return _counted(Sending.objects.filter(station=station))


def codes() -> Counts:
    """Login codes of the whole installation: which station somebody belongs to is not known before
    they are in. Those for nobody's phone are none."""
    return _counted(Sending.objects.filter(station=None, template=templates.CODE), lately_only=True)


def _counted(sendings: QuerySet[Sending], *, lately_only: bool = False) -> Counts:
    lately = Q(at__gt=timezone.now() - LATELY)
    always = lately if lately_only else Q()
    return Counts(
        **sendings.aggregate(
            waiting=Count("pk", Q(status=Status.WAITING)),
            sent=Count("pk", Q(status=Status.SENT) & lately),
            failed=Count("pk", Q(status=Status.FAILED) & always),
        )
    )


def failed(station: Station) -> QuerySet[Sending]:
    found = Sending.objects.filter(station=station, status=Status.FAILED)
    return found.select_related("message__household__grid", "message__grid").order_by("-pk")


def row(sending: Sending) -> Row:
    message = sending.message
    if message is None:
        to = _("试发")
    else:
        to = message.household.address if message.household else message.grid.name
    return Row(
        sending,
        to,
        str(templates.ALL[sending.template].title),
        why(sending.error),
        bool(sending.sealed) and sending.expires_at > timezone.now(),
    )


def why(word: str) -> str:
    """In words somebody at the station can do something with; a code nobody knows, as it is."""
    known = {
        outbox.UNKNOWN: _("没有回音，不知道发没发出去，没有再发"),
        outbox.UNKNOWN_AGAIN: _("两次没有回音，不知道发没发出去，没有再发"),
        outbox.OFF: _("短信已经关了"),
        "host not allowed": _("群机器人的地址不在允许的网站上"),
        "errcode 93000": _("群机器人的地址失效了，请在群里重新建一个"),
        "errcode 45009": _("这个群一分钟里发得太多"),
        "isv.BUSINESS_LIMIT_CONTROL": _("这个号码收得太多，运营商限流"),
        "isv.DAY_LIMIT_CONTROL": _("今天的短信条数用完了"),
        "isv.MOBILE_NUMBER_ILLEGAL": _("手机号不对，请在住户册里改"),
        "isv.AMOUNT_NOT_ENOUGH": _("短信账户没有钱了，请充值"),
        "isv.OUT_OF_SERVICE": _("短信账户停了，请充值"),
        "isv.SMS_TEMPLATE_ILLEGAL": _("短信模板没有通过或写错了"),
        "isv.SMS_SIGNATURE_ILLEGAL": _("短信签名没有通过或写错了"),
        "SignatureDoesNotMatch": _("短信的密钥不对"),
        "InvalidAccessKeyId.NotFound": _("短信的密钥不对"),
    }
    plain = word.removeprefix(outbox.BEFORE)
    if plain.startswith("connect"):
        return _("连不上（网络不通？）")
    if plain.startswith("no template"):
        return _("这一类还没有短信模板")
    return known.get(plain, plain or _("过了时间"))
