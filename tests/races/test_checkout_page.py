"""The same races through the page itself: what people see, and that nobody sees an error page."""

from collections import Counter

from django.db import transaction
from django.test import Client
from django.urls import reverse
from oscar.core.loading import get_model

from shop import baskets
from tests.races.buyers import Buyer, counters, scene

Order = get_model("order", "Order")


class Phone:
    """A browser that is logged in and shows the checkout page."""

    def __init__(self, buyer: Buyer) -> None:
        self.client = Client(raise_request_exception=False)
        self.client.force_login(buyer.user)
        self.page = {
            "basket": buyer.basket.pk,
            "seen": baskets.digest(baskets.lines(buyer.basket), buyer.round),
            "in_person": "",
            "note": "",
            "pay": "door",
        }

    def tap(self):
        return self.client.post(reverse("checkout"), self.page)


def test_64_phones_and_10_pieces_are_10_orders_and_54_answers(each_database, race):
    here = scene()
    eggs = here.good("鲜鸡蛋", pieces=10)
    with transaction.atomic():
        phones = [Phone(buyer) for buyer in here.buyers(64, (eggs, 1))]
    answers, errors = race(64, lambda number: phones[number].tap())
    assert not errors
    assert Counter(answer.status_code for answer in answers) == {302: 10, 409: 54}
    assert Order.objects.count() == 10
    assert counters(eggs) == (10, 10)
    refused = [answer.text for answer in answers if answer.status_code == 409]
    assert all("鲜鸡蛋卖完了" in text for text in refused)


def test_eight_taps_on_one_page_lead_to_the_one_order(each_database, race):
    here = scene()
    phone = Phone(here.buyer((here.good(pieces=10), 2)))
    answers, errors = race(8, lambda number: phone.tap())
    assert not errors
    order = Order.objects.get()
    assert {(answer.status_code, answer.headers["Location"]) for answer in answers} == {
        (302, reverse("order-detail", args=[order.number]))
    }
