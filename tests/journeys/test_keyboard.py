"""Without a finger and without a mouse: from the login to a placed order with Tab, Space and Enter.

At every step the focus can be seen, and nothing lies on it.
"""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from shop import demo
from shop.demo import village
from tests.journeys.people import empty, log_in

CABBAGE = "卷心菜 1 个约 3 斤"
#: What is wrong with where the focus is, in a word; nothing if it can be seen.
FOCUS = """() => {
  const part = document.activeElement;
  if (!part || part === document.body) return "nowhere";
  const marked = each => each && getComputedStyle(each).outlineStyle !== "none"
    && parseFloat(getComputedStyle(each).outlineWidth) >= 2;
  const drawn = [part, part.nextElementSibling, part.closest(".search, label")].some(marked);
  if (!drawn) return "not drawn: " + part.outerHTML;
  const box = part.getClientRects()[0];
  if (!box) return "hidden: " + part.outerHTML;
  const there = document.elementFromPoint(box.left + box.width / 2, box.top + box.height / 2);
  const seen = there && (part.contains(there) || part.closest("label")?.contains(there));
  return seen ? "" : "covered: " + part.outerHTML;
}"""


@pytest.fixture(scope="module")
def station(shopping_station):
    return shopping_station


def has_focus(part: Locator) -> bool:
    return part.evaluate("part => part === document.activeElement")


def tab_to(page: Page, part: Locator, key: str = "Tab") -> None:
    """Tab until it has the focus; what is passed on the way is seen as well."""
    expect(part).to_have_count(1)
    for _ in range(150):
        page.keyboard.press(key)
        assert page.evaluate(FOCUS) == ""
        if has_focus(part):
            return
    raise AssertionError(f"the focus never came to {part}")


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def test_from_the_login_to_a_placed_order(phone, picture):
    empty(log_in(phone(), village.RESIDENT))
    page = phone()
    page.goto("/login/")
    tab_to(page, page.get_by_label("手机号"))
    page.keyboard.type(village.RESIDENT.phone)
    tab_to(page, page.get_by_label("密码"))
    page.keyboard.type(demo.PASSWORD)
    page.keyboard.press("Enter")

    # The first Tab offers to skip what stands above the shelves.
    expect(page.get_by_role("link", name="买菜", exact=True)).to_be_visible()
    page.keyboard.press("Tab")
    assert has_focus(page.get_by_role("link", name="直接看内容"))
    picture(page, "68-skip-link")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"

    # One more, one more, one less, none, one: the focus stays on what is pressed, and goes to the
    # other button when that one is gone.
    more, less = button(page, f"{CABBAGE} 加一份"), button(page, f"{CABBAGE} 少一份")
    stepper = more.locator("xpath=..")
    tab_to(page, more)
    for units, key in ((1, "Enter"), (2, "Space")):
        page.keyboard.press(key)
        expect(stepper).to_have_attribute("data-now", str(units))
        assert has_focus(more)
    tab_to(page, less, "Shift+Tab")
    page.keyboard.press("Space")
    expect(stepper).to_have_attribute("data-now", "1")
    assert has_focus(less)
    page.keyboard.press("Space")
    expect(stepper).to_have_attribute("data-now", "0")
    assert has_focus(more)
    page.keyboard.press("Space")
    expect(stepper).to_have_attribute("data-now", "1")

    tab_to(page, page.get_by_role("link", name=re.compile("去下单")))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="确认订单")).to_be_visible()

    # On the checkout everything below the heading comes anew with each answer.
    more = button(page, f"{CABBAGE} 加一份")
    tab_to(page, more)
    page.keyboard.press("Enter")
    expect(page.locator(".basket output").first).to_have_text("2")
    assert has_focus(more)
    tab_to(page, page.get_by_label("放门口"))
    page.keyboard.press("ArrowRight")
    expect(page.get_by_label("当面交")).to_be_checked()
    assert page.evaluate(FOCUS) == ""
    tab_to(page, page.get_by_label("给志愿者的话"))
    page.keyboard.type("家有老人，请敲三下")
    tab_to(page, page.locator("#pay-bar").get_by_role("button", name="下单"))
    page.keyboard.press("Space")
    expect(page.get_by_role("heading", name="已下单")).to_be_visible()
    expect(page.get_by_text("家有老人，请敲三下")).to_be_visible()


def test_the_last_of_a_line_leaves_the_focus_on_the_page(phone):
    page = log_in(phone(), village.RESIDENT)
    empty(page)
    page.goto(f"/?q={CABBAGE}")
    button(page, f"{CABBAGE} 加一份").click()
    expect(button(page, f"{CABBAGE} 加一份").locator("xpath=..")).to_have_attribute("data-now", "1")
    page.goto("/checkout/")
    tab_to(page, button(page, f"{CABBAGE} 少一份"))
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="篮子是空的")).to_be_visible()
    expect(page.locator("#checkout-page")).to_be_focused()
    tab_to(page, page.get_by_role("link", name="去买菜"))


def test_a_heart_and_a_shelf_keep_the_focus(phone):
    page = log_in(phone(), village.RESIDENT)
    heart = button(page, f"{CABBAGE} 常买")
    tab_to(page, heart)
    page.keyboard.press("Space")
    expect(heart).to_have_attribute("aria-pressed", "true")
    assert has_focus(heart)
    page.keyboard.press("Space")
    expect(heart).to_have_attribute("aria-pressed", "false")
    shelf = page.get_by_role("link", name="水果", exact=True)
    tab_to(page, shelf, "Shift+Tab")
    page.keyboard.press("Enter")
    expect(shelf).to_have_attribute("aria-current", "true")
    assert has_focus(shelf)
