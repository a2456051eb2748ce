"""The demo hospital as a newcomer finds it."""

from collections import Counter
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from sqlmodel import col, func, select

from matching.asks import availability, counts
from matching.asks.model import Ask, Availability
from matching.asks.queries import open_ask_of
from matching.db import Database, Work
from matching.demo.cast import STAFF
from matching.demo.loading import load
from matching.demo.sign_ins import fresh_sign_ins
from matching.errors import Refused
from matching.notices.model import Delivery, Notice, Post
from matching.notices.readers import rates_of
from matching.people.model import Person, Role
from matching.people.passwords import is_right, refuse_weak
from matching.people.queries import actor_of
from matching.ratings.model import Rating
from matching.recognition.declaring import folder, to_review
from matching.requests import verify
from matching.requests.model import ServiceRequest
from matching.requests.photos import Photos
from matching.requests.states import State
from matching.requests.steps import Step
from matching.units.queries import hospital

# Five past midnight in Shanghai on the first day of a quarter: three hours ago was another day, month and quarter. And
# what the member's branch has open in that week begins with something that takes a skill which they lack.
NOW = datetime(2027, 3, 31, 16, 5, tzinfo=UTC)


def silent(_line: str) -> None:
    return


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # on SQLite `up` loads it: tests/test_cli.py
async def test_every_state_is_there_no_step_lies_ahead_and_all_agrees_with_the_steps(
    database: Database, tools, tmp_path
):
    work = Work(database)
    await load(work, tools, Photos(tmp_path, tools.sealer), now=NOW, progress=silent)
    async with database.reading() as session:
        requests = list(await session.exec(select(ServiceRequest)))
        states = Counter(request.state for request in requests)
        assert set(states) == set(State)
        assert min(states.values()) >= 1
        assert sum(states[state] for state in ("submitted", "dispatched", "in_progress")) >= 12
        assert (await session.exec(select(func.max(Step.at)))).one() < NOW
        steps = list(await session.exec(select(Step).order_by(col(Step.request_id), col(Step.seq))))
        assert all(one.at <= two.at for one, two in pairwise(steps) if one.request_id == two.request_id)
        assert [line async for line in verify.differences(session)] == []
        shown = [request for request in requests if request.wording]
        assert len(shown) > 20
        assert not [request for request in shown if request.for_minor or not request.show_publicly]
        levels = Counter((await session.exec(select(Rating.level))).all())
        assert levels[5] > levels[2] > 0
        root = await hospital(session)
        assert root is not None
        assert root.demo
        assert root.desk_phone.startswith("199-0000-")
    await what_is_past_was_told_and_mostly_read(database)
    await members_were_asked_and_one_is_being_asked_now(database)
    await what_was_declared_waits_with_its_picture(database, Photos(tmp_path, tools.sealer))
    await everybody_signs_in_with_a_new_password_at_each_start(database, work)
    with pytest.raises(Refused) as refused:
        await load(work, tools, Photos(tmp_path, tools.sealer), now=NOW, progress=silent)
    assert refused.value.code == "not_empty"


async def what_is_past_was_told_and_mostly_read(database: Database) -> None:
    async with database.reading() as session:
        assert (await session.exec(select(func.count()).where(col(Step.announced_at).is_(None)))).one() == 0
        told = await session.exec(select(Notice).where(col(Notice.step_id).is_not(None)))
        read = Counter(notice.read_at is not None for notice in told)
        assert read[True] > 10 * read[False] > 0
        assert (await session.exec(select(Delivery))).all() == []
        posts = list(await session.exec(select(Post).order_by(col(Post.id))))
        assert [post.kind for post in posts].count("lesson") == 2
        assert [post.id for post in posts if post.withdrawn_at] == [posts[3].id]
        committee = next(one for one in await session.exec(select(Person)) if one.member_no == STAFF[Role.committee][0])
        rates = await rates_of(session, [post.id for post in posts], await actor_of(session, committee))
        assert all(0 < rate.read < rate.told and not rate.no_account for rate in rates.values())
        assert rates[posts[0].id or 0].told > 850
        assert (await session.exec(select(func.max(Notice.read_at)))).one() < NOW


async def what_was_declared_waits_with_its_picture(database: Database, photos: Photos) -> None:
    async with database.reading() as session:
        reviewers = (await session.exec(select(Person).where(Person.member_no == STAFF[Role.unit_lead][0]))).one()
        waiting = await to_review(session, by=await actor_of(session, reviewers))
        told = await session.exec(select(Notice.words).where(col(Notice.declared_id).is_not(None)))
    assert len(waiting) == 4
    assert sorted(one.alike for one in waiting) == [0, 0, 1, 1]
    for one in waiting:
        assert (await photos.open(folder(one.person.id or 0), one.declared.evidence)).startswith(b"\xff\xd8")
    assert sorted(told) == ["declared.accept", "declared.accept", "declared.refuse"]


async def members_were_asked_and_one_is_being_asked_now(database: Database) -> None:
    async with database.reading() as session:
        asks = list(await session.exec(select(Ask)))
        answers = Counter(ask.answer for ask in asks)
        assert answers["accepted"] > 100 < answers["declined"] + answers["unanswered"]
        assert all(len(ask.parts) > 5 and 0 < ask.p < 1 for ask in asks)
        assert [line async for line in counts.differences(session)] == []
        member = next(one for one in await session.exec(select(Person)) if one.member_no == STAFF[Role.member][0])
        asked = await open_ask_of(session, member.id or 0)
        assert asked is not None
        assert answers["waiting"] == 1
        own = await availability.own(session, by=await actor_of(session, member), at=NOW)
        assert own.weekly
        assert len(list(await session.exec(select(Availability)))) > 60


async def everybody_signs_in_with_a_new_password_at_each_start(database: Database, work: Work) -> None:
    first, second = await fresh_sign_ins(work, NOW), await fresh_sign_ins(work, NOW)
    assert [one.role for one in second] == list(STAFF)
    assert not {one.password for one in first} & {one.password for one in second}
    async with database.reading() as session:
        for one in second:
            refuse_weak(one.password, one.login, field="password")
            person = (await session.exec(select(Person).where(Person.login == one.login))).one()
            assert await is_right(one.password, person.password_hash)
            assert (await actor_of(session, person)).holds(one.role)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_load_that_dies_half_way_leaves_an_empty_database(database: Database, tools, tmp_path):
    def dies(line: str) -> None:
        if "wishes" in line:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        await load(Work(database), tools, Photos(tmp_path, tools.sealer), now=NOW, progress=dies)
    async with database.reading() as session:
        assert await hospital(session) is None


async def test_a_real_hospital_gets_no_sign_ins(database: Database):
    assert await fresh_sign_ins(Work(database), NOW) == []
