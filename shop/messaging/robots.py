"""群机器人: one line into a grid's group chat in 企业微信 (WeCom), by the address that its members
made for it. The address is a secret, and leads nowhere but to the hosts that the settings name.
"""

import json
from urllib.parse import parse_qs, urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

from delivery.models import Grid
from inventory.words import listed
from shop.errors import RobotRefused
from shop.messaging import https, sealing
from shop.messaging.gateways.gateway import Later, NoAnswer, Refused
from shop.models import GridRobot

PATH = "/cgi-bin/webhook/send"
#: Bytes of a text, as they document it.
MOST_BYTES = 2048
#: Codes that pass by themselves: busy, and more than 20 messages a minute.
PASSING = frozenset({-1, 45009})


def set_address(grid: Grid, address: str, *, by) -> GridRobot:
    """From now on the grid's group is told. Raises `RobotRefused`."""
    robot, _made = GridRobot.objects.update_or_create(
        grid=grid, defaults={"sealed_url": sealing.seal(checked(address)), "active": True, "by": by}
    )
    return robot


def switch(grid: Grid, on: bool) -> None:
    GridRobot.objects.filter(grid=grid).update(active=on)


def forget(grid: Grid) -> None:
    GridRobot.objects.filter(grid=grid).delete()


def checked(address: str) -> str:
    """The address as we ask it. Raises `RobotRefused` for one that leads anywhere else."""
    try:
        parts = urlsplit(address.strip())
        keys = parse_qs(parts.query, strict_parsing=True, max_num_fields=1)
        key = keys["key"][0]
        port = parts.port
    except (ValueError, KeyError):
        raise RobotRefused(_("这不是群机器人的地址：要有 key=…… 这一段。")) from None
    ours = parts.scheme == "https" and parts.hostname in settings.ROBOT_HOSTS
    if not ours or port or parts.username is not None or parts.password is not None:
        hosts = listed(settings.ROBOT_HOSTS)
        raise RobotRefused(_("群机器人的地址要以 https:// 开头，并且在 %s 上。") % hosts)
    if parts.path != PATH or not key.isascii() or not key.replace("-", "").isalnum():
        raise RobotRefused(_("这不是群机器人的地址：请在企业微信群里重新复制一次。"))
    if len(key) > 100:
        raise RobotRefused(_("这不是群机器人的地址：请在企业微信群里重新复制一次。"))
    return f"https://{parts.hostname}{PATH}?key={key}"


def send(address: str, text: str) -> str:
    """Raises `Refused`, `Later`, `NoAnswer`. Nothing to keep comes back."""
    try:
        # Again: the settings may have changed since it was typed.
        parts = urlsplit(checked(address))
    except RobotRefused:
        raise Refused("host not allowed") from None
    base = settings.ROBOT_API_BASE or f"https://{parts.netloc}"
    content = text.encode()[:MOST_BYTES].decode(errors="ignore")
    body = json.dumps({"msgtype": "text", "text": {"content": content}}, ensure_ascii=False)
    headers = {"Content-Type": "application/json; charset=utf-8"}
    status, answer = https.post(base, f"{PATH}?{parts.query}", headers, body.encode())
    try:
        code = int(json.loads(answer)["errcode"])
    except (ValueError, KeyError, TypeError):
        if status in {429, 502, 503}:
            raise Later(f"HTTP {status}") from None
        raise NoAnswer(f"HTTP {status}") from None
    if code in PASSING:
        raise Later(f"errcode {code}")
    if code:
        raise Refused(f"errcode {code}")
    return ""
