"""From a printed card to the shop, with and without JavaScript; and a manager's second factor.

`PICTURES=docs/images` saves what the screens show.
"""

import re
from base64 import b32decode

import pytest
from django_otp.oath import totp
from playwright.sync_api import expect

from shop import demo
from shop.demo import village
from tests.journeys.people import log_in, show

pytestmark = pytest.mark.usefixtures("people")


@pytest.fixture(scope="module")
def people(station) -> None:
    station.manage("seed_demo", "--if-empty")


@pytest.fixture
def cards(tablet) -> list[tuple[str, str]]:
    """(door, code) of a sheet of cards, as it comes out of the printer."""
    clerk = log_in(tablet(), village.CLERK)
    clerk.goto("/station/cards/")
    clerk.get_by_role("button", name="去打印").click()
    printed = clerk.locator(".card-sheet").first.locator(".door-card")
    expect(printed).to_have_count(10)
    assert not re.search(r"1\d{10}", clerk.locator(".card-sheet").first.inner_text())
    return [
        (card.locator("h2").inner_text(), "".join(card.locator(".code b").inner_text().split()))
        for card in printed.all()
    ]


def test_a_card_is_scanned_and_the_shop_is_open(phone, cards, picture):
    door, code = cards[0]
    someone = phone()
    asked = []
    someone.on("request", lambda request: asked.append((request.url, request.headers)))
    someone.goto(f"/c/#{code}")
    expect(someone.get_by_role("heading", name=f"您是 {door} 这一户吗？")).to_be_visible()
    picture(someone, "57-door-card")
    someone.get_by_label("手机号").fill("137 0000 0001")
    someone.get_by_role("button", name="是，进去买菜").click()
    expect(someone).to_have_url(re.compile(r"/$"))
    # The code was in no address that was asked for, and in no Referer.
    for url, headers in asked:
        assert code not in url
        assert code not in headers.get("referer", "")
    someone.goto("/my-home/")
    expect(someone.get_by_role("heading", name=door)).to_be_visible()
    # The card is dead for the next one.
    other = phone()
    other.goto(f"/c/#{code}")
    expect(other.get_by_text("卡已经用过、作废、过期了")).to_be_visible()


def test_without_javascript_the_code_is_typed(phone, cards):
    door, code = cards[0]
    someone = phone(java_script_enabled=False)
    someone.goto(f"/c/#{code}")
    someone.get_by_label("卡上的 8 位码").fill(f"{code[:4]} {code[4:]}".lower())
    someone.get_by_role("button", name="下一步").click()
    expect(someone.get_by_role("heading", name=f"您是 {door} 这一户吗？")).to_be_visible()
    someone.get_by_label("手机号").fill("13700000002")
    someone.get_by_role("button", name="是，进去买菜").click()
    expect(someone.get_by_role("link", name="我家")).to_be_visible()


def test_a_manager_with_a_second_factor(phone, picture):
    manager = log_in(phone(), village.MANAGER)
    manager.goto("/my-login/")
    manager.get_by_label("您的密码").fill(demo.PASSWORD)
    manager.get_by_role("button", name="开启").click()
    show(manager.locator(".factor-qr"))
    picture(manager, "58-second-factor")
    secret = manager.locator(".secret").inner_text()
    manager.get_by_label("验证码").fill(f"{totp(b32decode(secret)):06d}")
    manager.get_by_role("button", name="开启第二步").click()
    recovery = manager.locator(".recovery-codes li")
    expect(recovery).to_have_count(10)
    spare = recovery.first.inner_text()

    elsewhere = phone()
    elsewhere.on("dialog", lambda dialog: dialog.accept())
    elsewhere.goto("/login/")
    elsewhere.get_by_label("手机号").fill(village.MANAGER.phone)
    elsewhere.get_by_label("密码").fill(demo.PASSWORD)
    elsewhere.get_by_role("button", name="登录").click()
    expect(elsewhere.get_by_role("heading", name="还差一步")).to_be_visible()
    elsewhere.goto("/station/")
    expect(elsewhere).to_have_url(re.compile("/login/"))
    elsewhere.goto("/login/second/")
    elsewhere.get_by_label("验证码").fill(spare)
    elsewhere.get_by_role("button", name="登录").click()
    elsewhere.goto("/station/")
    expect(elsewhere.get_by_role("navigation", name="驿站的事")).to_be_visible()

    # As it was, for the other journeys.
    elsewhere.goto("/my-login/")
    elsewhere.get_by_label("您的密码").fill(demo.PASSWORD)
    elsewhere.get_by_role("button", name="停用第二步").click()
    expect(elsewhere.get_by_text("第二步停用了")).to_be_visible()
