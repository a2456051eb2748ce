"""Two numbers are learnt a week, and the stored log leads to the same numbers again, bit for bit."""

from datetime import UTC, datetime, timedelta
from random import Random

from sqlmodel import col, select, update

from matching.asks.calibrating import FEWEST, differences, log_between, recalibrate_weights, replayed, week_end
from matching.asks.facts import weights_of
from matching.asks.model import Answer, Ask
from matching.asks.model import Weights as Learnt
from matching.db import Database, Work
from matching.engine.learning import log_hash, recalibrate
from matching.engine.scoring import BUILT_IN, Part, Weights
from matching.people.model import Person
from tests.asks.scene import Crowd
from tests.cast import AT, Cast
from tests.requests.scene import DAY, HOUR

WEEK = 7 * DAY


def test_a_week_ends_with_sunday_in_shanghai():
    monday = datetime(2026, 3, 1, 16, tzinfo=UTC)  # midnight there
    assert week_end(AT) == monday
    assert week_end(monday) == monday
    assert week_end(monday - timedelta(seconds=1)) == monday - WEEK


async def test_a_stored_log_leads_to_the_same_weights_whatever_was_answered_since(cast: Cast):
    database = Database(cast.settings.database_url)
    work = Work(database)
    story = await Crowd(cast, database, work).begin()
    await story.crowd(4 * FEWEST)
    people = await story.rows(select(col(Person.id)).where(col(Person.member_no).startswith("C")))
    dice, asks = Random(3), []
    for n in range(4 * FEWEST):
        at = AT - DAY - n * 6 * HOUR
        parts = {Part.base: -1.6, Part.member: dice.uniform(-1, 1), Part.distance: dice.choice((0.0, -0.3))}
        eager = parts[Part.member] > 0 and dice.random() < 0.9  # they mean it more than the built-in weights say
        answer = Answer.accepted if eager else dice.choice((Answer.declined, Answer.unanswered, Answer.withdrawn))
        asks.append((at, parts, answer))

    async def write(session):
        session.add_all(
            Ask(root_id=cast.root_id, request_id=story.id, person_id=person, asked_at=at, answered_at=at + HOUR,
                answer=answer, parts=parts, p=0.2)
            for person, (at, parts, answer) in zip(people, asks, strict=True)
        )  # fmt: skip

    await work(write)
    assert await recalibrate_weights(database, work, AT) == 1
    assert await recalibrate_weights(database, work, AT + HOUR) == 0  # the week is learnt from
    async with database.reading() as session:
        (first,) = await session.exec(select(Learnt))
        held = await weights_of(session, cast.root_id)
    assert (held.version, held.intercept, held.slope, held.rate) == (1, first.intercept, first.slope, first.rate)
    assert held.slope > BUILT_IN.slope

    async def late(session):
        still = update(Ask).where(col(Ask.answer) == Answer.unanswered)
        await session.exec(still.values(answer=Answer.accepted, answered_at=AT + HOUR))

    await work(late)
    assert await recalibrate_weights(database, work, AT + WEEK) == 1
    async with database.reading() as session:
        rows = list(await session.exec(select(Learnt).order_by(col(Learnt.version))))
        for row in rows:
            again, hashed = await replayed(session, cast.root_id, row.version)
            assert (again.intercept, again.slope, again.rate) == (row.intercept, row.slope, row.rate)
            assert hashed == row.log_hash
    assert rows[0].log_hash != rows[1].log_hash

    async def found() -> list[str]:
        async with database.reading() as session:
            return [line async for line in differences(session)]

    assert await found() == []

    async def as_before(session):
        """Learn the second version as when asks that others overtook were left out."""
        row = (await session.exec(select(Learnt).where(Learnt.version == 2))).one()
        log = [one for one in await log_between(session, cast.root_id, row.since, row.until) if not one.overtaken]
        old = recalibrate(log, Weights(1, first.intercept, first.slope, first.rate))
        assert old.intercept > row.intercept
        assert row.asks == len(log)
        row.intercept, row.slope, row.rate, row.log_hash = *old[1:], log_hash(log)

    await work(as_before)
    assert await found() == []

    async def turn(session):
        (await session.exec(select(Learnt).where(Learnt.version == 2))).one().slope += 0.01

    async def rewrite(session):
        early = select(Ask).where(Ask.answer == Answer.accepted, col(Ask.answered_at) < AT - WEEK).limit(1)
        (await session.exec(early)).one().answer = Answer.declined

    await work(turn)
    (line,) = await found()
    assert line.startswith(f"weights 2 of hospital {cast.root_id}: is ")
    await work(rewrite)
    assert [line.partition(":")[2] for line in await found()] == [" its asks are not those it was learnt from"] * 2
    await database.close()


async def test_a_few_answers_teach_nothing(cast: Cast):
    database = Database(cast.settings.database_url)
    assert await recalibrate_weights(database, Work(database), AT) == 0
    await database.close()
