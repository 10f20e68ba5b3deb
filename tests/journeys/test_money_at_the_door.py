"""A day of money at the doors, hour by hour: a fund pays a part, couriers take the rest and hand it
in, what nobody wants goes back, what was bad is given back, and the evening's books agree.

Each test goes on where the one before it ended.
"""

import io
import re

import pytest
from openpyxl import load_workbook
from PIL import Image, ImageDraw
from playwright.sync_api import expect

from shop import demo
from shop.demo import village
from tests.journeys.people import close_and_plan, fill, line_of_sum, log_in, order, show
from tests.journeys.small_village import audit
from tests.journeys.station import serving

GREENS, POTATOES = "上海青 2 斤", "土豆 5 斤"
FUND = "邻里互助金"


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
def manager(tablet):
    return log_in(tablet(), village.MANAGER)


@pytest.fixture
def resident(phone):
    return log_in(phone(), village.RESIDENT)


@pytest.fixture
def leader(phone):
    return log_in(phone(), village.LEADER)


@pytest.fixture
def potatoes() -> dict:
    """A photo of a bag, as a file chosen in the browser."""
    picture = Image.new("RGB", (800, 600), "#b8a27e")
    draw = ImageDraw.Draw(picture)
    for x, y, colour in ((90, 120, "#8a6a3a"), (330, 200, "#93733f"), (520, 90, "#4c5a2a")):
        draw.ellipse((x, y, x + 220, y + 170), fill=colour)
    file = io.BytesIO()
    picture.save(file, "JPEG")
    return {"name": "potatoes.jpg", "mimeType": "image/jpeg", "buffer": file.getvalue()}


def test_a_fund_pays_its_part_of_an_order(staff, manager, resident, leader, station, picture):
    staff.goto("/station/money/funds/")
    staff.get_by_role("link", name=FUND).click()
    gift = staff.locator("form[action$='/donate/']")
    gift.get_by_label("金额（元）").fill("100")
    gift.get_by_role("button", name="收现金").dblclick()
    expect(staff.locator(".figure").filter(has_text="还剩")).to_contain_text("¥100.00")
    # For whom it pays, only the manager sees.
    expect(staff.get_by_text("只有站长看得到")).to_be_visible()
    manager.goto(staff.url)
    manager.get_by_text("补一户").click()
    manager.get_by_label("哪一户").fill("1 101")
    manager.locator("form[action$='/door/']").get_by_label("补百分之几").fill("30")
    manager.get_by_role("button", name="从下一单起补").first.click()
    manager.get_by_role("button", name="二网格 1幢 101", exact=True).click()
    expect(manager.locator(".row").filter(has_text="二网格 1幢 101")).to_contain_text("30%")
    picture(manager, "43-fund")

    # 30 % of 6.40 and of 2 × 11.50
    fill(resident, {GREENS: 1, POTATOES: 2})
    resident.goto("/checkout/")
    expect(line_of_sum(resident, "互助金付")).to_have_text("−¥8.82")
    expect(resident.locator(".pay-bar")).to_contain_text("¥20.58")
    show(line_of_sum(resident, "互助金付"))
    picture(resident, "44-fund-pays")
    resident.get_by_role("button", name="下单", exact=True).dblclick()
    expect(line_of_sum(resident, "互助金付")).to_have_text("¥8.82")
    expect(line_of_sum(resident, "送到时付")).to_have_text("¥20.58")

    order(leader, {POTATOES: 1})
    leader.goto("/leader/")
    leader.get_by_role("button", name="帮这户订").first.click()
    order(leader, {POTATOES: 1})
    expect(line_of_sum(leader, "送到时付")).to_have_text("¥5.75")
    leader.get_by_role("button", name="结束代订").click()
    # 20.58 + 11.50 + 5.75
    leader.goto("/leader/money/")
    expect(line_of_sum(leader, "3 户没付清，差")).to_have_text("¥37.83")
    audit(station)


