"""What was done is counted once, what changed is taken back by a line of its own, and nothing is ever edited."""

import asyncio
from datetime import UTC, date, datetime

import pytest
from sqlalchemy.exc import DBAPIError
from sqlmodel import col, delete, select, update

from matching.activities.model import Activity, ActivityKind, ActivityState, Attendance
from matching.db import Database, Work
from matching.recognition.ledger import lines_of_year, own
from matching.recognition.model import PointsEntry
from matching.recognition.posting import post_points, recount_points
from matching.recognition.rules import set_rules
from matching.recognition.verify import differences, of_one
from matching.requests.claims import Claim
from tests.cast import AT, Cast
from tests.requests.scene import DAY, HOUR, Story, refused

LATER = AT + 2 * DAY
LINE = {
    "root_id": 1, "person_id": 7, "unit_id": 2, "year": 2026, "on": date(2026, 3, 2), "kind": "request", "source_id": 5,
    "minutes": 90, "centipoints": 150, "title": "陪诊", "at": AT,
}  # fmt: skip


async def ledger(database: Database, cast: Cast, login: str = "lin") -> list[tuple[str, int, int, int]]:
    async with database.reading() as session:
        lines = await lines_of_year(session, cast.people[login].id or 0, 2026)
    return [(one.kind, one.minutes, one.centipoints, one.turn) for one in lines]


async def test_a_completed_claim_is_counted_once_and_a_reopened_one_taken_back_and_counted_anew(cast, database, served):
    work = Work(database)
    story = await served("lin", 180, "books")
    assert await post_points(database, work, LATER) == 1
    assert await post_points(database, work, LATER) == 0
    await story.do("reopen")
    assert await post_points(database, work, LATER) == 1
    assert await ledger(database, cast) == [("request", 180, 200, 1), ("reversal", -180, -200, 1)]
    await story.do("complete", by="lin", minutes=30, at=LATER + DAY)
    assert await post_points(database, work, LATER + DAY) == 1
    async with database.reading() as session:
        mine = (await own(session, 2026, by=cast["lin"], at=LATER)).standing
        line = (await lines_of_year(session, cast.people["lin"].id or 0, 2026))[-1]
    assert (mine.minutes, mine.centipoints, mine.all_minutes, mine.times) == (30, 50, 30, 1)
    assert (line.turn, line.on, line.about, line.title) == (2, date(2026, 3, 5), story.number, "赠阅图书")


async def test_two_workers_post_and_take_back_at_once_and_each_line_stands_once(cast, database, served):
    stories = [await served("lin", minutes) for minutes in (30, 60, 90)]
    others = [Database(cast.settings.database_url) for _ in range(4)]
    workers = [Work(one) for one in others]

    async def all_at_once(at: datetime) -> int:
        return sum(await asyncio.gather(*(post_points(one.database, one, at) for one in workers)))

    assert await all_at_once(LATER) == 3
    for story in stories:
        await story.do("reopen")
        await story.do("complete", by="lin", minutes=45, at=LATER + HOUR)
    assert await all_at_once(LATER + 2 * HOUR) == 6
    lines = await ledger(database, cast)
    assert sorted(lines)[:3] == [("request", 30, 50, 1), ("request", 45, 75, 2), ("request", 45, 75, 2)]
    assert sum(line[1] for line in lines) == 3 * 45
    for one in others:
        await one.close()


async def test_where_an_activity_is_confirmed_its_list_counts_and_the_claims_do_not(cast: Cast, database, served):
    work, lin = Work(database), cast.people["lin"].id or 0
    story = await served("lin", 60)
    await post_points(database, work, LATER)

    async def hold(session, state: ActivityState, minutes: int, kind: ActivityKind = ActivityKind.service) -> None:
        found = (await session.exec(select(Activity).where(Activity.request_id == story.id))).first()
        if found is None:
            found = Activity(
                root_id=cast.root_id, kind=kind, title="赠书进病房", unit_id=cast.units["ZB1"].id, place="五楼",
                request_id=story.id, starts_at=AT, ends_at=AT + 2 * HOUR, lead_id=cast.people["lead"].id, made_at=AT,
            )  # fmt: skip
            session.add(found)
            await session.flush()
            for login in ("lin", "zhao"):
                session.add(
                    Attendance(root_id=cast.root_id, activity_id=found.id, person_id=cast.people[login].id, minutes=0)
                )
            await session.flush()
        await session.exec(
            update(Activity)
            .where(col(Activity.id) == found.id)
            .values({"state": state, "kind": kind, "confirmed_at": AT + DAY})
        )
        await session.exec(
            update(Attendance)
            .where(Attendance.activity_id == found.id, Attendance.person_id == lin)
            .values(minutes=minutes)
        )

    await work(hold, ActivityState.held, 90)
    assert await post_points(database, work, LATER) == 0
    await work(hold, ActivityState.confirmed, 90)
    assert await post_points(database, work, LATER) == 2
    counted = await ledger(database, cast)
    assert counted[1:] == [("reversal", -60, -100, 1), ("activity", 90, 150, 1)]
    assert await ledger(database, cast, "zhao") == []  # stood on the list and did not come
    await work(hold, ActivityState.confirmed, 100)  # corrected afterwards
    assert await recount_points(database, work, LATER) == 2
    assert (await ledger(database, cast))[3:] == [("reversal", -90, -150, 1), ("activity", 100, 167, 2)]
    await work(hold, ActivityState.confirmed, 100, ActivityKind.party_lesson)  # a branch's own life brings no points
    await recount_points(database, work, LATER)
    assert sum(line[2] for line in await ledger(database, cast)) == 100


