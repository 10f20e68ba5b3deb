"""What the installed SDK's own types do not know is refused, wherever it stands in the tree."""

from copy import deepcopy

import pytest
import stripe
from stripe import params
from stripe.params import checkout

from tests.fakes.conftest import order
from tests.fakes.stripe import Refused, forms, parameters


def changed(path, value):
    """The order with one field set, or left out for None."""
    given = deepcopy(order())
    *branches, last = path
    place = given
    for name in branches:
        place = place[name]
    if value is None:
        del place[last]
    else:
        place[last] = value
    return given


@pytest.mark.parametrize(
    ("path", "value", "param", "code"),
    [
        # Gone since 2026-09-30: this very API has allowed_payment_method_types.
        (["payment_method_types"], ["card"], "payment_method_types", "parameter_unknown"),
        (["idempotency"], "1", "idempotency", "parameter_unknown"),
        (
            ["line_items", 0, "price_data", "amount"],
            5,
            "line_items[0][price_data][amount]",
            "parameter_unknown",
        ),
        (["payment_intent_data", "meta"], "x", "payment_intent_data[meta]", "parameter_unknown"),
        (
            ["line_items", 0, "price_data", "currency"],
            None,
            "line_items[0][price_data][currency]",
            "parameter_missing",
        ),
        (
            ["line_items", 0, "price_data", "product_data", "name"],
            "",
            "line_items[0][price_data][product_data][name]",
            "parameter_invalid_empty",
        ),
        (
            ["line_items", 0, "quantity"],
            "1.5",
            "line_items[0][quantity]",
            "parameter_invalid_integer",
        ),
        (
            ["line_items", 0, "price_data", "unit_amount"],
            "23.00",
            "line_items[0][price_data][unit_amount]",
            "parameter_invalid_integer",
        ),
        (["mode"], "pay", "mode", None),
        (["locale"], "zh-CN", "locale", None),
        (["line_items"], "milk", "line_items", None),
        (["client_reference_id"], {"a": "b"}, "client_reference_id", None),
        (["metadata"], {"note": "x" * 501}, "metadata[note]", None),
        (["success_url"], None, "success_url", "parameter_missing"),
        (["success_url"], "/paid/", "success_url", "url_invalid"),
        (["line_items"], None, "line_items", "parameter_missing"),
        (["discounts"], [{"coupon": "x"}], "discounts", None),
    ],
)
def test_what_is_wrong_is_named(client, path, value, param, code):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.checkout.sessions.create(changed(path, value))
    assert (refused.value.param, refused.value.code) == (param, code)
    assert refused.value.http_status == 400
    assert client.v1.checkout.sessions.list().data == []


def test_every_unknown_field_is_named(client):
    with pytest.raises(stripe.InvalidRequestError) as refused:
        client.v1.refunds.create({"payment_intent": "pi_1", "sum": 5, "note": "x"})
    assert refused.value.user_message == "Received unknown parameters: note, sum"


def test_a_key_is_not_used_up_by_what_was_refused_unread(client):
    options = {"idempotency_key": "one"}
    with pytest.raises(stripe.InvalidRequestError):
        client.v1.checkout.sessions.create(order(nonsense="1"), options)
    assert client.v1.checkout.sessions.create(order(), options).id


def test_texts_become_what_the_types_say():
    given = forms.decode(
        "expires_at=5&allow_promotion_codes=true&metadata[a]=1&metadata[b]="
        "&allowed_payment_method_types[]=card&allowed_payment_method_types[]=alipay"
        "&created[gte]=7"
    )
    created = given.pop("created")
    assert parameters.check(given, checkout.SessionCreateParams) == {
        "expires_at": 5,
        "allow_promotion_codes": True,
        "metadata": {"a": "1"},
        "allowed_payment_method_types": ["card", "alipay"],
    }
    for value in (created, "7"):
        checked = parameters.check({"created": value}, params.RefundListParams)
        assert checked == {"created": {"gte": 7} if isinstance(value, dict) else 7}


@pytest.mark.parametrize(
    "text", ["a]=1", "a[b=1", "[a]=1", "a=1&a=2", "a=1&a[b]=2", "a" + "[b]" * 13]
)
def test_a_form_that_spells_no_tree(text):
    with pytest.raises(Refused, match="Invalid parameter"):
        forms.decode(text if "=" in text else f"{text}=1")


@pytest.mark.parametrize(
    "params_type",
    [checkout.SessionCreateParams, params.RefundCreateParams, params.EventListParams],
)
def test_the_options_of_the_sdk_are_no_parameters(params_type):
    with pytest.raises(Refused, match="unknown parameter: idempotency_key"):
        parameters.check({"idempotency_key": "x"}, params_type)
