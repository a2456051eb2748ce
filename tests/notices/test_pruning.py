"""How long notices are kept: what was read, what never was, posts as long as they are shown; nobody is told twice."""

from datetime import timedelta

from sqlalchemy import text
from sqlmodel import col, select

from matching.notices import actions, pruning
from matching.notices.announcing import announce
from matching.notices.model import Delivery, Notice, Preference
from matching.notices.pruning import KEPT, forget_notices
from matching.notices.readers import rates_of, readers_of_post
from matching.partners.standing import WARN
from matching.requests import verify
from tests.cast import AT

DAY = timedelta(days=1)


async def left(hall, post=None) -> list[tuple[str, bool]]:
    """Who is still told of requests, or of a post, and whether they read it."""
    names = {person.id: login for login, person in hall.cast.people.items()}

    async def every(session):
        rows = select(Notice.person_id, Notice.read_at).where(col(Notice.post_id).is_not_distinct_from(post))
        return sorted((names[person_id], read_at is not None) for person_id, read_at in await session.exec(rows))

    return await hall.read(every)


async def test_what_was_told_goes_after_a_year_read_or_not_in_batches_and_the_next_round_finds_nothing(
    hall, cast, monkeypatch
):
    monkeypatch.setattr(pruning, "BATCH", 2)
    for days in range(5):
        read = await hall.told("zhao", at=AT + days * DAY)
        await hall.work(actions.read, read, by=cast["zhao"], at=AT + 300 * DAY)  # late: the day it was told counts
    await hall.told("lin", "di", at=AT + DAY)

    async def run(at) -> int:
        return await forget_notices(hall.work.database, hall.work, at)

    assert await run(AT + KEPT) == 0
    assert await run(AT + 2 * DAY + KEPT) == 4  # of one Step both, who has read and who has not
    assert await left(hall) == [("zhao", True)] * 3
    monkeypatch.setattr(pruning, "MOST_BATCHES", 1)
    assert [await run(AT + 99 * DAY + KEPT) for _round in range(3)] == [2, 1, 0]
    assert await left(hall) == []


async def test_who_has_read_a_post_is_known_by_name_while_it_is_shown(hall, cast):
    post = await hall.publish("lead", "ZB1")
    await hall.work(actions.read_post, post, by=cast["lin"], at=AT)
    told, years = await left(hall, post), AT + 5 * KEPT
    assert ("lin", True) in told
    assert await forget_notices(hall.work.database, hall.work, years) == 0
    shown = await hall.work(actions.withdraw, post, by=cast["lead"], at=years)
    assert await forget_notices(hall.work.database, hall.work, years + KEPT) == 0
    assert len(await hall.read(readers_of_post, shown, cast["lead"])) == len(told)
    assert await forget_notices(hall.work.database, hall.work, years + KEPT + DAY) == len(told)
    assert await hall.read(rates_of, [post], cast["lead"]) == {}


async def test_nobody_is_told_again_when_it_is_forgotten_that_they_were(hall, cast):
    async def by_mail(session):
        session.add(Preference(person_id=cast.people["di"].id, root_id=cast.root_id, by_mail=True, sealed_mail=b"x"))

    await hall.work(by_mail)
    await hall.step()
    assert await announce(hall.work.database, hall.work, AT) == 1

    async def sent(session):
        return len((await session.exec(select(Delivery.id))).all())

    told, messages = await left(hall), await hall.read(sent)
    assert ("di", False) in told
    assert messages > 0
    assert await forget_notices(hall.work.database, hall.work, AT + KEPT + DAY) == len(told)
    for _round in range(2):
        assert await announce(hall.work.database, hall.work, AT + KEPT + DAY) == 0
    assert (await left(hall), await hall.read(sent)) == ([], messages)

    async def differences(session):
        return [line async for line in verify.differences(session)]

    assert await hall.read(differences) == []
    assert KEPT > WARN  # whom an agreement warned is known until it is over


async def test_what_is_over_is_found_by_an_index_however_much_posts_told(hall, cast):
    """Without it each round would read every notice there is."""

    async def planned(session):
        asked = "SELECT id FROM notice WHERE post_id IS NULL AND at < '2026-01-01' ORDER BY post_id, at LIMIT 9"
        if session.get_bind().dialect.name == "sqlite":
            return str(list(await session.exec(text(f"EXPLAIN QUERY PLAN {asked}"))))
        await session.exec(text("SET LOCAL enable_seqscan = off"))
        return str(list(await session.exec(text(f"EXPLAIN {asked}"))))

    plan = await hall.read(planned)
    assert "notices_of_post" in plan
    assert "B-TREE" not in plan  # they stand there in their order
    assert "Sort" not in plan
