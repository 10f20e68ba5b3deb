"""Residents' phones: what one visit asks of a shop, ours and the plain one.

A visit is a generator that stops after every request, so that a clock can stop it anywhere and let
it go on later.
"""

import gzip
import http.client
import re
import time
from collections.abc import Iterator
from urllib.parse import urlencode, urlsplit

#: A connection that was left alone for longer is opened again; the server closes it after 15 s.
KEPT_SECONDS = 10


class Phone:
    """A browser that is logged in: one kept connection, cookies, compressed pages."""

    def __init__(self, port: int, person: dict) -> None:
        self.connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        self.cookies = {"sessionid": person["session"]}
        self.person = person
        self.asked_at = 0.0

    def ask(self, path: str, fields=None, headers=None, *, expect: int = 200) -> tuple[str, str]:
        """GET, or POST with fields; where it leads to, and the page."""
        headers = {
            "Cookie": "; ".join(f"{k}={v}" for k, v in self.cookies.items()),
            "Accept-Encoding": "gzip",
            **(headers or {}),
        }
        body = None
        if fields is not None:
            body = urlencode(fields)
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            headers["X-CSRFToken"] = self.cookies["csrftoken"]
        if time.monotonic() - self.asked_at > KEPT_SECONDS:
            self.connection.close()  # the next request opens it
        self.connection.request("GET" if body is None else "POST", path, body, headers)
        answer = self.connection.getresponse()
        page = answer.read()
        self.asked_at = time.monotonic()
        if answer.getheader("Content-Encoding") == "gzip":
            page = gzip.decompress(page)
        for cookie in answer.headers.get_all("Set-Cookie", []):
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        if answer.status != expect:
            raise AssertionError(f"{urlsplit(path).path} answers {answer.status}")
        return answer.getheader("Location", ""), page.decode()


def ours(phone: Phone, shop: dict, number: int) -> Iterator[None]:
    """The category, a good into the basket, the checkout page, the order, the order's page."""
    record = shop["records"][number % len(shop["records"])]
    _, page = phone.ask(shop["category"])
    assert page.count('<li id="good-') == len(shop["records"])
    yield
    phone.ask("/basket/change/", {"record": record, "quantity": 1}, {"HX-Request": "true"})
    yield
    _, page = phone.ask("/checkout/")
    yield
    shown = {name: _field(page, name) for name in ("basket", "seen")}
    fields = {**shown, "in_person": "", "note": "", "pay": "door"}
    order, _ = phone.ask("/checkout/", fields, expect=302)
    yield
    _, page = phone.ask(order)
    assert "¥6.40" in page
    yield


def plain_oscar(phone: Phone, shop: dict, number: int) -> Iterator[None]:
    """The category, a good into the basket, which leads back there, "Checkout now" of the message
    that says so, address, shipping, payment, preview, the order, its confirmation. The basket's own
    page is left out."""
    _, page = phone.ask(shop["category"])
    goods = re.findall(r'action="(/basket/add/[^"]*)"', page)
    yield
    said = {"Referer": f"http://127.0.0.1:{phone.connection.port}{shop['category']}"}
    path, _ = phone.ask(goods[number % len(goods)], {"quantity": 1}, said, expect=302)
    yield
    phone.ask(_path(path))
    yield
    yield from _follow(phone, "/checkout/", "/checkout/shipping-address/")
    address = {"action": "ship_to", "address_id": phone.person["address"]}
    path, _ = phone.ask("/checkout/shipping-address/", address, expect=302)
    yield
    yield from _follow(phone, _path(path), "/checkout/payment-details/")
    phone.ask("/checkout/preview/")
    yield
    path, _ = phone.ask("/checkout/preview/", {"action": "place_order"}, expect=302)
    yield
    _, page = phone.ask(_path(path))
    assert "6.40" in page
    yield


def _follow(phone: Phone, path: str, last: str) -> Iterator[None]:
    """Where the server sends the browser, until the page that is shown."""
    while path != last:
        to, _ = phone.ask(path, expect=302)
        path = _path(to)
        yield
    phone.ask(path)
    yield


def _path(address: str) -> str:
    return urlsplit(address).path


def _field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    if not found:
        raise AssertionError(f"the checkout page has no {name}")
    return found[1]


VISITS = {"ours": ours, "plain Oscar": plain_oscar}
