"""A lead's way: who could take it, one of them asked, the rest as a proposal that is changed and accepted in part."""

from typing import Any

import anyio.from_thread
import pytest
from playwright.async_api import expect

from matching import clock
from matching.asks.model import AskDials
from matching.db import Database, Work
from matching.requests import desk_actions, requester_actions
from tests.browser.conftest import Site
from tests.browser.test_main_job import sign_in, sound
from tests.browsing import DESK, OpenPage
from tests.requests.scene import filing_of

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def two_books(work: Work, site: Site) -> list[str]:
    """Both dispatched to ZB1, where nobody is asked before the lead does it."""
    cast, at = site.cast, clock.now()
    numbers = []
    for _book in range(2):
        filed = await work(requester_actions.file, filing_of(cast, "books", at=at))
        number = f"{at.astimezone(clock.SHANGHAI):%y%m%d}-{filed.id:05}"
        numbers.append((await work(desk_actions.dispatch, number, "ZB1", by=cast["di"], at=at)).number)
    await work(_by_hand, cast.root_id)
    return numbers


async def _by_hand(session: Any, root_id: int) -> None:
    session.add(AskDials(root_id=root_id, automatic=False, changed_at=clock.now()))


def prepared(site: Site) -> list[str]:
    async def run() -> list[str]:
        database = Database(site.cast.settings.database_url)
        numbers = await two_books(Work(database), site)
        await database.close()
        return numbers

    with anyio.from_thread.start_blocking_portal() as portal:
        return portal.call(run)


@pytest.mark.parametrize(("width", "scripts"), [(360, False), (DESK, True)], ids=["phone without script", "desk"])
async def test_from_who_could_take_it_to_a_proposal_accepted_in_part(
    site: Site, open_page: OpenPage, width: int, scripts: bool
):
    async def look() -> None:  # axe waits for a timer, which a page without scripts never runs
        if scripts:
            await sound(lead)

    first, second = prepared(site)
    lead = await open_page(width, java_script_enabled=scripts)
    await sign_in(lead, site, "lead")
    await lead.goto(f"{site.url}/requests/{first}")
    await lead.locator(".candidate", has_text="林晓云").get_by_role("checkbox").check()
    await lead.get_by_role("button", name="邀请选中的人").click()
    await lead.get_by_text("等待答复").first.wait_for(state="attached")

    await lead.get_by_role("link", name="派单建议").click()
    await look()
    await lead.get_by_role("button", name="做一份建议").click()
    plan = lead.locator(".plan")
    await expect(plan.locator("[name=pick]")).to_have_count(2)
    await expect(plan).to_contain_text(first)
    assert "林晓云" not in await plan.inner_text()  # she has not answered yet: one ask at a time
    await look()

    row = plan.locator("tbody", has_text=second)
    before = await row.locator("strong").first.inner_text()
    await row.get_by_role("button", name="换一位").click()
    await look()
    await lead.get_by_role("button", name="换成 TA").first.click()
    changed = lead.locator("#changed")
    await changed.wait_for()
    await expect(changed).to_contain_text(before)
    await expect(changed).to_contain_text("小时")
    row = lead.locator(".plan tbody", has_text=second)
    await expect(row.locator("strong").first).not_to_have_text(before)
    await look()
    if scripts:  # as cards on a phone, too
        await lead.set_viewport_size({"width": 360, "height": 800})
        await look()

    await row.get_by_role("checkbox").check()
    await lead.get_by_role("button", name="接受选中的").click()
    await lead.get_by_text("已安排 1 人").wait_for()
    await row.get_by_text("已接受").first.wait_for()
    await lead.get_by_role("link", name="均衡").click()
    await expect(lead.locator(".sheet")).to_contain_text("林晓云")
    await look()
