"""Reports and ledgers on the way to whoever asked for them: what stands in them, for whom, how long."""

import asyncio
import io
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import docx
import openpyxl
import pytest
from pypdf import PdfReader
from sqlmodel import select

from matching.activities.closing import Counts, confirm
from matching.activities.signing import sign_in
from matching.db import Database, Work
from matching.people.model import AuditEntry, Grant, Person, Role
from matching.people.queries import actor_of
from matching.privacy.sealed import Sealer
from matching.reports.chosen import Scope, ScopeKind, choose
from matching.reports.exporting import KEPT, Wish, ask, own_exports
from matching.reports.ledgers import activities, requests
from matching.reports.ledgers.kinds import Wanted
from matching.reports.ledgers.writing import LEDGERS, write
from matching.reports.making import Making
from matching.reports.model import Export, ExportState
from matching.reports.periods import Period
from matching.reports.workplace import GIVEN_UP
from matching.reports.written.listing import held
from matching.reports.written.making import make_report
from matching.reports.written.material import About
from matching.reports.written.words import write_words
from matching.rights.model import Disclosure
from tests.activities.scene import HOUR, planned
from tests.cast import AT, Cast
from tests.partners.conftest import two_partners
from tests.requests.scene import NEED, WORDING, Story, refused

QUARTER = Period.parse("2026Q1")
RULES = (Path(__file__).parents[2] / "docs" / "domain.md").read_text("utf-8")


@pytest.fixture
async def story(cast: Cast) -> Any:
    """A wish with reviewed wording, lived through to a good rating."""
    database = Database(cast.settings.database_url)
    told = Story(cast, database, Work(database))
    await told.begin("books", show_publicly=True)
    await told.go("accept", "approve_wording", "dispatch", "claim", "contact", "complete", "rate")
    yield told
    await database.close()


@pytest.fixture
def making(cast: Cast) -> Making:
    return Making(cast.settings.files, Sealer(cast.settings.keys))


async def report(story: Story, about: About, code: str, form: str, by: str = "wei") -> str:
    """Everything a report says, as another program reads it."""
    async with story.database.reading() as session:
        made = await make_report(session, about, code, QUARTER, form, by=story.cast[by], at=AT)
    if form == "pdf":
        return "".join(page.extract_text() for page in PdfReader(io.BytesIO(made.content)).pages)
    if form == "xlsx":
        book = openpyxl.load_workbook(io.BytesIO(made.content))
        return "\n".join(str(cell) for sheet in book for row in sheet.values for cell in row)
    document = docx.Document(io.BytesIO(made.content))
    cells = [cell.text for table in document.tables for cell in table._cells]
    return "\n".join([*(line.text for line in document.paragraphs), *cells])


async def book(story: Story, kind: str, by: str, path: Path, **more: Any) -> list[tuple[Any, ...]]:
    """A ledger's rows, without the signatures."""
    wanted = Wanted(story.cast[by], AT, QUARTER, sealer=Sealer(story.cast.settings.keys), **more)
    await write(story.database, LEDGERS[kind], path, wanted, house="仁和医院")
    rows = list(openpyxl.load_workbook(path).active.values)
    return [row for row in rows if row[0] and row[0] != "填报人："]


async def test_word_pdf_and_excel_carry_the_same_figures_and_no_words_of_requesters(story):
    said = {form: re.sub(r"\s", "", await report(story, About.hospital, "", form)) for form in ("docx", "pdf", "xlsx")}
    sentence = re.search(r"2026年第一季度共点单.*?综合得分[^。]*。", said["docx"])
    assert sentence is not None
    assert "共点单1件，受理1件，办结1件，其中已解决1件" in sentence[0]
    for text in said.values():
        assert sentence[0] in text
        assert WORDING in text
        for hidden in (NEED, "张小月", "13800138000"):
            assert hidden not in text


async def test_a_partner_with_nothing_in_the_period_has_a_report_that_says_so(story):
    await story.work(two_partners, story.cast, at=AT)
    said = await report(story, About.partner, "P01", "docx")
    assert "2026年第一季度没有点单，也没有举办服务活动。" in said
    assert "没有登记共建协议。" in said
    assert "本期没有数据，不作分析。" in said
    assert said.count("本期没有点单。") == 2
    assert "nan" not in said.lower()
    assert "共建工作报告" in await report(story, About.partner, "P01", "pdf", by="ke")
    with refused("not_allowed"):
        await report(story, About.partner, "P01", "pdf", by="ou")
    with refused("not_allowed"):
        await report(story, About.hospital, "", "pdf", by="lin")


