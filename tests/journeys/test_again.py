"""What a household buys again and again: its favourites, the same order once more, and what comes
in every round; and all of it can be changed until the cut-off.

`PICTURES=docs/images` saves what the screens show.
"""

import re

import pytest
from playwright.sync_api import expect

from shop.demo import village
from tests.journeys.people import line_of_sum, log_in, order
from tests.journeys.small_village import audit
from tests.journeys.station import serving

CARROTS, POTATOES = "胡萝卜 2 斤", "土豆 5 斤"
ORDER_WHAT_STANDS = "from shop import standing; standing.run_due()"


@pytest.fixture(scope="module")
def station(small_station):
    with serving(small_station) as running:
        yield running


def test_again_and_again(phone, tablet, station, picture):
    # A heart, and it is on the favourites' shelf.
    resident = log_in(phone(), village.RESIDENT)
    heart = resident.get_by_role("button", name=f"{CARROTS} 常买")
    heart.click()
    expect(heart).to_have_attribute("aria-pressed", "true")
    resident.goto("/my-home/")
    resident.get_by_role("link", name="常买的").click()
    expect(resident.locator(".goods h3")).to_have_text([CARROTS])

    # 5.20 + 2 × 11.50; changed to 2 × 5.20 + 11.50, and only the button changes it.
    order(resident, {CARROTS: 1, POTATOES: 2})
    placed = resident.url
    resident.get_by_role("link", name="改一改").click()
    resident.get_by_role("button", name=f"{CARROTS} 加一份").click()
    expect(resident.get_by_text("原来 1 份")).to_be_visible()
    resident.get_by_role("button", name=f"{POTATOES} 少一份").click()
    expect(line_of_sum(resident, "原来")).to_have_text("¥28.20")
    expect(line_of_sum(resident, "改成")).to_have_text("¥21.90")
    second = resident.context.new_page()
    second.goto(placed)
    expect(line_of_sum(second, "送到时付")).to_have_text("¥28.20")
    second.close()
    resident.get_by_role("button", name="就这么改").click()
    expect(resident.get_by_text("改好了")).to_be_visible()
    expect(line_of_sum(resident, "送到时付")).to_have_text("¥21.90")

    # The same once more, from the home page; and thought better of.
    resident.goto("/")
    resident.get_by_role("button", name="再来一单").click()
    expect(resident.get_by_text("上次的都放进篮子了")).to_be_visible()
    expect(resident.locator("#pay-bar")).to_contain_text("¥21.90")
    resident.get_by_role("button", name="下单", exact=True).click()
    expect(resident.get_by_role("heading", name="已下单")).to_be_visible()
    assert resident.url != placed
    resident.on("dialog", lambda dialog: dialog.accept())
    resident.get_by_role("button", name="取消这一单").click()
    expect(resident.get_by_role("heading", name="已取消")).to_be_visible()

    # Every round from the next one on.
    resident.goto(placed)
    resident.get_by_role("link", name="每波都要").click()
    expect(line_of_sum(resident, "按今天的价，每波")).to_have_text("¥21.90")
    resident.get_by_role("button", name=f"{POTATOES} 少一份").click()
    expect(line_of_sum(resident, "按今天的价，每波")).to_have_text("¥10.40")
    resident.get_by_role("button", name="每波都要这些").click()
    expect(resident.get_by_text("从下一波开始接单起，每波自动下单")).to_be_visible()

    staff = log_in(tablet(), village.CLERK)
    staff.on("dialog", lambda dialog: dialog.accept())
    staff.goto("/station/rounds/")
    staff.get_by_role("button", name="截单").first.click()
    resident.goto(placed)
    expect(resident.get_by_text("截单，开始备货")).to_be_visible()
    expect(resident.get_by_role("link", name="改一改")).to_have_count(0)
    staff.get_by_role("button", name="开始接单").first.click()
    station.manage("shell", "--command", ORDER_WHAT_STANDS)
    resident.goto("/my-home/every-round/")
    run = resident.get_by_role("link", name=re.compile("下好了"))
    expect(run).to_have_count(1)
    picture(resident, "66-every-round")
    run.click()
    expect(resident.get_by_role("heading", name="已下单")).to_be_visible()
    expect(line_of_sum(resident, "送到时付")).to_have_text("¥10.40")
    # Told, and still theirs to change.
    expect(resident.get_by_role("link", name="改一改")).to_be_visible()
    resident.goto("/my-home/every-round/")
    resident.get_by_role("button", name="停了它").click()
    expect(resident.get_by_text("停了，以后不会自动下单")).to_be_visible()
    audit(station)
