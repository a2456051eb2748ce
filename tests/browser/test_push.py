"""Being told in the browser: asked for by a press, refused with kindness, never offered in WeChat."""

import json
from typing import Any

import anyio.from_thread
import pytest
from playwright.async_api import Page

from matching.db import Database, Work
from matching.requests import requester_actions
from tests.browsing import OpenPage
from tests.notices.standins import P256DH
from tests.requests.scene import filing_of

GIVEN = {"endpoint": "https://push.example.net/x", "keys": {"p256dh": P256DH, "auth": "BTBZMqHH6r4Tts7J_aSIgg"}}
SERVICE = """
Notification.requestPermission = async () => %(permission)s;
PushManager.prototype.getSubscription = async () => null;
PushManager.prototype.subscribe = async (asked) => {
  window.asked = [asked.userVisibleOnly, asked.applicationServerKey.length];
  return %(given)s;
};
"""  # no push service is reached from a test: this stands for the browser's own
WECHAT = "Mozilla/5.0 (Linux; Android 14) AppleWebKit/537.36 Chrome/116.0 Mobile Safari/537.36 MicroMessenger/8.0.47"


@pytest.fixture
def code(site) -> str:
    """The query code of a request that was filed."""
    filing = filing_of(site.cast)

    async def file() -> None:
        database = Database(site.cast.settings.database_url)
        await Work(database)(requester_actions.file, filing)
        await database.close()

    with anyio.from_thread.start_blocking_portal() as portal:
        portal.call(file)
    return str(filing.code)


async def opened(open_page: OpenPage, url: str, permission: str = "granted", **settings: Any) -> Page:
    page = await open_page(**settings)
    await page.add_init_script(SERVICE % {"permission": json.dumps(permission), "given": json.dumps(GIVEN)})
    await page.goto(url)
    await page.get_by_text("有进展时告诉我").click()
    return page


async def test_one_press_and_this_browser_is_told(site, open_page: OpenPage, code: str):
    page = await opened(open_page, f"{site.url}/r/{code}")
    await page.get_by_role("button", name="在这个浏览器里提醒我").click()
    await page.get_by_text("记下了，有进展会在这个浏览器里提醒您。").wait_for()
    await page.get_by_text("push.example.net").wait_for()
    await page.get_by_role("button", name="不用再告诉我").click()
    await page.get_by_text("已经停止，不再告诉您。").wait_for()


async def test_a_browser_that_does_not_allow_it_says_so_and_can_be_asked_again(site, open_page: OpenPage, code: str):
    page = await opened(open_page, f"{site.url}/r/{code}", "denied")
    button = page.get_by_role("button", name="在这个浏览器里提醒我")
    await button.click()
    await page.get_by_text("浏览器没有允许").wait_for()
    assert await button.is_enabled()


@pytest.mark.parametrize("settings", [{"user_agent": WECHAT}, {"java_script_enabled": False}])
async def test_where_it_cannot_work_it_is_not_offered(site, open_page: OpenPage, code: str, settings: dict[str, Any]):
    page = await opened(open_page, f"{site.url}/r/{code}", **settings)
    assert await page.get_by_text("自愿选择").is_visible()
    assert not await page.get_by_text("在这个浏览器里提醒我").is_visible()
