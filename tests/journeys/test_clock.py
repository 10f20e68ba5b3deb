"""Nobody presses a button: the background worker closes a round when its time has come."""

from playwright.sync_api import expect

from shop.demo import village
from tests.journeys.people import log_in

SHORT_ROUND = """
from datetime import timedelta
from django.utils import timezone
from delivery.models import Round
from inventory.models import Station
now = timezone.now()
Round.objects.create(
    station=Station.objects.get(), name="马上截单", opens_at=now - timedelta(hours=1),
    closes_at=now + timedelta(seconds=2), delivers_from=now + timedelta(hours=1),
    delivers_to=now + timedelta(hours=2), status="open", repeats_daily=True,
)
"""


def test_a_round_closes_by_itself_and_tomorrows_is_planned(tablet, station):
    station.manage("seed_demo", "--if-empty")
    station.manage("shell", "--command", SHORT_ROUND)
    page = log_in(tablet(), village.CLERK)
    page.goto("/station/rounds/")
    rows = page.get_by_role("row").filter(has_text="马上截单")
    for _ in range(30):
        page.wait_for_timeout(2_000)
        page.reload()
        if rows.filter(has_text="已截单").count():
            break
    expect(rows.filter(has_text="已截单")).to_have_count(1)
    expect(rows.filter(has_text="未开始")).to_have_count(1)
