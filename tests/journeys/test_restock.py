"""What the station buys, how it reaches the doors, what it counts and sells, and who may see it.

A village and a station of their own: figures are asserted to the fen, and nobody else buys there.
"""

import io
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from openpyxl import load_workbook
from PIL import Image, ImageDraw
from playwright.sync_api import Page, expect

from shop import demo
from shop.demo import village
from tests.journeys.people import fill, log_in, order, wish
from tests.journeys.small_village import audit, barcode
from tests.journeys.station import serving

WINGS, PORK, GREENS, POTATOES = "鸡翅中 1 斤", "五花肉 2 斤", "上海青 2 斤", "土豆 5 斤"


@pytest.fixture(scope="module")
def station(small_station):
    with serving(small_station) as running:
        yield running


@pytest.fixture
def invoice() -> dict:
    """A photo of a piece of paper, as a file chosen in the browser."""
    picture = Image.new("RGB", (900, 640), "#c9b79a")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((90, 60, 810, 580), fill="#fbf8f0")
    for number, words in enumerate(
        ("INVOICE  CQ-1122", "8 x 32.00    256.00", "3 x 23.60     70.80")
    ):
        draw.text((150, 120 + 90 * number), words, fill="#333333", font_size=44)
    file = io.BytesIO()
    picture.save(file, "JPEG")
    return {"name": "invoice.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def test_from_what_to_buy_to_what_a_household_owes(phone, tablet, station, picture, invoice):
    # Three doors want six bags of wings, which are bought for them; the last to order is home.
    leader = log_in(phone(), village.LEADER)
    leader.goto("/leader/")
    leader.get_by_role("button", name="帮这户订").first.click()
    order(leader, {WINGS: 2})
    leader.get_by_role("button", name="结束代订").click()
    order(leader, {GREENS: 1, WINGS: 2}, wishes={WINGS: "不够就不要了"})
    resident = log_in(phone(), village.RESIDENT)
    fill(resident, {GREENS: 1, POTATOES: 2, PORK: 1, WINGS: 2})
    resident.goto("/checkout/")
    wish(resident, GREENS, "不够换相近的：菠菜 1 斤")
    wish(resident, POTATOES, "不够就少给点")
    picture(resident, "14-wishes")
    expect(resident.get_by_text("最多付这些")).to_be_visible()
    # 6.40 + 2 × 11.50 + 31.60 + 2 × 24.60
    expect(resident.locator(".pay-bar")).to_contain_text("¥110.20")
    resident.get_by_role("button", name="下单", exact=True).click()
    expect(resident.get_by_role("heading", name="已下单")).to_be_visible()
    placed = resident.url

    # The round closes. Of pork the station wants to keep 25: that is a box more.
    staff = log_in(tablet(), village.CLERK)
    staff.on("dialog", lambda dialog: dialog.accept())
    staff.goto("/station/rounds/")
    staff.get_by_role("button", name="截单").first.click()
    staff.get_by_role("link", name="货品").first.click()
    row(staff, PORK).get_by_role("link", name="改").click()
    staff.get_by_label("最低库存").fill("25")
    staff.get_by_role("button", name="存好").click()

    # 1. What to buy, and why; placed with the supplier.
    staff.get_by_role("link", name="进货").click()
    butcher = staff.locator("form.supply").filter(has_text="长青肉品")
    expect(row(butcher, WINGS)).to_contain_text("住户在等 6 − 架上 0 = 缺 6 份")
    expect(row(butcher, PORK)).to_contain_text("最低 25 − 架上 21 = 缺 4 份")
    expect(row(butcher, PORK)).to_contain_text("× 10 份")
    expect(row(butcher, PORK)).to_contain_text("¥316.00")
    # 316.00 + 6 × 24.60
    expect(butcher.locator("[data-total]")).to_have_text("¥463.60")
    picture(staff, "15-restock")
    butcher.get_by_role("button", name="开单并下单").click()
    expect(staff.get_by_text("已下单").first).to_be_visible()
    expect(staff.get_by_role("row", name="合计")).to_contain_text("¥463.60")
    picture(staff, "16-purchase")

    # 2. Less comes than was ordered; what came dearer and cheaper makes the new prices.
    staff.get_by_role("link", name="货到了，收货").click()
    arrival(staff, PORK, units=8, damaged=2, cost="256.00", keeps=3)
    arrival(staff, WINGS, units=3, cost="70.80", keeps=4)
    expect(staff.get_by_role("row", name="货款合计")).to_contain_text("¥326.80")
    staff.evaluate("scrollTo(0, 0)")
    picture(staff, "17-receive")
    staff.get_by_label("送货单号").fill("CQ-1122")
    staff.get_by_label("运费（元）").fill("9.50")
    staff.get_by_label("按重量").check()
    staff.get_by_label("选照片或 PDF").set_input_files(invoice)
    staff.get_by_role("button", name="看看价钱变成多少").click()
    # By weight: 8 kg of pork bear 8.00 of the transport, 1.5 kg of wings 1.50.
    expect(row(staff, PORK)).to_contain_text("¥31.60 → ¥31.99 ▲ 涨")
    expect(row(staff, WINGS)).to_contain_text("¥24.60 → ¥24.10 ▼ 降")
    expect(staff.get_by_text(f"{WINGS} 还差 3 份")).to_be_visible()
    expect(staff.get_by_text("照片 1 张")).to_be_visible()
    picture(staff, "18-prices")
    staff.get_by_role("button", name="没错，入库").click()
    expect(staff.get_by_text("已入库")).to_be_visible()
    expect(staff.get_by_role("row", name="合计")).to_contain_text("¥336.30")
    expect(staff.get_by_role("img", name="照片 1")).to_be_visible()

    # 3. Three bags for three doors that want six: one gives up, it wanted all or nothing.
    staff.get_by_role("link", name="分拣").click()
    staff.get_by_role("link", name="分货", exact=True).click()
    wings = row(staff, WINGS)
    expect(wings).to_contain_text("每户一样多")
    for words in ("6 份 3 户", "没有 × 1 户", "1 份 × 1 户", "2 份 × 1 户", "2 户比订的少"):
        expect(wings).to_contain_text(words)
    picture(staff, "19-share")
    staff.get_by_role("button", name="就这样分").click()
    expect(staff.get_by_text("没有等着分的货")).to_be_visible()
    resident.goto("/")
    expect(resident.get_by_text(f"{WINGS}：少给 1 份，少收 ¥24.60")).to_be_visible()

    # 4. One batch, three doors; packed at the bench.
    staff.get_by_role("link", name="派送").click()
    staff.get_by_role("button", name="排批次").click()
    staff.get_by_role("link", name="分拣").click()
    staff.get_by_role("link", name=re.compile("二网格-1")).first.click()
    expect(staff.get_by_role("heading", name="1幢 101")).to_be_visible()
    good(staff, GREENS).get_by_role("button", name=GREENS).click()
    expect(staff.get_by_text(f"刚记：{GREENS} ×1")).to_be_visible()
    staff.locator(".undo-bar").get_by_role("button", name="撤销").click()
    expect(staff.get_by_text(f"{GREENS}拿出来了，还没装。")).to_be_visible()
    scan(staff, barcode(station, "V01"))
    expect(good(staff, GREENS)).to_contain_text("×1 份 · 沈佳禾")
    scan(staff, "6900000000000")
    expect(staff.locator("#messages")).to_contain_text("没有条码是“6900000000000”的货。")
    expect(good(staff, POTATOES)).to_contain_text("不够？住户说：少给点")
    good(staff, POTATOES).get_by_role("button", name="只有 1").click()
    expect(good(staff, POTATOES)).to_contain_text("少 1")
    day = timezone.localdate() + timedelta(days=3)
    expect(good(staff, PORK)).to_contain_text(f"先拿 {day.month}月{day.day}日到期的")
    good(staff, PORK).scroll_into_view_if_needed()
    picture(staff, "20-bench")
    scan(staff, barcode(station, "M01"))
    weight = good(staff, PORK).get_by_label("称出来多少克")
    expect(weight).to_be_focused()
    weight.fill("980")
    weight.press("Enter")
    expect(staff.get_by_text(f"刚记：{PORK} ×1 · 980 克")).to_be_visible()
    good(staff, WINGS).get_by_role("button", name=WINGS).click()
    # The next door: what it did not get is not to be packed.
    expect(staff.get_by_role("heading", name="1幢 102")).to_be_visible()
    expect(good(staff, WINGS)).to_contain_text("分货没分到，不用装")
    scan(staff, "V01")
    expect(staff.get_by_role("heading", name="1幢 103")).to_be_visible()
    scan(staff, barcode(station, "M05"))
    expect(staff.get_by_text("这一批都装好了")).to_be_visible()

    # 5. A label for each parcel, without anybody's name.
    staff.get_by_role("link", name="打印标签").click()
    labels = staff.locator(".label")
    expect(labels).to_have_count(3)
    for number, label in enumerate(labels.all(), start=1):
        expect(label).to_contain_text(f"1幢 10{number}")
        expect(label).to_contain_text(f"第 {number} 户")
        expect(label).to_contain_text("1/1")
        expect(label.locator("svg")).to_be_visible()
    expect(labels.first).to_contain_text("冷藏")
    expect(labels.first).not_to_contain_text(village.RESIDENT.name)
    picture(staff, "21-labels")

    # 6. The household reads what changed, and what it owes: 110.20 − 37.23.
    resident.goto(placed)
    for words in (
        "少给 1 份，少收 ¥24.60（大家一共订了 6，只有 3，按“每户一样多”分）",
        "到货价比封顶价便宜，少收 ¥0.50",
        "少给 1 袋，少收 ¥11.50",
        "按实重算，少收 ¥0.63",
    ):
        expect(resident.get_by_text(words)).to_be_visible()
    bill = resident.locator("dl.sum")
    expect(bill).to_contain_text("¥110.20")
    expect(bill).to_contain_text("−¥37.23")
    expect(bill.locator(".total")).to_contain_text("¥72.97")
    resident.evaluate("scrollTo(0, document.body.scrollHeight)")
    picture(resident, "22-what-changed")
    # The door without a phone hears it from its leader.
    leader.goto("/leader/")
    expect(leader.get_by_text("有变动，请告诉这户")).to_be_visible()
    audit(station)


def test_a_shelf_is_counted_blind_and_another_person_agrees(tablet, station, picture):
    clerk = log_in(tablet(), village.CLERK)
    clerk.goto("/station/counts/")
    shelf = clerk.locator(".shelf-list li").filter(has_text="C1")
    shelf.get_by_role("button", name="盲盘").click()
    # Blind: how many there should be is not on the page.
    expect(clerk.get_by_role("columnheader", name="账上")).to_have_count(0)
    for title, found in (("鲜牛奶 950 毫升", 33), ("酸奶 100 克×8", 37), ("老豆腐 1 盒", 31)):
        clerk.get_by_label(title).fill(str(found))
    picture(clerk, "23-count")
    clerk.get_by_role("button", name="数完了").click()
    expect(clerk.get_by_text("自己数的不能自己核对")).to_be_visible()
    expect(clerk.get_by_role("button", name="核对无误")).to_have_count(0)

    manager = log_in(tablet(), village.MANAGER)
    manager.goto(clerk.url)
    expect(manager.get_by_text("3 样，1 样不对")).to_be_visible()
    milk = row(manager, "鲜牛奶 950 毫升")
    for words in ("34", "33", "-1", "14.50", village.CLERK.name):
        expect(milk).to_contain_text(words)
    picture(manager, "24-approve")
    manager.get_by_role("button", name="核对无误，记进库存").click()
    expect(manager.get_by_text("已核对")).to_be_visible()

    # Two packs of yoghurt were crushed.
    clerk.goto("/station/losses/")
    clerk.get_by_label("扫码，或写货名、编码").fill("酸奶")
    clerk.get_by_label("扫码，或写货名、编码").press("Enter")
    clerk.get_by_role("link", name=re.compile("酸奶.*20 组")).click()
    clerk.get_by_label("数量").fill("2")
    clerk.get_by_label("原因").select_option(label="破损")
    clerk.get_by_role("button", name="记下").click()
    lost = row(clerk, "酸奶 100 克×8")
    for words in ("2 组", "¥23.40", "破损"):
        expect(lost).to_contain_text(words)
    picture(clerk, "25-losses")
    audit(station)


def test_the_counter_sells_by_keyboard_and_once(tablet, station, picture):
    page = log_in(tablet(), village.CLERK)
    page.goto("/station/counter/")
    keys(page, "十一网格 1 102")
    expect(page.get_by_role("heading", name="十一网格 1幢 102")).to_be_visible()
    for words in (barcode(station, "T01"), "3*S01"):
        keys(page, words)
    # 13.20 + 3 × 2.20
    expect(page.locator(".till-total")).to_contain_text("¥19.80")
    page.keyboard.press("Enter")
    expect(page.get_by_label("收到现金")).to_be_focused()
    page.keyboard.type("50")
    expect(page.get_by_text("找 ¥30.20")).to_be_visible()
    picture(page, "26-counter")
    page.get_by_role("button", name="收现金").dblclick()
    expect(page.get_by_text("收到 ¥50.00，应付 ¥19.80")).to_be_visible()
    expect(page.get_by_text("¥30.20", exact=True)).to_be_visible()
    sold = page.url
    picture(page, "27-change")
    page.get_by_role("link", name="打印小票").click()
    for words in ("¥13.20/包 × 1", "¥2.20/袋 × 3", "¥19.80", "¥50.00", "¥30.20"):
        expect(page.get_by_text(words).first).to_be_visible()
    picture(page, "28-receipt")
    # Back to the till of this sale, and the button again: the same sale.
    page.goto(sold)
    page.go_back()
    page.go_back()
    page.go_back()
    if page.get_by_role("button", name="收现金").count():
        page.get_by_role("button", name="收现金").click()
    page.goto("/station/counter/")
    expect(page.locator(".figure").filter(has_text="今天卖出")).to_contain_text("1")
    expect(page.locator(".figure").filter(has_text="今天柜台收的现金")).to_contain_text("¥19.80")

    # Nobody of a sealed grid may come here, and the page says so.
    keys(page, "二网格 1 101")
    expect(page.get_by_text("这一户现在不能到店买")).to_be_visible()
    expect(page.locator(".notice.error")).to_contain_text(
        "二网格现在是封控，不能到店购买，可以送到门口"
    )
    picture(page, "29-sealed")
    audit(station)


def test_anybody_may_read_the_open_book(phone, station, picture):
    page = phone()
    page.goto(f"/book/{demo.CODE}/")
    picture(page, "30-book")
    bananas = page.get_by_role("link", name=re.compile("香蕉 3 斤"))
    bananas.scroll_into_view_if_needed()
    # 174.00 for 12, and 6.00 for the van; 55 were there at 13.686.
    for words in ("进价 ¥14.50", "含运费 ¥15.00", "均价 ¥13.9213", "¥13.92", "进 12 份"):
        expect(bananas).to_contain_text(words)
    picture(page, "30-book")
    bananas.click()
    for words in ("¥174.00", "¥6.00", "原有 55 份", "¥13.6860", "¥13.9213", "¥13.92"):
        expect(page.locator("dl.sum")).to_contain_text(words)
    expect(page.get_by_role("img", name=re.compile("香蕉 3 斤的售价"))).to_be_visible()
    expect(page.locator(".cost-dot")).to_have_count(4)
    page.locator("figure.chart").scroll_into_view_if_needed()
    picture(page, "31-book-good")
    page.get_by_role("link", name="期间账").click()
    bought, charged, cost, lost, variance = (
        yuan(page.locator("dl.sum div").filter(has_text=words).locator("dd").inner_text())
        for words in ("进货", "收的货款", "卖出部分的成本", "损耗（", "差额（")
    )
    assert variance == charged - cost - lost
    page.get_by_text("收到的钱").scroll_into_view_if_needed()
    picture(page, "32-book-report")
    with page.expect_download() as started:
        page.get_by_role("link", name="下载 Excel").click()
    book = load_workbook(io.BytesIO(started.value.path().read_bytes()))
    written = dict(row[:2] for row in book["收支"].values)
    assert Decimal(str(written["进货（元）"])) == bought
    assert Decimal(str(written["差额（元）"])) == variance
    audit(station)


def row(within, title: str):
    """A table's row about this good; not the one that folds out below it, door by door."""
    return within.locator("tr:not(.by-door)").filter(has_text=title)


def yuan(words: str) -> Decimal:
    return Decimal(words.replace("¥", "").replace(",", "").replace("−", "-"))


def good(page: Page, title: str):
    """A good to be packed, on the bench."""
    return page.locator(".to-pack li").filter(has_text=title)


def arrival(page: Page, title: str, *, units: int, cost: str, keeps: int, damaged: int = 0) -> None:
    page.get_by_label(f"{title} 实收").fill(str(units))
    if damaged:
        page.get_by_label(f"{title} 破损退回").fill(str(damaged))
    page.get_by_label(f"{title} 发票金额（元）").fill(cost)
    expires_on = timezone.localdate() + timedelta(days=keeps)
    page.get_by_label(f"{title} 保质期到").fill(expires_on.isoformat())


def keys(page: Page, words: str) -> None:
    """Typed without touching a field: the page has put the cursor where it belongs."""
    expect(page.locator("input:focus")).to_have_value("")
    page.keyboard.type(words)
    page.keyboard.press("Enter")


def scan(page: Page, code: str) -> None:
    """A scanner is a keyboard: it types, and presses Enter."""
    page.get_by_label("扫货品条码或包裹标签").fill(code)
    page.get_by_label("扫货品条码或包裹标签").press("Enter")
