"""One working day with four people on phones: order, cut-off, batch, doors, and everybody sees it.

With `PICTURES=docs/images` the pages are saved on the way; the README shows them.
"""

import re

import pytest
from playwright.sync_api import expect

from shop.demo import village
from tests.journeys.people import log_in


@pytest.fixture(scope="module")
def people(station) -> None:
    station.manage("seed_demo", "--if-empty")


def test_a_day_from_the_basket_to_the_door(phone, people, picture):
    # 3. A resident fills a basket and places the order on one page.
    resident = log_in(phone(), village.RESIDENT)
    expect(resident.get_by_text("送到您家门口")).to_be_visible()
    picture(resident, "1-home")
    for title in ("上海青 2 斤", "土豆 5 斤"):
        resident.get_by_role("button", name=f"{title} 加一份").click()
        expect(resident.get_by_role("button", name=f"{title} 少一份")).to_be_visible()
    resident.get_by_role("button", name="土豆 5 斤 加一份").click()
    expect(resident.locator("#basket-bar")).to_contain_text("3 件")
    picture(resident, "2-basket")
    resident.locator("#basket-bar").get_by_role("link").click()
    resident.get_by_label("当面交").check()
    resident.get_by_label("给志愿者的话").fill("家有老人，请敲三下")
    # A stepper changes what is below and the bar; what was typed stays.
    expect(resident.locator("#pay-bar")).to_contain_text("¥29.40")
    resident.get_by_role("button", name="上海青 2 斤 加一份").click()
    expect(resident.locator("#pay-bar")).to_contain_text("¥35.80")
    resident.get_by_role("button", name="上海青 2 斤 少一份").click()
    expect(resident.locator("#pay-bar")).to_contain_text("¥29.40")
    expect(resident.get_by_label("给志愿者的话")).to_have_value("家有老人，请敲三下")
    expect(resident.get_by_label("当面交")).to_be_checked()
    picture(resident, "3-checkout")
    resident.get_by_role("button", name="下单", exact=True).dblclick()
    expect(resident.get_by_role("heading", name="已下单")).to_be_visible()
    placed = resident.url
    picture(resident, "4-placed")
    resident.goto("/orders/")
    expect(resident.get_by_role("link", name="看到哪儿了")).to_have_count(1)

    # The back button shows the old checkout page; its button leads to the same order.
    resident.go_back()
    resident.go_back()
    if resident.get_by_role("button", name="下单", exact=True).count():
        resident.get_by_role("button", name="下单", exact=True).click()
    resident.goto("/orders/")
    expect(resident.get_by_role("link", name="看到哪儿了")).to_have_count(1)

    # A leader orders for a neighbour without a phone.
    leader = log_in(phone(), village.LEADER)
    leader.get_by_role("link", name="代订").click()
    picture(leader, "5-leader")
    leader.get_by_role("button", name="帮这户订").first.click()
    expect(leader.get_by_text("正在帮")).to_be_visible()
    leader.get_by_role("button", name="上海青 2 斤 加一份").click()
    leader.locator("#basket-bar").get_by_role("link").click()
    leader.get_by_role("button", name="下单", exact=True).click()
    expect(leader.get_by_role("heading", name="已下单")).to_be_visible()
    leader.get_by_role("button", name="结束代订").click()

    # 4. Staff close the round; 5. the parcels become batches, packed and given to a courier.
    staff = log_in(phone(), village.CLERK)
    staff.goto("/station/rounds/")
    staff.on("dialog", lambda dialog: dialog.accept())
    picture(staff, "6-rounds")
    staff.get_by_role("button", name="截单").first.click()
    resident.goto(placed)
    expect(resident.get_by_text("截单，开始备货")).to_be_visible()
    expect(resident.get_by_role("button", name="取消这一单")).to_have_count(0)
    staff.goto("/station/dispatch/")
    staff.get_by_role("button", name="排批次").click()
    picture(staff, "7-batches")
    staff.get_by_role("link", name=re.compile(r"二网格-1")).click()
    names = staff.get_by_label("派给").locator("option").all_inner_texts()
    [mine] = [name for name in names if village.COURIER.name in name]
    staff.get_by_label("派给").select_option(label=mine)
    staff.get_by_role("button", name="派给 TA").click()
    staff.get_by_role("button", name="装好了").click()
    batch_page = staff.url
    resident.goto(placed)
    expect(resident.get_by_role("heading", name="已装好")).to_be_visible()

    # 6. The courier sees this batch and no other, sets out, and ticks the doors off.
    courier = log_in(phone(), village.COURIER)
    expect(courier.locator(".batches li")).to_have_count(1)
    courier.locator(".batches a").first.click()
    courier.get_by_role("button", name="出发").click()
    expect(courier.get_by_role("heading", name="1幢 1单元 101")).to_be_visible()
    picture(courier, "8-courier")
    resident.goto(placed)
    expect(resident.get_by_text("您是第 1 户，共 2 户，下一户就是您家")).to_be_visible()
    picture(resident, "9-on-the-way")
    courier.get_by_role("button", name="当面交 收现金").click()
    expect(courier.get_by_text("1/2 户")).to_be_visible()
    courier.locator("details.failed summary").first.click()
    courier.get_by_label("没人应门").check()
    courier.get_by_role("button", name="记下，东西带回驿站").click()

    # 7. Everybody sees it: the resident, and the station, which sends the failed door out again.
    resident.goto(placed)
    expect(resident.get_by_role("heading", name="已当面交给您家")).to_be_visible()
    picture(resident, "10-delivered")
    staff.goto(batch_page)
    expect(staff.get_by_text("没人应门")).to_be_visible()
    staff.goto("/station/")
    expect(staff.locator(".figure.bad")).to_contain_text("1")
    picture(staff, "11-today")
    staff.goto("/station/dispatch/")
    staff.get_by_role("button", name="排批次").click()
    expect(staff.get_by_role("link", name=re.compile(r"二网格-2"))).to_be_visible()


def test_a_full_day_on_the_stations_tablet(tablet, station, people, picture):
    """What the office sees after a day of three hundred orders."""
    station.manage("simulate", "--orders", "300", "--seed", "7")
    page = log_in(tablet(), village.CLERK)
    page.goto("/station/")
    page.get_by_role("link", name="演练波次").first.click()
    expect(page.locator("svg.map")).to_be_visible()
    picture(page, "12-day")
    page.goto("/station/dispatch/")
    page.locator("th a").first.click()
    page.get_by_role("link", name="路单").click()
    expect(page.locator("table.sheet")).to_be_visible()
    picture(page, "13-run-sheet")
