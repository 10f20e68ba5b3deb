"""The pay page in a browser's hands, and the fake as a process of its own."""

import json
import subprocess
import sys
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import pytest
import stripe

from tests.fakes.conftest import order, types


def ask(url, method="GET", body=None):
    """(status, Location, text), redirects not followed."""
    parts = urlsplit(url)
    connection = HTTPConnection(parts.hostname, parts.port, timeout=5)
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    connection.request(method, f"{parts.path}?{parts.query}", body, headers)
    response = connection.getresponse()
    answer = response.status, response.headers["Location"], response.read().decode()
    connection.close()
    return answer


def press(url, button, **fields):
    return ask(url, "POST", urlencode({"do": button, **fields}))


def tell(fake_url, name, **arguments):
    status, _, text = ask(f"{fake_url}/_fake/{name}", "POST", json.dumps(arguments))
    return status, json.loads(text)


def test_the_page_shows_what_is_to_be_paid(client):
    session = client.v1.checkout.sessions.create(order(metadata={"x": "<b>"}))
    status, _, text = ask(session.url)
    assert status == 200
    assert "¥23.00" in text
    assert "惠民驿站 订单 A1" in text
    for button in ("付款", "银行卡被拒", "异步付款（先受理后到账）", "放弃返回"):
        assert f">{button}</button>" in text
    assert "<script" not in text


def test_what_the_shop_says_is_only_text(client):
    given = order()
    given["line_items"][0]["price_data"]["product_data"]["name"] = "<script>alert(1)</script>"
    _, _, text = ask(client.v1.checkout.sessions.create(given).url)
    assert "<script" not in text


def test_paying_leads_back_to_the_shop(fake, client, session):
    status, location, _ = press(session.url, "pay", method="wechat_pay")
    assert (status, location) == (303, f"http://shop.example/paid/?session={session.id}")
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"
    assert client.v1.charges.list().data[0].payment_method_details.type == "wechat_pay"
    # A second press, from another tab: nothing more is taken.
    status, _, text = press(session.url, "pay")
    assert (status, "已经办完" in text) == (200, True)
    assert types(fake).count("charge.succeeded") == 1


def test_a_declined_card_may_try_again(client, session):
    status, _, text = press(session.url, "decline")
    assert (status, "被拒绝" in text) == (200, True)
    assert press(session.url, "pay")[0] == 303


def test_going_back_pays_nothing(client, session):
    assert press(session.url, "back")[:2] == (303, "http://shop.example/back/")
    assert client.v1.checkout.sessions.retrieve(session.id).status == "open"


def test_money_that_arrives_later(client, session):
    assert press(session.url, "later")[0] == 303
    assert ">款项到账</button>" in ask(session.url)[2]
    assert press(session.url, "arrived")[0] == 303
    assert client.v1.checkout.sessions.retrieve(session.id).payment_status == "paid"


def test_a_page_that_has_run_out(fake, session):
    fake.clock(3601)
    _, location, text = press(session.url, "pay")
    assert location is None
    assert "已经过期" in text
    assert types(fake) == ["checkout.session.expired"]


@pytest.mark.parametrize(("button", "method"), [("nonsense", "card"), ("pay", "cash")])
def test_a_button_that_is_not_there(fake, session, button, method):
    assert press(session.url, button, method=method)[0] == 200
    assert types(fake) == []


def test_nobodys_page(fake):
    assert ask(f"{fake.url}/c/pay/cs_test_nobody")[0] == 404
    assert ask(f"{fake.url}/")[0] == 404


def test_everything_can_be_asked_over_http(fake, client, session):
    assert tell(fake.url, "faults", fail={"path": "/v1/charges", "kind": "drop"}, hold={}) == (
        200,
        {"fail": None, "hold": None},
    )
    with pytest.raises(stripe.APIConnectionError):
        client.v1.charges.list()
    assert tell(fake.url, "pay", session=session.id)[1]["payment_status"] == "paid"
    assert tell(fake.url, "release", shuffle=3) == (200, 4)
    paid = client.v1.checkout.sessions.retrieve(session.id)
    assert tell(fake.url, "refund", payment_intent=paid.payment_intent, amount=5)[0] == 200
    assert tell(fake.url, "dispute", payment_intent=paid.payment_intent)[1]["amount"] == 2295
    assert tell(fake.url, "clock", offset=60)[1]["offset"] == 60
    fresh = json.loads(ask(f"{fake.url}/_fake/deliveries?after=4")[2])
    assert [sent["type"] for sent in fresh] == [
        "refund.created",
        "charge.refunded",
        "charge.dispute.created",
    ]
    stripe.Webhook.construct_event(fresh[0]["body"], fresh[0]["signature"], fake.webhook_secret)


@pytest.mark.parametrize(
    ("name", "arguments", "status"),
    [
        ("stop", {}, 404),
        ("pay", {"sessions": "x"}, 400),
        ("pay", {"session": "cs_test_nobody"}, 404),
        ("fail", {"kind": "explode"}, 400),
        ("faults", {"pay": {}}, 404),
    ],
)
def test_what_cannot_be_asked(fake, name, arguments, status):
    assert tell(fake.url, name, **arguments)[0] == status


def test_a_process_of_its_own():
    with subprocess.Popen(
        [sys.executable, "-m", "tests.fakes.stripe", "--secret", "whsec_mine"],
        cwd=Path(__file__).parent.parent.parent,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout
        url = process.stdout.readline().strip()
        client = stripe.StripeClient("sk_test_fake", base_addresses={"api": url})
        session = client.v1.checkout.sessions.create(order())
        tell(url, "expire", session=session.id)
        [sent] = json.loads(ask(f"{url}/_fake/deliveries")[2])
        stripe.Webhook.construct_event(sent["body"], sent["signature"], "whsec_mine")
        process.terminate()
        assert process.wait(timeout=5) == 0
