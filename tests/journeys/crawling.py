"""Every page somebody can get to by links, so that no list of pages has to be kept."""

import re
from collections.abc import Iterator
from urllib.parse import parse_qs, urlsplit

from playwright.sync_api import Error, Page

LINKS = """() => [...document.querySelectorAll("a[href]:not([download])")]
  .map(link => link.href.split("#")[0])"""
#: Not pages: what is sent as a file.
FILE = re.compile(r"\.(xlsx|csv|pdf|jpe?g|png)$|/(photo|file|export)/$")


def pages(page: Page, start: str, within: str) -> Iterator[str]:
    """Goes to one page of each kind below `within` (a pattern), beginning at `start`; the path of
    where it is. Pages that differ by a number only are of one kind."""
    page.goto(start)
    waiting, seen = [page.url], {_kind(page.url)}
    while waiting:
        address = waiting.pop(0)
        try:
            page.goto(address)
        except Error as error:
            # Nothing to look at.
            if "Download is starting" in error.message:
                continue
            raise
        yield urlsplit(address).path
        for link in page.evaluate(LINKS):
            there = urlsplit(link)
            same = there.netloc == urlsplit(address).netloc
            ours = re.match(within, there.path) and not FILE.search(there.path)
            if same and ours and _kind(link) not in seen:
                seen.add(_kind(link))
                waiting.append(link)


def _kind(address: str) -> tuple:
    parts = urlsplit(address)
    return re.sub(r"[^/]*\d[^/]*", "…", parts.path), frozenset(parse_qs(parts.query))
