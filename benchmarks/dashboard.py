"""What the dashboard of the demo hospital costs a browser: bytes of a first visit, and when its charts are drawn."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from statistics import median

from playwright.async_api import Page, async_playwright

from benchmarks import stage
from benchmarks.figures import Figure
from benchmarks.weight import KIB
from matching import clock, migrations
from matching.db import Database, Work
from matching.demo.setting_up import set_up
from matching.demo.sign_ins import fresh_sign_ins
from matching.people.model import Role
from matching.settings import Settings
from tests.browsing import ARGUMENTS

WIRE = """() => [performance.getEntriesByType('navigation')[0], ...performance.getEntriesByType('resource')]
  .map(one => one.transferSize).reduce((sum, size) => sum + size, 0)"""
DRAWN = """() => [Math.max(...[...document.querySelectorAll('.graph.drawn')].map(one => Number(one.dataset.drawn))),
  performance.getEntriesByType('navigation')[0].responseEnd]"""


def run(quick: bool) -> Iterator[Figure]:
    """As the committee office opens it: nothing in the cache for the bytes, the median of the visits for the charts."""
    with tempfile.TemporaryDirectory(prefix="dianliang-bench-") as folder:
        url = f"sqlite+aiosqlite:///{folder}/bench.db"
        login, password = asyncio.run(_hospital(url, Path(folder)))
        with stage.server("product", url) as port:
            weight, drawn, after = asyncio.run(_visits(f"http://127.0.0.1:{port}", login, password, 2 if quick else 5))
    yield Figure("dashboard, first visit, KiB over the wire", weight / KIB, 300)
    note = f"{drawn:.3f} s after the click, with what the server took"
    yield Figure("dashboard, all charts drawn, seconds after the page has come", after, 1, note=note)


async def _hospital(url: str, folder: Path) -> tuple[str, str]:
    await asyncio.to_thread(migrations.upgrade, url)
    keys = stage.SECRETS["MATCHING_SEALING_KEYS"]
    settings = Settings(var=folder, database_url=url, secret=stage.SECRETS["MATCHING_SECRET"], sealing_keys=keys)
    database = Database(url)
    work = Work(database)
    await set_up(settings, work, now=clock.now(), progress=lambda _line: None)
    office = next(one for one in await fresh_sign_ins(work, clock.now()) if one.role is Role.committee)
    await database.close()
    return office.login, office.password


async def _visits(base: str, login: str, password: str, count: int) -> tuple[float, float, float]:
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS)
        page = await browser.new_page(viewport={"width": 1280, "height": 800})
        await page.goto(f"{base}/login")
        await page.fill("[name=account]", login)
        await page.fill("[name=password]", password)
        await page.click("main button[type=submit]")
        await page.wait_for_load_state()
        found = [await _visit(page, base) for _visit_no in range(count)]
        await browser.close()
    weights, drawn, after = zip(*found, strict=True)
    return max(weights), median(drawn), median(after)


async def _visit(page: Page, base: str) -> tuple[float, float, float]:
    session = await page.context.new_cdp_session(page)
    await session.send("Network.setCacheDisabled", {"cacheDisabled": True})
    await page.goto(f"{base}/reports")
    drawn, answered = await page.evaluate(DRAWN)
    return await page.evaluate(WIRE), drawn / 1000, (drawn - answered) / 1000


if __name__ == "__main__":
    for figure in run(quick=False):
        print(figure)
