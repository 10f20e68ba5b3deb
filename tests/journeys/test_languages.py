"""A neighbour who reads no Chinese: from the card to the order, and only the village's own names
are in Chinese.

`PICTURES=docs/images` saves what the screens show.
"""

import json
import re

import pytest
from playwright.sync_api import Page, expect

from shop import demo
from shop.demo import village
from tests.journeys.people import door_card, log_in
from tests.journeys.small_village import audit

GREENS, POTATOES, DOOR = "上海青 2 斤", "土豆 5 斤", "1幢 204"
CHINESE = re.compile(r"[\u3000-\u303f\u3400-\u9fff\uff01-\uff60]+")
ON_THE_WALL = re.compile(r"\w+幢( \w+单元)?")
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"
PAGES = (
    *("/orders/", "/my-home/", "/my-home/preferences/", "/my-home/every-round/", "/account/"),
    *("/inbox/", "/my-card/", "/my-login/", "/offline/", f"/book/{demo.CODE}/"),
)
#: What the station and its people wrote themselves is shown as they wrote it.
NAMES = """
import json
from django.apps import apps
fields = {
    "inventory.Item": ("unit", "record__product__title", "record__product__categories__name"),
    "inventory.Station": ("name",), "delivery.Grid": ("name",), "delivery.Round": ("name",),
    "delivery.Person": ("name",), "delivery.Volunteer": ("user__name",),
    "shop.Announcement": ("text",),
}
print(json.dumps([
    str(value) for model, names in fields.items() for name in names
    for value in apps.get_model(model).objects.values_list(name, flat=True).distinct() if value
]))
"""
#: What a page says, aloud and in writing; what says of itself that it is in another language is.
SAID = """() => {
  const here = document.documentElement.lang, found = [document.title];
  for (const part of document.querySelectorAll("body, body *")) {
    if (part.closest("[lang]").lang !== here || /^(SCRIPT|STYLE)$/.test(part.tagName)) continue;
    for (const name of ["aria-label", "alt", "placeholder", "title", "data-confirm", "data-hm"])
      if (part.hasAttribute(name)) found.push(part.getAttribute(name));
    for (const text of part.childNodes)
      if (text.nodeType === Node.TEXT_NODE) found.push(text.textContent);
  }
  return found.map(words => words.trim()).filter(words => words);
}"""


@pytest.fixture(scope="module")
def station(shopping_station):
    return shopping_station


@pytest.fixture
def in_english(station):
    """Fails if a page says more in Chinese than the names that are so."""
    names = json.loads(station.manage("shell", "-v0", "--command", NAMES))
    names = sorted(set(names), key=len, reverse=True)

    def look(page: Page) -> None:
        expect(page.locator("html")).to_have_attribute("lang", "en")
        left = set()
        for said in page.evaluate(SAID):
            rest = ON_THE_WALL.sub("", said)
            for name in names:
                rest = rest.replace(name, "")
            if CHINESE.search(rest):
                left.add(said)
        assert not left, page.url
        assert page.evaluate(WIDER) <= 0, page.url

    return look


def test_the_whole_way_in_english(phone, tablet, station, picture, in_english):
    code = door_card(log_in(tablet(), village.CLERK), f"二网格 {DOOR}")
    newcomer = phone()
    # Scanned, and nothing to be read of it: the code stays, in the other language too.
    newcomer.goto(f"/c/#{code}")
    expect(newcomer.get_by_role("heading", name=f"您是 {DOOR} 这一户吗？")).to_be_visible()
    newcomer.get_by_role("button", name="English").click()
    expect(newcomer.get_by_role("heading", name="Do you live at Bldg 1 204?")).to_be_visible()
    assert code not in newcomer.url
    in_english(newcomer)
    newcomer.get_by_label("Mobile number").fill("13700000065")
    newcomer.get_by_role("button", name="Yes, go shopping").click()

    expect(newcomer.get_by_text("to your door")).to_be_visible()
    in_english(newcomer)
    for title in (GREENS, POTATOES):
        more = newcomer.get_by_role("button", name=f"{title} one more")
        more.click()
        expect(more.locator("xpath=..")).to_have_attribute("data-now", "1")
    expect(newcomer.locator("#basket-bar")).to_contain_text("¥17.90")
    in_english(newcomer)
    picture(newcomer, "65-english")
    newcomer.get_by_role("heading", name=GREENS).click()
    in_english(newcomer)
    newcomer.goto("/?q=jdd")
    in_english(newcomer)
    newcomer.locator("#basket-bar").get_by_role("link").click()
    newcomer.get_by_label("Hand over in person").check()
    in_english(newcomer)
    newcomer.get_by_role("button", name="Order", exact=True).click()
    expect(newcomer.get_by_role("heading", name="Order placed")).to_be_visible()
    in_english(newcomer)
    placed = newcomer.url
    for path in (*PAGES, f"{placed}receipt/"):
        newcomer.goto(path)
        in_english(newcomer)
    newcomer.goto(placed)
    newcomer.get_by_role("link", name="Change").click()
    in_english(newcomer)
    audit(station)


def test_a_browser_that_asks_for_english_gets_it(phone, station, in_english):
    visitor = phone(locale="en-GB")
    visitor.goto("/c/")
    in_english(visitor)
    visitor.goto("/login/")
    in_english(visitor)
    visitor.get_by_label("Mobile number").fill(village.RESIDENT.phone)
    visitor.get_by_label("Password").fill(demo.PASSWORD)
    visitor.get_by_role("button", name="Log in").click()
    expect(visitor.get_by_role("link", name="Shop")).to_be_visible()
    in_english(visitor)
    # Chosen is chosen, whatever the browser asks for.
    visitor.goto("/my-home/")
    visitor.get_by_role("button", name="中文").click()
    expect(visitor.get_by_role("link", name="买菜")).to_be_visible()
