"""The servers and the browser that other tests stand on are real, shared and never left behind."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest
from playwright.async_api import Page
from redis.asyncio import Redis

from tests import engines

POSTGRES = [engines.wheel_postgres(), *engines.debian_postgres()]
OWNER = """
import sys, time
from tests import engines
keeper = engines.Keeper()
print(engines.ask(keeper.folder, "postgres", bin=str(engines.wheel_postgres()))["pid"], keeper.folder, flush=True)
time.sleep(600)
"""


@pytest.mark.parametrize("bin", POSTGRES, ids=lambda bin: bin.parent.name)
def test_a_real_postgresql_that_syncs_to_the_disk_answers(keeper_folder, bin):
    server = engines.postgres(keeper_folder, bin)
    assert int(server.psql("SHOW server_version_num")) >= 150_000
    assert server.psql("SHOW fsync") == "on"


async def test_a_real_valkey_answers(valkey_url):
    async with Redis.from_url(valkey_url) as valkey:
        assert (await valkey.info("server"))["server_name"] == "valkey"


def test_all_who_ask_one_keeper_share_one_server(keeper_folder):
    bin = str(engines.wheel_postgres())
    with ThreadPoolExecutor(4) as askers:
        asked = [askers.submit(engines.ask, keeper_folder, "postgres", bin=bin) for _ in range(4)]
    assert len({answer.result()["pid"] for answer in asked}) == 1


def test_a_server_that_does_not_start_says_why(keeper_folder):
    with pytest.raises(RuntimeError, match="nowhere"):
        engines.postgres(keeper_folder, Path("/nowhere/bin"))


def test_postgresql_starts_from_a_checkout_that_only_its_owner_can_enter(keeper_folder, tmp_path):
    wheel = engines.wheel_postgres().parent.parent
    for part in (wheel, wheel.with_name(f"{wheel.name}.libs")):
        shutil.copytree(part, tmp_path / part.name)
    tmp_path.chmod(0o700)
    server = engines.postgres(keeper_folder, tmp_path / wheel.name / "pginstall" / "bin")
    assert server.psql("SELECT 1") == "1"


def test_nothing_is_left_behind_when_the_owner_is_killed():
    owner = subprocess.Popen([sys.executable, "-c", OWNER], stdout=subprocess.PIPE, text=True)
    pid, folder = owner.stdout.readline().split()
    server = psutil.Process(int(pid))
    family = [server, *server.children(recursive=True)]
    owner.kill()
    owner.wait()
    _gone, left = psutil.wait_procs(family, timeout=30)
    assert not [process for process in left if process.status() != psutil.STATUS_ZOMBIE]
    owner.stdout.close()
    for keeper in psutil.process_iter(["cmdline"]):
        if folder in (keeper.info["cmdline"] or []):
            keeper.wait(30)
    assert not Path(folder).exists()


def test_each_database_is_fresh_and_of_the_newest_revision(database_url):
    assert database_url.startswith(("sqlite+aiosqlite:///", "postgresql+asyncpg://postgres@127.0.0.1:"))


async def test_chinese_is_drawn_with_its_own_shapes(page: Page):
    await page.set_content("<p>点</p><p>亮</p><p>\U0010fffd</p>")
    first, second, unknown = [await part.screenshot() for part in await page.locator("p").all()]
    assert len({first, second, unknown}) == 3
    assert await page.evaluate("document.fonts.check('16px sans-serif', '点亮')")


async def test_the_browser_reaches_nobody_outside(page: Page):
    with pytest.raises(Exception, match="ERR_NAME_NOT_RESOLVED"):
        await page.goto("http://example.org/")
