"""The sample export of 快团团, for the village of the sample register: 60 doors, 221 units, once.

`PICTURES=docs/images` saves what the screens show.
"""

import json
import re

import pytest
from playwright.sync_api import expect

from shop import demo
from shop.demo.parts import Someone
from tests.journeys.people import log_in, show
from tests.journeys.small_village import audit
from tests.journeys.station import ROOT, started, stopped

DATA = ROOT / "tests" / "data"
EXPECTED = json.loads((DATA / "expected.json").read_text())["kuaituantuan"]
MANAGER = Someone("陈站长", "19900000099")
#: The register, and the goods that the export names.
MAKE = f"""
from django.core.management import call_command
from inventory.models import Membership
from tests import factories
from tests.shop.group_buys.test_import_orders import GOODS
station = factories.station("青禾村惠民驿站")
manager = factories.user("{MANAGER.name}", phone="{MANAGER.phone}", password="{demo.PASSWORD}")
Membership.objects.create(station=station, user=manager, role=Membership.Role.MANAGER)
call_command("import_households", "{DATA / "roster.xlsx"}")
for title, unit, price, stock in GOODS:
    factories.item(station, title, price=price, in_stock=stock, unit=unit, weight_g=100)
factories.round(station, "早市")
"""


@pytest.fixture(scope="module")
def station(first_start):
    with stopped(first_start) as village:
        village.manage("shell", "--command", MAKE)
        with started(village):
            yield village


def test_the_sample_export_becomes_orders_once(phone, station, picture):
    page = log_in(phone(), MANAGER)
    doors, lines, units = (EXPECTED[name] for name in ("doors", "lines", "quantity"))

    def look() -> None:
        page.goto("/station/group-buys/")
        page.locator("input[type=file]").set_input_files(DATA / "kuaituantuan.xlsx")
        page.get_by_role("button", name="先看看").click()
        bad = len(EXPECTED["bad_cells"])
        said = f"对上 {doors} 户、{lines} 行、{units} 份；有问题的格 {bad} 个"
        expect(page.get_by_text(said)).to_be_visible()

    look()
    expect(page.locator(".cells > li > b").first).to_have_text("T55")
    for cell in EXPECTED["bad_cells"]:
        expect(page.get_by_text(cell, exact=True)).to_be_visible()
    show(page.get_by_text("T55", exact=True))
    picture(page, "77-group-buy")
    page.get_by_role("button", name=f"下 {doors} 单，{units} 份").click()
    expect(page.get_by_text(f"下了 {doors} 单，{units} 份。")).to_be_visible(timeout=60_000)
    look()
    expect(page.get_by_text(f"其中 {units} 份以前下过，不会再下")).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^下 "))).to_have_count(0)
    audit(station)
