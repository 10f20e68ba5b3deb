"""The open book is for everybody, and names nobody."""

import csv as csv_module
import io
import re
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from inventory import pricing, stock
from inventory.models import Item
from tests import factories
from tests.shop import orders


@pytest.fixture
def eggs(station, manager) -> Item:
    item = factories.item(station, "鲜鸡蛋", price="1.00", in_stock=10, unit="板")
    source = factories.supplier(station, "老王家禽", contact="王建国", phone="13800001234")
    factories.received(station, item, 5, "20.03", by=manager, source=source)
    return item


def sold(item: Item, price: str, units: int = 1):
    promise = stock.Promise(factories.order().pk, item.record_id, units, Decimal(price))
    stock.reserve([promise], at_todays_price=False)


def pages(station, item) -> list[str]:
    return [
        reverse("book", args=[station.code]),
        reverse("book-good", args=[item.pk]),
        reverse("book-report", args=[station.code]),
    ]


class TestPages:
    def test_the_price_and_how_it_came_about(self, client, station, eggs):
        page = client.get(reverse("book", args=[station.code])).content.decode()
        for words in ("鲜鸡蛋", "¥4.0060", "均价", "¥2.0020", "¥2.00</b>", "每板", "进 5 板"):
            assert words in page

    def test_one_good_with_its_chart(self, client, eggs, monkeypatch):
        tomorrow = timezone.now() + timedelta(days=1)
        monkeypatch.setattr(timezone, "now", lambda: tomorrow)
        page = client.get(reverse("book-good", args=[eggs.pk])).content.decode()
        assert 'class="price-line" d="M' in page
        assert page.count('class="cost-dot"') == 1
        assert '<td class="num">20.03</td>' in page
        assert not re.search(r"style=|<script(?! src)", page)

    def test_of_one_day_a_sentence_instead_of_a_chart(self, client, eggs):
        page = client.get(reverse("book-good", args=[eggs.pk])).content.decode()
        today = timezone.localdate()
        assert f"只有 {today.month}月{today.day}日一天的价钱，从第二天起" in page
        assert "<svg" not in page

    def test_thousands_are_set_apart_as_in_the_console(self, client, station, eggs):
        factories.received(station, eggs, 9000, "19732.40")
        page = client.get(reverse("book-good", args=[eggs.pk])).content.decode()
        assert '<dd class="num">¥19,732.40</dd>' in page

    def test_each_delivery_stands_for_itself(self, client, station, eggs):
        """What was stated between two leaves no mark of its own."""
        stated = {eggs.record_id: (0, Decimal("2.00"))}
        pricing.as_stated(stated, {eggs.record_id: Decimal("2.00")})
        factories.received(station, eggs, 7, "14.00")
        page = client.get(reverse("book", args=[station.code])).content.decode()
        [came] = re.findall(r'<span class="quiet came">(.*)</span>\n', page)
        assert re.findall(r"<span>\d+月\d+日 (.*?)</span>", came) == ["进 7 板", "进 5 板"]
        assert "·" not in came

    @pytest.mark.parametrize("page", [0, 1, 2])
    def test_what_is_added_to_cost_is_said_the_same_everywhere(self, client, station, eggs, page):
        address = pages(station, eggs)[page]
        text = client.get(address).content.decode()
        assert "一分不赚：四舍五入，每份最多加一分。" in text
        station.loss_rate = Decimal("0.02")
        station.save()
        text = client.get(address).content.decode()
        assert text.count("每份最多加进价的 2.00%") == (2 if page == 0 else 1)
        assert "最多加一分" not in text
        assert "一分不加" not in text

    def test_a_period(self, client, station, eggs):
        sold(eggs, "2.00", units=3)
        page = client.get(reverse("book-report", args=[station.code]))
        assert page.context["report"].total.charged == Decimal("6.00")
        text = page.content.decode()
        assert "¥20.03" in text  # bought
        assert "−¥0.01" in text  # sold at 2.00 what cost 2.0020 three times

    def test_the_only_station_is_found_without_its_name(self, client, station, eggs):
        assert client.get("/book/").headers["Location"] == f"/book/{station.code}/"

    def test_of_several_one_is_chosen(self, client, station, other_station):
        page = client.get("/book/").content.decode()
        assert f"/book/{station.code}/" in page
        assert f"/book/{other_station.code}/" in page

    def test_nothing_on_them_is_about_people(self, client, station, eggs, manager, resident):
        for address in pages(station, eggs):
            page = client.get(address).content.decode()
            for secret in ("王建国", "老王家禽", "13800001234", manager.name, manager.phone):
                assert secret not in page

    def test_everybody_reads_the_same(self, client, station, eggs, resident):
        def read(address: str) -> str:
            """Without what is of the moment: the token, the clock, and where the line ends."""
            body = client.get(address).content.decode().partition("<body")[2]
            moment = r'X-CSRFToken": "[^"]*|<svg.*?</svg>|<p class="kept-note".*?</p>'
            moment += r'|"csrfmiddlewaretoken" value="[^"]*'
            return re.sub(moment, "", body, flags=re.DOTALL)

        anonymous = [read(address) for address in pages(station, eggs)]
        client.force_login(resident)
        assert [read(address) for address in pages(station, eggs)] == anonymous

    def test_an_empty_book(self, client, station):
        assert "账本还是空的" in client.get(reverse("book", args=[station.code])).content.decode()
        report = client.get(reverse("book-report", args=[station.code])).content.decode()
        assert "这几天没有进出" in report

    @pytest.mark.parametrize(
        "address",
        [
            *("/book/nowhere/", "/book/nowhere/report/", "/book/nowhere/report.csv"),
            *("/book/nowhere/report.xlsx", "/book/%00/", "/book/good/0/"),
            f"/book/good/{10**30}/",
        ],
    )
    def test_what_there_is_no_book_of(self, client, station, address):
        assert client.get(address).status_code == 404

    def test_a_good_that_never_had_a_cost(self, client, station):
        item = factories.item(station, in_stock=0)
        assert client.get(reverse("book-good", args=[item.pk])).status_code == 404

    def test_nobody_writes_in_it(self, client, station, eggs):
        for address in pages(station, eggs):
            assert client.post(address).status_code == 405

    @pytest.mark.parametrize("page", [0, 1, 2])
    def test_as_many_queries_for_many_goods(self, client, station, eggs, page):
        address = pages(station, eggs)[page]

        def queries() -> int:
            with CaptureQueriesContext(connection) as captured:
                client.get(address)
            return len(captured)

        few = queries()
        for _number in range(20):
            other = factories.item(station)
            factories.received(station, other, 2, "5.00")
            factories.received(station, eggs, 1, "2.00")
        assert queries() == few


