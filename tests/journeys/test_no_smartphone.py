"""Nobody is left out: a door registers by the poster, a leader orders for a neighbour, a paper slip
comes back, and what was ordered in a group chat is imported.

`PICTURES=docs/images` saves what the screens show.
"""

import re

import pytest
from playwright.sync_api import Page, expect

from shop.demo import village
from tests.journeys import busy_village
from tests.journeys.people import log_in, order, show
from tests.journeys.small_village import audit
from tests.journeys.station import serving
from tests.shop.group_buys import exports

GREENS, POTATOES = "上海青 2 斤", "土豆 5 斤"


@pytest.fixture(scope="module")
def station(small_station):
    with serving(small_station) as running:
        yield running


def silent_doors(leader: Page) -> list[str]:
    """As painted on the wall, those of the leader's that nobody there can order for."""
    leader.goto("/leader/?show=silent")
    return leader.locator(".door-row h2").all_inner_texts()


def test_a_leader_orders_for_a_neighbour(phone, station, picture):
    leader = log_in(phone(), village.LEADER)
    leader.get_by_role("link", name="代订").click()
    leader.get_by_role("link", name=re.compile("要代订")).click()
    door = leader.locator(".door-row").first
    name = door.locator("h2").inner_text()
    door.get_by_role("button", name="帮这户订").click()
    expect(leader.get_by_text(f"正在帮 {name} 代订")).to_be_visible()
    order(leader, {GREENS: 1, POTATOES: 2})
    leader.get_by_role("button", name="结束代订").click()
    # Who has ordered is told apart from who has not.
    leader.goto("/leader/?show=silent")
    row = leader.locator(".door-row").filter(has=leader.get_by_role("heading", name=name))
    expect(row.get_by_text("这一波订了")).to_be_visible()
    others = leader.locator(".door-row").filter(has_text="还没订")
    expect(others.first).to_be_visible()
    show(row)
    picture(leader, "70-leader-doors")
    leader.goto("/leader/?show=waiting")
    expect(leader.get_by_role("heading", name=name, exact=True)).to_have_count(0)
    # The same again: one tap, and it is in the basket.
    leader.goto("/leader/?show=silent")
    row.get_by_role("button", name="照上次订").click()
    expect(leader.get_by_text("上次的都放进篮子了")).to_be_visible()
    expect(leader.get_by_role("button", name="下单", exact=True)).to_be_visible()
    picture(leader, "71-leader-again")
    leader.get_by_role("button", name="结束代订").click()
    audit(station)


def test_a_door_registers_by_the_poster(phone, station, picture):
    leader = log_in(phone(), village.LEADER)
    leader.goto("/leader/registrations/")
    leader.get_by_label("几号楼").fill("77号楼")
    leader.get_by_role("button", name="做一张海报").click()
    expect(leader.get_by_text("扫一扫，登记您家")).to_be_visible()
    address = re.search(r"/d/\w+/", leader.locator(".poster").inner_text())[0]

    someone = phone()
    someone.goto(address)
    expect(someone.get_by_text("77幢")).to_be_visible()
    picture(someone, "72-register")
    someone.get_by_label("单元").fill("2单元")
    someone.get_by_label("室号").fill("302室")
    someone.get_by_label("住几个人").fill("3")
    someone.get_by_label("怎么称呼").fill("沈新来")
    someone.get_by_label("电话", exact=True).fill("137 0000 0077")
    someone.get_by_role("button", name="交给楼长").click()
    expect(someone.get_by_role("heading", name="收到了")).to_be_visible()

    leader.goto("/leader/")
    leader.get_by_role("link", name="1 户新登记等您核对").click()
    picture(leader, "73-registrations")
    leader.get_by_role("link", name="核对").click()
    picture(leader, "74-registration")
    leader.get_by_role("button", name="对的，登记").click()
    expect(leader.get_by_text("77幢 2单元 302登记好了")).to_be_visible()
    leader.get_by_role("link", name="印门卡").click()
    expect(leader.get_by_text("77幢 2单元 302")).to_be_visible()
    audit(station)


