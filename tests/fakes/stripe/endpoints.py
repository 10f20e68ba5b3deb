"""The part of Stripe's API that is played: which address does what, checked by which type."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from stripe import params
from stripe.params import checkout

from tests.fakes.stripe import lists, payments, refunds
from tests.fakes.stripe.account import Account
from tests.fakes.stripe.answers import Refused

SESSIONS = "/v1/checkout/sessions"


@dataclass(frozen=True)
class Endpoint:
    method: str
    path: re.Pattern[str]
    params_type: Any
    #: (account, parameters, the id in the address or "") -> the object that is the answer
    work: Callable[[Account, dict, str], dict]
    #: For a list: what it is a list of.
    listed: str = ""


def find(method: str, path: str) -> tuple[Endpoint, str]:
    """Who answers, and the id in the address."""
    for endpoint in ENDPOINTS:
        match = endpoint.path.fullmatch(path)
        if match and endpoint.method == method:
            return endpoint, match.groupdict().get("id") or ""
    raise Refused(
        f"Unrecognized request URL ({method}: {path}). If you are trying to list objects, remove "
        "the trailing slash; else this fake does not play it.",
        status=404,
    )


def answer(
    endpoint: Endpoint, account: Account, given: dict, id: str, delivered: set[str]
) -> dict[str, Any]:
    payments.expire_due(account)
    if endpoint.listed:
        url = endpoint.path.pattern
        found = lists.page(account, endpoint.listed, url, given, delivered)
    else:
        found = endpoint.work(account, given, id)
    return lists.expanded(account, found, given.get("expand", []))


def _endpoint(method: str, path: str, params_type: Any, work: Callable) -> Endpoint:
    pattern = path.replace(":id", r"(?P<id>[^/]+)")
    return Endpoint(method, re.compile(pattern), params_type, work)


def _one(kind: str, path: str, params_type: Any) -> Endpoint:
    return _endpoint(
        "GET", f"{path}/:id", params_type, lambda account, _, id: account.get(kind, id)
    )


def _list(kind: str, path: str, params_type: Any) -> Endpoint:
    return Endpoint("GET", re.compile(path), params_type, lambda *_: {}, listed=kind)


ENDPOINTS = [
    _endpoint(
        "POST",
        SESSIONS,
        checkout.SessionCreateParams,
        lambda account, given, _: payments.create(account, given),
    ),
    _endpoint(
        "POST",
        f"{SESSIONS}/:id/expire",
        checkout.SessionExpireParams,
        lambda account, _, id: payments.expire(account, id),
    ),
    _endpoint(
        "POST",
        "/v1/refunds",
        params.RefundCreateParams,
        lambda account, given, _: refunds.create(account, given),
    ),
    _one("checkout.session", SESSIONS, checkout.SessionRetrieveParams),
    _list("checkout.session", SESSIONS, checkout.SessionListParams),
    _one("payment_intent", "/v1/payment_intents", params.PaymentIntentRetrieveParams),
    _list("payment_intent", "/v1/payment_intents", params.PaymentIntentListParams),
    _one("charge", "/v1/charges", params.ChargeRetrieveParams),
    _list("charge", "/v1/charges", params.ChargeListParams),
    _one("refund", "/v1/refunds", params.RefundRetrieveParams),
    _list("refund", "/v1/refunds", params.RefundListParams),
    _one("dispute", "/v1/disputes", params.DisputeRetrieveParams),
    _list("dispute", "/v1/disputes", params.DisputeListParams),
    _one("event", "/v1/events", params.EventRetrieveParams),
    _list("event", "/v1/events", params.EventListParams),
    _one(
        "balance_transaction", "/v1/balance_transactions", params.BalanceTransactionRetrieveParams
    ),
    _list("balance_transaction", "/v1/balance_transactions", params.BalanceTransactionListParams),
]
