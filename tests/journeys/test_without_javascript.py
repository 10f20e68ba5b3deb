"""From the card to a changed and a cancelled order, in a browser that runs no script."""

import re

import pytest
from playwright.sync_api import Page, expect

from shop.demo import village
from tests.journeys.people import door_card, line_of_sum, log_in
from tests.journeys.small_village import audit

GREENS, POTATOES, DOOR = "上海青 2 斤", "土豆 5 斤", "1幢 104"


@pytest.fixture(scope="module")
def station(shopping_station):
    return shopping_station


def tap(page: Page, title: str, what: str) -> None:
    page.get_by_role("button", name=f"{title} {what}").click()


def test_from_the_card_to_a_cancelled_order(phone, tablet, station):
    code = door_card(log_in(tablet(), village.CLERK), f"二网格 {DOOR}")
    someone = phone(java_script_enabled=False)
    # 1. What is printed on the card is typed.
    someone.goto("/login/")
    someone.get_by_role("link", name="有门卡").click()
    someone.get_by_label("卡上的 8 位码").fill(f"{code[:4]} {code[4:]}".lower())
    someone.get_by_role("button", name="下一步").click()
    expect(someone.get_by_role("heading", name=f"您是 {DOOR} 这一户吗？")).to_be_visible()
    someone.get_by_label("手机号").fill("13700000064")
    someone.get_by_role("button", name="是，进去买菜").click()

    # 2. A stepper is a form: the page comes again, at the good that was tapped.
    expect(someone.get_by_text(re.compile(r"^\d+:\d\d 截单$"))).to_be_visible()
    tap(someone, GREENS, "加一份")
    expect(someone.locator("#basket-bar")).to_contain_text("1 件")
    assert "#good-" in someone.url
    tap(someone, GREENS, "加一份")
    expect(someone.locator("#basket-bar")).to_contain_text("¥12.80")
    tap(someone, GREENS, "少一份")
    expect(someone.locator("#basket-bar")).to_contain_text("¥6.40")
    someone.get_by_label("搜货品").fill("td")
    someone.get_by_label("搜货品").press("Enter")
    tap(someone, POTATOES, "加一份")
    expect(someone.get_by_label("搜货品")).to_have_value("td")
    expect(someone.locator("#basket-bar")).to_contain_text("¥17.90")
    someone.get_by_role("button", name=f"{POTATOES} 常买").click()
    expect(someone.get_by_role("button", name=f"{POTATOES} 常买")).to_have_attribute(
        "aria-pressed", "true"
    )

    # 3. What was typed and chosen stays while the steppers of the page are used.
    someone.locator("#basket-bar").get_by_role("link").click()
    someone.get_by_label("当面交").check()
    someone.get_by_label("给志愿者的话").fill("按门铃")
    tap(someone, POTATOES, "加一份")
    expect(someone.locator("#pay-bar")).to_contain_text("¥29.40")
    expect(someone.get_by_label("给志愿者的话")).to_have_value("按门铃")
    expect(someone.get_by_label("当面交")).to_be_checked()
    someone.get_by_role("button", name="下单", exact=True).click()
    expect(someone.get_by_role("heading", name="已下单")).to_be_visible()
    expect(someone.get_by_text("按门铃")).to_be_visible()

    # 4. One line less, one line out, and then all of it.
    someone.get_by_role("link", name="改一改").click()
    tap(someone, POTATOES, "少一份")
    tap(someone, GREENS, "少一份")
    expect(line_of_sum(someone, "改成")).to_have_text("¥11.50")
    someone.get_by_role("button", name="就这么改").click()
    expect(someone.get_by_text("改好了")).to_be_visible()
    expect(line_of_sum(someone, "送到时付")).to_have_text("¥11.50")
    expect(someone.locator(".bill")).not_to_contain_text(GREENS)
    someone.get_by_role("button", name="取消这一单").click()
    expect(someone.get_by_role("heading", name="已取消")).to_be_visible()
    audit(station)