def test_a_paper_slip_is_scanned_and_keyed(phone, tablet, station, picture):
    # A door that ordered in this round gets its slip for the next, with that order ticked.
    leader = log_in(phone(), village.LEADER)
    door = silent_doors(leader)[-1]
    row = leader.locator(".door-row").filter(has=leader.get_by_role("heading", name=door))
    row.get_by_role("button", name="帮这户订").click()
    order(leader, {GREENS: 2, POTATOES: 3})
    leader.get_by_role("button", name="结束代订").click()
    station.manage("shell", "--command", busy_village.SECOND_ROUND)
    office = log_in(tablet(), village.CLERK)
    office.goto("/station/slips/")
    office.get_by_label("哪一波").select_option(label="今日第二波")
    office.get_by_role("button", name="去打印").click()
    slip = office.locator(".order-slip").filter(has=office.get_by_role("heading", name=door))
    expect(slip).to_contain_text("☑ 是您上次订的：要就不用动，不要就划掉")
    ticked = slip.locator("li").filter(has=office.locator(".marked"))
    expect(ticked.locator(".what > b")).to_have_text([GREENS, POTATOES])
    expect(ticked.locator(".marked")).to_have_text(["2", "3"])
    code = slip.locator(".code small").inner_text()
    listed = slip.locator("li")
    numbers = {
        item.locator(".what b").inner_text(): item.locator(".no").inner_text()
        for item in listed.all()
    }
    assert GREENS in numbers
    # Nobody's phone is on paper that goes from hand to hand.
    assert not re.search(r"(?<!\d)1[3-9]\d{9}(?!\d)", slip.inner_text())
    picture(slip, "75-slips")

    # It comes back to whoever stands at the gate, with the station's phone.
    staff = log_in(phone(), village.CLERK)
    staff.goto("/station/slips/")
    staff.get_by_label("扫纸单上的码").fill(code)
    staff.keyboard.press("Enter")
    expect(staff.get_by_role("heading", name=door)).to_be_visible()
    for title, units in ((GREENS, "2"), (POTATOES, "3")):
        expect(staff.get_by_label(title)).to_have_value(units)
    picture(staff, "76-slip-key")
    # The cursor waits where the numbers go: a code, a line, and it is ordered.
    staff.keyboard.type(f"{numbers[GREENS]}x1")
    staff.keyboard.press("Enter")
    expect(staff.get_by_text(re.compile(f"{door}录好了.*¥6.40"))).to_be_visible()
    # Scanned again it is the same one.
    staff.get_by_label("扫纸单上的码").fill(code)
    staff.keyboard.press("Enter")
    expect(staff.get_by_text(re.compile("纸单已经录过了"))).to_be_visible()
    audit(station)


def test_a_leader_imports_a_group_buy_once(phone, station):
    leader = log_in(phone(), village.LEADER)
    door = silent_doors(leader)[0]
    data = exports.kuaituantuan(
        (1, GREENS, 2, village.LEADER.phone, ""),
        (2, POTATOES, 1, "", door.replace(" ", "")),
        (3, POTATOES, 1, "13000000000", "隔壁小区 99-9-999"),
    )
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    file = {"name": "快团团.xlsx", "mimeType": kind, "buffer": data}

    def look() -> None:
        leader.goto("/leader/group-buys/")
        leader.locator("input[type=file]").set_input_files(file)
        leader.get_by_role("button", name="先看看").click()

    look()
    expect(leader.get_by_text("对上 2 户、2 行、3 份；有问题的格 1 个")).to_be_visible()
    expect(leader.get_by_text("J4", exact=True)).to_be_visible()
    leader.get_by_role("button", name="下 2 单，3 份").click()
    expect(leader.get_by_text("下了 2 单，3 份。")).to_be_visible()
    look()
    expect(leader.get_by_text("其中 3 份以前下过，不会再下")).to_be_visible()
    expect(leader.get_by_role("button", name=re.compile("^下 "))).to_have_count(0)
    audit(station)
