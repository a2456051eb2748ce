"""A member's way: free hours on a phone, an ask that appears by itself, yes, the contact, somebody in one's place."""

from typing import Any

import pytest
from playwright.async_api import expect

from matching import clock
from matching.asks import availability
from matching.asks.model import AskDials
from matching.asks.weekly import Free
from matching.db import Database, Work
from matching.requests import desk_actions, requester_actions
from matching.requests.model import ServiceRequest
from tests.browser.conftest import Site
from tests.browser.test_main_job import sign_in, sound
from tests.browsing import DESK, OpenPage
from tests.requests.scene import filing_of

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def _by_hand_only(session: Any, root_id: int) -> None:
    session.add(AskDials(root_id=root_id, automatic=False, quiet_from=0, quiet_to=0, changed_at=clock.now()))


async def dispatched(site: Site) -> str:
    """A wish that stands with the branch; its number. Of its members one has time at any hour."""
    cast, at = site.cast, clock.now()
    database = Database(cast.settings.database_url)
    work = Work(database)
    await work(_by_hand_only, cast.root_id)
    always = [Free(day, 0, 24 * 60) for day in range(7)]
    await work(availability.set_hours, always, None, by=cast["zhao"], at=at)
    id_ = (await work(requester_actions.file, filing_of(cast, at=at))).id
    async with database.reading() as session:
        number = (await session.get_one(ServiceRequest, id_)).number
    await work(desk_actions.dispatch, number, "ZB1", by=cast["di"], at=at)
    await database.close()
    return number


async def asked_by_the_lead(open_page: OpenPage, site: Site, number: str, login: str) -> None:
    """From the request's page, as its form does."""
    lead = await open_page(DESK)
    await sign_in(lead, site, "lead")
    await lead.goto(f"{site.url}/requests/{number}")
    key = await lead.locator("[name=csrf]").first.input_value()
    form = {"csrf": key, "people": site.cast.people[login].member_no, "anyway": "1"}
    assert (await lead.request.post(f"{site.url}/requests/{number}/who/ask", form=form)).ok


async def test_from_free_hours_to_somebody_in_ones_place(site: Site, open_page: OpenPage):
    number = await dispatched(site)
    member = await open_page()
    await member.goto(f"{site.url}/elder?on=1&next=/login")
    await sign_in(member, site, "lin")
    await member.get_by_role("link", name="空闲时间").click()
    await member.locator("[name=mode][value=own]").check()
    await member.locator("[name=from0_1]").fill("18:00")
    await member.locator("[name=alike]").check()
    await member.get_by_role("button", name="保存").click()
    await member.locator("#to0_1-wrong").wait_for()
    await sound(member)
    await member.locator("[name=to0_1]").fill("20:30")
    await member.get_by_role("button", name="保存").click()
    await member.locator(".ahead dd", has_text="18:00–20:30").nth(3).wait_for()
    await sound(member)

    await member.goto(f"{site.url}/tasks")
    await member.locator("#live-sign:not(.off)", has_text="实时更新中").wait_for()
    await asked_by_the_lead(open_page, site, number, "lin")
    ask = member.locator("article.ask")
    await ask.get_by_text("支部负责人点名想请您来").wait_for()
    await sound(member)
    await ask.get_by_role("button", name="愿意").click()
    await member.wait_for_url("**/tasks?tab=mine")
    await member.get_by_text("请现在联系对方").first.wait_for()
    await member.get_by_role("button", name="已经联系上了").click()
    await member.wait_for_url("**/tasks?tab=mine")
    await member.locator("summary", has_text="找人替班").click()
    await member.get_by_label("给替您的人留句话").fill("三点有台手术。")
    await sound(member)
    await member.get_by_role("button", name="找人替班").click()
    await member.get_by_text("有人答应，这一单就转给对方").first.wait_for()

    other = await open_page()
    await sign_in(other, site, "zhao")
    await other.get_by_text("同事来不了，想请您替一下").first.wait_for()
    await other.get_by_role("button", name="愿意").click()
    await other.wait_for_url("**/tasks?tab=mine")
    await expect(other.locator(".ticket")).to_have_count(1)
    await member.goto(f"{site.url}/tasks?tab=mine")
    assert await member.locator(".ticket").count() == 0
