"""The lobby screen hangs there for weeks and nobody helps it: what it shows when things go wrong, and its way back."""

import json
import re
from calendar import monthrange

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from matching import clock
from tests.browser.test_live import LIVE, same
from tests.browser.test_main_job import filed

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HOUR = 3_600_000  # milliseconds
OUTSIDE = """() => { // at each of the places where it stands in the course of an hour
    const root = document.body, {drift, side} = root.dataset, found = [];
    for (const one of root.children) one.style.transition = "none"; // and does not glide there, in this test
    for (let place = 0; place < 16; place++) {
        [root.dataset.drift, root.dataset.side] = [place % 8, place >> 3];
        found.push(...[...document.querySelectorAll("header *, main *, footer *")].filter(one => {
            const box = one.getBoundingClientRect();
            return box.left < -1 || box.top < -1 || box.right > innerWidth + 1 || box.bottom > innerHeight + 1
                || one.scrollWidth > one.clientWidth + 2
                    && getComputedStyle(one).display !== "inline" && !one.classList.contains("sr");
        }).map(one => `${place}: ${one.outerHTML.slice(0, 80)}`));
    }
    Object.assign(root.dataset, {drift, side});
    return found;
}"""


@pytest.mark.parametrize("size", [(1920, 1080), (1080, 1920), (1280, 720)], ids=str)
@pytest.mark.parametrize("lang", ["zh-Hans", "en"])
async def test_the_screen_follows_and_fits(site, open_page, size, lang):
    screen = await open_page(*size)
    await screen.goto(f"{site.url}/screen?lang={lang}")
    await screen.locator(LIVE).wait_for()
    await screen.evaluate("window.same = true")
    await filed(await open_page(), site)
    await screen.locator("#figures dd", has_text="1").nth(1).wait_for()
    await same(screen)
    assert json.dumps(await screen.evaluate(OUTSIDE)) == "[]"
    found = await Axe().run(screen)
    assert found.violations_count == 0, found.generate_report()


async def test_without_scripts_the_screen_loads_itself_again(site, open_page):
    screen = await open_page(1920, 1080, java_script_enabled=False)
    await screen.goto(f"{site.url}/screen")
    assert '<meta http-equiv="refresh" content="30">' in await screen.content()
    assert re.fullmatch(r"\d\d:\d\d", await screen.locator("#clock").inner_text())


def answering_nothing(route):
    """A request that nobody ever answers."""


def of_the_network(route):
    return route.fulfill(body="<title>欢迎使用无线网络</title>", content_type="text/html")


def broken(route):
    return route.fulfill(status=502, body="bad gateway")


async def until_it_asks(screen):
    """Its seconds pass, and no more of them: all at once would end its patience before any answer can come."""
    async with screen.expect_request("**/screen") as asked:
        while not asked.is_done():
            await screen.clock.run_for(1_000)


async def test_old_figures_are_marked_and_mend_themselves_whatever_the_fault(site, open_page):
    screen = await open_page(1920, 1080)
    await screen.clock.install()
    await screen.goto(f"{site.url}/screen")
    await screen.locator(LIVE).wait_for()
    await screen.evaluate("window.same = true")
    today = clock.now().astimezone(clock.SHANGHAI)
    month = monthrange(today.year, today.month)[1] * 24 * HOUR  # then the day has the same number again
    faults = [(answering_nothing, 9 * HOUR, ".*"), (of_the_network, 9 * HOUR, ".*"), (broken, month, r"\d+月\d+日 ")]
    for n, (fault, gone, day) in enumerate(faults, start=1):
        await screen.route("**/screen", fault)
        await filed(await open_page(), site)
        await screen.clock.run_for(31_000)
        await screen.clock.fast_forward(gone)  # past midnight or not, and past three in the morning: nobody reloads
        await screen.locator("body.stale #live-sign.off", has_text="的情况").wait_for()
        words = re.compile(rf"这是 {day}\d\d:\d\d 的情况")
        await expect(screen.locator("#live-sign")).to_contain_text(words)
        assert json.dumps(await screen.evaluate(OUTSIDE)) == "[]"
        await screen.unroute("**/screen")
        await until_it_asks(screen)
        await screen.locator("body:not(.stale)").wait_for()
        await screen.locator(LIVE).wait_for()
        await screen.locator("#figures dd", has_text=str(n)).nth(1).wait_for()
        await same(screen)


async def test_nothing_stands_still_on_the_glass(site, open_page):
    screen = await open_page(1920, 1080)
    await screen.clock.install()
    await screen.goto(f"{site.url}/screen")
    assert json.dumps(await screen.evaluate(OUTSIDE)) == "[]"
    await screen.route("**/screen", broken)  # an answer would set its clock back to today's
    seen = set()
    for _turn in range(20):  # more often than it moves, for longer than all its places take
        seen.add(await screen.evaluate("document.body.dataset.side + getComputedStyle(main).translate"))
        await screen.clock.fast_forward(3.5 * 60_000)
        await screen.clock.run_for(2_000)
    assert len(seen) == 16
