"""What a phone waits for: `python -m tests.benchmarks.pages [--json] [--runs N]`.

A Chromium as slow as an old phone on 3G (1.6 Mbit/s, 150 ms, processor 4 × slower) opens pages of
a category of 60 goods, half of them with photos, for the first time and again, and taps a stepper.
docs/benchmarks.md says how to read the table. Exit code 1: a budget is not kept.
"""

import argparse
import json
import statistics
import sys
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

import psycopg
from playwright.sync_api import sync_playwright

from tests.benchmarks import ground, visits
from tests.journeys import browser as browsers

GOODS = 60
PHOTOS = 30
PHONE = {"width": 360, "height": 740}
NETWORK = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_600_000 / 8,
    "uploadThroughput": 750_000 / 8,
}
CPU_SLOWDOWN = 4
#: What a first visit of the category may cost.
BUDGETS = {"kilobytes": 50, "requests": 8, "lcp": 1200, "cls": 0.02, "tap": 300}
#: Paint and shifts as the browser itself sees them, from the first byte on.
WATCH = """
window.seen = {lcp: 0, cls: 0};
new PerformanceObserver(list => { for (const e of list.getEntries()) seen.lcp = e.startTime; })
  .observe({type: "largest-contentful-paint", buffered: true});
new PerformanceObserver(list => {
  for (const e of list.getEntries()) if (!e.hadRecentInput) seen.cls += e.value;
}).observe({type: "layout-shift", buffered: true});
"""
#: A tap, until the answer of the server is on the page.
TAP = """() => new Promise(done => {
  const began = performance.now(), answered = () => done(performance.now() - began);
  document.addEventListener("htmx:afterSettle", answered, {once: true});
  document.querySelector(".step.add:not(:disabled)").click();
})"""


class Seen(NamedTuple):
    kilobytes: float
    requests: int
    photos: int
    lcp: float
    cls: float


@contextmanager
def shop() -> Iterator[dict]:
    """A station with a category of 60 goods, served as in production."""
    with ground.database() as url:
        from oscar.core.loading import get_model

        from shop import pictures
        from shop.demo import goods
        from tests import factories
        from tests.benchmarks.machine import describe

        station = factories.station("高楼村惠民驿站")
        grid = factories.grid(station, "三网格", risk_level="sealed")
        factories.round(station, "今日第二波", closes_in=3)
        user = factories.resident(factories.household(grid))
        shelf = get_model("catalogue", "Category").objects.add_root({"name": "蔬菜"})
        for number, row in enumerate(goods.goods()[:GOODS]):
            item = factories.item(
                station,
                row.name,
                price=row.cost,
                in_stock=row.stock or 10,
                weight_g=row.weight_g,
                unit=row.unit,
                household_limit=row.limit,
            )
            item.record.product.categories.add(shelf)
            if number < PHOTOS:
                pictures.put(item.record.product, factories.picture(size=(800, 800)))
        with psycopg.connect(url) as connection, visits.ours() as port:
            yield {
                "base": f"http://127.0.0.1:{port}",
                "session": visits.session(user),
                "category": f"/?category={shelf.pk}",
                "good": f"/goods/{item.pk}/",
                "machine": describe(connection),
            }


