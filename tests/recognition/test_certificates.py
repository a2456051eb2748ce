"""Certificates: what they say, who may issue them, how they are verified, and what cannot get into their paper."""

import asyncio
import io
from datetime import date

import openpyxl
import pytest
from pypdf import PdfReader

from matching.db import Database, Work
from matching.errors import NotSeen, Refused
from matching.recognition import certifying
from matching.recognition.ledger import lines_of_year, own
from matching.recognition.papers.certificate import certificate_pdf
from matching.recognition.papers.record import record_pdf, record_xlsx
from matching.recognition.posting import post_points
from tests.cast import AT, Cast
from tests.recognition.conftest import slowly
from tests.requests.scene import DAY, HOUR, refused

NEXT = AT + DAY
NASTY = "=cmd|'/c calc'!A1 #eval(\"1\") $x$ \\ *b* <script> 𠮷䶮"


async def issued(work: Work, cast: Cast, by: str = "lead", person: str = "lin", **said):
    usual = {
        "first_on": date(2026, 1, 1), "last_on": NEXT.date(), "in_charge": "雷秀英", "handler": "魏书明",
        "phone": "0755-12345678", "notes": "",
    }  # fmt: skip
    number = cast.people[person].member_no
    return await work(certifying.issue, number, **usual | said, by=cast[by], at=NEXT)


async def test_a_certificate_says_what_the_ledger_said_and_is_verified_by_number_and_code(cast, database, served):
    work = Work(database)
    with refused("nothing_to_certify"):
        await issued(work, cast)
    story = await served("lin", 300)
    await post_points(database, work, AT + HOUR)
    for by, person, code in (
        ("lin", "lin", "not_seen"), ("lead2", "lin", "not_seen"), ("audit", "lin", "not_seen"),
        ("lead", "lead", "own_certificate"),
    ):  # fmt: skip
        with refused(code):
            await issued(work, cast, by, person)
    with refused("day_order"):
        await issued(work, cast, first_on=date(2026, 3, 2), last_on=date(2026, 3, 1))
    with refused("time_in_future"):
        await issued(work, cast, last_on=date(2026, 4, 1))
    one = await issued(work, cast, notes="身份证110101199003074477，表现很好")
    assert "110101199003074477" not in one.content["notes"]
    assert one.content["notes"].endswith("表现很好")
    await story.do("reopen", at=NEXT)  # corrected after it was issued: the paper goes on saying what it said
    await post_points(database, work, NEXT + HOUR)
    pages = PdfReader(io.BytesIO(certificate_pdf(one, "https://h.example/c/x?check=y"))).pages
    text = pages[0].extract_text().replace(" ", "").replace("\n", "")
    assert len(pages) == 1
    for words in (
        "志愿服务证明",
        "林晓云",
        "M0006",
        "5.0小时",
        "赠阅图书",
        "仁和医院",
        one.no,
        one.check,
        "2026年3月3日",
    ):
        assert words in text

    async def genuine(no: str, check: str):
        async with database.reading() as session:
            return await certifying.genuine(session, no, check)

    told = await genuine(one.no, f" {one.check[:4].lower()}-{one.check[4:]} ")
    assert (told.name, told.volunteer_no, told.hours, told.revoked_on) == ("林*", "***06", "5.0", None)
    wrong = "2" * 8 if one.check != "2" * 8 else "3" * 8
    for no, check in ((one.no, wrong), (one.no, ""), ("2026-99999", one.check), (one.no, one.check[:7])):
        with pytest.raises(NotSeen) as seen:
            await genuine(no, check)
        assert seen.value.code == "unknown_certificate"
    with refused("not_allowed"):
        await work(certifying.revoke, one.no, "错", by=cast["lin"], at=NEXT)
    await work(certifying.revoke, one.no, "时长有误。", by=cast["wei"], at=NEXT)
    with refused("certificate_revoked"):
        await work(certifying.revoke, one.no, "再来。", by=cast["lead"], at=NEXT)
    assert (await genuine(one.no, one.check)).revoked_on == date(2026, 3, 3)


