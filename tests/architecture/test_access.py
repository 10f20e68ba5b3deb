"""Every address, asked by everybody: who gets in is one table (DESIGN §2.9).

An address that is not in the table fails the test, so a new page cannot be forgotten.
"""

import pytest
from django.db import transaction
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from shop import appointments
from tests import factories
from tests.architecture.pages import CAST, NAMESPACES, PAGES, SHOP


def names(patterns, namespace="") -> set[str]:
    found = set()
    for pattern in patterns:
        if isinstance(pattern, URLResolver) and pattern.namespace not in NAMESPACES:
            found |= names(pattern.url_patterns)
        elif isinstance(pattern, URLPattern) and pattern.name:
            found.add(pattern.name)
    return found


def test_the_table_knows_every_address():
    assert names(get_resolver().url_patterns) == set(PAGES)


@pytest.mark.parametrize("who", CAST)
def test_who_gets_in(client, request, things, who, leader, building_leader):
    user = None if who == "anonymous" else request.getfixturevalue(who)
    wrong = {}
    for name, (method, thing, allowed) in PAGES.items():
        about = things[thing] if thing else ()
        address = reverse(name, args=about if isinstance(about, tuple) else [about])
        # What one page does is undone before the next.
        with transaction.atomic():
            client.logout()
            if user:
                client.force_login(user)
            response = getattr(client, method)(address)
            transaction.set_rollback(True)
        assert response.status_code < 500, name
        got_in = response.status_code not in {403, 404} and not _sent_away(response, name)
        if got_in != (who in allowed):
            wrong[name] = response.status_code
    assert wrong == {}


def test_what_is_not_shown_to_a_stranger_cannot_be_sent_by_one_either(client, stranger, things):
    """Many pages that are looked at are also sent to."""
    let_in, tried = [], 0
    for name, (method, thing, allowed) in PAGES.items():
        if method != "get" or "stranger" in allowed:
            continue
        about = things[thing] if thing else ()
        address = reverse(name, args=about if isinstance(about, tuple) else [about])
        for who in {"anonymous", "stranger"} - allowed:
            client.logout()
            if who == "stranger":
                client.force_login(stranger)
            response = client.post(address)
            tried += 1
            if response.status_code not in {403, 404, 405} and not _sent_away(response, name):
                let_in.append((name, who, response.status_code))
    assert let_in == []
    assert tried > 80


def _sent_away(response, name: str) -> bool:
    """To log in; or, who has no door of their own, from the shop to where they work."""
    there = response.headers.get("Location", "").split("?")[0]
    if name in {"login", "logout"}:
        return False
    at_work = {reverse("station-today"), reverse("courier-batches"), reverse("leader-doors")}
    return there == reverse("login") or (there in at_work and name in SHOP)


@pytest.fixture
def catalogue(station, manager):
    """The station's goods in Oscar's dashboard, where its manager may edit them."""
    appointments.work_at(station, manager, "manager")
    return factories.item(station, "青菜").record.product


@pytest.mark.parametrize("who", CAST)
def test_who_gets_into_oscars_catalogue(client, request, catalogue, who):
    if who != "anonymous":
        client.force_login(request.getfixturevalue(who))
    response = client.get(reverse("dashboard:catalogue-product-list"))
    assert (response.status_code == 200) == (who == "manager")


def test_the_manager_edits_goods_but_neither_price_nor_stock(client, manager, catalogue):
    client.force_login(manager)
    page = client.get(reverse("dashboard:catalogue-product", args=[catalogue.pk]))
    assert page.status_code == 200
    [form, *_] = page.context["stockrecord_formset"].forms
    assert form.fields["price"].disabled
    assert form.fields["num_in_stock"].disabled


def test_goods_with_a_history_are_taken_off_sale_instead_of_deleted(
    client, manager, stranger, catalogue
):
    address = reverse("dashboard:catalogue-product-delete", args=[catalogue.pk])
    client.force_login(stranger)
    assert client.post(address).status_code in {403, 404}
    catalogue.refresh_from_db()
    assert catalogue.is_public
    client.force_login(manager)
    assert client.get(address).status_code == 200
    client.post(address)
    catalogue.refresh_from_db()
    assert not catalogue.is_public
