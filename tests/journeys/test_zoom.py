"""200 %: letters twice as large on a phone, pages twice as large on the station's screen.

Nothing runs out of the screen sideways, no words are cut, and whatever is used can be reached.
"""

import pytest
from playwright.sync_api import Page

from shop.demo import village
from tests.journeys import crawling
from tests.journeys.people import empty, fill, log_in

#: What a phone's "largest letters" do: the font a page starts from is twice as large.
LARGE = {"standard": 32, "fixed": 26}
#: 1280 × 1024 at 200 %.
SCREEN = {"viewport": {"width": 640, "height": 512}, "device_scale_factor": 2}
#: Where each finds what is theirs.
SHOP, BOOK, LEADER, COURIER, STATION = (
    r"/$|/(goods|checkout|orders|inbox|account|my-|pay)",
    "/book",
    "/leader/",
    "/courier/",
    "/station/",
)

# What cannot be read or used: words for each. What is in an area that scrolls may be wider;
# what one hides is cut.
WRONG = """() => {
  const root = document.documentElement, wrong = [];
  const name = part =>
    `${part.localName}.${part.className} “${part.textContent.trim().slice(0, 20)}”`;
  const shown = part => part.checkVisibility({visibilityProperty: true})
    && !part.closest(".visually-hidden");
  const holds = part => /auto|scroll|hidden|clip/.test(getComputedStyle(part).overflowX);
  const inside = part => part && part !== root && part !== document.body
    && (holds(part) || inside(part.parentElement));
  if (root.scrollWidth > root.clientWidth) wrong.push(`the page is ${root.scrollWidth} px wide`);
  for (const part of document.querySelectorAll("body *")) {
    if (!shown(part) || part.closest("svg")) continue;
    const box = part.getBoundingClientRect(), style = getComputedStyle(part);
    if (box.right > root.clientWidth + 1 && !inside(part)) wrong.push("runs out: " + name(part));
    if (part.clientWidth <= 1 || !part.childNodes.length || style.display === "inline") continue;
    const hides = /hidden|clip/.test(style.overflowX + style.overflowY);
    if (hides && part.scrollHeight > part.clientHeight + 2
        || (hides || part.matches("button, a, summary")) && part.scrollWidth > part.clientWidth + 2)
      wrong.push("cut: " + name(part));
  }
  const controls = "a[href], button, input, select, textarea, summary";
  for (const part of document.querySelectorAll(controls)) {
    if (!shown(part) || part.disabled || part.tabIndex < 0) continue;
    part.focus();
    part.scrollIntoView({block: "nearest", inline: "nearest"});
    const box = part.getClientRects()[0];
    const middle = (low, high, most) => (Math.max(low, 0) + Math.min(high, most)) / 2;
    const there = document.elementFromPoint(
      middle(box.left, box.right, innerWidth), middle(box.top, box.bottom, innerHeight));
    const its = there && (part.contains(there) || part.closest("label, a")?.contains(there));
    if (!its) wrong.push(`covered by ${there && name(there)}: ${name(part)}`);
  }
  return [...new Set(wrong)];
}"""


@pytest.fixture(scope="module")
def station(shopping_station):
    return shopping_station


def large(page: Page) -> Page:
    page.context.new_cdp_session(page).send("Page.setFontSizes", {"fontSizes": LARGE})
    return page


def wrong(page: Page, start: str, within: str) -> str:
    """A line for everything that is wrong on any of the pages there are."""
    return "\n".join(
        f"{path}: {words}"
        for path in crawling.pages(page, start, within)
        for words in page.evaluate(WRONG)
    )


def test_large_letters_at_the_door_of_the_shop(phone):
    page = large(phone())
    assert wrong(page, "/login/", "/login/|/c/") + wrong(page, "/book/", BOOK) == ""
    # Really twice as large, and the layout knows.
    assert page.evaluate("parseFloat(getComputedStyle(document.body).fontSize)") == 34
    assert page.evaluate("matchMedia('(max-width: 19em)').matches")


def test_large_letters_for_a_resident(phone, picture):
    resident = log_in(phone(), village.RESIDENT)
    fill(resident, {"上海青 2 斤": 1})
    found = wrong(large(resident), "/", SHOP)
    resident.goto("/")
    picture(resident, "67-large-letters")
    assert found == ""


def test_large_letters_for_a_leader_and_a_courier(phone):
    leader, courier = log_in(phone(), village.LEADER), log_in(phone(), village.COURIER)
    found = wrong(large(leader), "/leader/", LEADER)
    assert found + wrong(large(courier), "/courier/", COURIER) == ""


def test_large_letters_at_the_station(phone):
    assert wrong(large(log_in(phone(), village.MANAGER)), "/station/", STATION) == ""


def test_200_percent_for_a_resident(phone):
    resident = log_in(phone(**SCREEN), village.RESIDENT)
    empty(resident)
    fill(resident, {"上海青 2 斤": 1})
    assert wrong(resident, "/", SHOP) == ""


def test_200_percent_at_the_station(phone):
    assert wrong(log_in(phone(**SCREEN), village.MANAGER), "/station/", STATION) == ""


def test_what_is_wrong_is_heard(phone):
    page = phone()
    page.goto("/login/")
    assert page.evaluate(WRONG) == []
    page.evaluate(
        """() => {
          const [main, card] = [document.querySelector("main"), document.querySelector(".btn")];
          main.insertAdjacentHTML("beforeend", "<p class='out'>宽</p>");
          main.insertAdjacentHTML("beforeend", "<p class='low'>看不全的话</p>");
          main.querySelector(".out").style.width = "700px";
          Object.assign(main.querySelector(".low").style, {height: "9px", overflow: "hidden"});
          main.insertAdjacentHTML("beforeend", "<p class='over'></p>");
          const at = card.getBoundingClientRect();
          Object.assign(main.querySelector(".over").style, {position: "fixed", top: at.top + "px",
            left: at.left + "px", width: at.width + "px", height: at.height + "px"});
        }"""
    )
    heard = " ".join(page.evaluate(WRONG))
    assert "px wide" in heard
    assert "runs out: p.out" in heard
    assert "cut: p.low" in heard
    assert "covered by p.over" in heard