async def test_what_people_wrote_opens_its_chapter_and_the_newest_counts(story):
    lead = story.cast["lead"]
    for text in ("先写的话。", "后写的话。\n又一段。"):
        changed = await story.work(
            write_words, About.branch, "ZB1", "2026Q1", {"practice": text, "plans": ""}, by=lead, at=AT
        )
        assert changed == 1
    said = await report(story, About.branch, "ZB1", "docx")
    assert "先写的话" not in said
    assert said.index("二、主要做法") < said.index("后写的话。\n又一段。") < said.index("（一）三张清单对接情况")
    for who, code in (("lead2", "not_allowed"), ("lin", "not_allowed")):
        with refused(code):
            await story.work(
                write_words, About.branch, "ZB1", "2026Q1", {"practice": "不行"}, by=story.cast[who], at=AT
            )
    with refused("too_long"):
        await story.work(write_words, About.branch, "ZB1", "2026Q1", {"plans": "长" * 4001}, by=lead, at=AT)


@pytest.mark.parametrize(
    ("ledger", "line"), [(requests, "Request ledger columns"), (activities, "Activity ledger columns")]
)
def test_ledgers_have_exactly_the_columns_of_the_rules(ledger, line):
    written = re.search(rf"{line}: ([^.]+)\.", RULES)
    assert written is not None
    labels = [field.label for field in ledger.FIELDS]
    assert labels == [label for label in written[1].split("、") if label != "序号"]


async def test_a_ledger_is_masked_and_shows_its_reader_their_units_only(story, tmp_path):
    heading, row = await book(story, "requests", "wei", tmp_path / "a.xlsx")
    shown = dict(zip(heading, row, strict=True))
    assert (shown["序号"], shown["工单号"], shown["接单人"]) == (1, story.number, "林*")
    assert (shown["办结结果"], shown["是否超时"], shown["评价等级"]) == ("已解决", "否", "非常满意")
    assert shown["派单"].endswith("狄*")
    assert len(await book(story, "requests", "lead", tmp_path / "b.xlsx")) == 2
    assert len(await book(story, "requests", "lead2", tmp_path / "c.xlsx")) == 1
    with refused("not_allowed"):
        await book(story, "requests", "lin", tmp_path / "d.xlsx")


async def test_whole_names_and_words_as_typed_need_a_lead_and_a_reason_and_are_in_both_logs(story, making):
    cast, work = story.cast, story.work
    wish = Wish("requests", "xlsx", "2026Q1", masked=False, reason="季度核对")
    with refused("reason_too_short"):
        await work(ask, wish, by=cast["lead"], at=AT)
    with refused("unmasking_needs_a_lead"):
        await work(ask, Wish("requests", "xlsx", "2026Q1", masked=False, reason="季度核对台账"), by=cast["di"], at=AT)
    wish = Wish("requests", "xlsx", "2026Q1", masked=False, reason="季度核对台账用")
    row = await work(ask, wish, by=cast["lead"], at=AT)
    assert await making.make_exports(story.database, work, AT) == 1
    path = making.path(row.id)
    assert path.stat().st_mode & 0o777 == 0o600
    shown = list(openpyxl.load_workbook(io.BytesIO(path.read_bytes())).active.values)[1]
    assert "林晓云" in shown
    assert NEED in shown
    assert "张小月" not in str(shown)
    async with story.database.reading() as session:
        logged = (await session.exec(select(Disclosure))).one()
        audited = [one.about for one in await session.exec(select(AuditEntry).where(AuditEntry.act == "export"))]
    assert (logged.request_id, logged.person_id, logged.reason) == (story.id, cast["lead"].id, "季度核对台账用")
    assert audited == ["requests 2026Q1 xlsx：未脱敏，季度核对台账用"]


async def test_whole_names_reach_no_farther_than_the_role_that_admits_them(story, making):
    """Who dispatches for the hospital and leads one branch reads all branches masked, and their own in full."""
    cast, work = story.cast, story.work

    async def leads_another_branch(session):
        grant = Grant(
            root_id=cast.root_id, person_id=cast["di"].id, unit_id=cast.units["ZB2"].id, role=Role.unit_lead,
            granted_at=AT,
        )  # fmt: skip
        session.add(grant)
        await session.flush()
        return await actor_of(session, await session.get_one(Person, cast["di"].id))

    both = await work(leads_another_branch)
    asked = [
        await work(ask, Wish("requests", "xlsx", "2026Q1", masked=masked, reason="季度核对台账用"), by=both, at=AT)
        for masked in (True, False)
    ]
    assert await making.make_exports(story.database, work, AT) == 2
    files = [io.BytesIO(making.path(one.id).read_bytes()) for one in asked]
    shown = [list(openpyxl.load_workbook(file).active.values) for file in files]
    assert story.number in str(shown[0])
    assert story.number not in str(shown[1])