async def test_new_rules_count_from_their_day_on_and_change_nothing_that_was_counted(cast, database, served):
    work = Work(database)
    await served("lin", 180)
    for day, code in ((AT.date(), "from_tomorrow"), (date(2030, 1, 1), "time_too_far")):
        with refused(code):
            await work(set_rules, day, 200, 60, by=cast["wei"], at=AT)
    with refused("not_allowed"):
        await work(set_rules, date(2026, 3, 3), 200, 60, by=cast["lead"], at=AT)
    with refused("rules_unchanged"):  # what holds without any row
        await work(set_rules, date(2026, 3, 3), 100, 120, by=cast["wei"], at=AT)
    rules = await work(set_rules, date(2026, 3, 3), 200, 60, by=cast["wei"], at=AT)
    for day in (date(2026, 3, 3), date(2026, 3, 20)):
        with refused("rules_unchanged"):  # saved once more, or for a day on which it holds already
            await work(set_rules, day, 200, 60, by=cast["wei"], at=AT)
    back = await work(set_rules, date(2026, 3, 10), 100, 120, by=cast["wei"], at=AT)  # later another one
    assert (rules.version, back.version) == (1, 2)
    assert (await work(set_rules, date(2026, 3, 20), 200, 60, by=cast["wei"], at=AT)).version == 3
    story = await served("lin", 180)
    await post_points(database, work, LATER)
    await story.do("reopen", at=LATER)
    await story.do("complete", by="lin", minutes=180, at=LATER)
    await post_points(database, work, LATER + HOUR)
    async with database.reading() as session:
        lines = await lines_of_year(session, cast.people["lin"].id or 0, 2026)
    assert [(one.rules, one.centipoints) for one in lines] == [(0, 200), (0, 200), (0, -200), (rules.version, 200)]
    assert [one.on for one in lines][-1] == date(2026, 3, 4)


async def test_the_year_of_a_line_is_that_of_the_day_in_shanghai_and_each_year_begins_at_nought(cast, database, served):
    story = await served("lin", 60)

    async def at_new_year(session) -> None:  # 31 December in London, 1 January in Shanghai
        ended = datetime(2026, 12, 31, 16, 30, tzinfo=UTC)
        await session.exec(update(Claim).where(Claim.request_id == story.id).values(ended_at=ended))

    work = Work(database)
    await work(at_new_year)
    await post_points(database, work, datetime(2027, 1, 2, tzinfo=UTC))
    async with database.reading() as session:
        now = datetime(2027, 1, 2, tzinfo=UTC)
        old, new = [(await own(session, year, by=cast["lin"], at=now)).standing for year in (2026, 2027)]
    assert (old.centipoints, new.centipoints, old.all_minutes, new.all_minutes) == (0, 100, 60, 60)


async def test_what_a_branch_took_is_nobodys_own(cast, database):
    story = Story(cast, database, Work(database))
    await story.begin("books")
    await story.go("accept", "dispatch")
    await story.do("claim", by="lead", kind="unit")
    await story.do("contact", by="lead")
    await story.do("complete", by="lead", minutes=60)
    assert await post_points(database, Work(database), LATER) == 0


async def test_the_database_refuses_to_change_or_delete_a_line_and_verify_names_what_is_not_borne_out(
    cast, database, served
):
    work = Work(database)
    story = await served("lin", 60)
    await post_points(database, work, LATER)

    async def forbidden(session, statement) -> None:
        await session.exec(statement)

    for statement in (update(PointsEntry).values(centipoints=900), delete(PointsEntry)):
        with pytest.raises(DBAPIError, match="append-only"):
            await work(forbidden, statement)

    async def tamper(session, minutes: int) -> None:
        await session.exec(update(Claim).where(Claim.request_id == story.id).values(minutes=minutes))

    async def named() -> list[str]:
        async with database.reading() as session:
            return [line async for line in differences(session, AT + 9 * DAY)]

    await work(tamper, 600)
    (line,) = await named()
    assert "is 60 min on 2026-03-02, its request" in line
    assert "says 600 min" in line
    await work(tamper, 60)


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        ({}, None),
        ({"centipoints": 500}, "is 500 centipoints, the rules say 150"),
        ({"rules": 3}, "counted by rules 3, of 2026-03-02 are 0"),
        ({"year": 2025}, "counts for 2025, it was on 2026-03-02"),
        ({"kind": "reversal"}, "takes back no line"),
    ],
)
def test_verify_names_a_line_that_the_rules_do_not_bear_out(changed, named):
    entry = PointsEntry(**LINE | changed)
    assert of_one(entry, None, []) == ([named] if named else [])


def test_verify_names_a_reversal_that_is_not_its_line_with_the_signs_turned():
    line = PointsEntry(**LINE)
    back = PointsEntry(**LINE | {"kind": "reversal", "minutes": -90, "centipoints": -150, "reverses_id": 1})
    assert of_one(back, line, []) == []
    back.minutes, back.person_id = -80, 8
    assert of_one(back, line, []) == ["takes back -80 min, line None is 90 min", "person_id is not that of line None"]
