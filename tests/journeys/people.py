"""What the people of the demo village do again and again."""

import re

from playwright.sync_api import Locator, Page, expect

from shop import demo
from shop.demo import village


def log_in(page: Page, person) -> Page:
    page.goto("/login/")
    page.get_by_label("手机号").fill(person.phone)
    page.get_by_label("密码").fill(demo.PASSWORD)
    page.get_by_role("button", name="登录").click()
    expect(page).not_to_have_url(re.compile("/login/"))
    return page


def door_card(staff: Page, door: str) -> str:
    """The code of a new card for this door, as it comes out of the printer."""
    staff.goto("/station/cards/")
    row = staff.locator(".card-rows li").filter(has=staff.get_by_text(door, exact=True))
    row.get_by_role("button", name=re.compile("^印")).click()
    return "".join(staff.locator(".door-card .code b").inner_text().split())


def come_in(page: Page, code: str, number: str) -> Page:
    """The card is scanned, and the phone says its number."""
    page.goto(f"/c/#{code}")
    page.get_by_label("手机号").fill(number)
    page.get_by_role("button", name="是，进去买菜").click()
    expect(page.get_by_role("link", name="我家")).to_be_visible()
    return page


def fill(page: Page, basket: dict[str, int]) -> None:
    """So many of each good into the basket."""
    for title, units in basket.items():
        page.goto(f"/?q={title}")
        for number in range(1, units + 1):
            more = page.get_by_role("button", name=f"{title} 加一份")
            more.click()
            # The page counts at once; this is what the station says.
            expect(more.locator("xpath=..")).to_have_attribute("data-now", str(number))


def empty(page: Page) -> None:
    """Whatever an earlier journey left in the basket goes back."""
    page.goto("/checkout/")
    less = page.get_by_role("button", name=re.compile("少一份$"))
    while less.count():
        with page.expect_response("**/checkout/"):
            less.first.click()
        # What the station says, not a page in the middle of its change.
        page.goto("/checkout/")


def wish(page: Page, title: str, words: str) -> None:
    """For this good something else than for the rest."""
    if page.locator("details.each:not([open])").count():
        page.get_by_text("有的想分开说").click()
    page.get_by_label(f"{title} 万一不够").select_option(label=words)


def order(page: Page, basket: dict[str, int], wishes: dict[str, str] | None = None) -> None:
    fill(page, basket)
    page.goto("/checkout/")
    for title, words in (wishes or {}).items():
        wish(page, title, words)
    page.get_by_role("button", name="下单", exact=True).click()
    expect(page.get_by_role("heading", name="已下单")).to_be_visible()


def close_and_plan(staff: Page) -> None:
    """The round that takes orders closes, and its parcels become batches. `staff` says yes to
    what the page asks (`on("dialog", …)`)."""
    staff.goto("/station/rounds/")
    staff.get_by_role("button", name="截单").first.click()
    staff.goto("/station/dispatch/")
    staff.get_by_role("button", name="排批次").click()
    expect(staff.get_by_role("link", name=re.compile("-1$")).first).to_be_visible()


def send_out(staff: Page, batch: str) -> str:
    """The batch is given to the courier and packed; where its page is."""
    staff.get_by_role("link", name=re.compile(batch)).first.click()
    names = staff.get_by_label("派给").locator("option").all_inner_texts()
    [mine] = [name for name in names if village.COURIER.name in name]
    staff.get_by_label("派给").select_option(label=mine)
    staff.get_by_role("button", name="派给 TA").click()
    staff.get_by_role("button", name="装好了").click()
    return staff.url


def line_of_sum(page: Page, words: str) -> Locator:
    """The figure of a line of a bill, or of another sum."""
    return page.locator("dl.sum div").filter(has_text=words).locator("dd").first


def show(part: Locator) -> None:
    """In the middle of the screen, where no bar covers it."""
    part.evaluate("part => part.scrollIntoView({block: 'center'})")
