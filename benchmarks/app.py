"""The web app: what a first visit costs on the wire, and when she reads, on a slow network and a slow phone.

Chromium is throttled as DevTools' "Slow 3G" (400 ms there and back, 400 kbit/s) and to a quarter of this
machine's processor.
"""

from __future__ import annotations

import shutil
import statistics
from typing import NamedTuple

from playwright.sync_api import Browser, BrowserContext, sync_playwright

from benchmarks import api
from benchmarks.report import Table

ROUNDS = 5
LATENCY, BYTES_A_SECOND, SLOWER = 400, 50_000, 4
# When the page has been put together: the app's own first screen, not the sentence that stands there before it.
SHOWN = """new Promise(done => {
    const look = () => document.querySelector("#number, nav") ? done(performance.now()) : requestAnimationFrame(look);
    look();
})"""
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0"
READY = """navigator.serviceWorker.ready.then(one => one.active.state === "activated" || new Promise(done => {
    one.active.addEventListener("statechange", done);
}))"""


class Visit(NamedTuple):
    """Bytes and requests of a page; milliseconds until its first text and its first screen, and of the main thread."""

    bytes: int
    requests: int
    text: float
    screen: float
    busy: float


def run(make_database) -> list[Table]:
    chromium = shutil.which("chromium")
    if chromium is None:
        raise SystemExit("The app part needs chromium (Debian's package of that name).")
    network = f"{LATENCY} ms, {BYTES_A_SECOND * 8 // 1000} kbit/s"
    table = Table(
        f"The web app: {network}, a quarter of the processor; medians of {ROUNDS}",
        ["visit", "bytes", "requests", "first text ms", "first screen ms", "main thread ms"],
    )
    with make_database() as url, api.serving(url, api.SERVERS["chosen"]) as (address, _pid), sync_playwright() as play:
        browser = play.chromium.launch(
            executable_path=chromium, args=["--no-sandbox", "--disable-background-networking"]
        )
        rounds = [_round(browser, address) for _ in range(ROUNDS)]
        browser.close()
    for place, name in enumerate(("first", "the next one", "without a network")):
        table.add(
            name, *(round(statistics.median(figures)) for figures in zip(*(one[place] for one in rounds), strict=True))
        )
    return [table]


def _round(browser: Browser, address: str) -> list[Visit]:
    """A first visit, the next one, and one without a network, of one phone."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, locale="ar")
    visits = [
        _visit(context, address, is_first=True),
        _visit(context, address),
        _visit(context, address, is_offline=True),
    ]
    context.close()
    return visits


def _visit(context: BrowserContext, address: str, *, is_first: bool = False, is_offline: bool = False) -> Visit:
    page = context.new_page()
    devtools = context.new_cdp_session(page)
    sizes: list[int] = []
    devtools.on("Network.loadingFinished", lambda told: sizes.append(told["encodedDataLength"]))
    devtools.send("Network.enable")
    devtools.send("Performance.enable")
    devtools.send(
        "Network.emulateNetworkConditions",
        {
            "offline": is_offline,
            "latency": LATENCY,
            "downloadThroughput": BYTES_A_SECOND,
            "uploadThroughput": BYTES_A_SECOND,
        },
    )
    devtools.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.goto(f"{address}/app/", wait_until="commit")
    shown = page.evaluate(SHOWN)
    page.wait_for_load_state("load")
    text = page.evaluate(FIRST_PAINT)
    metrics = {one["name"]: one["value"] for one in devtools.send("Performance.getMetrics")["metrics"]}
    if is_first:
        page.evaluate(READY)
    page.close()
    on_the_wire = [size for size in sizes if size]
    return Visit(sum(on_the_wire), len(on_the_wire), text, shown, metrics["TaskDuration"] * 1000)
