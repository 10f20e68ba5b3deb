"""Oscar's catalogue pages, posted as the manager's browser would: the books stay as they were."""

import io
from html.parser import HTMLParser

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from oscar.core.loading import get_model
from PIL import Image

from inventory.models import Item
from shop import appointments, pricelists, products
from tests.workbooks import csv

Product = get_model("catalogue", "Product")
ProductImage = get_model("catalogue", "ProductImage")
StockRecord = get_model("partner", "StockRecord")

LIST = csv([["编码", "品名", "单位", "进价", "库存"], ["A1", "青菜", "袋", "3.00", 10]])


class Form(HTMLParser):
    """What a browser would send back of the page as it is."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self._inside = ""
        self.feed(page)
        del self.values["csrfmiddlewaretoken"]

    def handle_starttag(self, tag, attrs) -> None:
        told = dict(attrs)
        name = told.get("name")
        if tag == "option" and "selected" in told:
            self.values[self._inside] = told.get("value", "")
        if not name or "disabled" in told:
            return
        if tag in ("select", "textarea"):
            self._inside = name
            self.values[name] = ""
        ticked = told.get("type") not in ("checkbox", "radio") or "checked" in told
        if tag == "input" and told.get("type") not in ("file", "submit") and ticked:
            self.values[name] = told.get("value", "")


@pytest.fixture
def product(station):
    products.apply(station, pricelists.parse(LIST, "清单.csv"))
    return Product.objects.get()


@pytest.fixture
def browser(client, station, manager, product):
    appointments.work_at(station, manager, "manager")
    client.force_login(manager)
    return client


@pytest.fixture
def send(browser, product):
    """Posts the product's form with something else in it."""
    address = reverse("dashboard:catalogue-product", args=[product.pk])
    form = Form(browser.get(address).content.decode()).values
    return lambda **other: browser.post(address, form | other)


def books() -> list[tuple]:
    return [*StockRecord.objects.order_by("pk").values_list(), *Item.objects.values_list()]


@pytest.mark.parametrize(
    "sneaky",
    [
        {"stockrecords-0-price": "99"},
        {"stockrecords-0-num_in_stock": "999"},
        {"stockrecords-0-partner_sku": "ZZZ"},
        {"stockrecords-0-price_currency": "USD"},
        {"stockrecords-0-partner": ""},
        {"stockrecords-0-DELETE": "on"},
        {
            "stockrecords-TOTAL_FORMS": "2",
            "stockrecords-1-partner_sku": "NEW",
            "stockrecords-1-price_currency": "CNY",
            "stockrecords-1-price": "1",
            "stockrecords-1-num_in_stock": "50",
        },
    ],
)
def test_the_form_changes_nothing_of_the_books(send, station, sneaky):
    before = books()
    if "stockrecords-1-price" in sneaky:
        sneaky["stockrecords-1-partner"] = str(station.partner_id)
    assert send(**sneaky).status_code in {200, 302}
    assert books() == before
    again = products.apply(station, pricelists.parse(LIST, "清单.csv"))
    assert (again.new, again.changed, again.unchanged) == (0, 0, 1)


def test_what_the_page_shows_of_a_good_is_the_managers(send, product):
    assert send(title="小青菜", description="今早割的").status_code == 302
    product.refresh_from_db()
    assert (product.title, product.description) == ("小青菜", "今早割的")


def test_the_threshold_of_the_alert_is_the_managers(send):
    assert send(**{"stockrecords-0-low_stock_threshold": "3"}).status_code == 302
    assert StockRecord.objects.get().low_stock_threshold == 3


def test_no_picture_is_taken(send, browser, product, caplog):
    bomb = io.BytesIO()
    Image.new("1", (13_000, 13_000)).save(bomb, "PNG")
    picture = SimpleUploadedFile("a.png", bomb.getvalue(), "image/png")
    send(**{"images-0-original": picture, "images-TOTAL_FORMS": "1", "images-INITIAL_FORMS": "0"})
    assert not ProductImage.objects.exists()
    page = browser.get(reverse("dashboard:catalogue-product", args=[product.pk]))
    assert 'type="file"' not in page.content.decode()
    browser.get(reverse("dashboard:catalogue-product-list"))
    assert caplog.records == []


def test_prices_are_not_set_in_bulk(browser, product):
    before = books()
    listed = reverse("dashboard:catalogue-product-list")
    assert "set_product_price" not in browser.get(listed).content.decode()
    chosen = {"action": "set_product_price", "selected_product": [product.pk]}
    assert browser.post(listed, chosen).status_code in {302, 404}
    assert books() == before


@pytest.mark.parametrize(
    ("name", "where"),
    [
        ("catalogue-product-create", ""),
        ("catalogue-product-create", "slug"),
        ("catalogue-product-create-child", "parent"),
    ],
)
def test_new_goods_come_in_with_a_list(browser, product, name, where):
    found = {"": {}, "slug": {"product_class_slug": "x"}, "parent": {"parent_pk": product.pk}}
    address = reverse(f"dashboard:{name}", kwargs=found[where])
    for answer in (browser.get(address), browser.post(address, {"title": "自己加的"})):
        assert answer.url == reverse("station-goods-import")
    assert Product.objects.count() == 1
