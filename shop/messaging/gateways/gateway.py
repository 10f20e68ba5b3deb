"""What a way to send text messages must be able to do, and how it says that it could not."""

from collections.abc import Mapping
from typing import ClassVar

from shop.messaging.templates import Template


class NotSent(Exception):
    """`word` says why, in the gateway's own short code: never what was sent, nor where to."""

    def __init__(self, word: str) -> None:
        self.word = word[:200]
        super().__init__(self.word)


class Refused(NotSent):
    """The same again would be refused again: somebody has to put something right first."""


class Later(NotSent):
    """Nothing went out; the same may well go out later."""


class NoAnswer(NotSent):
    """It may have gone out, or not: the answer got lost."""


class Gateway:
    """One subclass in one module, named as its `code`; `shop.messaging.gateways.ALL` lists them."""

    code: ClassVar[str]
    title: ClassVar[str]

    def send(self, phone: str, template: Template, params: Mapping[str, object]) -> str:
        """Sends one text message; the gateway's number for it, if it has one.

        Raises `Refused`, `Later`, `NoAnswer`. Holds no lock and writes nothing: its caller does.
        """
        raise NotImplementedError
