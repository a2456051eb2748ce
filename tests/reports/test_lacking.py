"""A report with a character that no font has says so: in the file, on the page, to programs and on the command line."""

import io
from argparse import Namespace
from pathlib import Path

import pytest
from pypdf import PdfReader
from sqlmodel.ext.asyncio.session import AsyncSession

from matching import clock
from matching.commands import taking_away
from matching.reports.exporting import Wish, ask
from matching.reports.making import Making
from matching.reports.written.material import About
from matching.units.model import Unit
from tests.cast import Cast, Doors
from tests.documents.test_typesetting import NEWEST


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_characters_without_a_font_are_named_where_the_file_is_fetched_and_in_it(
    doors: Doors, cast: Cast, tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    async def rename(session: AsyncSession) -> None:
        (await session.get_one(Unit, cast.units["ZB1"].id)).name = f"{NEWEST}支部"

    doors.work(rename)
    for form in ("pdf", "docx"):
        doors.work(ask, Wish(About.branch, form, "2026Q1", "ZB1"), by=cast["wei"], at=clock.now())
    parts, page = doors.app.state.parts, doors.of("wei")
    making = Making(parts.settings.files, parts.sealer)
    assert doors.call(making.make_exports, parts.database, parts.work, clock.now()) == 2
    shown = page.get("/reports/exports").text
    assert f"文件里显示为方框：{NEWEST}</p>" in shown
    assert f"没有就显示为方框：{NEWEST}</p>" in shown
    told = doors.program("wei").get("/api/v1/exports").json()["exports"]
    assert [one["lacking"] for one in told] == [NEWEST, NEWEST]
    out = tmp_path / "report.pdf"
    asked = Namespace(about="branch", code="ZB1", period="2026Q1", format="pdf", out=out)
    assert taking_away.report(cast.settings, asked) == 0
    assert f"no font, may show as boxes)：{NEWEST}" in capsys.readouterr().err
    end = PdfReader(io.BytesIO(out.read_bytes())).pages[-3:]
    assert "显示为方框：U+33479。" in "".join(page.extract_text() for page in end).replace("\n", "")
