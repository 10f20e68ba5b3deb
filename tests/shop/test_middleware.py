"""What browsers are told of every page: who may keep it, and what may run in it."""

import gzip

import pytest
from django.http import HttpResponse, JsonResponse
from django.urls import reverse

from shop.middleware import CompressedPages, PageHeaders
from tests import factories


@pytest.mark.parametrize("page", ["home", "order-list", "my-home"])
def test_personal_pages_are_kept_by_nobody(client, resident, page):
    client.force_login(resident)
    assert client.get(reverse(page))["Cache-Control"] == "private, no-store"


def test_what_a_view_says_itself_stands(client, staff, home):
    client.force_login(staff)
    kept = client.get(reverse("station-door", args=[home.pk]))["Cache-Control"]
    assert kept.startswith("max-age=0")


def test_what_is_nobodys_is_left_alone(client, db):
    assert "Cache-Control" not in client.get("/nothing-here/").headers


def test_only_pages_get_it(rf):
    request = rf.get("/")
    request.COOKIES["sessionid"] = "x"
    for answer in (JsonResponse({}), HttpResponse(b"", content_type="text/css")):
        response = PageHeaders(lambda request, answer=answer: answer)(request)
        assert "Cache-Control" not in response.headers
        assert "Content-Security-Policy" not in response.headers


def test_the_answer_that_logs_somebody_in_is_not_kept_either(client, db):
    factories.user(phone="13800009999", password="wo-de-mima-1")
    response = client.post(
        reverse("login"), {"username": "13800009999", "password": "wo-de-mima-1"}
    )
    assert "no-store" in response["Cache-Control"]


def test_our_pages_run_our_own_scripts_only(client, resident):
    client.force_login(resident)
    policy = client.get(reverse("home"))["Content-Security-Policy"]
    assert policy.split("; ") == [
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'self'",
        "frame-ancestors 'none'",
        "form-action 'self'",
    ]


def test_the_pages_of_errors_too(client, db):
    response = client.get("/nothing-here/")
    assert response.status_code == 404
    assert "'unsafe" not in response["Content-Security-Policy"]


def test_oscars_dashboard_may_run_inline_but_loads_nothing_foreign(client, db):
    admin = factories.user(is_staff=True, is_superuser=True)
    client.force_login(admin)
    response = client.get(reverse("dashboard:catalogue-product-list"))
    assert response.status_code == 200
    policy = response["Content-Security-Policy"]
    assert "script-src 'self' 'unsafe-inline'" in policy
    assert "style-src 'self' 'unsafe-inline'" in policy
    assert "http" not in policy
    assert "googleapis" not in response.text
    assert "frame-ancestors 'none'" in policy


def test_pages_are_sent_compressed_and_padded(client, resident):
    client.force_login(resident)
    squeezed = {"Accept-Encoding": "gzip"}
    plain = client.get(reverse("home"))
    assert "Content-Encoding" not in plain.headers
    sizes = set()
    for _ in range(20):
        answer = client.get(reverse("home"), headers=squeezed)
        assert answer["Content-Encoding"] == "gzip"
        assert "<main" in gzip.decompress(answer.content).decode()
        sizes.add(len(answer.content))
    assert max(sizes) < len(plain.content) * 0.7
    assert len(sizes) > 5, "the length says nothing of what is in it"


def test_only_pages_are_compressed(rf):
    body = b"x" * 1000
    for kind, is_page in (("text/html; charset=utf-8", True), ("image/jpeg", False)):
        request = rf.get("/", headers={"Accept-Encoding": "gzip"})
        answer = HttpResponse(body, content_type=kind)
        response = CompressedPages(lambda request, answer=answer: answer)(request)
        assert ("Content-Encoding" in response.headers) == is_page
