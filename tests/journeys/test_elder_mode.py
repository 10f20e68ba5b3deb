"""长辈版: one tap, and for everybody behind the door words and buttons are large.

`PICTURES=docs/images` saves what the screens show.
"""

import pytest
from playwright.sync_api import Page, expect

from shop.demo import village
from tests.journeys.people import come_in, door_card, line_of_sum, log_in, show
from tests.journeys.small_village import audit

GREENS, POTATOES, DOOR = "上海青 2 斤", "土豆 5 斤", "二网格 1幢 203"

PAGES = (
    *("/orders/", "/my-home/", "/inbox/", "/my-home/preferences/", "/account/"),
    *("/my-home/every-round/", "/my-card/", "/?category=kept"),
)
#: In px: words that are read, the least anything is written in, what is tapped again and again.
WORDS, SMALLEST, TARGET = 20, 17, 56
#: The size that each text on the screen is written in; what is only said aloud does not count.
SIZES = """() => {
  const found = [], walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const part = walk.currentNode.parentElement, box = part.getBoundingClientRect();
    const said = walk.currentNode.textContent.trim();
    const seen = box.width > 1 && box.height > 1 && part.checkVisibility();
    if (said && seen && !part.closest("[aria-hidden]"))
      found.push([parseFloat(getComputedStyle(part).fontSize), said]);
  }
  return found.filter(([size]) => size > 0);
}"""
WIDER = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"


@pytest.fixture(scope="module")
def station(shopping_station):
    return shopping_station


def size(page: Page, selector: str) -> float:
    part = page.locator(selector).first
    return part.evaluate("part => parseFloat(getComputedStyle(part).fontSize)")


class Ruler:
    """Measures pages; `short` is what was too small or too wide, a line each."""

    def __init__(self) -> None:
        self.short: list[str] = []

    def look(self, page: Page, *targets: str) -> None:
        """What holds for every page in large print; `targets` are tapped again and again."""
        if (body := size(page, "body")) < WORDS:
            self.short.append(f"{page.url}: written in {body}")
        for least, said in page.evaluate(SIZES):
            if least < SMALLEST:
                self.short.append(f"{page.url}: {least} px: {said}")
        if wider := page.evaluate(WIDER):
            self.short.append(f"{page.url}: {wider} px too wide")
        for target in targets:
            boxes = [part.bounding_box() for part in page.locator(target).all()]
            least = min(box["height"] for box in boxes if box)
            if least < TARGET:
                self.short.append(f"{page.url}: {target} is {least} px high")


def test_large_print_for_everybody_behind_the_door(phone, tablet, station, picture):
    staff = log_in(tablet(), village.CLERK)
    grandmother = come_in(phone(), door_card(staff, DOOR), "13700000071")
    assert size(grandmother, "body") < WORDS
    grandmother.get_by_role("button", name="长辈版").click()
    expect(grandmother.get_by_role("button", name="标准版")).to_be_visible()

    # The other phone of the door was handed a card of its own.
    other, ruler = come_in(phone(), door_card(staff, DOOR), "13700000072"), Ruler()
    ruler.look(other, ".step", ".cats a", ".tabs a")
    for words in (".goods h3", ".price", ".stepper output", ".cats a"):
        assert size(other, words) >= WORDS, words
    for title in (POTATOES, GREENS):
        other.get_by_role("button", name=f"{title} 加一份").click()
        expect(other.get_by_role("button", name=f"{title} 少一份")).to_be_visible()
    expect(other.locator("#basket-bar")).to_contain_text("¥17.90")
    ruler.look(other, ".basket-bar .go")
    show(other.get_by_role("heading", name=GREENS))
    picture(other, "64-elder")
    other.locator("#basket-bar").get_by_role("link").click()
    expect(other.locator("#pay-bar")).to_contain_text("¥17.90")
    ruler.look(other, ".step", ".btn", ".seg span")
    other.get_by_role("button", name="下单", exact=True).click()
    expect(other.get_by_role("heading", name="已下单")).to_be_visible()
    expect(line_of_sum(other, "送到时付")).to_have_text("¥17.90")
    ruler.look(other, ".btn")
    for path in PAGES:
        other.goto(path)
        ruler.look(other)
    assert not ruler.short, "\n".join(ruler.short)

    # Who does not want it switches it off, for both.
    other.goto("/")
    other.get_by_role("button", name="标准版").click()
    expect(other.get_by_role("button", name="长辈版")).to_be_visible()
    grandmother.goto("/")
    assert size(grandmother, "body") < WORDS
    audit(station)
