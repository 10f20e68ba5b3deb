"""Every form of every page, sent as it stands, empty and full of nonsense, in both languages: what
comes back is a page, in the language of who asked."""

import re
from html.parser import HTMLParser

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.urls import resolve, reverse

from tests.architecture.pages import PAGES
from tests.architecture.test_languages import leftovers

#: Nobody's words, nobody's number, nobody's date.
NONSENSE = "?-1"
NOT_TO_SEND = {"logout", "set-language"}


class Forms(HTMLParser):
    """`found`: of each form with a method of post its address, and its fields as they stand."""

    def __init__(self, html: str):
        super().__init__()
        self.found: list[tuple[str, list[dict]]] = []
        self.outside: dict[str, list[dict]] = {}
        self.form = self.select = None
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        said = dict(attrs)
        if tag == "form":
            self.form = []
            if said.get("method", "").lower() == "post":
                self.found.append((said.get("action") or "", self.form))
        elif tag == "select":
            self.select = {"name": said.get("name"), "type": "select", "value": ""}
            self._put(self.select)
        elif tag == "option" and self.select is not None:
            if "selected" in said or not self.select["value"]:
                self.select["value"] = said.get("value") or ""
        elif tag in {"input", "textarea", "button"}:
            kind = said.get("type") or ("submit" if tag == "button" else "text")
            field = {"name": said.get("name"), "type": kind, "value": said.get("value") or ""}
            if kind in {"checkbox", "radio"} and "checked" not in said:
                field["type"] = "off"
            self._put(field)

    def handle_endtag(self, tag):
        if tag == "form":
            self.form = None
        elif tag == "select":
            self.select = None

    def _put(self, field):
        if self.form is not None and field["name"]:
            self.form.append(field)


def fillings(fields):
    """The form as it stands, by each of its buttons; empty; and full of nonsense."""
    buttons = [{each["name"]: each["value"]} for each in fields if each["type"] == "submit"]
    rest = [each for each in fields if each["type"] not in {"submit", "file"}]
    stands = {each["name"]: each["value"] for each in rest if each["type"] != "off"}
    for button in (buttons or [{}])[:3]:
        yield {**stands, **button}
    hidden = {each["name"]: each["value"] for each in rest if each["type"] == "hidden"}
    button = buttons[0] if buttons else {}
    yield {**hidden, **button}
    files = {
        each["name"]: SimpleUploadedFile("x.xlsx", b"?")
        for each in fields
        if each["type"] == "file"
    }
    yield {**dict.fromkeys((each["name"] for each in rest), NONSENSE), **hidden, **button, **files}


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_whatever_is_sent_the_answer_speaks_one_language(client, request, things, language):
    headers = {"accept-language": language}
    sent, left = set(), {}
    for name, (method, thing, allowed) in PAGES.items():
        if not allowed:
            continue
        about = things[thing] if thing else ()
        address = reverse(name, args=about if isinstance(about, tuple) else [about])
        who = request.getfixturevalue(min(allowed - {"stranger", "anonymous"}))
        for action, fields in _forms(client, who, method, address, headers):
            # The same form is on many pages; one with other fields is another form.
            form = (
                resolve(action.split("?")[0]).url_name,
                *sorted({re.sub(r"\d", "", each["name"]) for each in fields}),
            )
            if form in sent or form[0] in NOT_TO_SEND:
                continue
            sent.add(form)
            for filling in fillings(fields):
                with transaction.atomic():
                    client.force_login(who)
                    answer = client.post(action, filling, headers=headers, follow=True)
                    assert answer.status_code < 500, (form, filling)
                    if is_page(answer):
                        for word in leftovers(answer.content.decode(), language):
                            left.setdefault(word, (form[0], filling))
                    transaction.set_rollback(True)
    if left:
        pytest.fail("\n".join(f"{word}: {where}" for word, where in left.items()))
    assert len(sent) > 100


def _forms(client, who, method, address, headers):
    """What can be sent from this page, or to this address."""
    if method != "get":
        return [(address, [])]
    client.force_login(who)
    page = client.get(address, headers=headers, follow=True)
    if not is_page(page):
        return []
    here = page.redirect_chain[-1][0] if page.redirect_chain else address
    return [(action or here, fields) for action, fields in Forms(page.content.decode()).found]


def is_page(answer) -> bool:
    return answer.get("Content-Type", "").startswith("text/html")