class Phone:
    """A browser with an empty cache, as slow as an old phone on a slow network."""

    def __init__(self, browser, place: dict) -> None:
        self.place = place
        # Phones reach a village laptop over plain http, where no service worker helps.
        self.context = browser.new_context(
            viewport=PHONE, device_scale_factor=2, is_mobile=True, service_workers="block"
        )
        self.context.add_cookies(
            [{"name": "sessionid", "value": place["session"], "url": place["base"]}]
        )
        self.page = self.context.new_page()
        self.page.add_init_script(WATCH)
        self.cdp = self.context.new_cdp_session(self.page)
        self.cdp.send("Network.enable")
        self.cdp.send("Network.emulateNetworkConditions", NETWORK)
        self.cdp.send("Emulation.setCPUThrottlingRate", {"rate": CPU_SLOWDOWN})
        self.kinds: dict[str, str] = {}
        self.sizes: dict[str, float] = {}
        self.cdp.on("Network.responseReceived", self._kind)
        self.cdp.on("Network.loadingFinished", self._size)

    def _kind(self, event: dict) -> None:
        self.kinds[event["requestId"]] = event["type"]

    def _size(self, event: dict) -> None:
        self.sizes[event["requestId"]] = event["encodedDataLength"]

    def open(self, path: str) -> Seen:
        self.kinds.clear()
        self.sizes.clear()
        self.page.goto(self.place["base"] + path, wait_until="networkidle")
        # Not `wait_for_function`, which needs the `eval` that our pages forbid.
        while not (lcp := self.page.evaluate("seen.lcp")):
            self.page.wait_for_timeout(50)
        # Down to the end, past every photo that comes late.
        self.page.evaluate("scrollTo(0, document.body.scrollHeight)")
        self.page.wait_for_load_state("networkidle")
        self.page.wait_for_timeout(300)
        # What the phone has kept costs no byte.
        sizes = [
            size for key, size in self.sizes.items() if self.kinds.get(key) != "Image" and size
        ]
        photos = sum(kind == "Image" for kind in self.kinds.values())
        cls = self.page.evaluate("seen.cls")
        self.page.evaluate("scrollTo(0, 0)")
        return Seen(sum(sizes) / 1000, len(sizes), photos, lcp, cls)

    def tap(self) -> float:
        """Milliseconds from a tap on a stepper to the server's answer on the page."""
        return self.page.evaluate(TAP)


def measure(runs: int) -> dict:
    """Medians of so many phones."""
    rows: dict[str, list[Seen]] = {name: [] for name in ("first", "again", "search", "good")}
    taps: list[float] = []
    with shop() as place, sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=browsers.find(), args=browsers.ARGUMENTS
        )
        # Templates are compiled by the first visitors of each worker; nobody measures those.
        for _ in range(2):
            phone = Phone(browser, place)
            phone.open(place["category"])
            phone.context.close()
        _warm(place)
        for _ in range(runs):
            phone = Phone(browser, place)
            rows["first"].append(phone.open(place["category"]))
            taps += [phone.tap() for _ in range(3)]
            rows["again"].append(phone.open(place["category"]))
            rows["search"].append(phone.open("/?q=jidan"))
            rows["good"].append(phone.open(place["good"]))
            phone.context.close()
        browser.close()
    return {
        "machine": place["machine"],
        "runs": runs,
        "pages": {
            name: {field: round(_median(seen, field), 3) for field in Seen._fields}
            for name, seen in rows.items()
        },
        "tap ms": round(statistics.median(taps)),
    }


def _warm(place: dict) -> None:
    """Every page at every worker: they take turns with what comes at once."""

    def ask(path: str) -> None:
        request = urllib.request.Request(place["base"] + path)
        request.add_header("Cookie", f"sessionid={place['session']}")
        urllib.request.urlopen(request).read()

    paths = [place["category"], "/?q=jidan", place["good"]] * 8
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, paths))


def _median(seen: list[Seen], field: str) -> float:
    return statistics.median(getattr(each, field) for each in seen)


def broken(figures: dict) -> list[str]:
    """The budgets of a first visit that are not kept."""
    first = figures["pages"]["first"] | {"tap": figures["tap ms"]}
    return [
        f"{name} {first[name]} > {most}" for name, most in BUDGETS.items() if first[name] > most
    ]


def table(figures: dict) -> str:
    """The figures as a Markdown table, for docs/benchmarks.md."""
    lines = [
        ", ".join(f"{name} {value}" for name, value in figures["machine"].items()),
        "",
        f"| median of {figures['runs']} | kB without photos | requests | photos | LCP ms | CLS |",
        "|---|---|---|---|---|---|",
    ]
    words = {
        "first": "60 goods, first visit",
        "again": "the same again",
        "search": "search `jidan`",
        "good": "one good",
    }
    for name, row in figures["pages"].items():
        lines.append(
            f"| {words[name]} | {row['kilobytes']:.1f} | {row['requests']:.0f} "
            f"| {row['photos']:.0f} | {row['lcp']:.0f} | {row['cls']:.3f} |"
        )
    lines += ["", f"A tap on a stepper is answered in {figures['tap ms']} ms."]
    return "\n".join(lines + [f"! {sentence}" for sentence in broken(figures)])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--runs", type=int, default=5)
    options = parser.parse_args()
    figures = measure(options.runs)
    print(json.dumps(figures, ensure_ascii=False, indent=2) if options.json else table(figures))
    return 1 if broken(figures) else 0


if __name__ == "__main__":
    sys.exit(main())
