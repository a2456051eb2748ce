"""A post on its way: a lead publishes it, a member reads it, the rate counts it; with and without script."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.test_main_job import sign_in, sound
from tests.browsing import DESK

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def publish(lead, site, kind="通知"):
    await lead.goto(f"{site.url}/notices/posts")
    await lead.get_by_role("button", name="发布", exact=True).click()
    await lead.get_by_text(kind, exact=True).click()
    await lead.get_by_label("标题").fill("本周四 19:00 夜学")
    await lead.get_by_label("内容").fill("地点：门诊楼三层示教室。")
    await lead.get_by_role("button", name="发布", exact=True).click()
    await lead.wait_for_url(re.compile(r"/notices/posts/\d+$"))
    return lead.url


@pytest.mark.parametrize("scripts", [True, False], ids=["with script", "without script"])
async def test_publish_read_and_see_the_rate(site, open_page, scripts):
    lead, member = await open_page(DESK, java_script_enabled=scripts), await open_page(java_script_enabled=scripts)
    await sign_in(lead, site, "lead")
    url = await publish(lead, site, "微党课")
    await expect(lead.locator("aside")).to_contain_text("已读 0 / 2 人")

    await sign_in(member, site, "lin")
    await member.get_by_role("link", name="消息 1 条未读").click()
    await member.get_by_role("link", name="本周四 19:00 夜学").click()
    await member.get_by_role("button", name="学完了").click()
    await expect(member.locator("article")).to_contain_text("您学完了")
    await member.get_by_role("link", name="消息", exact=True).click()
    await expect(member.locator(".m-read")).to_have_count(1)

    await lead.goto(url)
    await expect(lead.locator("aside")).to_contain_text("50% 已读 1 / 2 人")
    await lead.get_by_role("button", name="再提醒没读的 1 人").click()
    await expect(lead.get_by_role("status").first).to_contain_text("已提醒 1 人")
    await lead.locator("#withdraw summary").click()
    await lead.get_by_role("button", name="确认撤回").click()
    await expect(lead.locator("article")).to_contain_text("已经撤回")


@pytest.mark.parametrize("elder", [False, True], ids=["usual size", "elder mode"])
async def test_the_pages_of_notices_fit_small_screens_and_hold_what_axe_asks(site, open_page, elder):
    lead, member = await open_page(), await open_page()
    for page, login in ((lead, "lead"), (member, "lin")):
        if elder:
            await page.goto(f"{site.url}/elder?on=1&next=/")
        await sign_in(page, site, login)
    await member.goto(f"{site.url}/notices")
    await sound(member)
    await lead.goto(f"{site.url}/notices/posts/new")
    await sound(lead)
    await lead.get_by_role("button", name="发布", exact=True).click()
    await lead.locator(".wrong").first.wait_for()
    await sound(lead)
    url = await publish(lead, site)
    await lead.locator("details").evaluate_all("all => all.forEach(one => { one.open = true })")
    await sound(lead)
    await lead.goto(f"{site.url}/notices/posts")
    await sound(lead)
    for path in ("/notices", "/notices/posts", url.removeprefix(site.url), "/notices?only=posts"):
        await member.goto(site.url + path)
        await sound(member)
