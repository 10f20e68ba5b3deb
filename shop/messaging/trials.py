"""试发: does a gateway or a robot work at all? One a minute, through the outbox as all else."""

import json
from datetime import timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from delivery.models import Grid
from inventory.models import Station
from inventory.words import written
from shop.errors import TrialRefused
from shop.messaging import outbox, sealing, templates
from shop.models import GridRobot, Sending

#: From one to the next; and what did not go out by the end of it is no use any more.
BETWEEN, LASTS = timedelta(minutes=1), timedelta(minutes=10)


def of_sms(station: Station, user) -> None:
    """To the user's own phone. Raises `TrialRefused`."""
    if not outbox.sms_is_on():
        raise TrialRefused(_("还没有接短信，看 docs/operations.md。"))
    _queue(station, Sending.Channel.SMS, user.phone, {})


def of_robot(grid: Grid) -> None:
    """One line into the grid's chat. Raises `TrialRefused`."""
    robot = GridRobot.objects.filter(grid=grid).first()
    try:
        address = sealing.unseal(robot.sealed_url) if robot else ""
    except sealing.Broken:
        address = ""
    if not address:
        raise TrialRefused(_("这个网格没有能用的群机器人，请先填地址。"))
    with written():
        text = _("%(station)s试发的一条：这个群以后会收到%(grid)s开始接单、快截单的提醒。")
    said = {"text": text % {"station": grid.station.name, "grid": grid.name}}
    _queue(grid.station, Sending.Channel.ROBOT, address, said)


def _queue(station: Station, channel: Sending.Channel, to: str, params: dict) -> None:
    now = timezone.now()
    with transaction.atomic():
        # Two taps at once come one after the other.
        Station.objects.select_for_update(no_key=True).get(pk=station.pk)
        to_hash = outbox.hashed(to)
        lately = Sending.objects.filter(template=templates.TEST, at__gt=now - BETWEEN)
        if lately.filter(station=station, to_hash=to_hash).exists():
            raise TrialRefused(_("刚试过一条，请过一分钟再试。"))
        Sending.objects.create(
            station=station,
            channel=channel,
            template=templates.TEST,
            to_hash=to_hash,
            sealed=sealing.seal(json.dumps({"to": to, "params": params}, ensure_ascii=False)),
            next_try_at=now,
            expires_at=now + LASTS,
        )
        outbox.wake()