def test_cash_from_the_door_to_the_till(phone, staff, manager, resident, leader, station, picture):
    close_and_plan(staff)
    staff.get_by_role("link", name=re.compile("二网格-1")).click()
    names = staff.get_by_label("派给").locator("option").all_inner_texts()
    [mine] = [name for name in names if village.COURIER.name in name]
    staff.get_by_label("派给").select_option(label=mine)
    staff.get_by_role("button", name="派给 TA").click()
    staff.get_by_role("button", name="装好了").click()

    # One tap says who has it and how it was paid.
    courier = log_in(phone(), village.COURIER)
    courier.locator(".batches a").first.click()
    courier.get_by_role("button", name="出发").click()
    expect(courier.get_by_role("heading", name="1幢 101")).to_be_visible()
    picture(courier, "45-at-the-door")
    courier.get_by_role("button", name="当面交 收现金 ¥20.58").dblclick()
    expect(courier.get_by_role("heading", name="1幢 102")).to_be_visible()
    courier.get_by_role("button", name=re.compile("放门口.*转账 ¥11.50")).click()
    expect(courier.get_by_role("heading", name="1幢 103")).to_be_visible()
    courier.locator("details.failed summary").click()
    courier.get_by_label("不要了").check()
    courier.get_by_role("button", name="记下，东西带回驿站").click()
    expect(courier.get_by_text("送完了，辛苦了")).to_be_visible()
    resident.goto("/orders/")
    resident.get_by_role("link", name="看明细").click()
    expect(line_of_sum(resident, "已付（现金）")).to_have_text("¥20.58")
    expect(line_of_sum(resident, "付清了")).to_have_text("¥0.00")

    # The courier counts what they hold; the station counts it too, and what is missing is written.
    courier.get_by_role("link", name="我手上的钱").click()
    expect(courier.get_by_role("heading", name="¥20.58")).to_be_visible()
    courier.get_by_text("点到的不一样…").click()
    courier.get_by_label("点到（元）").fill("20")
    courier.get_by_label("怎么会差（可不写）").fill("零钱掉了")
    picture(courier, "46-my-cash")
    courier.get_by_role("button", name="记下", exact=True).click()
    expect(courier.get_by_text("少 ¥0.58")).to_be_visible()
    expect(courier.get_by_role("button", name="我也点过，对")).to_have_count(0)
    staff.goto("/station/money/cash/")
    expect(staff.locator(".hands")).to_contain_text(f"{village.COURIER.name} 点到 ¥20.00")
    picture(staff, "47-hand-in")
    staff.get_by_role("button", name="我也点过，对").click()
    expect(staff.get_by_text("都交齐了。")).to_be_visible()
    courier.reload()
    expect(courier.get_by_text("手上没有要交的钱。")).to_be_visible()

    # 100.00 for the fund + 20.00, counted by one and confirmed by another.
    staff.get_by_role("button", name="点到 ¥120.00，正好").dblclick()
    expect(staff.get_by_text("等第二个人确认才入账。").first).to_be_visible()
    expect(staff.get_by_role("button", name="我也点过，对")).to_have_count(0)
    manager.goto("/station/money/cash/")
    manager.get_by_role("button", name="我也点过，对").click()
    counted = manager.locator("tbody tr")
    expect(counted).to_have_count(2)
    expect(counted.filter(has_text="钱箱")).to_contain_text("正好")
    expect(counted.filter(has_text=village.COURIER.name)).to_contain_text("少 ¥0.58")
    picture(manager, "48-counted")
    leader.goto("/leader/money/")
    expect(line_of_sum(leader, "1 户没付清，差")).to_have_text("¥5.75")
    audit(station)


def test_what_nobody_takes_goes_back_and_the_money_with_it(staff, leader, station, picture):
    staff.goto("/station/dispatch/")
    staff.locator("#came-back").get_by_role("link", name="二网格 1幢 103").click()
    expect(staff.get_by_role("row").filter(has_text=POTATOES)).to_contain_text("1 袋")
    picture(staff, "49-take-back")
    staff.get_by_role("button", name="退回上架，不再送").click()
    expect(staff.get_by_text("退回上架了，这一户不用付钱。")).to_be_visible()
    expect(staff.locator("#came-back")).to_have_count(0)
    # The township's half is the township's again, and the leader's page agrees.
    staff.goto("/station/money/funds/")
    township = staff.get_by_role("row").filter(has_text="街镇补助")
    expect(township).to_contain_text("¥0.00")
    leader.goto("/leader/money/")
    expect(leader.locator("#adds-up")).to_contain_text("对得上")
    show(leader.locator("#adds-up"))
    picture(leader, "50-adds-up")
    audit(station)


