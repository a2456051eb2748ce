"""A real Chromium, Debian's, for tests that see the product as its users do.

Playwright's asynchronous interface is used throughout: its synchronous one keeps an event loop running in the
thread, beside which no other asynchronous test can run.
"""

import os
import re
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from xml.sax.saxutils import escape

import pylopdf_fonts_zh_cn as fonts
import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, async_playwright, expect

ARGUMENTS = [
    "--no-sandbox",  # containers run it as root
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
]
PHONE, DESK = 360, 1280  # pixels; the two widths at which every page is looked at
PATIENCE = 15_000  # milliseconds; every wait ends with what it waits for, and far earlier
REFUSALS = re.compile("^Failed to load resource")  # the browser's note on any 4xx answer, which a test may well want

OpenPage = Callable[..., Awaitable[Page]]
expect.set_options(timeout=PATIENCE)


@pytest.fixture(scope="session")
async def browser(anyio_backend: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Browser]:
    """One browser for each worker. Without Chromium the test is skipped; in CI it fails."""
    program = os.environ.get("CHROMIUM") or shutil.which("chromium")
    if program is None:
        missing = "Chromium is missing: apt-get install chromium, or name it in CHROMIUM"
        pytest.fail(missing) if os.environ.get("CI") else pytest.skip(missing)
    environment = {**os.environ, "FONTCONFIG_FILE": str(write_font_settings(tmp_path_factory.mktemp("fonts")))}
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=program, args=ARGUMENTS, env=environment)
        yield browser
        await browser.close()


@pytest.fixture
async def open_page(browser: Browser) -> AsyncIterator[OpenPage]:
    """`await open_page(width=DESK)` opens a page as one more person: cookies of its own, Chinese, Shanghai time.

    Further arguments go to Playwright's `new_context` (`java_script_enabled=False`). The test fails when a page
    reports an error: a script that throws, a resource or style that the security policy refuses.
    """
    contexts, errors = [], []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and not REFUSALS.match(message.text):
            errors.append(message.text)

    async def open_one(width: int = PHONE, height: int = 800, **settings: object) -> Page:
        wanted = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "viewport": {"width": width, "height": height}}
        context = await browser.new_context(**{**wanted, **settings})  # type: ignore[arg-type]
        contexts.append(context)
        page = await context.new_page()
        page.set_default_timeout(PATIENCE)
        page.on("console", listen)
        page.on("pageerror", lambda error: errors.append(str(error)))
        return page

    yield open_one
    for context in contexts:
        await context.close()
    assert not errors, errors


@pytest.fixture
async def page(open_page: OpenPage) -> Page:
    """A phone's page, 360 pixels wide."""
    return await open_page()


def write_font_settings(folder: Path) -> Path:
    """Fontconfig settings with Noto Sans and Serif SC from their wheel, so that pictures are alike on all machines."""
    path = folder / "fonts.conf"
    path.write_text(
        f"""<?xml version="1.0"?>
<!DOCTYPE fontconfig SYSTEM "urn:fontconfig:fonts.dtd">
<fontconfig>
  <dir>{escape(str(fonts.sans_path().parent))}</dir>
  <cachedir>{escape(str(folder / "cache"))}</cachedir>
  <alias><family>serif</family><prefer><family>Noto Serif SC</family></prefer></alias>
  <alias><family>sans-serif</family><prefer><family>Noto Sans SC</family></prefer></alias>
  <alias><family>system-ui</family><prefer><family>Noto Sans SC</family></prefer></alias>
</fontconfig>
"""
    )
    return path
