"""The ways to send text messages, and the one this installation has chosen."""

from django.conf import settings

from shop.messaging.gateways.aliyun import AliyunGateway
from shop.messaging.gateways.console import ConsoleGateway
from shop.messaging.gateways.gateway import Gateway

ALL: dict[str, Gateway] = {gateway.code: gateway for gateway in (ConsoleGateway(), AliyunGateway())}


def chosen() -> Gateway | None:
    """None: this installation sends no text messages."""
    return ALL.get(settings.SMS_GATEWAY)


def sms_is_on() -> bool:
    return chosen() is not None
