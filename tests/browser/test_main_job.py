"""The main job, end to end, as its people do it: filed on a phone, dispatched at a desk, claimed, done, rated."""

import re

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from tests.api.pages.filing_form import HALL, NAME, PHONE
from tests.browser.test_filing import fill, fits
from tests.browsing import DESK
from tests.cast import PASSWORD

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
DONE = "推到放射科做完检查，又送回了门诊大厅。"


async def sign_in(page, site, login):
    await page.goto(f"{site.url}/login")
    await page.locator("[name=account]").fill(login)
    await page.locator("[name=password]").fill(PASSWORD)
    await page.get_by_role("button", name="登录", exact=True).click()
    await page.wait_for_url(re.compile("/(board|tasks)"))


async def sound(page):
    """Once all of it is there, it fits 320 pixels and axe finds nothing; the size is put back."""
    await page.wait_for_load_state()
    size = page.viewport_size
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
    assert await fits(page), page.url
    await page.set_viewport_size(size)


async def tab_to(page, target):
    """With the keyboard alone."""
    for _press in range(60):
        await page.keyboard.press("Tab")
        if await target.evaluate("it => it === document.activeElement"):
            return
    raise AssertionError("the keyboard does not get there")


async def filed(page, site):
    await page.goto(site.url + HALL)
    await fill(page)
    await page.get_by_role("button", name="点亮心愿").click()
    await page.wait_for_url("**/r/*?new=1")
    return page.url.partition("?")[0]


@pytest.mark.parametrize("scripts", [True, False], ids=["with script", "without script"])
async def test_a_wish_goes_its_whole_way(site, open_page, scripts):
    patient = await open_page(java_script_enabled=scripts)
    receipt = await filed(patient, site)

    desk = await open_page(DESK, java_script_enabled=scripts)
    await sign_in(desk, site, "di")
    card = desk.locator(".ticket")
    await card.locator("a", has_text="派单").click()
    await desk.get_by_label("交给哪个单位").select_option(label="　　门诊一支部")
    await desk.get_by_role("button", name="派单", exact=True).click()
    await desk.wait_for_url("**/board")
    await desk.get_by_role("status").filter(has_text="已完成").first.wait_for()

    member = await open_page(java_script_enabled=scripts)
    await sign_in(member, site, "lin")
    await member.get_by_role("button", name="接单").click()
    await member.wait_for_url("**/tasks?tab=mine")
    await member.locator("a", has_text="查看联系方式").click()
    await member.get_by_text("联系对方", exact=True).click()
    await member.get_by_role("button", name="查看", exact=True).click()
    contact = member.locator("#contact-data")
    await expect(contact).to_contain_text(NAME)
    await expect(contact).to_contain_text(PHONE)
    await member.get_by_role("button", name="已经联系上了").click()
    await member.wait_for_url("**/tasks?tab=mine")
    await member.get_by_text("办结", exact=True).last.click()
    await member.get_by_text("已解决", exact=True).click()
    await member.get_by_label("办了什么").fill(DONE)
    await member.get_by_label("服务了几分钟").fill("30")
    await member.get_by_role("button", name="办结").click()
    await member.wait_for_url("**/tasks?tab=done")

    await patient.goto(receipt)
    await expect(patient.locator("main")).to_contain_text(DONE)
    await patient.get_by_text("非常满意", exact=True).click()
    await patient.get_by_role("button", name="提交评价").click()
    await expect(patient.locator("h1")).to_have_text("已办结")

    await desk.goto(f"{site.url}/board?state=closed")
    await desk.locator(".ticket h3 a").click()
    await expect(desk.locator("main")).to_contain_text("非常满意")


async def test_a_slot_is_claimed_with_the_keyboard_alone(site, open_page):
    await filed(await open_page(), site)
    desk = await open_page(DESK)
    await sign_in(desk, site, "di")
    await desk.locator("[name=pick]").check()
    await desk.locator("#bulk summary", has_text="派单").click()
    await desk.locator("#bulk-unit").select_option("ZB1")
    await desk.locator("#bulk").get_by_role("button", name="派单").click()
    await desk.wait_for_url("**/board")
    await desk.get_by_role("status").filter(has_text="1 件已完成").first.wait_for()

    member = await open_page()
    await sign_in(member, site, "lin")
    await tab_to(member, member.get_by_role("button", name="接单"))
    await member.keyboard.press("Enter")
    await member.wait_for_url("**/tasks?tab=mine")
    await expect(member.locator(".ticket")).to_have_count(1)


async def test_more_cards_come_in_place_and_without_script_on_a_page_of_their_own(site, open_page):
    patient = await open_page()
    for _wish in range(11):
        await filed(patient, site)
    for scripts in (True, False):
        desk = await open_page(DESK, java_script_enabled=scripts)
        await sign_in(desk, site, "di")
        await expect(desk.locator(".ticket")).to_have_count(10)
        await desk.locator("a", has_text="再看一些").click()
        await expect(desk.locator(".ticket")).to_have_count(11 if scripts else 1)


@pytest.mark.parametrize("elder", [False, True], ids=["usual size", "elder mode"])
async def test_the_working_pages_fit_small_screens_and_hold_what_axe_asks(site, open_page, elder):
    await filed(await open_page(), site)
    desk, lead = await open_page(DESK), await open_page()
    for page, login in ((desk, "di"), (lead, "lead")):
        if elder:
            await page.goto(f"{site.url}/elder?on=1&next=/")
        await sign_in(page, site, login)
    await sound(desk)
    await desk.get_by_text("筛选", exact=True).click()
    await desk.locator("[name=pick]").check()
    await desk.locator("#bulk summary", has_text="拒绝").click()
    await sound(desk)
    await desk.locator(".ticket a", has_text="派单").click()
    await sound(desk)
    request = desk.url.partition("?")[0]
    await desk.get_by_label("需要几个人").fill("0")
    await desk.get_by_role("button", name="派单", exact=True).click()
    await sound(desk)  # refused
    await desk.get_by_label("需要几个人").fill("1")
    await desk.get_by_role("button", name="派单", exact=True).click()
    await desk.wait_for_url("**/board")
    for path in ("/board?state=dispatched", "/board?state=archived", "/new"):
        await desk.goto(site.url + path)
        await sound(desk)
    await lead.goto(request)
    await lead.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
    await sound(lead)
    for path in ("/tasks", "/tasks?tab=mine", "/tasks?tab=done", "/board"):
        await lead.goto(site.url + path)
        await sound(lead)
    await lead.goto(request)
    await lead.get_by_role("button", name="接单", exact=True).first.click()
    await lead.goto(f"{site.url}/tasks?tab=mine")
    await lead.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
    await sound(lead)
