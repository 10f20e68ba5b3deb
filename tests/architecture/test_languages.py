"""Every page in both languages: no sentence of the other one, and the catalogue says all of it."""

import re
from html.parser import HTMLParser

import pytest
from django.apps import apps
from django.db import transaction
from django.db.models import CharField, JSONField, TextField
from django.urls import reverse
from django.utils import translation

from tests import catalogue
from tests.architecture.pages import PAGES

CHINESE = re.compile(r"[\u3400-\u9fff、，。；：（）？！]+")
#: Not the letters in a code.
ENGLISH = re.compile(r"(?<![0-9A-Za-z])[A-Za-z]{3,}(?![0-9A-Za-z])")
PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w*\}")
#: What is called so in Chinese, too.
NAMES = {
    "Stripe",
    "JPG",
    "PNG",
    "WebP",
    "xlsx",
    "csv",
    "CSV",
    "SKU",
    "GPS",
    "PDF",
    "WPS",
    "Excel",
    "http",
    "https",
    "Webhook",
    "testserver",
}
#: Where words stand that are no text of their own.
ATTRIBUTES = {"title", "alt", "placeholder", "aria-label", "data-confirm"}


class Words(HTMLParser):
    """What somebody reads, or hears, of a page; not what says that it is in another language."""

    def __init__(self, html: str, language: str):
        super().__init__()
        self.found: list[str] = []
        self.silent = 0
        self.language = language
        #: The element in another language, and how many of its kind are open in it.
        self.foreign, self.deep = "", 0
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.silent += tag in {"script", "style"}
        said = dict(attrs)
        if self.foreign:
            self.deep += tag == self.foreign
            return
        if said.get("lang", self.language).lower() != self.language:
            self.foreign, self.deep = tag, 1
            return
        self.found += [said[name] for name in ATTRIBUTES if said.get(name)]
        if tag == "input" and said.get("type") in {"submit", "button"}:
            self.found.append(said.get("value") or "")

    def handle_endtag(self, tag):
        self.silent -= tag in {"script", "style"}
        self.deep -= tag == self.foreign
        if not self.deep:
            self.foreign = ""

    def handle_data(self, data):
        if not self.silent and not self.foreign and data.strip():
            self.found.append(data.strip())


def written() -> str:
    """All that people wrote into the database: it is in their language, whatever the page's."""
    written = []
    for model in apps.get_models():
        if not model._meta.managed or model._meta.app_label in {"contenttypes", "sessions"}:
            continue
        names = [
            field.attname
            for field in model._meta.concrete_fields
            if isinstance(field, CharField | TextField | JSONField)
        ]
        written += [str(value) for row in model.objects.values_list(*names) for value in row]
    return "\n".join(written)


def leftovers(html: str, language: str) -> set[str]:
    pattern, allowed = (ENGLISH, NAMES) if language == "zh-hans" else (CHINESE, set())
    found = {
        word for text in Words(html, language).found for word in pattern.findall(text)
    } - allowed
    data = written() if found else ""
    return {word for word in found if word not in data}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_every_page_speaks_one_language(client, request, things, language):
    left, read = {}, 0
    for name, (method, thing, allowed) in PAGES.items():
        if method != "get" or not allowed:
            continue
        about = things[thing] if thing else ()
        address = reverse(name, args=about if isinstance(about, tuple) else [about])
        who = request.getfixturevalue(min(allowed - {"stranger", "anonymous"}))
        with transaction.atomic():
            client.force_login(who)
            page = client.get(address, headers={"accept-language": language}, follow=True)
            if page.get("Content-Type", "").startswith("text/html"):
                read += 1
                if words := leftovers(page.content.decode(), language):
                    left[name] = words
            transaction.set_rollback(True)
    assert left == {}
    assert read > 100


def test_leftovers_are_found(station):
    html = '<p title="Save">保存<script>alert("x")</script></p><b>Stripe 东湖驿站</b>'
    html += '<i lang="{}">{}</i>'
    assert leftovers(html.format("en", "Home"), "zh-hans") == {"Save"}
    assert leftovers(html.format("zh-Hans", "回<i>首</i>页"), "en") == {"保存"}


def test_the_catalogue_has_what_the_code_says_and_no_more():
    said = {(str(each.id), each.context) for each in catalogue.wanted() if each.id}
    assert {(str(each.id), each.context) for each in catalogue.known() if each.id} == said


def test_everything_is_translated():
    assert catalogue.untranslated(catalogue.known()) == []


@pytest.mark.parametrize("path", [catalogue.PO, catalogue.OSCAR])
def test_what_is_compiled_is_what_is_written(path):
    assert path.with_suffix(".mo").read_bytes() == catalogue.compiled(catalogue.known(path))


def test_translations_keep_the_placeholders():
    changed = []
    for message in catalogue.known():
        ids = message.id if isinstance(message.id, tuple) else (message.id,)
        strings = message.string if isinstance(message.string, tuple) else (message.string,)
        wanted = sorted(PLACEHOLDER.findall(ids[-1]))
        changed += [text for text in strings if sorted(PLACEHOLDER.findall(text)) != wanted]
    assert changed == []


def test_english_has_no_chinese_in_it():
    strings = [text for message in catalogue.known() if message.id for text in (
        message.string if isinstance(message.string, tuple) else (message.string,)
    )]  # fmt: skip
    assert [text for text in strings if CHINESE.search(text)] == []


def test_the_language_of_the_page_is_said(db, client):
    with translation.override(None):
        page = client.get(reverse("login"), headers={"accept-language": "en"}).content.decode()
    assert '<html lang="en"' in page
