"""Reports as people see them: charts are drawn from the tables, with and without a script, on a phone and on paper."""

import anyio.from_thread
import pytest
from playwright.async_api import expect

from matching import clock
from matching.db import Database, Work
from tests.browser.conftest import Site
from tests.browser.test_main_job import sign_in, sound
from tests.browsing import DESK, OpenPage
from tests.requests.scene import Story

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
DRAWN = """() => [...document.querySelectorAll('figure.graph:has(.plot)')].map(figure => ({
  drawn: echarts.getInstanceByDom(figure.querySelector('.plot')).getOption().series.map(one => one.data),
  told: [...figure.querySelectorAll('thead [data-series]')].map(head => [...figure.querySelectorAll('tbody tr')]
    .filter(row => figure.dataset.graph !== 'across' || row.querySelector('[data-value]'))
    .map(row => row.cells[head.cellIndex].dataset.value).map(value => value === undefined ? null : Number(value))),
  ink: [...figure.querySelectorAll('canvas')].some(one => one.getContext('2d')
    .getImageData(0, 0, one.width, one.height).data.some((value, at) => at % 4 === 3 && value)),
}))"""


def lived(site: Site) -> None:
    """Three requests of today, one of them rated."""

    async def run() -> None:
        database = Database(site.cast.settings.database_url)
        for acts in (("accept", "dispatch", "claim", "contact", "complete", "rate"), (), ("accept",)):
            story = Story(site.cast, database, Work(database), at=clock.now())
            await story.begin()
            await story.go(*acts)
        await database.close()

    with anyio.from_thread.start_blocking_portal() as portal:
        portal.call(run)


async def test_charts_say_what_their_tables_say_and_numbers_lead_to_requests(site: Site, open_page: OpenPage):
    lived(site)
    office = await open_page(DESK)
    await sign_in(office, site, "wei")
    await office.get_by_role("link", name="报表").click()
    await office.locator("figure.graph.drawn").first.wait_for()
    charts = await office.evaluate(DRAWN)
    assert len(charts) >= 4
    for chart in charts:
        assert chart["drawn"] == chart["told"]
        assert chart["ink"]
    assert [sum(one or 0 for one in series) for series in charts[0]["told"]] == [3, 1]
    await sound(office)
    await office.evaluate("for (const it of document.querySelectorAll('.plot > div')) it.style.width = '3000px'")
    assert await office.evaluate("document.documentElement.scrollWidth <= innerWidth")  # drawn anew a moment later
    await office.locator("#figure-filed .value a").click()
    await expect(office.locator("tbody tr")).to_have_count(3)
    await sound(office)
    for name in ("支部对比", "时间与地点", "五化考核"):
        await office.get_by_role("link", name=name, exact=True).click()
        await sound(office)

    paper = await open_page(DESK, java_script_enabled=False)
    await sign_in(paper, site, "wei")
    await paper.goto(f"{site.url}/reports")
    assert not await paper.locator("canvas").count()
    assert await paper.locator("#by-branch .strip").first.is_visible()
    await paper.emulate_media(media="print")
    assert not await paper.locator(".picker").first.is_visible()
