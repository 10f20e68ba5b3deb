"""Lists as Stripe gives them: newest first, in pages, filtered; and objects expanded in place."""

import copy
from fnmatch import fnmatchcase
from typing import Any

from tests.fakes.stripe.account import Account
from tests.fakes.stripe.answers import Refused, no_such

PAGING = {"limit", "starting_after", "ending_before", "expand"}
DEEPEST = 4
COMPARE = {
    "gt": lambda created, bound: created > bound,
    "gte": lambda created, bound: created >= bound,
    "lt": lambda created, bound: created < bound,
    "lte": lambda created, bound: created <= bound,
}


def page(account: Account, kind: str, url: str, params: dict, delivered: set[str]) -> dict:
    """One page. `delivered` are the events that the webhook took."""
    found = [
        thing
        for thing in account.all(kind)
        if all(_fits(thing, name, params[name], delivered) for name in params.keys() - PAGING)
    ]
    limit = params.get("limit", 10)
    if not 1 <= limit <= 100:
        raise Refused("limit must be between 1 and 100", param="limit", before_work=True)
    more = False
    if "ending_before" in params:
        end = _place(found, kind, params, "ending_before")
        found, more = found[max(0, end - limit) : end], end > limit
    else:
        start = (
            _place(found, kind, params, "starting_after") + 1 if "starting_after" in params else 0
        )
        found, more = found[start : start + limit], len(found) > start + limit
    return {"object": "list", "data": copy.deepcopy(found), "has_more": more, "url": url}


def expanded(account: Account, thing: dict, paths: list[str]) -> dict:
    """A copy with objects in the place of their ids, as `expand` asks."""
    thing = copy.deepcopy(thing)
    for path in paths:
        keys = path.split(".")
        if len(keys) - (keys[0] == "data") > DEEPEST:
            raise Refused("You cannot expand more than 4 levels of a property.", param="expand")
        _expand(account, thing, keys, path)
    return thing


def _expand(account: Account, thing: dict, keys: list[str], path: str) -> None:
    key, *rest = keys
    if thing.get("object") == "list" and key == "data" and rest:
        for one in thing["data"]:
            _expand(account, one, rest, path)
        return
    if thing.get("object") == "checkout.session" and key == "line_items":
        thing[key] = _whole(account.line_items[thing["id"]], f"{thing['id']}/line_items")
    elif thing.get("object") == "charge" and key == "refunds":
        refunds = [one for one in account.all("refund") if one["charge"] == thing["id"]]
        thing[key] = _whole(refunds, f"/v1/charges/{thing['id']}/refunds")
    elif found := account.find(thing.get(key)):
        thing[key] = copy.deepcopy(found)
    elif not isinstance(thing.get(key), dict) and thing.get(key, "") is not None:
        raise Refused(f"This property cannot be expanded ({path}).", param="expand")
    if rest and isinstance(thing.get(key), dict):
        _expand(account, thing[key], rest, path)


def _whole(things: list[dict], url: str) -> dict:
    return {"object": "list", "data": copy.deepcopy(things), "has_more": False, "url": url}


def _place(found: list[dict], kind: str, params: dict, name: str) -> int:
    for place, thing in enumerate(found):
        if thing["id"] == params[name]:
            return place
    raise no_such(kind.removeprefix("checkout."), params[name], param=name)


def _fits(thing: dict, name: str, wanted: Any, delivered: set[str]) -> bool:
    if name == "created":
        bounds = wanted if isinstance(wanted, dict) else {"gte": wanted, "lte": wanted}
        return all(COMPARE[name](thing["created"], bound) for name, bound in bounds.items())
    if name == "types":
        return thing["type"] in wanted
    if name == "type":
        return fnmatchcase(thing["type"], wanted)
    if name == "delivery_success":
        return (thing["id"] in delivered) == wanted
    return thing.get(name) == wanted
