"""A partner's way on a phone in elder mode: first sign-in, asking, being asked, confirming, rating, its report."""

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import docx
import pytest
from playwright.async_api import Page, expect
from pypdf import PdfReader

from matching import clock
from matching.clock import SHANGHAI
from matching.db import Database, Work
from matching.partners import agreements
from matching.partners.liaisons import write_liaison
from matching.people.passwords import hashed, one_time_password
from matching.privacy.sealed import Sealer
from matching.requests import branch_actions, desk_actions
from matching.requests.states import Result
from tests.browser.conftest import Site
from tests.browser.test_main_job import sound
from tests.browsing import DESK, OpenPage
from tests.partners.conftest import two_partners

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NEW = "Gong-jian-2026"


async def prepared(site: Site) -> tuple[Database, Work, str]:
    """Partners, an agreement of the first that ends soon, and one more liaison; her one-time password."""
    database = Database(site.cast.settings.database_url)
    work, at = Work(database), clock.now() - timedelta(days=300)
    await work(two_partners, site.cast, at)
    day = clock.now().astimezone(SHANGHAI).date()
    term = day - timedelta(days=345), day + timedelta(days=20)
    await work(agreements.add_agreement, "P01", "GJ-1", *term, by=site.cast["wei"], at=at)
    sealer = Sealer(site.cast.settings.keys)
    new, password = ("P01", "新来的", "13612345678", "", ""), one_time_password()
    await work(write_liaison, *new, await hashed(password), sealer=sealer, by=site.cast["wei"], at=at)
    return database, work, password


def of_pdf(path: Path) -> str:
    return "".join(page.extract_text() for page in PdfReader(path).pages)


def of_word(path: Path) -> str:
    document = docx.Document(str(path))
    return "\n".join(cell.text for table in document.tables for cell in table._cells)


READERS = {"PDF": of_pdf, "Word": of_word}


async def fetched(page: Page, name: str) -> str:
    """What a document says that the page offers under this name; without the breaks of its lines."""
    async with page.expect_download() as coming:
        await page.get_by_role("button", name=name).click()
    return re.sub(r"\s", "", READERS[name.rpartition(" ")[2]](await (await coming.value).path()))


async def test_from_the_first_sign_in_to_the_report(site: Site, open_page: OpenPage):
    database, work, password = await prepared(site)
    page = await open_page()
    await page.goto(f"{site.url}/elder?on=1&next=/login")
    await page.fill("[name=account]", "p01-3")
    await page.fill("[name=password]", password)
    await page.click("main button[type=submit]")
    for name, typed in (("current", password), ("new", NEW), ("again", NEW)):
        await page.fill(f"[name={name}]", typed)
    await page.click("main button[type=submit]")
    await page.wait_for_url(f"{site.url}/partner")
    await expect(page.locator("main")).to_contain_text("协议快到期")
    await sound(page)

    await page.get_by_role("button", name="我要提需求").first.click()
    tomorrow = (clock.now().astimezone(SHANGHAI) + timedelta(days=1)).date()
    await page.select_option("[name=service]", "first_aid")
    for name, typed in (
        ("day", f"{tomorrow}"), ("begins", "14:00"), ("ends", "16:00"), ("need", "班组长学心肺复苏，顺便卖点米"),
        ("venue", "三楼多功能厅"), ("headcount", "40"), ("slots", "1"),
    ):  # fmt: skip
        await page.fill(f"[name={name}]", typed)
    await page.get_by_role("button", name="交给医院").click()
    for wrong in ("至少要提前 7 天", "不卖东西"):
        await expect(page.locator(".errors")).to_contain_text(wrong)
    assert await page.input_value("[name=venue]") == "三楼多功能厅"
    await sound(page)
    await page.fill("[name=day]", f"{tomorrow + timedelta(days=8)}")
    await page.fill("[name=need]", "班组长学心肺复苏，每人练一遍")
    await page.get_by_role("button", name="交给医院").click()
    await page.wait_for_url(re.compile(r"/partner/requests/\d{6}-\d+$"))
    number = page.url.rpartition("/")[2]
    await sound(page)

    di, lin, now = site.cast["di"], site.cast["lin"], clock.now
    await work(desk_actions.ask_info, number, "现场能接电吗？", by=di, at=now())
    await page.reload()
    await expect(page.locator("main")).to_contain_text("现场能接电吗？")
    await page.fill("[name=note]", "能，有三处插座。")
    await page.get_by_role("button", name="交给医院").click()
    await page.get_by_text("已经交给医院的工作人员").wait_for()

    await work(desk_actions.dispatch, number, "ZB1", by=di, at=now())
    await work(branch_actions.claim, number, by=lin, at=now())
    await work(branch_actions.contact, number, by=lin, at=now())
    said: dict[str, Any] = {"result": Result.solved, "note": "人人练了一遍，问题都答了。", "minutes": 120}
    await work(branch_actions.complete, number, **said, by=lin, at=now())
    await page.goto(f"{site.url}/partner")
    await page.get_by_role("button", name="请确认来了多少人").click()
    await page.fill("[name=came]", "43")
    await page.get_by_role("button", name="确认", exact=True).click()
    await page.get_by_text("已经确认").wait_for()
    await page.locator("#rate").get_by_text("非常满意").click()
    await page.get_by_role("button", name="提交评价").click()
    await page.get_by_text("谢谢您的评价").first.wait_for()
    await expect(page.locator("main")).to_contain_text("43 人")
    await sound(page)

    await page.goto(f"{site.url}/partner")
    said = {name: await fetched(page, f"本季度到今天的报告 {name}") for name in READERS}
    for text in said.values():
        for told in (number, "急救培训", "三楼多功能厅", "非常满意"):
            assert told in text
        assert "心肺复苏" not in text  # what was typed stands in no report

    desk = await open_page(DESK)
    await desk.goto(f"{site.url}/login?next=/partners/P01")
    await desk.fill("[name=account]", "wei")
    await desk.fill("[name=password]", site.cast.password)
    await desk.click("main button[type=submit]")
    await desk.get_by_text("对方确认来了 43 人").wait_for()
    await sound(desk)
    await database.close()
