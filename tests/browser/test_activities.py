"""A village hall without network: two phones of a lead, a clock that somebody moves, a member who scans."""

import io
from datetime import timedelta
from typing import Any

import pytest
import zxingcpp
from PIL import Image
from playwright.async_api import Page

from matching import clock
from matching.activities.queries import people_of
from matching.db import Database, Work
from tests.activities.scene import MINUTE, planned
from tests.browser.conftest import Site
from tests.browser.test_main_job import sign_in, sound
from tests.browsing import OpenPage

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

CACHED = """async () => {
  const found = [];
  for (const name of await caches.keys()) {
    for (const one of await (await caches.open(name)).keys()) found.push(new URL(one.url).pathname);
  }
  return found;
}"""


async def attendance(site: Site, activity: Any) -> dict[str, Any]:
    database = Database(site.cast.settings.database_url)
    async with database.reading() as session:
        found = {one.person.member_no: one.attendance for one in await people_of(session, activity.id)}
    await database.close()
    return found


async def phone_of_the_lead(open_page: OpenPage, site: Site, path: str) -> Page:
    """Signed in, on the page, which is kept for later; without network from now on."""
    phone = await open_page()
    await sign_in(phone, site, "lead")
    await phone.goto(site.url + path)
    await phone.locator("#sign[data-ready=true]").wait_for()
    return phone


def person(phone: Page, number: str) -> Any:
    return phone.locator(f'[data-who="{number}"]')


async def test_two_phones_without_network_sign_people_in_and_agree_later(site: Site, open_page: OpenPage):
    cast = site.cast
    database = Database(cast.settings.database_url)
    activity = await planned(Work(database), cast, "lin", "zhao", at=clock.now() - 30 * MINUTE)
    await database.close()
    path, number = f"/activities/{activity.id}/sign", {login: cast.people[login].member_no for login in cast.people}

    one = await phone_of_the_lead(open_page, site, path)
    await sound(one)
    shot = Image.open(io.BytesIO(await one.locator("#qr-live").screenshot()))
    [code] = zxingcpp.read_barcodes(shot)
    member = await open_page()
    await sign_in(member, site, "lin")
    await member.goto(site.url + code.text[code.text.index("/s/") :])
    await member.get_by_role("button", name="林晓云，我到了").click()
    await member.get_by_text("您已签到").wait_for()
    assert await member.evaluate("navigator.serviceWorker.controller") is None

    await one.context.set_offline(True)
    await one.reload()
    await one.get_by_text("没有网络").wait_for()
    await one.locator("#qr-live:not([hidden])").wait_for()
    before = clock.now()
    await one.evaluate("() => { const real = Date.now; Date.now = () => real() + 3600000; }")
    await person(one, number["zhao"]).get_by_role("button", name="到了").click()
    await one.get_by_text("1 条记在这部手机里").wait_for()
    await one.reload()  # the phone is locked and opened again: nothing is lost
    await one.get_by_text("1 条记在这部手机里").wait_for()

    two = await phone_of_the_lead(open_page, site, path)
    await two.context.set_offline(True)
    await person(two, number["zhao"]).get_by_role("button", name="到了").click()
    await two.locator("#walk-in").fill("M9999")
    await two.locator("form", has=two.locator("#walk-in")).get_by_role("button", name="到了").click()
    await two.get_by_text("2 条记在这部手机里").wait_for()

    for phone in (two, one):
        await phone.context.set_offline(False)
        await phone.get_by_text("记录都已上传").wait_for()
    assert "M9999 · 没有这个工号" in await two.locator("#refused").inner_text()
    assert not await one.locator("#refused li").count()
    there = await attendance(site, activity)
    assert there[number["lin"]].signed_how == "code"
    assert before - timedelta(seconds=5) <= there[number["zhao"]].signed_at <= clock.now()
    assert there[number["zhao"]].signed_at - before < MINUTE  # by the time it was, not by the clock that was moved
    assert set(there) == {number["lin"], number["zhao"]}

    cached = await one.evaluate(CACHED)
    assert {found for found in cached if not found.startswith("/static/")} == {path}
    await one.goto(f"{site.url}/activities")
    assert await one.evaluate("navigator.serviceWorker.controller") is None
    assert await one.evaluate(CACHED) == cached
    await one.get_by_role("button", name="退出登录").click()
    await one.wait_for_url("**/login")
    await one.wait_for_function("async () => (await caches.keys()).length === 0")