def test_what_was_bad_is_said_answered_and_given_back(staff, resident, station, picture, potatoes):
    resident.goto("/orders/")
    resident.get_by_role("link", name="看明细").click()
    placed = resident.url
    resident.get_by_role("link", name="东西不对？").click()
    resident.get_by_label(POTATOES).check()
    resident.get_by_label("坏了").check()
    resident.get_by_label("说两句（可以不写）").fill("一袋发芽了")
    resident.get_by_label("拍张照（可以不拍）").set_input_files(potatoes)
    picture(resident, "51-not-right")
    resident.get_by_role("button", name="告诉驿站").dblclick()
    expect(resident.get_by_text("等答复")).to_have_count(1)

    staff.goto("/station/money/")
    expect(staff.get_by_text("1 个售后等答复")).to_be_visible()
    staff.goto("/station/claims/")
    staff.locator(".claims-list").get_by_role("link").click()
    expect(staff.get_by_role("img", name="住户拍的照片")).to_be_visible()
    expect(staff.get_by_label("退多少（元）")).to_have_value("11.50")
    staff.get_by_label("答复（住户看得到）").fill("对不起，这一袋不收钱")
    picture(staff, "52-claim")
    staff.get_by_role("button", name="退钱", exact=True).click()
    expect(staff.get_by_role("row").filter(has_text=POTATOES)).to_contain_text("¥11.50")

    # 30 % of it the fund had paid: that is the fund's; the rest is in the door's account.
    resident.goto(placed)
    expect(resident.get_by_text("驿站答复：对不起，这一袋不收钱")).to_be_visible()
    expect(resident.get_by_text("您说东西不对，少收 ¥11.50")).to_be_visible()
    expect(line_of_sum(resident, "互助金付")).to_have_text("¥5.37")
    expect(line_of_sum(resident, "退回驿站账户")).to_have_text("¥8.05")
    show(resident.locator("dl.sum"))
    picture(resident, "53-answered")
    audit(station)


def test_everybody_reads_the_funds_sums_and_the_day_ends(phone, staff, station, picture):
    anybody = phone()
    anybody.goto(f"/book/{demo.CODE}/report/")
    show(anybody.get_by_role("heading", name=FUND))
    sums = anybody.locator("h3", has_text=FUND).locator("+ dl.sum div dd")
    expect(sums).to_have_text(["¥100.00", "¥5.37", "¥94.63"])
    for words in (village.RESIDENT.name, "1幢"):
        expect(anybody.locator("body")).not_to_contain_text(words)
    picture(anybody, "54-funds-in-the-book")

    staff.goto("/station/money/day-end/")
    # Paid at the doors 20.58 and 11.50, and by the fund.
    for words, yuan in (("点款差额", "−¥0.58"), ("付款", "¥37.45"), ("付款", "退款 ¥8.05")):
        expect(staff.locator(".figure").filter(has_text=words).first).to_contain_text(yuan)
    expect(staff.locator("figure.chart svg")).to_be_visible()
    picture(staff, "55-day-end")
    with staff.expect_download() as started:
        staff.get_by_role("link", name="下载 Excel").click()
    book = load_workbook(io.BytesIO(started.value.path().read_bytes()))
    assert book.sheetnames == ["钱", "货", "点款", "核销", "近 30 天"]
    written = {name: figure for name, figure, *_ in book["钱"].iter_rows(values_only=True)}
    assert written["点款差额（元）"] == pytest.approx(-0.58)
    staff.goto("/station/money/")
    # The till: 100.00 + 20.00; the bank has the township's and the transfer.
    expect(staff.locator(".figure").filter(has_text="钱箱里")).to_contain_text("¥120.00")
    expect(staff.locator(".figure").filter(has_text="住户存着的")).to_contain_text("¥8.05")
    picture(staff, "56-money")
    audit(station)
