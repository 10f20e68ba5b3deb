"""No page of a journey keeps anybody out: axe-core looks at every one before it is left.

Whoever does something on a page (goes elsewhere, taps, closes it) has it looked at first; so no
journey has to remember, and no page of one is forgotten. A page is looked at once for everything
new it is made of: the same page with a notice, an open part or another badge on it is another one.
"""

import json
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import BrowserContext, Error, Locator, Page

#: What a journey does that may be the last one on a page.
LEAVING = [
    *((Page, name) for name in ("goto", "reload", "go_back", "go_forward", "close")),
    *((Locator, name) for name in ("click", "dblclick", "tap", "press", "check", "select_option")),
    (BrowserContext, "close"),
]
#: What keeps somebody out; the lesser words of axe ("moderate", "minor") are advice.
GRAVE = {"serious", "critical"}
#: What a page is made of, by kind of part: what is new to us has not been looked at. In a browser
#: without scripts axe would wait for ever: its timers do not run there.
PARTS = """() =>
  document.contentType !== "text/html" || matchMedia("(scripting: none)").matches ? null
  : [...new Set([...document.querySelectorAll("body *")]
    .filter(part => part.getClientRects().length)
    .map(part => [part.localName, part.getAttribute("class"), part.disabled].join(" ")))].sort()"""
LOOK = "() => axe.run({resultTypes: ['violations']}).then(found => found.violations)"


class Looker:
    """Looks at pages with axe-core; `heard` is what it found, a line for each part of a page."""

    def __init__(self) -> None:
        self.seen: dict[str, set[str]] = {}
        self.heard: list[str] = []

    def look(self, page: Page) -> None:
        if page.is_closed() or not page.url.startswith("http"):
            return
        width = (page.viewport_size or {}).get("width")
        path = re.sub(r"[^/]*\d[^/]*", "…", urlsplit(page.url).path)
        known = self.seen.setdefault(f"{width} {path}", set())
        try:
            parts = page.evaluate(PARTS)
            if parts is None or known.issuperset(parts):
                return
            page.evaluate(AXE_SCRIPT)
            violations = page.evaluate(LOOK)
        except Error as error:
            # On its way to the next page: nobody stands on this one any more.
            if "navigation" in error.message:
                return
            raise
        known.update(parts)
        for found in violations:
            if found["impact"] in GRAVE:
                self.heard += [_sentence(path, width, found, node) for node in found["nodes"]]


def _sentence(path: str, width: int | None, found: dict, node: dict) -> str:
    where = json.dumps(node["target"], ensure_ascii=False)
    why = "; ".join(each["message"] for each in node["any"] + node["all"] + node["none"])
    return (
        f"{path} ({width} px): {found['id']} ({found['impact']}) {where}: {why}\n    {node['html']}"
    )


@contextmanager
def looking(looker: Looker) -> Iterator[None]:
    """While this lasts, every page is looked at before something is done on it."""
    with pytest.MonkeyPatch.context() as patch:
        for kind, name in LEAVING:
            patch.setattr(kind, name, _after_a_look(looker, getattr(kind, name)))
        keys = _after_a_look(looker, Page.keyboard.fget)
        patch.setattr(Page, "keyboard", property(keys))
        yield


def _after_a_look(looker: Looker, action: Callable) -> Callable:
    def act(self, *arguments, **named):
        for page in _pages(self):
            looker.look(page)
        return action(self, *arguments, **named)

    return act


def _pages(actor: Page | Locator | BrowserContext) -> list[Page]:
    if isinstance(actor, BrowserContext):
        return actor.pages
    return [actor.page if isinstance(actor, Locator) else actor]
