"""Many at once. Each test pauses between the read and the write, or it would prove nothing (docs/style.md)."""

import asyncio
import json
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import col, select

from matching.db import Database, Work
from matching.errors import Refused
from matching.people.model import Grant, Person, Role
from matching.requests import acting, verify
from matching.requests.claims import Claim, ClaimStatus
from matching.requests.model import RequestSecret, ServiceRequest
from matching.requests.steps import Step
from tests.cast import AT, Cast
from tests.engines import Postgres
from tests.requests.racer import actors, claim_at_once, wait_after_reading
from tests.requests.scene import COMPLETED, DISPATCHED, IN_PROGRESS, Story

TREE = Path(__file__).parents[2]
CROWD = [f"C{number:03}" for number in range(64)]
on_postgres = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)


@pytest.fixture
async def race(cast: Cast, anyio_backend: str) -> AsyncIterator[Story]:
    """A database of its own, in which 64 more members of ZB1 wait for something to do."""
    database = Database(cast.settings.database_url, pool_size=20)

    async def come(session: Any) -> None:
        unit = cast.units["ZB1"]
        people = [Person(root_id=cast.root_id, unit_id=unit.id, member_no=no, name=no) for no in CROWD]
        session.add_all(people)
        await session.flush()
        session.add_all(
            Grant(root_id=cast.root_id, person_id=person.id, unit_id=unit.id, role=Role.member, granted_at=AT)
            for person in people
        )

    await Work(database)(come)
    story = Story(cast, database, Work(database))
    yield story
    async with database.reading() as session:
        found = [line async for line in verify.differences(session)]
    await database.close()
    assert bool(found) == story.broken, found


@pytest.fixture
def meeting(monkeypatch: pytest.MonkeyPatch, race: Story) -> Any:
    """`meeting(n)`: the first n who read their request wait until all n have read theirs; on SQLite writers take
    turns before they read, so there a pause must do."""

    def meet(parties: int) -> None:
        if race.database.sqlite:
            monkeypatch.setattr(acting, "visible_request", acting.visible_request)  # put back in the end
            wait_after_reading()
            return
        read, together, waiting = acting.visible_request, asyncio.Event(), [parties]

        async def read_and_meet(*args: Any, **kwargs: Any) -> Any:
            request = await read(*args, **kwargs)
            waiting[0] -= 1
            if waiting[0] <= 0:
                together.set()
            await together.wait()
            return request

        monkeypatch.setattr(acting, "visible_request", read_and_meet)

    return meet