async def test_numbers_count_up_without_a_gap_however_many_are_issued_at_once(cast, database, served, monkeypatch):
    monkeypatch.setattr(certifying, "_next_no", slowly(certifying._next_no))
    await served("lin", 60)
    await post_points(database, Work(database), AT + HOUR)
    others = [Database(cast.settings.database_url) for _ in range(4)]
    made = await asyncio.gather(
        *(issued(Work(one), cast, "wei" if n % 2 else "lead", first_on=date(2026, 1, 1 + n))
          for n, one in enumerate(others))
    )  # fmt: skip
    assert sorted(one.no for one in made) == [f"2026-{n:05d}" for n in range(1, 5)]
    assert len({one.check for one in made}) == 4
    for other in others:
        await other.close()


async def test_of_a_person_and_days_one_is_valid_at_a_time_and_the_former_names_its_successor(
    cast, database, served, monkeypatch
):
    work = Work(database)
    for login in ("lin", "zhao"):
        await served(login, 60)
    await post_points(database, work, AT + HOUR)
    monkeypatch.setattr(certifying, "_former", slowly(certifying._former))
    others = [Database(cast.settings.database_url) for _ in range(2)]
    tried = [issued(Work(one), cast, by) for one, by in zip(others, ("lead", "wei"), strict=True)]
    first, lost = sorted(await asyncio.gather(*tried, return_exceptions=True), key=lambda one: isinstance(one, Refused))
    assert (lost.code, lost.field, lost.params["no"]) == ("certificate_there", "replaces", first.no)
    other_days = await issued(work, cast, first_on=date(2026, 2, 1))
    of_zhao = await issued(work, cast, person="zhao")
    for wrong in ("2026-99999", of_zhao.no):
        with refused("certificate_not_theirs"):
            await issued(work, cast, replaces=wrong)
    with refused("certificate_there"):  # the other one is replaced, the first would stay beside it
        await issued(work, cast, replaces=other_days.no)
    second = await issued(work, cast, replaces=first.no)
    with refused("certificate_not_theirs"):
        await issued(work, cast, replaces=first.no)
    with refused("certificate_revoked"):
        await work(certifying.revoke, first.no, "再来。", by=cast["lead"], at=NEXT)

    async def told(one) -> tuple[object, object]:
        async with database.reading() as session:
            said = await certifying.genuine(session, one.no, one.check)
        return said.revoked_on, said.replaced_by

    assert [await told(one) for one in (first, second, other_days)] == [
        (date(2026, 3, 3), second.no), (None, None), (None, None),
    ]  # fmt: skip
    await work(certifying.revoke, second.no, "开错了。", by=cast["lead"], at=NEXT)
    assert await told(second) == (date(2026, 3, 3), None)
    await issued(work, cast)
    for one in others:
        await one.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_what_people_type_is_printed_as_it_is_and_never_read_as_markup_or_formula(cast, database, served):
    work = Work(database)
    await served("lin", 60)
    await post_points(database, work, AT + HOUR)
    one = await issued(work, cast, notes=NASTY, in_charge=NASTY[:40])
    assert "#eval(" in PdfReader(io.BytesIO(certificate_pdf(one, ""))).pages[0].extract_text()
    async with database.reading() as session:
        standing = (await own(session, 2026, by=cast["lin"], at=NEXT)).standing
        lines = await lines_of_year(session, cast.people["lin"].id or 0, 2026)
    lines[0].title = NASTY
    lines = lines * 60
    pages = PdfReader(io.BytesIO(record_pdf(2026, standing, "仁和医院", lines, NEXT))).pages
    assert len(pages) > 1
    assert "#eval(" in pages[0].extract_text()
    assert len(PdfReader(io.BytesIO(record_pdf(2026, standing, "仁和医院", [], NEXT))).pages) == 1
    sheet = openpyxl.load_workbook(io.BytesIO(record_xlsx(2026, standing, lines)))["2026"]
    first = [cell.value for cell in sheet[2]]
    assert (first[0], first[1].date(), first[3], first[4], first[6]) == (1, AT.date(), NASTY, 1, 1)
    assert sheet["D2"].data_type == "s"
    assert sheet["D2"].quotePrefix  # and stays text when somebody edits it
    assert sheet.freeze_panes == "A2"
