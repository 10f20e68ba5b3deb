"""The first visit of a household, from its printed card to the answer about a bad egg.

`PICTURES=docs/images` saves what the screens show.
"""

import io
import re

import pytest
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from shop.demo import village
from tests.journeys.people import (
    close_and_plan,
    come_in,
    door_card,
    line_of_sum,
    log_in,
    order,
    send_out,
    show,
)
from tests.journeys.small_village import audit
from tests.journeys.station import serving

EGGS, BREAKFAST, SHRIMPS = "鲜鸡蛋 30 枚", "早餐套餐", "冷冻虾仁 半斤"
DOOR = "1幢 301"


@pytest.fixture(scope="module")
def station(small_station):
    with serving(small_station) as running:
        yield running


@pytest.fixture
def staff(tablet):
    page = log_in(tablet(), village.CLERK)
    page.on("dialog", lambda dialog: dialog.accept())
    return page


@pytest.fixture
def broken_egg() -> dict:
    """A photo, as a file chosen in the browser."""
    picture = Image.new("RGB", (800, 600), "#d9d2c3")
    draw = ImageDraw.Draw(picture)
    draw.ellipse((180, 140, 640, 480), fill="#f7f3e8")
    draw.ellipse((320, 230, 500, 390), fill="#e8a92c")
    file = io.BytesIO()
    picture.save(file, "JPEG")
    return {"name": "egg.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def more(page: Page, title: str):
    return page.get_by_role("button", name=f"{title} 加一份")


def test_a_first_visit_from_the_card_to_the_answer(phone, staff, station, picture, broken_egg):
    # 1. The card opens the shop; initials find the eggs, and their page says what they cost.
    resident = come_in(phone(), door_card(staff, f"二网格 {DOOR}"), "137 0000 0059")
    expect(resident.get_by_text("送到您家门口")).to_be_visible()
    resident.get_by_label("搜货品").fill("jd")
    resident.get_by_label("搜货品").press("Enter")
    expect(resident.locator(".goods h3").first).to_contain_text("鸡蛋")
    resident.get_by_role("heading", name=EGGS).click()
    expect(resident.get_by_role("heading", name=EGGS)).to_be_visible()
    for words in ("每板 · 每斤 7.66", "每户限 1 板", "进价"):
        expect(resident.get_by_text(words).first).to_be_visible()
    more(resident, EGGS).click()
    expect(resident.locator("#basket-bar")).to_contain_text("¥27.59")
    expect(more(resident, EGGS)).to_be_disabled()
    # What it cost, above the bar.
    show(resident.get_by_role("heading", name="价钱怎么来的"))
    picture(resident, "59-good")

    # 2. A bundle is one good; its parts and the sum of their prices stand with it.
    resident.goto(f"/?q={BREAKFAST}")
    bundle = resident.locator(".goods > li").filter(has_text=BREAKFAST)
    for words in ("馒头 10 个", "纯牛奶 250 毫升×12", "咸鸭蛋 6 枚", "¥55.50"):
        expect(bundle).to_contain_text(words)
    more(resident, BREAKFAST).click()
    expect(resident.locator("#basket-bar")).to_contain_text("2 件")
    resident.goto(f"/?q={SHRIMPS}")
    for number in (1, 2):
        more(resident, SHRIMPS).click()
        expect(resident.locator("#basket-bar")).to_contain_text(f"{2 + number} 件")
    # 27.59 + 55.50 + 2 × 19.90
    expect(resident.locator("#basket-bar")).to_contain_text("¥122.89")
    resident.locator("#basket-bar").get_by_role("link").click()
    resident.get_by_label("当面交").check()

    # 3. While they look at it, a neighbour takes nine of the ten bags.
    leader = log_in(phone(), village.LEADER)
    order(leader, {SHRIMPS: 9})
    resident.get_by_role("button", name="下单", exact=True).click()
    short = resident.locator(".shortage")
    expect(short).to_contain_text(f"{SHRIMPS}只剩 1 袋（您选了 2 袋）")
    expect(resident.locator("#pay-bar")).to_contain_text("¥102.99")
    picture(resident, "60-short")
    short.get_by_role("button", name="按剩下的下单，¥102.99").dblclick()
    expect(resident.get_by_role("heading", name="已下单")).to_be_visible()
    expect(resident.get_by_text(f"{BREAKFAST} ×1")).to_be_visible()
    expect(line_of_sum(resident, "送到时付")).to_have_text("¥102.99")
    placed = resident.url

    # 4. The round closes; two doors, and theirs is the second.
    close_and_plan(staff)
    send_out(staff, "二网格-1")
    courier = log_in(phone(), village.COURIER)
    courier.locator(".batches a").first.click()
    courier.get_by_role("button", name="出发").click()
    resident.goto(placed)
    expect(resident.get_by_text("您是第 2 户，共 2 户，前面还有 1 户")).to_be_visible()
    expect(resident.get_by_text("送完第一户就能估出大约几点到")).to_be_visible()
    courier.get_by_role("button", name=re.compile("放门口.*转账")).click()
    expect(courier.get_by_role("heading", name=DOOR)).to_be_visible()
    resident.reload()
    expect(resident.get_by_text("您是第 2 户，共 2 户，下一户就是您家")).to_be_visible()
    expect(resident.locator(".answer .when")).to_have_text(
        re.compile(r"^大约 \d{1,2}:\d[05]–\d{1,2}:\d[05]$")
    )
    picture(resident, "61-expected")
    courier.get_by_role("button", name="当面交 收现金 ¥102.99").click()
    expect(courier.get_by_text("送完了，辛苦了")).to_be_visible()

    # 5. What was written down at the door, and a receipt of it.
    resident.goto(placed)
    proof = resident.locator(".proof")
    expect(resident.get_by_role("heading", name="已当面交给您家")).to_be_visible()
    # Once as the answer, once in the story.
    expect(resident.get_by_text("已当面交给您家")).to_have_count(2)
    expect(proof).to_contain_text("志愿者小周记的")
    expect(line_of_sum(resident, "已付（现金）")).to_have_text("¥102.99")
    picture(resident, "62-proof")
    resident.get_by_role("link", name="收据").click()
    for words in (DOOR, EGGS, "¥27.59", "¥102.99", "付清了"):
        expect(resident.locator("body")).to_contain_text(words)
    expect(resident.locator("body")).not_to_contain_text("13700000059")

    # 6. Some eggs are broken: said with a photo, answered, and the money is theirs.
    resident.goto(placed)
    resident.get_by_role("link", name="东西不对？").click()
    resident.get_by_label(EGGS).check()
    resident.get_by_label("坏了").check()
    resident.get_by_label("说两句（可以不写）").fill("碎了六个")
    resident.get_by_label("拍张照（可以不拍）").set_input_files(broken_egg)
    resident.get_by_role("button", name="告诉驿站").click()
    expect(resident.get_by_text("等答复")).to_have_count(1)
    staff.goto("/station/claims/")
    staff.locator(".claims-list").get_by_role("link").click()
    expect(staff.get_by_role("img", name="住户拍的照片")).to_be_visible()
    staff.get_by_label("退多少（元）").fill("5.50")
    staff.get_by_label("答复（住户看得到）").fill("对不起，碎的六个不收钱")
    staff.get_by_role("button", name="退钱", exact=True).click()
    expect(staff.get_by_role("row").filter(has_text=EGGS)).to_contain_text("¥5.50")

    resident.goto("/inbox/")
    resident.get_by_role("link", name=re.compile("驿站的答复")).click()
    expect(resident).to_have_url(placed)
    expect(resident.get_by_text("驿站答复：对不起，碎的六个不收钱")).to_be_visible()
    expect(resident.get_by_text("您说东西不对，少收 ¥5.50")).to_be_visible()
    expect(line_of_sum(resident, "退回驿站账户")).to_have_text("¥5.50")
    show(resident.locator("dl.sum"))
    picture(resident, "63-answered")
    resident.get_by_role("link", name="看驿站账户").click()
    expect(resident.locator(".balance")).to_contain_text("¥5.50")
    audit(station)
