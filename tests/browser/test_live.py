"""Open pages follow what others do, without a reload and without taking anything out of somebody's hands."""

import re

import pytest
from axe_playwright_python.async_playwright import Axe

from tests.browser.test_main_job import filed, sign_in
from tests.browsing import DESK

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LIVE = "#live-sign.live:not(.off)"


async def at_the_board(open_page, site, login="di", **settings):
    page = await open_page(DESK, **settings)
    await sign_in(page, site, login)
    await page.locator(LIVE).wait_for()
    await page.evaluate("window.same = true")  # a reload would forget it
    return page


async def same(page):
    assert await page.evaluate("window.same === true"), "the page was loaded anew"


async def dispatch(page):
    """The first card of the board, through the bar for several."""
    await page.locator("[name=pick]").first.check()
    await page.locator("#bulk summary", has_text="派单").click()
    await page.locator("#bulk-unit").select_option("ZB1")
    await page.locator("#bulk").get_by_role("button", name="派单").click()
    await page.wait_for_url("**/board")


async def test_what_one_dispatches_the_others_board_and_the_members_list_show_by_themselves(site, open_page):
    mine, theirs = await at_the_board(open_page, site), await at_the_board(open_page, site, "wei")
    member = await open_page()
    await sign_in(member, site, "lin")
    await member.locator(LIVE).wait_for()
    await filed(await open_page(), site)
    for board in (mine, theirs):
        await board.locator("#cards-submitted .ticket").wait_for()
        assert await board.locator("#column-submitted .count").inner_text() == "1"
        await same(board)
    assert await member.locator(".ticket").count() == 0
    await dispatch(mine)
    await theirs.locator("#cards-dispatched .ticket").wait_for()
    assert await theirs.locator("#cards-submitted .ticket").count() == 0
    await same(theirs)
    await member.get_by_role("button", name="接单").click()  # it came by itself and works
    await member.wait_for_url("**/tasks?tab=mine")
    assert await member.locator(".ticket").count() == 1


async def test_who_has_ticked_something_is_asked_first_and_keeps_the_tick(site, open_page):
    await filed(await open_page(), site)
    board = await at_the_board(open_page, site)
    await board.locator("[name=pick]").check()
    await filed(await open_page(), site)
    bar = board.locator("#live-bar")
    await bar.wait_for()
    assert await board.locator(".ticket").count() == 1
    assert await board.locator("[name=pick]").is_checked()
    found = await Axe().run(board)
    assert found.violations_count == 0, found.generate_report()
    await bar.click()
    await board.locator(".ticket").nth(1).wait_for()
    await same(board)
    assert not await bar.is_visible()


async def test_who_puts_the_tick_back_sees_what_is_new_without_asking(site, open_page):
    await filed(await open_page(), site)
    board = await at_the_board(open_page, site)
    await board.locator("[name=pick]").check()
    await filed(await open_page(), site)
    await board.locator("#live-bar").wait_for()
    await board.locator("[name=pick]").uncheck()
    await board.locator("h1").click()  # and looks elsewhere
    await board.locator(".ticket").nth(1).wait_for()
    assert not await board.locator("#live-bar").is_visible()
    await same(board)


async def test_what_somebody_types_is_not_disturbed(site, open_page):
    await filed(await open_page(), site)
    page, other = await at_the_board(open_page, site), await at_the_board(open_page, site, "wei")
    await page.locator(".ticket h3 a").click()
    await page.get_by_text("请对方补充", exact=True).first.click()
    note = page.locator("#ask_info textarea")
    await note.press_sequentially("请问是")
    await page.locator(LIVE).wait_for()
    await dispatch(other)
    await page.locator("#live-bar").wait_for()
    await page.locator("#stands", has_text="待接单").wait_for()  # what stands apart from the form is new already
    await page.keyboard.type("哪一层")
    assert await note.input_value() == "请问是哪一层"
    assert await note.evaluate("it => it === document.activeElement")


async def test_more_rows_that_were_asked_for_stay(site, open_page):
    patient = await open_page()
    for _wish in range(11):
        await filed(patient, site)
    board = await at_the_board(open_page, site)
    await board.locator("a", has_text="再看一些").click()
    await board.locator(".ticket").nth(10).wait_for()
    await filed(patient, site)
    await board.locator("#live-bar").wait_for()
    assert await board.locator(".ticket").count() == 11


async def test_where_no_stream_gets_through_the_page_asks(site, open_page):
    board = await open_page(DESK)
    await board.route(re.compile(r"/live\?"), lambda route: route.abort())
    await sign_in(board, site, "di")
    await board.locator(LIVE).wait_for()
    await filed(await open_page(), site)
    await board.locator("#cards-submitted .ticket").wait_for()


async def test_a_page_says_that_it_is_cut_off_and_catches_up(site, open_page):
    board = await at_the_board(open_page, site)
    await board.context.set_offline(True)
    await board.evaluate("document.dispatchEvent(new Event('visibilitychange'))")  # it connects anew, in vain
    await board.locator("#live-sign.off").wait_for()
    await filed(await open_page(), site)
    await board.context.set_offline(False)
    await board.locator("#cards-submitted .ticket").wait_for()
    await board.locator(LIVE).wait_for()
    await same(board)


async def test_who_was_signed_out_elsewhere_is_told_by_the_bar(site, open_page):
    board = await at_the_board(open_page, site)
    other = await board.context.new_page()
    await other.goto(f"{site.url}/me")
    await other.get_by_role("button", name="退出登录").click()
    await filed(await open_page(), site)
    await board.locator("#live-bar").click()
    await board.wait_for_url(re.compile("/login"))


async def test_hidden_pages_hold_no_line_and_catch_up_when_they_are_looked_at(site, open_page):
    board = await at_the_board(open_page, site)
    hide = "hidden => { Object.defineProperty(document, 'hidden', {value: hidden, configurable: true});"
    hide += " document.dispatchEvent(new Event('visibilitychange')) }"
    await board.evaluate(hide, True)
    await filed(await open_page(), site)
    other = await at_the_board(open_page, site, "wei")
    await other.locator(".ticket").wait_for()
    assert await board.locator(".ticket").count() == 0
    await board.evaluate(hide, False)
    await board.locator("#cards-submitted .ticket").wait_for()
