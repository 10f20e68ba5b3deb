"""A real browser on a real station. A page that breaks a promise fails the test that opened it.

`phone` and `tablet` open pages: `page = phone()`; each call is another person with their own
cookies. `station.manage("import_households", …)` runs a command on the same data.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    ConsoleMessage,
    Locator,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

from tests.journeys import browser as chromium
from tests.journeys import small_village
from tests.journeys.access import Looker, looking
from tests.journeys.station import Station, serving, started, stopped

Open = Callable[..., Page]
PICTURES = os.environ.get("PICTURES")
PHONE = {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "has_touch": True}
TABLET = {"viewport": {"width": 1024, "height": 768}, "has_touch": True}


#: For how long a journey waits for what it expects on a page, on a busy machine too.
SECONDS = 15


@pytest.fixture(scope="session")
def first_start() -> Iterator[Station]:
    """Started from nothing and stopped again: every other station begins as a copy of it, as the
    migrations alone take a minute."""
    with stopped() as station:
        with started(station):
            pass
        yield station


@pytest.fixture(scope="session")
def small_station(first_start: Station) -> Iterator[Station]:
    """The small demo village, made once; who wants to change it serves a copy."""
    with stopped(first_start) as station:
        station.manage("shell", "--command", small_village.MAKE)
        yield station


@pytest.fixture(scope="session")
def station(first_start: Station) -> Iterator[Station]:
    """The station the journeys share: no demo village, everybody makes the data they need."""
    with serving(first_start) as running:
        yield running


@pytest.fixture(scope="session")
def shopping_station(small_station: Station) -> Iterator[Station]:
    """The small village with its round open, for all journeys that do no more than shop."""
    with serving(small_station) as running:
        yield running


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium.find()
    if path is None:
        pytest.fail(chromium.HOW_TO_INSTALL, pytrace=False)
    with sync_playwright() as playwright:
        chrome = playwright.chromium.launch(
            executable_path=path, args=chromium.ARGUMENTS, env=chromium.ENVIRONMENT
        )
        expect.set_options(timeout=SECONDS * 1000)
        yield chrome
        chrome.close()


@pytest.fixture(scope="session")
def looker() -> Looker:
    """Knows which pages were looked at in this run already."""
    return Looker()


@pytest.fixture(autouse=True)
def nobody_is_kept_out(looker: Looker) -> Iterator[None]:
    """A page that axe-core finds something grave on fails the journey that came by."""
    with looking(looker):
        yield
    heard, looker.heard = looker.heard, []
    assert not heard, "\n".join(heard)


@pytest.fixture
def phone(browser: Browser, station: Station) -> Iterator[Open]:
    """`phone()`: a new person with a small phone, in Chinese; a page that knows `station.url`.
    Another phone is said: `phone(locale="en-GB")`, `phone(java_script_enabled=False)`."""
    yield from _people(browser, station, PHONE)


@pytest.fixture
def tablet(browser: Browser, station: Station) -> Iterator[Open]:
    """`tablet()`: a new person at the station's tablet."""
    yield from _people(browser, station, TABLET)


@pytest.fixture
def picture() -> Callable[[Page | Locator, str], None]:
    """`picture(page, "1-home")` keeps what the screen shows, or one part of it; if `PICTURES`
    names a folder."""

    def save(page: Page | Locator, name: str) -> None:
        if PICTURES:
            page.screenshot(path=Path(PICTURES) / f"{name}.png")

    return save


def _people(browser: Browser, station: Station, device: dict) -> Iterator[Open]:
    contexts, complaints = [], Complaints(station.url, station.pays_at)

    def open_page(**other) -> Page:
        usual = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", **device}
        context = browser.new_context(base_url=station.url, **{**usual, **other})
        context.set_default_timeout(SECONDS * 1000)
        contexts.append(context)
        page = context.new_page()
        complaints.listen(page)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not complaints.heard, "\n".join(complaints.heard)


class Complaints:
    """What no page of ours may do: script errors, server errors, asking somebody else's server."""

    def __init__(self, *ours: str) -> None:
        self.hosts = {urlsplit(url).netloc for url in ours if url}
        self.heard: list[str] = []

    def listen(self, page: Page) -> None:
        page.on("console", self._on_console)
        page.on("pageerror", lambda error: self.heard.append(f"script error: {error}"))
        page.on("request", self._on_request)
        page.on("response", self._on_response)

    def _on_console(self, message: ConsoleMessage) -> None:
        # A refusal (404, 409 …) may be what the journey wants, and so may be no network
        # (`set_offline`); the browser reports both here too, and htmx the latter once more.
        wanted = re.search(
            r"Failed to load .*(status of 4|ERR_INTERNET_DISCONNECTED)|^htmx:sendError,"
            r"|^htmx:afterRequest,",
            message.text,
        )
        if message.type == "error" and not wanted:
            self.heard.append(f"console: {message.text} ({message.location['url']})")

    def _on_request(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc not in self.hosts:
            self.heard.append(f"asked a foreign host: {request.url}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 500:
            self.heard.append(f"status {response.status}: {response.url}")
