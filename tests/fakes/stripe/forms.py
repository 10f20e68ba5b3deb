"""Stripe's requests are forms: `line_items[0][price_data][currency]=cny` is a tree."""

from typing import Any
from urllib.parse import parse_qsl

from tests.fakes.stripe.answers import Refused

#: A key with more brackets than this is nobody's request.
DEEPEST = 12


def decode(text: str) -> dict[str, Any]:
    """The tree a form spells: texts as leaves, dicts as branches; a list is a dict "0", "1", …"""
    tree: dict[str, Any] = {}
    for key, value in parse_qsl(text, keep_blank_values=True):
        *branches, leaf = _names(key)
        place = tree
        for name in branches:
            place = place.setdefault(name or str(len(place)), {})
            if not isinstance(place, dict):
                raise _unreadable(key)
        leaf = leaf or str(len(place))
        if leaf in place:
            raise _unreadable(key)
        place[leaf] = value
    return tree


def path(*names: str) -> str:
    """How Stripe spells the place of a parameter: `line_items[0][quantity]`."""
    first, *rest = names
    return first + "".join(f"[{name}]" for name in rest)


def _names(key: str) -> list[str]:
    first, *rest = key.split("[")
    names = [first, *(name.removesuffix("]") for name in rest)]
    closed = all(name.endswith("]") for name in rest)
    if not first or not closed or len(rest) > DEEPEST or any("]" in name for name in names):
        raise _unreadable(key)
    return names


def _unreadable(key: str) -> Refused:
    return Refused(f"Invalid parameter: {key}", param=key, before_work=True)
