"""Looking at a page: a picture of it, and what axe finds on it once it is as people see it."""

from __future__ import annotations

import os
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe

PASSWORD = "a long enough password"
# To draw as if there were a graphics card, where there is none, is work for the processor that every test waits for.
FLAGS = ["--no-sandbox", "--disable-background-networking", "--disable-gpu", "--disable-gpu-rasterization"]

# Until the font of the icons is there, their names are text in the icons' pale colour; a colour that is on its way
# to another has neither's contrast.
_SETTLED = """async () => {
    await document.fonts.ready;
    const ends = document.getAnimations().filter(one => one.effect.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(ends.map(one => one.finished));
}"""


def picture(page, name):
    """Keep a picture where PICTURES names a folder: `PICTURES=pictures make test ARGS=tests/browser`."""
    if folder := os.environ.get("PICTURES"):
        Path(folder).mkdir(parents=True, exist_ok=True)
        page.screenshot(path=f"{folder}/{name}.png", full_page=True)


def serious(page):
    """What would keep somebody from using the page: axe's rules, each with the first places that break it."""
    page.wait_for_load_state("load")
    page.evaluate(_SETTLED)
    return [
        (row["id"], [node["html"][:150] for node in row["nodes"]][:3])
        for row in Axe().run(page).response["violations"]
        if row["impact"] in {"serious", "critical"}
    ]
