"""Every request is held against the parameter types of the SDK that is installed.

`stripe.params` has one TypedDict for each operation. A field that it does not know, anywhere in the
tree, is refused by name, so what passes here cannot be unknown to the real Stripe of that version.
"""

import re
import types
from decimal import Decimal, InvalidOperation
from functools import cache
from typing import Any, Literal, NotRequired, Union, get_args, get_origin, get_type_hints

import typing_extensions
from stripe import RequestOptions

from tests.fakes.stripe import forms
from tests.fakes.stripe.answers import Refused

UNIONS = {Union, types.UnionType}
LITERALS = {Literal, typing_extensions.Literal}
NOT_REQUIRED = {NotRequired, typing_extensions.NotRequired}
#: Stripe's limits on metadata.
MOST_KEYS, LONGEST_KEY, LONGEST_VALUE = 50, 40, 500


def check(given: dict[str, Any], params_type: Any) -> dict[str, Any]:
    """`given`, with its texts made ints, booleans and lists; raises `Refused` naming the field."""
    unknown = sorted(forms.path(*names) for names in _unknown(given, params_type, ()))
    if unknown:
        one = len(unknown) == 1
        raise _wrong(
            f"Received unknown parameter{'' if one else 's'}: {', '.join(unknown)}",
            unknown[0],
            "parameter_unknown",
        )
    return _object(given, params_type, ())


@cache
def fields(params_type: Any) -> dict[str, tuple[Any, bool]]:
    """The operation's own fields, without the SDK's options: name -> (type, is it required?)."""
    own = {
        name: hint
        for name, hint in params_type.__annotations__.items()
        if name not in RequestOptions.__annotations__
    }
    # A class that stands in, because the options beside them name types not there at run time.
    holder = type("Holder", (), {"__annotations__": own, "__module__": params_type.__module__})
    hints = get_type_hints(holder, include_extras=True)
    return {
        name: (get_args(hint)[0], False) if get_origin(hint) in NOT_REQUIRED else (hint, True)
        for name, hint in hints.items()
    }


def _unknown(value: Any, hint: Any, at: tuple[str, ...]):
    """The places in a tree that its type does not know."""
    if not isinstance(value, dict):
        return
    if _is_typed_dict(hint):
        known = fields(hint)
        for name, inner in value.items():
            if name not in known:
                yield (*at, name)
            else:
                yield from _unknown(inner, known[name][0], (*at, name))
    elif get_origin(hint) in UNIONS:
        branches = [branch for branch in get_args(hint) if _takes_a_tree(branch)]
        found = [list(_unknown(value, branch, at)) for branch in branches]
        yield from min(found, key=len, default=[])
    elif get_origin(hint) is list:
        for name, inner in value.items():
            yield from _unknown(inner, get_args(hint)[0], (*at, name))


def _value(value: Any, hint: Any, at: tuple[str, ...]) -> Any:
    if get_origin(hint) in UNIONS:
        return _union(value, get_args(hint), at)
    if _is_typed_dict(hint):
        return _object(_tree(value, at, "object"), hint, at)
    if get_origin(hint) is list:
        return _list(_tree(value, at, "array"), get_args(hint)[0], at)
    if get_origin(hint) is dict:
        return _metadata(_tree(value, at, "object"), at)
    if isinstance(value, dict):
        raise _wrong(f"Invalid {_name(hint)}: {forms.path(*at)}", forms.path(*at))
    if get_origin(hint) in LITERALS:
        return _literal(value, get_args(hint), at)
    return _scalar(value, hint, at)


def _object(given: dict[str, Any], params_type: Any, at: tuple[str, ...]) -> dict[str, Any]:
    known = fields(params_type)
    for name, (_, required) in known.items():
        if required and name not in given:
            place = forms.path(*at, name)
            raise _wrong(f"Missing required param: {place}.", place, "parameter_missing")
    return {name: _value(value, known[name][0], (*at, name)) for name, value in given.items()}


def _list(given: dict[str, Any], hint: Any, at: tuple[str, ...]) -> list[Any]:
    if set(given) != {str(number) for number in range(len(given))}:
        raise _wrong("Invalid array", forms.path(*at))
    return [_value(given[str(n)], hint, (*at, str(n))) for n in range(len(given))]


def _metadata(given: dict[str, Any], at: tuple[str, ...]) -> dict[str, str]:
    place = forms.path(*at)
    if len(given) > MOST_KEYS:
        raise _wrong(f"Metadata can only have {MOST_KEYS} keys.", place)
    for key, value in given.items():
        if not isinstance(value, str):
            raise _wrong(f"Metadata values must be strings: {key}", forms.path(*at, key))
        if len(key) > LONGEST_KEY or len(value) > LONGEST_VALUE:
            raise _wrong(
                f"Metadata keys have up to {LONGEST_KEY} characters, values {LONGEST_VALUE}.",
                forms.path(*at, key),
            )
    return {key: value for key, value in given.items() if value}


def _union(value: Any, hints: tuple[Any, ...], at: tuple[str, ...]) -> Any:
    """Of what a field may be, that which fits.

    `Literal['a', 'b'] | str` is how the SDK spells an enum that later versions may extend; this
    version knows 'a' and 'b'. `Literal[''] | str` spells a text that may be emptied.
    """
    if not isinstance(value, dict):
        literals = [hint for hint in hints if get_origin(hint) in LITERALS]
        words = tuple(word for hint in literals for word in get_args(hint))
        if value == "" and "" in words:
            return ""
        if any(words):
            return _literal(value, words, at)
        hints = tuple(hint for hint in hints if hint not in literals)
    fitting = [hint for hint in hints if _takes_a_tree(hint) == isinstance(value, dict)]
    refusals = []
    for hint in fitting or hints:
        try:
            return _value(value, hint, at)
        except Refused as refusal:
            refusals.append(refusal)
    raise refusals[0]


def _literal(value: str, words: tuple[Any, ...], at: tuple[str, ...]) -> str:
    if value not in words:
        known = ", ".join(repr(word) for word in words)
        raise _wrong(f"Invalid {forms.path(*at)}: must be one of {known}", forms.path(*at))
    return value


def _scalar(value: str, hint: Any, at: tuple[str, ...]) -> Any:
    place = forms.path(*at)
    if value == "":
        raise _wrong(
            f"You passed an empty string for '{place}'. We assume empty values are an attempt to "
            f"unset a parameter; however '{place}' cannot be unset.",
            place,
            "parameter_invalid_empty",
        )
    if hint is bool:
        if value not in {"true", "false"}:
            raise _wrong(f"Invalid boolean: {value}", place)
        return value == "true"
    if hint is int:
        if not re.fullmatch(r"-?[0-9]{1,18}", value):
            raise _wrong(f"Invalid integer: {value}", place, "parameter_invalid_integer")
        return int(value)
    if hint in {float, Decimal}:
        try:
            return Decimal(value)
        except InvalidOperation:
            raise _wrong(f"Invalid decimal: {value}", place) from None
    return value


def _tree(value: Any, at: tuple[str, ...], kind: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise _wrong(f"Invalid {kind}", forms.path(*at))
    return value


def _is_typed_dict(hint: Any) -> bool:
    return isinstance(hint, type) and issubclass(hint, dict) and hasattr(hint, "__total__")


def _takes_a_tree(hint: Any) -> bool:
    return _is_typed_dict(hint) or get_origin(hint) in {list, dict}


def _name(hint: Any) -> str:
    return {str: "string", int: "integer", bool: "boolean"}.get(hint, "value")


def _wrong(message: str, param: str, code: str | None = None) -> Refused:
    return Refused(message, param=param, code=code, before_work=True)
