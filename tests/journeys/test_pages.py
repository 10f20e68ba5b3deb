"""Every main page of the store and its console, in a village in the middle of its day: each says
what is true, and fits the screen.

`PICTURES=docs/images` saves what the screens show.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

import pytest
from playwright.sync_api import Page, expect

from shop.demo import village
from tests.journeys import busy_village, still_life
from tests.journeys.people import log_in, show
from tests.journeys.small_village import audit
from tests.journeys.station import Station, started, stopped

GREENS, POTATOES = "上海青 2 斤", "土豆 5 斤"
RAIN, TEST = "明天起大雨", "核酸采样改到"
#: Where phones reach a station that is not on this machine.
PUBLIC = "https://yizhan.example"
#: A phone one finds in a drawer.
NARROW = {"width": 320, "height": 568}
#: A sheet of paper, in the browser's pixels.
A4 = {"width": 794, "height": 1123}


@pytest.fixture(scope="module")
def station(small_station: Station) -> Iterator[Station]:
    with stopped(small_station, PUBLIC_URL=PUBLIC) as busy:
        busy.manage("shell", "--command", busy_village.MAKE)
        # From here on text messages are sent; without being sent.
        busy.environment["SMS_GATEWAY"] = "console"
        with started(busy):
            yield busy


@pytest.fixture
def resident(phone) -> Page:
    return log_in(phone(), village.RESIDENT)


@pytest.fixture
def manager(tablet) -> Page:
    return log_in(tablet(), village.MANAGER)


def cut(page: Page) -> list[str]:
    """What does not fit: a page wider than its screen, words wider than their button."""
    return page.evaluate(
        """() => {
            const wide = document.documentElement;
            const found = wide.scrollWidth > wide.clientWidth ? ["page"] : [];
            for (const part of document.querySelectorAll("h1, h2, button, .btn, .badge")) {
                const inline = getComputedStyle(part).display === "inline";
                if (!inline && part.clientWidth && part.scrollWidth > part.clientWidth + 2)
                    found.push(part.textContent.trim());
            }
            return found;
        }"""
    )


def test_what_greets_a_household(resident, picture):
    expect(resident.get_by_text("送到您家门口")).to_be_visible()
    # The newest notice, with its grid's; the rest by a tap.
    told = resident.locator(".told")
    expect(told.get_by_text(TEST)).to_be_visible()
    expect(told.get_by_text(RAIN)).to_be_hidden()
    expect(resident.locator(".again")).to_contain_text("菠菜 1 斤、土豆 5 斤、胡萝卜 2 斤")
    expect(resident.get_by_role("link", name=re.compile("我家.*有新消息"))).to_be_visible()
    # Whatever there is to say, there is something to buy on the first screen.
    expect(resident.get_by_role("button", name=f"{GREENS} 加一份")).to_be_in_viewport()
    picture(resident, "78-home-with-news")
    told.locator("summary").click()
    expect(told.get_by_text(RAIN)).to_be_visible()
    resident.set_viewport_size(NARROW)
    resident.goto("/?q=五常")
    expect(resident.get_by_text(busy_village.LONG_NAME)).to_be_visible()
    assert not cut(resident)


def test_the_elders_shop(resident, picture):
    resident.get_by_role("button", name="长辈版").click()
    expect(resident.locator("html.elder")).to_be_attached()
    expect(resident.get_by_role("heading", name=GREENS)).to_be_in_viewport()
    picture(resident, "79-elder")
    for path in ("/my-home/", "/orders/", "/checkout/", "/account/", "/my-home/preferences/"):
        resident.goto(path)
        assert not cut(resident), path
    resident.goto("/")
    resident.get_by_role("button", name="标准版").click()


def test_bundles_and_favourites(resident, picture):
    resident.get_by_role("link", name="套餐", exact=True).click()
    resident.get_by_role("heading", name="生鲜套餐").click()
    inside = resident.locator("main")
    expect(inside).to_contain_text("套餐的价钱就是里面各样的进价加起来")
    expect(inside.get_by_role("link", name=GREENS)).to_be_visible()
    picture(resident, "80-bundle")
    resident.goto("/")
    for title in (GREENS, POTATOES):
        resident.get_by_role("button", name=f"{title} 常买").click()
        pressed = resident.get_by_role("button", name=f"{title} 常买", pressed=True)
        expect(pressed).to_be_visible()
    resident.goto("/my-home/")
    resident.get_by_role("link", name="常买的").click()
    expect(resident.locator(".goods h3")).to_have_text([GREENS, POTATOES])
    picture(resident, "81-favourites")


def test_what_a_household_is_told_and_says(resident, picture):
    resident.get_by_role("link", name="我家").click()
    expect(resident.get_by_role("link", name=re.compile(r"消息 \d 条没看"))).to_be_visible()
    picture(resident, "82-my-home")
    resident.get_by_role("link", name=re.compile("消息")).first.click()
    expect(resident.get_by_text("送到了，当面交给了您家。")).to_be_visible()
    picture(resident, "83-inbox")
    resident.goto("/my-home/")
    # Looked at is read.
    expect(resident.get_by_text("条没看")).to_have_count(0)
    resident.get_by_role("link", name="大字和提醒").click()
    expect(resident.get_by_label("在路上了")).to_be_checked()
    picture(resident, "84-preferences")
    resident.goto("/my-card/")
    expect(resident.locator(".door-id .huge")).to_have_text("1幢 101")
    expect(resident.locator(".door-id svg")).to_be_visible()
    picture(resident, "85-my-card")


def test_an_order_is_changed_and_comes_every_round(resident, picture, station):
    resident.goto("/my-home/every-round/")
    expect(resident.get_by_role("heading", name="还没有定")).to_be_visible()
    resident.goto("/")
    for title in (GREENS, POTATOES):
        resident.get_by_role("button", name=f"{title} 加一份").click()
        expect(resident.get_by_role("button", name=f"{title} 少一份")).to_be_visible()
    resident.goto("/my-home/every-round/new/")
    # 6.40 + 11.50
    expect(resident.locator("dl.sum dd")).to_have_text("¥17.90")
    resident.get_by_role("button", name="每波都要这些").click()
    expect(resident.locator(".lines li")).to_have_count(2)
    picture(resident, "86-every-round")
    resident.goto("/checkout/")
    resident.get_by_role("button", name="下单", exact=True).click()
    resident.get_by_role("link", name="改一改").click()
    resident.get_by_role("button", name=f"{POTATOES} 加一份").click()
    expect(resident.locator("dl.sum .total dd")).to_have_text("¥29.40")
    picture(resident, "87-change-an-order")
    resident.get_by_role("button", name="就这么改").click()
    expect(resident.locator("dl.sum .total dd")).to_have_text("¥29.40")
    # What is over has no way to follow any more.
    resident.goto("/orders/")
    expect(resident.get_by_role("link", name="看到哪儿了")).to_have_count(2)
    expect(resident.get_by_role("link", name="看明细")).to_have_count(1)
    audit(station)


def test_what_the_office_is_told(manager, picture):
    expect(manager.get_by_text("2 户新登记等着核对")).to_be_visible()
    manager.get_by_role("link", name="去核对").click()
    expect(manager.get_by_role("heading", name="77幢 2单元 302")).to_be_visible()
    picture(manager, "88-registrations-at-the-station")
    manager.goto("/station/messages/")
    expect(manager.locator(".figure.bad b")).to_have_text("3")
    rows = manager.locator("tbody tr")
    expect(rows.filter(has_text="手机号不对，请在住户册里改")).to_have_count(1)
    picture(manager, "89-messages")
    rows.filter(has_text="手机号不对").get_by_role("button", name="不发了").click()
    expect(manager.locator(".figure.bad b")).to_have_text("2")


def test_what_the_office_says(manager, picture):
    manager.goto("/station/announcements/")
    expect(manager.locator(".announcements li")).to_have_count(2)
    picture(manager, "90-notices")
    manager.goto("/station/messages/robots/")
    expect(manager.locator(".badge.good")).to_have_count(2)
    # An address is a key: it is not shown again.
    assert "qyapi" not in manager.locator("main").inner_html()
    picture(manager, "91-robots")


def test_what_the_office_makes_and_prints(manager, picture):
    manager.goto("/station/bundles/")
    # The price is that of its parts: buns, milk and salted eggs.
    expect(manager.get_by_role("row", name=re.compile("早餐套餐"))).to_contain_text("¥55.50")
    picture(manager, "92-bundles")
    manager.goto("/station/colleagues/")
    expect(manager.get_by_role("row", name=re.compile(village.CLERK.name))).to_contain_text("没开")
    picture(manager, "93-colleagues")
    manager.goto("/station/registrations/")
    manager.locator(".poster-rows a").first.click()
    expect(manager.get_by_text("扫一扫，登记您家")).to_be_visible()
    expect(manager.get_by_text(re.compile("打开 (https://)?yizhan.example/d/"))).to_be_visible()
    manager.set_viewport_size(A4)
    manager.emulate_media(media="print")
    expect(manager.get_by_text("‹ 返回")).to_be_hidden()
    picture(manager, "94-poster")
    manager.emulate_media(media="screen")
    manager.goto("/station/cards/")
    manager.get_by_role("button", name="去打印").click()
    manager.emulate_media(media="print")
    expect(manager.locator(".door-card").first).to_be_visible()
    expect(manager.get_by_text("‹ 返回")).to_be_hidden()
    sheet = manager.locator(".card-sheet").first
    expect(sheet.get_by_text("yizhan.example/c/")).to_have_count(10)
    picture(sheet, "95-door-cards")
    manager.emulate_media(media="screen")


def test_who_has_no_password(phone, picture):
    someone = phone()
    someone.goto("/login/")
    expect(someone.get_by_role("link", name="有门卡：扫卡，或填卡上的码")).to_be_visible()
    picture(someone, "96-login")
    someone.get_by_role("link", name="用短信验证码").click()
    someone.get_by_label("手机号").fill(village.RESIDENT.phone)
    someone.get_by_role("button", name="发验证码").click()
    # Nobody learns here whose number it is.
    said = f"如果 {village.RESIDENT.phone} 在住户册上，验证码马上就到"
    expect(someone.get_by_text(said)).to_be_visible()
    expect(someone.get_by_label("验证码")).to_be_visible()
    picture(someone, "97-login-code")
    someone.get_by_label("验证码").fill("000000")
    someone.get_by_role("button", name="登录").click()
    expect(someone).to_have_url(re.compile("/login/code/"))
    expect(someone.locator(".notice.error")).to_be_visible()


def test_what_a_household_bought(resident, picture):
    resident.goto("/orders/")
    expect(resident.locator(".badge").filter(has_text="已送到")).to_have_count(1)
    picture(resident, "99-orders")
    resident.get_by_role("link", name="看明细").click()
    resident.get_by_role("link", name="收据").click()
    expect(resident.get_by_role("heading", name="收据")).to_be_visible()
    expect(resident.get_by_text("货款就是进价，不加价，配送不收钱。")).to_be_visible()
    # Greens, spinach … to the fen: the lines add up to what stands below them.
    lines = resident.locator("tbody td.num").all_inner_texts()
    total = resident.locator("tfoot tr").filter(has_text="一共").locator("td.num")
    expect(total).to_have_text(f"¥{sum(Decimal(line.strip('¥')) for line in lines)}")
    assert village.RESIDENT.name not in resident.locator("body").inner_text()
    picture(resident, "100-receipt")


def test_what_a_leader_does_besides(phone, picture):
    leader = log_in(phone(), village.LEADER)
    leader.goto("/leader/cards/")
    expect(leader.get_by_role("heading", name="印门卡")).to_be_visible()
    assert leader.locator(".card-rows li").count() > 5
    show(leader.locator(".card-rows li").first)
    picture(leader, "101-leader-cards")
    leader.goto("/leader/announcements/")
    running = leader.locator(".announcements li")
    expect(running).to_have_count(2)
    expect(running.filter(has_text="驿站说的")).to_contain_text(RAIN)
    # Their own they may take down, the station's they may not.
    expect(running.filter(has_text="驿站说的").get_by_role("button")).to_have_count(0)
    expect(running.filter(has_text=TEST).get_by_role("button", name="撤下")).to_be_visible()
    show(running.last)
    picture(leader, "102-leader-notices")


def test_what_the_office_sets_up(manager, picture):
    manager.goto("/station/messages/settings/")
    expect(manager.get_by_text("短信还没有接")).to_have_count(0)
    expect(manager.get_by_label("晚上几点以后不打扰")).to_have_value("21:30")
    picture(manager, "103-message-settings")
    manager.goto("/station/slips/")
    expect(manager.get_by_label("扫纸单上的码")).to_be_focused()
    expect(manager.get_by_label("哪一波").locator("option")).to_have_text(["早市"])
    picture(manager, "104-slips")
    manager.goto("/station/bundles/")
    manager.get_by_role("link", name="早餐套餐").click()
    expect(manager.locator("dl.sum .total dd").first).to_have_text("¥55.50")
    picture(manager, "105-bundle")


def test_a_good_gets_its_photo_and_is_found(manager, resident, picture):
    for title, photo in ((GREENS, still_life.greens()), (POTATOES, still_life.potatoes())):
        manager.goto("/station/goods/")
        manager.get_by_role("link", name=title).click()
        expect(manager.get_by_text("还没有照片，居民看到的是图标。")).to_be_visible()
        file = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo}
        manager.get_by_label("拍一张，或选一张").set_input_files(file)
        manager.get_by_role("button", name="放上去").click()
        expect(manager.get_by_text("照片放好了，居民马上就能看到。")).to_be_visible()
        expect(manager.get_by_role("img", name=f"{title}的照片")).to_be_visible()
    picture(manager, "106-photo")
    resident.goto("/")
    for title in (GREENS, POTATOES):
        good = resident.locator(".goods > li").filter(has_text=title)
        width = "img => img.complete && img.naturalWidth"
        assert good.locator("img").evaluate(width) > 50
    picture(resident, "107-photos")
    # A slip of the finger, and it says that it guesses.
    resident.goto("/?q=tudiu")
    expect(resident.get_by_text("没有叫“tudiu”的，您找的是不是：")).to_be_visible()
    expect(resident.locator(".goods h3").first).to_contain_text("土豆")
    picture(resident, "98-search")


def test_nothing_is_cut_at_the_office(manager):
    """The station's tablet and a colleague's phone."""
    pages = (
        *("", "rounds/", "dispatch/", "packing/", "doors/", "volunteers/", "messages/", "cards/"),
        *("announcements/", "messages/robots/", "messages/settings/", "bundles/", "colleagues/"),
        *("registrations/", "slips/", "group-buys/", "goods/", "restock/", "counter/", "money/"),
    )
    for width in (820, 360):
        manager.set_viewport_size({"width": width, "height": 900})
        for path in pages:
            manager.goto(f"/station/{path}")
            assert not cut(manager), (path, width)