async def test_the_ledger_of_activities_names_nobody_of_a_branch_in_whose_activity_one_merely_takes_part(
    story, tmp_path
):
    work, cast = story.work, story.cast
    for unit, by in (("ZB1", "lead"), ("ZB2", "lead2")):
        activity = await planned(work, cast, by=by, unit=unit, title=f"宣教{unit}")
        await work(sign_in, activity.id, AT, by=cast["lead2"], at=AT)
        await work(confirm, activity.id, {}, Counts(), by=cast[by], at=AT + HOUR)
    rows = await book(story, "activities", "lead2", tmp_path / "a.xlsx", masked=False)
    assert [row[3] for row in rows[1:]] == ["宣教ZB2"]
    assert await activities.count(story.database, Wanted(cast["lead2"], AT, QUARTER)) == 1
    async with story.database.reading() as session:
        scope = Scope(ScopeKind.unit, cast.units["ZB2"].id)
        chosen = await choose(session, cast.root_id, scope, QUARTER, cast["lead2"])
        shown, total = await held(session, chosen, cast["lead2"])
    assert ([one.title for one in shown], total) == (["宣教ZB2"], 1)


async def test_who_asks_from_many_tabs_at_once_has_five_in_the_queue(story):
    wish = Wish("points", "xlsx", "2026Q1")
    asked = [story.work(ask, wish, by=story.cast["wei"], at=AT) for _tab in range(8)]
    answers = await asyncio.gather(*asked, return_exceptions=True)
    assert [getattr(one, "code", "") for one in answers].count("too_many_exports") == 3


def test_a_long_name_is_cut_before_its_ending() -> None:
    made = Export(root_id=1, by_id=1, kind="partner", format="pdf", asked_at=AT)
    made.finish("厂" * 118 + "共建工作报告（2026年）.pdf", 1, None, AT, AT)
    assert (len(made.file_name), made.file_name[-5:]) == (120, "厂.pdf")


async def test_who_asks_again_and_again_has_so_many_files_a_day(story, making, monkeypatch):
    monkeypatch.setattr("matching.reports.exporting.MOST_A_DAY", 2)
    wish, wei = Wish("points", "xlsx", "2026Q1"), story.cast["wei"]
    for hours in (0, 1):
        await story.work(ask, wish, by=wei, at=AT + hours * HOUR)
        await making.make_exports(story.database, story.work, AT + hours * HOUR)
    with refused("too_many_exports_a_day"):
        await story.work(ask, wish, by=wei, at=AT + KEPT - HOUR)
    await story.work(ask, wish, by=story.cast["lead"], at=AT + 2 * HOUR)
    await story.work(ask, wish, by=wei, at=AT + KEPT)


async def test_an_export_that_was_begun_by_a_process_that_died_is_made_by_the_next(story, making):
    row = await story.work(ask, Wish("hospital", "docx", "2026Q1"), by=story.cast["wei"], at=AT)

    async def die(session: Any) -> None:
        lost = await session.get_one(Export, row.id)
        lost.state, lost.begun_at = ExportState.making, AT

    await story.work(die)
    left = making.path(row.id or 0).with_name(f"{row.id}-left")
    left.mkdir(parents=True)
    (left / "file").write_text("half of it")
    assert await making.make_exports(story.database, story.work, AT + GIVEN_UP / 2) == 0
    assert await making.make_exports(story.database, story.work, AT + GIVEN_UP + timedelta(seconds=1)) == 1
    async with story.database.reading() as session:
        assert [one.state for one in await own_exports(session, by=story.cast["wei"])] == ["ready"]
    assert [path.name for path in left.parent.iterdir()] == [str(row.id)]


async def test_a_file_is_nowhere_until_it_is_whole_and_who_makes_it_is_heard_of(story, making, monkeypatch):
    """A making that is cut off leaves nothing behind; while it goes on nobody begins it anew, however long it takes."""
    row = await story.work(ask, Wish("requests", "xlsx", "2026Q1"), by=story.cast["wei"], at=AT)
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow(_database: Any, _kind: Any, path: Path, *_args: Any, **_more: Any) -> int:
        path.write_bytes(b"half of it")
        begun.set()
        await go_on.wait()
        return await write(_database, _kind, path, *_args, **_more)

    monkeypatch.setattr("matching.reports.making.write", slow)
    monkeypatch.setattr("matching.reports.workplace.BEAT", timedelta(milliseconds=1))
    cut_off = asyncio.create_task(making.make_exports(story.database, story.work, AT))
    await begun.wait()
    assert not making.path(row.id or 0).exists()
    cut_off.cancel()
    with pytest.raises(asyncio.CancelledError):
        await cut_off
    assert not list(making.path(1).parent.iterdir())
    begun.clear()
    going_on = asyncio.create_task(making.make_exports(story.database, story.work, AT + 2 * GIVEN_UP))
    await begun.wait()
    while True:
        async with story.database.reading() as session:
            [now] = await own_exports(session, by=story.cast["wei"])
        if now.begun_at > AT + 2 * GIVEN_UP + timedelta(milliseconds=50):
            break
    assert await making.make_exports(story.database, story.work, AT + 3 * GIVEN_UP) == 0
    go_on.set()
    assert await going_on == 1
    assert [path.name for path in making.path(1).parent.iterdir()] == [str(row.id)]
