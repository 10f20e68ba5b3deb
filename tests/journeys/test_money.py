"""A household pays online and from its account; what it does not get, it gets back.

The station has a Stripe of our own beside it: its pages take the money, its messages say so.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from shop.demo import village
from tests.fakes.stripe import SECRET_KEY, WEBHOOK_SECRET, FakeStripe
from tests.journeys.people import close_and_plan, fill, line_of_sum, log_in, show
from tests.journeys.small_village import audit
from tests.journeys.station import serving

GREENS, POTATOES = "上海青 2 斤", "土豆 5 斤"
SEND_REFUNDS = """
from django.utils import timezone
from shop.payments.stripe import refunds
refunds.send_due(timezone.now())
"""


@pytest.fixture(scope="module")
def stripe():
    with FakeStripe() as fake:
        yield fake


@pytest.fixture(scope="module")
def station(stripe, small_station):
    keys = {"STRIPE_SECRET_KEY": SECRET_KEY, "STRIPE_WEBHOOK_SECRET": WEBHOOK_SECRET}
    with serving(small_station, STRIPE_API_BASE=stripe.url, **keys) as running:
        stripe.webhook(f"{running.url}/pay/webhook/")
        yield running


@pytest.fixture(autouse=True)
def nothing_wrong(stripe):
    yield
    stripe.clear()
    stripe.release()


def checkout(page: Page, basket: dict[str, int], way: str) -> None:
    fill(page, basket)
    page.goto("/checkout/")
    page.get_by_label(way).check()


def place(page: Page) -> None:
    page.get_by_role("button", name="下单", exact=True).dblclick()


def paid_at(stripe: FakeStripe) -> int:
    """How many payments Stripe knows of."""
    told = stripe.deliveries()
    return len({event["id"] for event in told if event["type"] == "payment_intent.succeeded"})


def to_pack(page: Page, title: str):
    return page.locator(".to-pack li").filter(has_text=title)


def test_an_order_is_paid_when_stripe_says_so(phone, station, stripe, picture):
    resident = log_in(phone(), village.RESIDENT)
    checkout(resident, {GREENS: 1, POTATOES: 2}, "网上付款")
    resident.evaluate("scrollTo(0, document.body.scrollHeight)")
    picture(resident, "33-ways-to-pay")
    place(resident)
    # 6.40 + 2 × 11.50, the goods are held; from a second tab it is the same page of Stripe's.
    to_stripe = resident.get_by_role("link", name="去付款")
    expect(resident.locator("main .big")).to_have_text("¥29.40")
    picture(resident, "34-pay")
    there = to_stripe.get_attribute("href")
    second = resident.context.new_page()
    second.goto(resident.url)
    expect(second.get_by_role("link", name="去付款")).to_have_attribute("href", there)
    second.close()
    number = resident.url.rstrip("/").rpartition("/")[2]

    to_stripe.dblclick()
    expect(resident.locator(".sum")).to_have_text("¥29.40")
    resident.get_by_role("button", name="银行卡被拒").click()
    expect(resident.get_by_role("alert")).to_contain_text("没有扣款")

    # Stripe's message is on its way: whoever comes back has not paid yet.
    stripe.hold()
    resident.get_by_role("button", name="付款", exact=True).click()
    expect(resident.get_by_role("heading", name="正在确认付款")).to_be_visible()
    resident.goto(f"/orders/{number}/")
    expect(line_of_sum(resident, "还要付")).to_have_text("¥29.40")
    resident.goto(f"/pay/{number}/back/")
    picture(resident, "35-confirming")
    stripe.duplicate(2)
    stripe.release()
    # The page goes on by itself.
    expect(line_of_sum(resident, "已付（网上付款）")).to_have_text("¥29.40")
    expect(line_of_sum(resident, "付清了")).to_have_text("¥0.00")
    show(resident.locator("dl.sum"))
    picture(resident, "36-paid")
    # One order, paid once, however often was tapped and however often Stripe said so.
    stripe.wait()
    resident.goto("/orders/")
    expect(resident.get_by_role("link", name="看到哪儿了")).to_have_count(1)
    assert paid_at(stripe) == 1
    audit(station)


def test_without_stripe_the_order_goes_through_at_the_door(phone, station, stripe, picture):
    stripe.fail("/v1/checkout", "drop", times=None)
    leader = log_in(phone(), village.LEADER)
    leader.goto("/leader/")
    leader.get_by_role("button", name="帮这户订").first.click()
    checkout(leader, {POTATOES: 1}, "网上付款")
    place(leader)
    expect(leader.get_by_role("alert")).to_be_visible()
    expect(leader.get_by_role("link", name="去付款")).to_have_count(0)
    picture(leader, "37-stripe-down")
    leader.get_by_role("button", name="送到时付").click()
    expect(leader.get_by_text("好的，换好了")).to_be_visible()
    expect(leader.get_by_role("heading", name="已下单")).to_be_visible()
    # Half of it the township pays for this door.
    expect(line_of_sum(leader, "互助金付")).to_have_text("¥5.75")
    expect(line_of_sum(leader, "送到时付")).to_have_text("¥5.75")
    leader.get_by_role("button", name="结束代订").click()
    audit(station)


def test_the_account_pays_and_what_was_short_comes_back(phone, tablet, station, stripe, picture):
    # Nobody of a sealed grid comes to the counter: somebody brings the money along.
    staff = log_in(tablet(), village.CLERK)
    staff.on("dialog", lambda dialog: dialog.accept())
    leader = log_in(phone(), village.LEADER)
    leader.goto("/my-home/")
    where = leader.locator("main").get_by_text("1幢 102").first
    expect(where).to_be_visible()
    staff.goto("/station/money/accounts/")
    staff.get_by_label("哪一户？").fill("1 102")
    staff.get_by_role("button", name="找", exact=True).click()
    staff.get_by_role("link", name="二网格 1幢 102", exact=True).click()
    deposit = staff.locator("form[action$='/deposit/']")
    deposit.get_by_label("金额").fill("50")
    deposit.get_by_role("button", name="收现金").dblclick()
    expect(staff.locator(".figure").filter(has_text="账户余额")).to_contain_text("¥50.00")
    picture(staff, "38-deposit")

    checkout(leader, {GREENS: 1, POTATOES: 2}, "驿站账户")
    expect(leader.get_by_text("余额 ¥50.00，下单就付好")).to_be_visible()
    place(leader)
    expect(leader.get_by_role("heading", name="已下单")).to_be_visible()
    expect(line_of_sum(leader, "已付（驿站账户）")).to_have_text("¥29.40")
    placed = leader.url

    # A bag of potatoes is missing for each of the two doors.
    close_and_plan(staff)
    staff.get_by_role("link", name="分拣").click()
    staff.get_by_role("link", name=re.compile("二网格-1")).first.click()
    for door in ("1幢 101", "1幢 102"):
        expect(staff.get_by_role("heading", name=door)).to_be_visible()
        to_pack(staff, POTATOES).get_by_role("button", name="只有 1").click()
        expect(to_pack(staff, POTATOES)).to_contain_text("少 1")
        to_pack(staff, GREENS).get_by_role("button", name=GREENS).click()
    expect(staff.get_by_role("heading", name="1幢 103")).to_be_visible()

    leader.goto(placed)
    expect(leader.get_by_text("少给 1 袋，少收 ¥11.50")).to_be_visible()
    expect(line_of_sum(leader, "退回驿站账户")).to_have_text("¥11.50")
    show(leader.locator("dl.sum"))
    picture(leader, "39-back-in-the-account")
    leader.get_by_role("link", name="看驿站账户").click()
    # 50.00 − 29.40 + 11.50
    expect(leader.locator(".balance")).to_contain_text("¥32.10")
    expect(leader.locator(".statement li")).to_contain_text(
        [re.compile("退款 .*¥11.50"), re.compile("付订单 .*−¥29.40"), re.compile("充值 .*¥50.00")]
    )
    show(leader.locator(".statement"))
    picture(leader, "40-account")

    # What was paid online goes back the way it came.
    resident = log_in(phone(), village.RESIDENT)
    resident.goto("/orders/")
    resident.get_by_role("link", name="看到哪儿了").click()
    expect(line_of_sum(resident, "网上退款")).to_have_text("¥11.50")
    station.manage("shell", "--command", SEND_REFUNDS)
    stripe.wait()
    resident.reload()
    expect(line_of_sum(resident, "已退出")).to_have_text("¥11.50")
    show(resident.locator("dl.sum"))
    picture(resident, "41-refund")
    staff.goto("/station/money/stripe/")
    expect(staff.get_by_text("该退的都退了。")).to_be_visible()
    staff.goto("/station/money/")
    # 29.40 − 11.50
    expect(staff.locator(".figure").filter(has_text="网上付款")).to_contain_text("¥17.90")
    picture(staff, "42-money")
    audit(station)
