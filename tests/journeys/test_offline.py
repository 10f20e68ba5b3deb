"""Without a network: what was seen last still opens, says of when it is, and nothing is lost.

And in a browser that cannot keep anything, such as WeChat's on plain http, the shop is the same.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from shop.demo import village
from tests.journeys.people import empty, fill, log_in, order

CABBAGE, POTATOES = "卷心菜 1 个约 3 斤", "土豆 5 斤"
#: As the page says it, by the clock of the server.
KEPT = re.compile(r"^没有网络，这是 \d+月\d+日 \d\d:\d\d 存下的，可能已经变了。$")
#: What WeChat's browser lacks, or an old phone's, or any without https.
LACKING = """
for (const name of ["serviceWorker", "clipboard", "share", "vibrate", "mediaDevices", "locks"])
  delete Navigator.prototype[name];
for (const name of ["caches", "Notification", "BarcodeDetector", "indexedDB", "print",
                    "IntersectionObserver", "ResizeObserver", "structuredClone"])
  delete window[name];
delete Crypto.prototype.randomUUID;
"""
WECHAT = (
    "Mozilla/5.0 (Linux; Android 9) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 "
    "Chrome/86.0.4240.99 Mobile Safari/537.36 MicroMessenger/8.0.16"
)


@pytest.fixture(scope="module")
def station(shopping_station):
    return shopping_station


def kept(page: Page) -> list[str]:
    """The pages of a door this phone has kept."""
    return page.evaluate(
        """async () => {
          const pages = await (await caches.open("pages")).keys();
          return pages.map(each => new URL(each.url).pathname).sort();
        }"""
    )


def wait_for_worker(page: Page) -> None:
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    page.wait_for_function("navigator.serviceWorker.controller !== null")


def wait_until_kept(page: Page, **words: str) -> None:
    """Until the phone has kept these pages, with these words in them."""
    there = page.evaluate(
        """async words => {
          const has = async (name, word) => {
            const found = await caches.match(name === "home" ? "/" : `/${name}/`);
            return found && (await found.text()).includes(word);
          };
          for (let tries = 0; tries < 150; tries++) {
            const all = Object.entries(words).map(([name, word]) => has(name, word));
            if ((await Promise.all(all)).every(Boolean)) return true;
            await new Promise(resolve => setTimeout(resolve, 100));
          }
        }""",
        {name.replace("_", "-"): word for name, word in words.items()},
    )
    assert there, f"kept: {kept(page)}"


def test_the_shop_reopens_without_a_network(phone, picture):
    page = log_in(phone(), village.RESIDENT)
    wait_for_worker(page)
    empty(page)
    order(page, {CABBAGE: 1})
    placed = page.url
    number = placed.rstrip("/").rsplit("/", 1)[1]
    # Nobody opened the list or the card; they are there all the same, and so is the basket.
    page.goto("/")
    fill(page, {POTATOES: 2})
    page.goto("/")
    wait_until_kept(page, home="data-now", orders=number, my_card="<svg", checkout=POTATOES)

    page.context.set_offline(True)
    page.goto("/")
    note = page.locator(".kept-note")
    expect(note).to_have_text(KEPT)
    page.goto("/orders/")
    expect(note).to_have_text(KEPT)
    expect(page.get_by_text(number)).to_be_visible()
    picture(page, "69-offline")
    page.get_by_role("link", name="看到哪儿了").first.click()
    expect(page).to_have_url(placed)
    expect(page.get_by_role("heading", name="已下单")).to_be_visible()
    page.goto("/my-card/")
    expect(page.locator(".door-id .huge")).to_be_visible()
    expect(page.locator(".door-id svg")).to_be_visible()
    page.goto("/checkout/")
    expect(note).to_have_text(KEPT)
    expect(page.get_by_text(POTATOES).first).to_be_visible()
    # What nobody has seen is not there, and says so.
    page.goto("/account/")
    expect(page.get_by_role("heading", name="现在没有网络")).to_be_visible()

    # Nothing that is done without a network is lost, or done.
    page.goto("/checkout/")
    said = page.get_by_text("没连上，刚才那一下没算数，请再点一次。")
    page.get_by_label("给志愿者的话").fill("放在台阶上")
    page.get_by_role("button", name="下单", exact=True).click()
    expect(said).to_be_visible()
    expect(page.get_by_label("给志愿者的话")).to_have_value("放在台阶上")
    page.goto("/")
    page.get_by_role("button", name=f"{CABBAGE} 加一份").click()
    expect(said).to_be_visible()
    stepper = page.get_by_role("button", name=f"{CABBAGE} 加一份").locator("xpath=..")
    expect(stepper.locator("output")).to_be_hidden()

    # Back again: the same page, the same button, and it counts.
    page.goto("/checkout/")
    page.get_by_label("给志愿者的话").fill("放在台阶上")
    page.context.set_offline(False)
    page.get_by_role("button", name="下单", exact=True).click()
    expect(page.get_by_role("heading", name="已下单")).to_be_visible()
    expect(page.get_by_text("放在台阶上")).to_be_visible()
    expect(note).to_be_hidden()


def test_who_leaves_takes_everything_along(phone):
    page = log_in(phone(), village.RESIDENT)
    wait_for_worker(page)
    page.goto("/")
    page.goto("/my-home/")
    wait_until_kept(page, home="", orders="", my_card="", my_home="")
    page.get_by_role("button", name="退出登录").click()
    expect(page).to_have_url(re.compile("/login/"))
    assert kept(page) == []
    page.context.set_offline(True)
    for path in ("/", "/my-card/", "/orders/", "/checkout/", "/my-home/"):
        page.goto(path)
        expect(page.get_by_role("heading", name="现在没有网络")).to_be_visible()
    page.context.set_offline(False)

    # Somebody else on the same phone, though the one before never left.
    log_in(page, village.RESIDENT)
    page.goto("/my-home/")
    wait_until_kept(page, home="", orders="", my_home="")
    door = page.get_by_role("heading").nth(1).inner_text()
    page.context.clear_cookies()
    log_in(page, village.LEADER)
    page.goto("/my-home/")
    wait_until_kept(page, my_home="")
    page.context.set_offline(True)
    for path in kept(page):
        page.goto(path)
        expect(page.locator(".kept-note")).to_be_visible()
        assert door not in page.inner_text("body")


def test_a_browser_that_keeps_nothing_is_enough(phone):
    page = phone(user_agent=WECHAT)
    page.add_init_script(LACKING)
    log_in(page, village.RESIDENT)
    assert page.evaluate("'serviceWorker' in navigator || 'caches' in window") is False
    empty(page)
    order(page, {POTATOES: 1})
    page.goto("/my-card/")
    expect(page.locator(".door-id svg")).to_be_visible()
    # Without a network there is no page, but on the one that is open nothing is lost.
    page.goto("/")
    page.context.set_offline(True)
    page.get_by_role("button", name=f"{CABBAGE} 加一份").click()
    expect(page.get_by_text("没连上，刚才那一下没算数，请再点一次。")).to_be_visible()
