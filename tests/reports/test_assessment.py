"""The assessment of branches: what a scheme must be, who gives points, what signing fixes."""

from datetime import date, timedelta

import pytest
from sqlmodel import select

from matching.activities.closing import Counts, confirm
from matching.activities.model import ActivityKind
from matching.db import Database, Work
from matching.people.model import AuditEntry
from matching.reports.assessment import actions, queries
from matching.reports.assessment.evidence import proof_of
from matching.reports.assessment.scheme import CUTS, EACH, USUAL, Dimension, Grade, Item, checked, sums
from matching.reports.periods import Period
from tests.activities.scene import planned
from tests.cast import AT, Cast
from tests.requests.scene import Story, refused

PERIOD = "2026Q1"
LIFE = [code for item in USUAL.of(Dimension.life) for code in item.evidence]
FULL = {item.code: (float(item.points), "") for item in USUAL.items}


def test_the_usual_scheme_makes_a_hundred_in_each_of_five_dimensions_and_stands_its_own_check():
    assert sums(USUAL.items) == dict.fromkeys(Dimension, EACH)
    checked(USUAL.items, CUTS)


@pytest.mark.parametrize(
    ("points", "grade"),
    [
        (500, "excellent"),
        (450, "excellent"),
        (449.9, "good"),
        (400, "good"),
        (300, "pass"),
        (299.9, "fail"),
        (0, "fail"),
    ],
)
def test_a_grade_begins_at_its_cut_off(points, grade):
    assert USUAL.grade(points) is Grade(grade)


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda items: items[1:], "not_a_hundred"),
        (lambda items: [items[0]._replace(code=items[1].code), *items[1:]], "item_twice"),
        (lambda items: [items[0]._replace(words=" "), *items[1:]], "item_incomplete"),
        (lambda items: [items[0]._replace(words="项" * 61), *items[1:]], "too_long"),
        (lambda items: [items[0]._replace(evidence=("no_such_figure",)), *items[1:]], "not_a_choice"),
        (lambda items: [*items, *[Item(f"more{n}", "rules", "多", 1) for n in range(40)]], "too_many_items"),
    ],
)
def test_a_scheme_that_does_not_add_up_is_refused_with_why(change, code):
    with refused(code):
        checked(change(list(USUAL.items)), CUTS)


@pytest.mark.parametrize("cuts", [{**CUTS, "good": 450}, {**CUTS, "pass": 0}, {**CUTS, "excellent": 501}])
def test_cut_offs_fall_from_grade_to_grade(cuts):
    with refused("cuts_fall"):
        checked(USUAL.items, cuts)


async def test_points_are_a_draft_until_they_are_signed_and_signing_keeps_the_figures_as_they_were(cast: Cast):
    database = Database(cast.settings.database_url)
    work, wei = Work(database), cast["wei"]
    story = Story(cast, database, work)
    await story.begin()
    await story.go("accept", "dispatch", "claim", "contact", "complete", "rate")

    async def seen(login: str) -> queries.Sheet:
        async with database.reading() as session:
            return await queries.sheet(session, "ZB1", PERIOD, by=cast[login])

    for login in ("lead", "di", "root", "lin"):
        with refused("not_allowed"):
            await work(actions.score, "ZB1", PERIOD, FULL, by=cast[login], at=AT)
    with refused("note_too_short"):
        await work(actions.score, "ZB1", PERIOD, {"leaders": (29.5, "")}, by=wei, at=AT)
    with refused("out_of_range"):
        await work(actions.score, "ZB1", PERIOD, {"leaders": (30.5, "")}, by=wei, at=AT)
    await work(actions.score, "ZB1", PERIOD, {"leaders": (20, "换届晚了两个月")}, by=wei, at=AT)
    with refused("assessment_incomplete"):
        await work(actions.sign, "ZB1", PERIOD, by=wei, at=AT)
    assert (await seen("lead")).points() is None
    assert (await seen("audit")).points() == 20
    with refused("outside_your_units"):
        await seen("lead2")

    for kind, days in ((ActivityKind.party_lesson, 0), (ActivityKind.party_lesson, 1), (ActivityKind.theme_day, 2)):
        held = await planned(work, cast, at=AT + timedelta(days), kind=kind, everybody=True)
        await work(confirm, held.id, {"M0004": 60}, Counts(), by=cast["lead"], at=AT + timedelta(days + 1))
    await work(actions.score, "ZB1", PERIOD, FULL | {"leaders": (20.5, "换届晚了两个月")}, by=wei, at=AT)
    async with database.reading() as session:
        year = await proof_of(session, cast.units["ZB1"], Period.parse("2026"), by=wei)
    assert [(code, year[code].text) for code in LIFE] == [
        ("kept_members_meeting", "0/4"), ("kept_committee_meeting", "0/12"), ("kept_group_meeting", "0/12"),
        ("kept_party_lesson", "1/4"), ("kept_theme_day", "1/12"),
    ]  # fmt: skip
    await work(actions.sign, "ZB1", PERIOD, by=wei, at=AT)
    shown = await seen("lead")
    assert (shown.points(), shown.points("building"), shown.grade) == (490.5, 90.5, Grade.excellent)
    assert shown.row.proof["completed"] == ["1", 1, False]
    assert [shown.row.proof[code] for code in LIFE[3:]] == [["1/1", None, False], ["1/3", None, False]]
    assert shown.row.proof["satisfaction_rate"] == ["100.0%", 1, True]
    with refused("assessment_signed"):
        await work(actions.score, "ZB1", PERIOD, FULL, by=wei, at=AT)
    with refused("note_too_short"):
        await work(actions.open_again, "ZB1", PERIOD, "改", by=wei, at=AT)
    await work(actions.open_again, "ZB1", PERIOD, "补交了换届材料", by=wei, at=AT)
    assert (await seen("lead")).points() is None
    async with database.reading() as session:
        acts = [one.act for one in await session.exec(select(AuditEntry).order_by(AuditEntry.id))]
    assert acts[-4:] == ["score_branch", "score_branch", "sign_assessment", "open_assessment"]
    await database.close()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_new_scheme_is_for_sheets_that_are_not_begun(cast: Cast, work: Work):
    wei = cast["wei"]
    await work(actions.score, "ZB1", PERIOD, {"leaders": FULL["leaders"]}, by=wei, at=AT)
    items = [Item(f"only_{one}", one, "一项顶一百分", EACH) for one in Dimension]
    with refused("not_allowed"):
        await work(actions.set_scheme, items, CUTS, date(2026, 3, 31), by=cast["di"], at=AT)
    await work(actions.set_scheme, items, CUTS, date(2026, 3, 31), by=cast["root"], at=AT)

    async def versions(session) -> list[int]:
        begun = [await queries.sheet(session, unit, PERIOD, by=wei) for unit in ("ZB1", "ZB2")]
        before = await queries.sheet(session, "ZB1", "2025Q4", by=wei)
        return [one.scheme.version for one in (*begun, before)]

    assert await work(versions) == [0, 1, 0]
    for wrong in ("2026Q5", "2026-03", "", "2026-01-01..2026-03-31"):
        with refused("bad_period"):
            await work(queries.sheets, wrong, by=wei)
