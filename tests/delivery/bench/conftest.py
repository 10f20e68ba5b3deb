"""A batch of three doors at the packing bench, and its addresses."""

import io

import pytest
import segno
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from PIL import Image

from delivery import batches
from delivery.models import Batch, ParcelLine
from tests import factories


@pytest.fixture
def goods(station):
    return {
        title: factories.item(station, title, **fields)
        for title, fields in {
            "鸡蛋": {"unit": "板", "shelf": "B-2"},
            "豆腐": {"unit": "盒", "shelf": "A-10", "cold": True},
            "上海青": {"by_weight": True, "shelf": "A-2", "unit": "斤"},
        }.items()
    }


@pytest.fixture
def batch(round, grid, home, goods, staff) -> Batch:
    """Three doors; the first has two parcels."""
    eggs, tofu, greens = goods.values()
    factories.parcel(round, home, lines=[(eggs, 6), (tofu, 1), (greens, 2)], cold=True)
    factories.parcel(round, home, lines=[(eggs, 1)])
    for number in (2, 3):
        door = factories.household(grid, str(number))
        factories.parcel(round, door, lines=[(eggs, 1), (tofu, 1)])
    [batch] = batches.plan(round, staff).batches
    return batch


@pytest.fixture
def line(batch, goods):
    def line(position: int, title: str) -> ParcelLine:
        lines = ParcelLine.objects.filter(
            parcel__loads__stop__batch=batch,
            parcel__loads__stop__position=position,
            item=goods[title],
        )
        return lines.order_by("pk")[0]

    return line


@pytest.fixture
def at_the_bench(client, staff):
    client.force_login(staff)
    return client


def bench(batch, query: str = "") -> str:
    return reverse("station-bench", args=[batch.pk]) + query


def tick(line) -> str:
    return reverse("station-line-tick", args=[line.pk])


def scan(batch) -> str:
    return reverse("station-bench-scan", args=[batch.pk])


def rows(page) -> list[list[str]]:
    return [
        [row.line.item.record.product.title for row in bag.rows]
        for bag in page.context["bench"].bags
    ]


def photo(*codes: str, kind: str = "png") -> SimpleUploadedFile:
    """Several codes side by side, as on a table."""
    sheet = Image.new("RGB", (60 + 400 * len(codes), 420), "white")
    for number, code in enumerate(codes):
        drawn = io.BytesIO()
        segno.make(code, micro=False).save(drawn, kind="png", scale=8, border=4)
        sheet.paste(Image.open(drawn).convert("RGB"), (40 + 400 * number, 40))
    written = io.BytesIO()
    sheet.save(written, kind)
    return SimpleUploadedFile("photo", written.getvalue())