@contextmanager
def process(race: Story, **order: Any) -> Iterator["subprocess.Popen[str]"]:
    """Another process with its orders (see racer.py), ready to go when this returns."""
    orders = {"url": race.cast.settings.database_url, "number": race.number} | order
    with subprocess.Popen(
        [sys.executable, "-m", "tests.requests.racer"], cwd=TREE, text=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as started:  # fmt: skip
        try:
            started.stdin.write(json.dumps(orders) + "\n")
            started.stdin.flush()
            yield started
        finally:
            started.kill()


def race_off(processes: list["subprocess.Popen[str]"]) -> list[Any]:
    """Let them go together and return what each printed."""
    for one in processes:
        assert one.stdout.readline() == "ready\n"
    for one in processes:
        one.stdin.write("go\n")
        one.stdin.flush()
    return [json.loads(one.stdout.readline()) for one in processes]


async def holders(race: Story) -> list[Claim]:
    async with race.database.reading() as session:
        found = await session.exec(select(Claim).where(Claim.request_id == race.id, Claim.status == ClaimStatus.active))
        return list(found)


async def outcome(work: Any) -> str:
    """`done`, or the code of the refusal."""
    try:
        await work
    except Refused as refused:
        return refused.code
    return "done"


# One slot has one active claimer, however many tap at once


async def test_of_64_who_claim_one_slot_at_once_one_wins_and_the_others_are_told_so(race: Story, meeting):
    await (await race.begin()).go(*DISPATCHED)
    crowd = await actors(race.database, CROWD)
    meeting(32)
    assert Counter(await claim_at_once(race.database, race.number, crowd)) == {"won": 1, "slot_taken": 63}
    (held,) = await holders(race)
    assert (await race.steps())[-1].by_id == held.person_id
    assert [step.verb for step in await race.steps()].count("claim") == 1


@pytest.mark.parametrize("slots", [2, 3])
async def test_of_64_who_claim_a_few_slots_as_many_win(race: Story, meeting, slots):
    await (await race.begin("escort")).go("accept")
    await race.do("dispatch", slots=slots)
    crowd = await actors(race.database, CROWD)
    meeting(32)
    answers = Counter(await claim_at_once(race.database, race.number, crowd))
    assert answers == {"won": slots, "slot_taken": 64 - slots}
    assert sorted(claim.slot for claim in await holders(race)) == list(range(1, slots + 1))
    assert (await race.now()).state == "in_progress"


async def test_four_processes_with_eight_people_each_find_one_winner(race: Story):
    await (await race.begin()).go(*DISPATCHED)
    with ExitStack() as stack:
        teams = [CROWD[first : first + 8] for first in range(0, 32, 8)]
        processes = [stack.enter_context(process(race, do="claim", people=team)) for team in teams]
        answers = Counter(answer for team in await asyncio.to_thread(race_off, processes) for answer in team)
    assert answers == {"won": 1, "slot_taken": 31}
    assert len(await holders(race)) == 1


async def test_one_person_who_taps_twice_claims_once(race: Story, meeting):
    await (await race.begin("escort")).go(*DISPATCHED)
    meeting(2)
    answers = await claim_at_once(race.database, race.number, [race.cast["lin"], race.cast["lin"]])
    assert sorted(answers) == ["already_claimed_by_you", "won"]


@on_postgres
async def test_without_the_version_and_the_constraints_the_race_would_have_two_winners(
    race: Story, meeting, monkeypatch, postgres_server: Postgres
):
    """The test of the test: what keeps the promise is the check and the index, not luck."""
    await (await race.begin()).go(*DISPATCHED)
    name = race.cast.settings.database_url.rpartition("/")[2]
    postgres_server.psql("DROP INDEX one_active_claim_a_slot", name)
    postgres_server.psql("ALTER TABLE step DROP CONSTRAINT uq_step_request_id_seq", name)
    monkeypatch.setattr(ServiceRequest.__mapper__, "version_id_generator", lambda version: version or 1)
    race.broken = True
    meeting(2)
    answers = await claim_at_once(race.database, race.number, [race.cast["lin"], race.cast["zhao"]])
    assert answers == ["won", "won"]
    assert len(await holders(race)) == 2


@on_postgres
async def test_the_index_alone_keeps_a_slot_to_one_claimer(race: Story, meeting, monkeypatch, postgres_server):
    await (await race.begin()).go(*DISPATCHED)
    name = race.cast.settings.database_url.rpartition("/")[2]
    postgres_server.psql("ALTER TABLE step DROP CONSTRAINT uq_step_request_id_seq", name)
    monkeypatch.setattr(ServiceRequest.__mapper__, "version_id_generator", lambda version: version or 1)
    meeting(2)
    answers = await claim_at_once(race.database, race.number, [race.cast["lin"], race.cast["zhao"]])
    assert sorted(answers) == ["slot_taken", "won"]


# Two verbs at once


async def test_two_dispatches_at_once_are_one_dispatch(race: Story, meeting):
    await (await race.begin()).go("accept")
    meeting(2)
    answers = await asyncio.gather(
        outcome(race.do("dispatch", by="di", unit="ZB1")), outcome(race.do("dispatch", by="wei", unit="ZB2"))
    )
    assert sorted(answers) == ["done", "wrong_state"]
    assert [step.verb for step in await race.steps()] == ["file", "accept", "dispatch"]


@pytest.mark.parametrize(
    ("way", "one", "other", "together"),
    [
        (DISPATCHED, "claim", "withdraw", {"done", "not_seen"}),
        (DISPATCHED, "claim", "return_order", {"done", "wrong_state", "not_seen"}),
        (DISPATCHED, "claim", "transfer", {"done", "wrong_state", "not_seen"}),
        (DISPATCHED, "claim", "assign", {"done", "already_claimed_by_you", "already_claimed"}),
        (IN_PROGRESS, "contact", "release", {"done", "not_allowed"}),
        (COMPLETED, "rate", "reopen", {"done", "wrong_state"}),
        (COMPLETED, "rate", "rate", {"done", "rated_already"}),
        ((), "urge", "urge", {"done", "urged_lately"}),
    ],
)
async def test_of_two_verbs_at_once_the_second_meets_what_the_first_made(
    race: Story, meeting, way, one, other, together
):
    await (await race.begin()).go(*way)
    before = (await race.now()).last_seq
    meeting(2)
    answers = await asyncio.gather(outcome(race.do(one)), outcome(race.do(other)))
    assert set(answers) <= together
    assert answers.count("done") >= 1
    assert (await race.now()).last_seq == before + answers.count("done")  # and the fixture verifies the chain


async def test_many_who_act_at_once_leave_one_chain(race: Story, meeting):
    await (await race.begin()).go(*DISPATCHED)
    meeting(16)
    answers = await asyncio.gather(*(outcome(race.do("supervise")) for _ in range(16)))
    done = answers.count("done")
    assert set(answers) <= {"done", "busy"}
    assert done >= 8
    now = await race.now()
    assert (now.supervisions, now.last_seq) == (done, 3 + done)
    orders = [step.detail["order"] for step in await race.steps() if step.verb == "supervise"]
    assert orders == [f"{race.number}-{n}" for n in range(1, done + 1)]


# Filing from several processes, and dying


async def test_one_key_filed_in_two_processes_at_once_is_one_request_and_both_know_it(race: Story):
    keys = [f"twin-{number}" for number in range(40)]
    with ExitStack() as stack:
        processes = [stack.enter_context(process(race, do="same", keys=keys)) for _ in range(2)]
        first, second = await asyncio.to_thread(race_off, processes)
    assert first == second
    assert len(set(first)) == 40
    async with race.database.reading() as session:
        assert len(list(await session.exec(select(ServiceRequest.id)))) == 40


async def test_what_was_acknowledged_is_there_after_kill_9(race: Story):
    def rush() -> list[int]:
        with process(race, do="rush") as filing:
            assert filing.stdout.readline() == "ready\n"
            filing.stdin.write("go\n")
            filing.stdin.flush()
            heard = [filing.stdout.readline() for _ in range(60)]
            filing.kill()  # SIGKILL, in the middle of the next filings
            filing.wait()
            heard += filing.stdout.read().splitlines(keepends=True)  # acknowledged before it died
        return [int(line) for line in heard if line.endswith("\n")]

    acknowledged = await asyncio.to_thread(rush)
    assert len(acknowledged) >= 60
    async with race.database.reading() as session:
        ids = [
            set(await session.exec(select(column)))
            for column in (col(ServiceRequest.id), col(Step.request_id), col(RequestSecret.request_id))
        ]
    assert set(acknowledged) <= ids[0]
    assert ids[0] == ids[1] == ids[2]  # nothing is there by halves, acknowledged or not


async def test_a_commit_is_on_the_disk_before_it_is_answered(race: Story):
    async with race.database.reading() as session:
        ask = (await session.connection()).exec_driver_sql
        if race.database.sqlite:
            assert (await ask("PRAGMA synchronous")).scalar_one() == 2  # FULL
            assert (await ask("PRAGMA journal_mode")).scalar_one() == "wal"
        else:  # that its server really syncs is the server's setting: ours to ask for, and on by default
            assert (await ask("SHOW synchronous_commit")).scalar_one() == "on"
    async with race.database.writing() as connection:
        if race.database.sqlite:
            assert (await connection.exec_driver_sql("PRAGMA synchronous")).scalar_one() == 2
