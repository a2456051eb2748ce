"""A patient with an old phone, no script, 360 pixels: from the poster to the receipt, and back by the code."""

import re

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import expect

from tests.api.pages.filing_form import HALL, NAME, NEED, PHONE

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SMALLEST = 320  # pixels


async def fill(page):
    await page.get_by_text("轮椅推送").click()
    await page.get_by_label("具体说说").fill(NEED)
    await page.get_by_label("怎么称呼您").fill(NAME)
    await page.get_by_label("电话", exact=False).fill(PHONE)
    await page.locator("#consent_notice").check()
    await page.locator("#consent_health").check()


async def fits(page):
    """Nothing reaches beyond the right edge."""
    await page.set_viewport_size({"width": SMALLEST, "height": 700})
    return await page.evaluate("document.documentElement.scrollWidth <= innerWidth")


async def test_a_wish_is_filed_and_followed_without_script(site, open_page):
    page = await open_page(java_script_enabled=False)
    await page.goto(site.url + HALL)
    await fill(page)
    await page.get_by_role("button", name="点亮心愿").click()
    await page.wait_for_url("**/r/*?new=1")
    code = await page.locator(".code").inner_text()
    assert re.fullmatch(r"[2-9A-HJ-NP-Z]{5}-[2-9A-HJ-NP-Z]{5}", code)
    picture = page.get_by_role("img", name="查询用的二维码")
    assert (await picture.bounding_box())["width"] >= 160

    later = await open_page(java_script_enabled=False)
    await later.goto(f"{site.url}/r")
    await later.get_by_label("查询码").fill(code.lower())
    await later.get_by_role("button", name="查看").click()
    await later.wait_for_url("**/r/*")
    await expect(later.locator("h1")).to_contain_text("已收到")
    await later.get_by_text("催一催").click()
    await later.get_by_role("button", name="催一次").click()
    await expect(later.get_by_role("status")).to_contain_text("已经帮您催了一次")
    await later.get_by_role("link", name="修改内容、称呼或电话").click()
    assert await later.get_by_label("电话", exact=False).input_value() == PHONE


async def test_a_slip_leads_back_to_the_form_with_every_word_and_the_fault_first(site, open_page):
    page = await open_page(java_script_enabled=False)
    await page.goto(site.url + HALL)
    await fill(page)
    await page.get_by_label("电话", exact=False).fill("123")
    await page.get_by_role("button", name="点亮心愿").click()
    await expect(page.get_by_role("alert")).to_contain_text("有一处需要修改")
    assert await page.get_by_label("具体说说").input_value() == NEED
    assert await page.locator("#consent_notice").is_checked()
    await page.get_by_label("电话", exact=False).fill(PHONE)
    await page.get_by_role("button", name="点亮心愿").click()
    await page.wait_for_url("**/r/*?new=1")


async def test_signs_of_an_emergency_come_first_and_do_not_stop_the_filing(site, open_page):
    page = await open_page(java_script_enabled=False)
    await page.goto(site.url + HALL)
    await fill(page)
    await page.get_by_label("具体说说").fill("我爸突然胸口剧痛，出冷汗，喘不上气")
    await page.get_by_role("button", name="点亮心愿").click()
    await expect(page.get_by_role("alert")).to_contain_text("120")
    await page.get_by_role("button", name="不是急症，继续提交").click()
    await page.wait_for_url("**/r/*?new=1")


@pytest.mark.parametrize("elder", [False, True])
async def test_the_pages_fit_small_screens_and_hold_what_axe_asks(site, open_page, elder):
    page = await open_page()
    if elder:
        await page.goto(f"{site.url}/elder?on=1&next={HALL}")
    await page.goto(site.url + HALL)
    await _sound(page)
    await page.set_viewport_size({"width": 360, "height": 800})
    await fill(page)
    await page.get_by_role("button", name="点亮心愿").click()
    await page.wait_for_url("**/r/*?new=1")
    link = page.url.partition("?")[0]
    for path in (page.url, link, f"{link}/correct", f"{link}/copy", *(site.url + path for path in PATHS)):
        await page.goto(path)
        await _sound(page)


PATHS = ("/r", "/r/AAAAAAAAAA", "/wall", "/", "/privacy", "/q/nowhere", "/q/jiu-lou", "/q/menzhen-jiu")


async def _sound(page):
    assert await fits(page), page.url
    found = await Axe().run(page)
    assert found.violations_count == 0, found.generate_report()