class TestPeriods:
    @pytest.mark.parametrize(
        ("since", "until", "sentence"),
        [
            ("2022-04-11", "2022-04-10", "开始的日子在结束的后面"),
            ("2022-04-10", "2023-04-11", "一次最多看 366 天"),
            ("0001-01-01", "0001-01-02", "请看一眼年份"),
            ("9999-12-30", "9999-12-31", "请看一眼年份"),
            ("2022-13-01", "2022-04-10", "请选一个日子"),
            ("", "2022-04-10", "请选一个日子"),
            ("\x00", "=1+1", "请选一个日子"),
        ],
    )
    def test_that_cannot_be(self, client, station, eggs, since, until, sentence):
        asked = {"since": since, "until": until}
        page = client.get(reverse("book-report", args=[station.code]), asked)
        assert page.status_code == 400
        assert sentence in page.content.decode()
        for name in ("book-xlsx", "book-csv"):
            answer = client.get(reverse(name, args=[station.code]), asked)
            assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (
                302,
                reverse("book-report", args=[station.code]),
            )

    def test_a_year_is_not_too_long(self, client, station, eggs):
        asked = {"since": "2022-04-10", "until": "2023-04-10"}
        page = client.get(reverse("book-report", args=[station.code]), asked)
        assert page.status_code == 200
        assert page.context["report"].rows == []


class TestFunds:
    def test_everybody_sees_the_sums_and_nobody_whom_they_helped(
        self, client, station, home, resident, eggs
    ):
        fund = factories.fund(station, "50.00", "爱心款", source="cash")
        factories.grant(fund, "0.5", household=home)
        order = orders.place(factories.round(station), home, (eggs, 3))
        page = client.get(reverse("book-report", args=[station.code])).content.decode()
        for words in ("爱心款", "捐款", "¥50.00", "¥3.00", "¥47.00", "捐给互助金的"):
            assert words in page
        for secret in (resident.name, home.door, home.room, order.number, "50%"):
            assert secret not in page
        answer = client.get(reverse("book-xlsx", args=[station.code]))
        book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
        assert list(book["互助金"].iter_rows(values_only=True))[1:] == [
            ("爱心款", "捐款", 50, 3, 47)
        ]


class TestFiles:
    @pytest.fixture
    def asked(self) -> dict:
        today = timezone.localdate()
        return {"since": today - timedelta(days=1), "until": today}

    def test_xlsx(self, client, station, eggs, asked):
        sold(eggs, "2.00", units=3)
        answer = client.get(reverse("book-xlsx", args=[station.code]), asked)
        assert (
            f"-{station.code}-{asked['since']}-{asked['until']}.xlsx"
            in answer.headers["Content-Disposition"]
        )
        book = load_workbook(io.BytesIO(b"".join(answer.streaming_content)))
        assert book.sheetnames == ["期间账", "收支", "互助金", "核价"]
        [header, row, total] = book["期间账"].iter_rows(values_only=True)
        said = dict(zip(header, row, strict=True))
        assert (said["货品"], said["卖出数量"], said["收的货款（元）"]) == ("鲜鸡蛋", 3, 6)
        assert said["差额（元）"] == pytest.approx(-0.01)
        assert (total[0], total[2]) == ("合计", None)
        prices = list(book["核价"].iter_rows(values_only=True))
        assert len(prices) == 1 + 2
        received = dict(zip(prices[0], prices[1], strict=True))
        assert (received["新到"], received["售价（元）"]) == (5, 2)
        assert received["进价金额（元）"] == pytest.approx(20.03)

    def test_csv_reads_back_and_runs_no_formula(self, client, station, asked):
        evil = factories.item(station, '=HYPERLINK("http://evil.example")', price="1.00")
        factories.received(station, evil, 5, "20.00")
        answer = client.get(reverse("book-csv", args=[station.code]), asked)
        text = b"".join(answer.streaming_content).decode("utf-8-sig")
        [header, row, total] = csv_module.reader(io.StringIO(text))
        assert row[0].startswith("'=")
        assert len(header) == len(row) == len(total)

    def test_without_a_period_the_last_days(self, client, station, eggs):
        answer = client.get(reverse("book-csv", args=[station.code]))
        assert "鲜鸡蛋" in b"".join(answer.streaming_content).decode()
