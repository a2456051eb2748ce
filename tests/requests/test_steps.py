"""Steps are for ever: the database refuses to change them, and `verify` names what was changed all the same."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import Database, Work
from matching.requests import verify
from matching.requests.claims import ClaimerKind
from matching.requests.states import State
from matching.requests.steps import Step, anchor
from tests.cast import Cast
from tests.requests.scene import COMPLETED, DISPATCHED, IN_PROGRESS, WAYS, Story


@pytest.fixture
async def own(cast: Cast, anyio_backend: str) -> AsyncIterator[Story]:
    """A request in a database of its own, in which one may break things."""
    database = Database(cast.settings.database_url)
    yield await Story(cast, database, Work(database)).begin()
    await database.close()


async def differences(story: Story) -> list[str]:
    async with story.database.reading() as session:
        return [line.removeprefix(f"{story.number}: ") async for line in verify.differences(session)]


async def tamper(story: Story, *statements: str) -> None:
    """What somebody with the database's password could do, the triggers out of the way."""
    off = ["DROP TRIGGER steps_never_update", "DROP TRIGGER steps_never_delete"]
    off = off if story.database.sqlite else ["ALTER TABLE step DISABLE TRIGGER ALL"]
    async with story.database.writing() as connection:
        for statement in [*off, *statements]:
            await connection.execute(text(statement), {"id": story.id})


@pytest.mark.parametrize(
    "statement",
    ["UPDATE step SET note = 'x' WHERE request_id = :id", "DELETE FROM step WHERE request_id = :id",
     "UPDATE step SET hash = 'x'", "DELETE FROM step"],
)  # fmt: skip
async def test_the_database_refuses_to_change_or_delete_a_step(own: Story, statement: str):
    before = [step.model_dump() for step in await own.steps()]
    with pytest.raises(DBAPIError, match="never updated or deleted"):
        async with own.database.writing() as connection:
            await connection.execute(text(statement), {"id": own.id})
    assert [step.model_dump() for step in await own.steps()] == before


async def test_the_session_cannot_change_one_either(own: Story):
    async def change(session: AsyncSession) -> None:
        step = (await session.execute(text("SELECT id FROM step"))).scalar_one()
        (await session.get_one(Step, step)).note = "x"

    with pytest.raises(DBAPIError, match="never updated or deleted"):
        await own.work(change)


async def test_two_steps_of_one_request_never_have_the_same_number(own: Story):
    async def add(session: AsyncSession) -> None:
        step = (await own.steps())[0].model_dump(exclude={"id"})
        session.add(Step(**step))

    with pytest.raises(DBAPIError):
        await own.work(add)


@pytest.mark.parametrize("state", State)
async def test_nothing_is_named_on_any_usual_way(own: Story, state: State):
    await own.go(*WAYS[state])
    assert await differences(own) == []


async def test_nothing_is_named_after_a_life_with_turns(own: Story):
    await own.go("approve_wording" if (await own.now()).can("approve_wording") else "correct", *DISPATCHED)
    await own.go("transfer")
    await own.do("return_order", by="lead2")
    await own.go("dispatch", "assign", "decline", "claim", "release", "assign", "supervise", "reply", "extend")
    await own.go("answer_extension", "park", "resume", "contact", "complete", "rate badly", "rectify as misjudged")
    await own.do("answer_misjudgement", approve=False)
    await own.go("rectify", "rate_again", "reopen", "complete", "close", "archive")
    assert await differences(own) == []
    assert (await own.now()).state == State.archived


async def test_nothing_is_named_after_people_were_looked_for_in_every_way(own: Story):
    await own.do("dispatch", helper_gender="f")
    await own.go("ask", "hand_back", "claim", "help", "nudge", "offer_helper", "seek_cover")
    assert await differences(own) == []
    await own.do("cover", by="lead")
    assert await differences(own) == []
    await own.go("helper lets go", "hand back uncalled", "move_up", "thank")
    await own.do("release", by="zhao")
    await own.do("claim", kind=ClaimerKind.group, people=[own.cast.people["zhao"].member_no])
    await own.go("release")
    assert await differences(own) == []
    assert (await own.now()).active_claims == []


async def test_each_step_carries_the_hash_of_the_one_before(own: Story):
    await own.go(*COMPLETED)
    previous = anchor(own.filing.request["filing_key"])
    for step in await own.steps():
        assert step.hash == step.chained(previous)
        previous = step.hash
    assert (await own.now()).last_hash == previous


@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("UPDATE service_request SET state = 'closed'", ["state is closed, the steps say in_progress"]),
        ("UPDATE service_request SET last_hash = 'x'", ["the request does not end with its last step"]),
        ("UPDATE step SET note = 'x' WHERE seq = 3", ["step 3 (dispatch) does not carry the hash of what it says"]),
        ("UPDATE step SET by_id = 1 WHERE seq = 2", ["step 2 (accept) does not carry the hash of what it says"]),
        ("UPDATE step SET hash = 'x' WHERE seq = 2",
         ["step 2 (accept) does not carry the hash of what it says",
          "step 3 (dispatch) does not carry the hash of what it says"]),
        ("DELETE FROM step WHERE seq = 2", ["step 2 is missing"]),
        ("DELETE FROM step WHERE seq = 1", ["step 1 is missing"]),
        ("UPDATE claim SET slot = 2", ["claims are held by"]),
        ("UPDATE claim SET status = 'released'", ["claims are held by []"]),
        ("UPDATE claim SET person_id = person_id + 1", ["claims are held by"]),
        ("DELETE FROM claim", ["claims are held by []"]),
        ("UPDATE claim SET cover_asked_at = at", ["cover is sought by"]),
        ("UPDATE service_request SET helper_gender = 'f'", ["the helper wished for is 'f', the steps say ''"]),
        ("UPDATE service_request SET nudged_at = filed_at", ["nudged_at is"]),
    ],
)  # fmt: skip
async def test_each_kind_of_tampering_is_named(own: Story, statement: str, named: list[str]):
    await own.go(*IN_PROGRESS)
    await tamper(own, statement)
    found = await differences(own)
    assert len(found) == len(named), found
    assert all(line.startswith(start) for line, start in zip(found, named, strict=True)), found


async def test_a_last_step_that_was_cut_off_is_missed(own: Story):
    await own.go(*DISPATCHED)
    await tamper(own, "DELETE FROM step WHERE seq = 3")
    assert await differences(own) == [
        "state is dispatched, the steps say accepted",
        "the request does not end with its last step",
    ]


async def test_a_step_rewritten_with_a_fitting_hash_breaks_the_next_one(own: Story):
    await own.go(*DISPATCHED)
    first, second, _third = await own.steps()
    second.by_id = own.cast["wei"].id
    await tamper(own, f"UPDATE step SET by_id = {second.by_id}, hash = '{second.chained(first.hash)}' WHERE seq = 2")
    assert await differences(own) == ["step 3 (dispatch) does not carry the hash of what it says"]


async def test_a_forged_move_that_is_chained_correctly_is_still_impossible(own: Story):
    (first,) = await own.steps()
    forged = Step(**first.model_dump(exclude={"id"}) | {"seq": 2, "verb": "complete", "from_state": "submitted",
                                                        "to_state": "completed"})  # fmt: skip
    forged.hash = forged.chained(first.hash)

    async def add(session: AsyncSession) -> None:
        session.add(forged)

    await own.work(add)
    await tamper(
        own, f"UPDATE service_request SET state = 'completed', last_seq = 2, last_hash = '{forged.hash}'"
    )  # fmt: skip
    assert await differences(own) == ["step 2: complete does not lead from submitted to completed"]


async def test_only_the_request_that_was_changed_is_named(own: Story):
    others = [await Story(own.cast, own.database, own.work).begin() for _ in range(3)]
    await tamper(own, "UPDATE service_request SET state = 'closed' WHERE id = :id")
    async with own.database.reading() as session:
        lines = [line async for line in verify.differences(session)]
    assert [line.partition(":")[0] for line in lines] == [own.number]
    assert len({own.number, *(other.number for other in others)}) == 4


async def test_it_reads_on_over_many_batches(own: Story, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(verify, "BATCH", 2)
    for _ in range(4):
        await Story(own.cast, own.database, own.work).begin()
    await tamper(own, "UPDATE service_request SET state = 'closed'")
    assert len(await differences(own)) == 5


async def test_a_request_that_moves_while_verify_reads_is_no_difference(own: Story):
    """`matching verify` runs beside the working product: it reads all tables as of one moment."""
    async with own.database.reading() as session:
        read: Any = session.exec

        async def read_slowly(*args: Any, **kwargs: Any) -> Any:
            found = await read(*args, **kwargs)
            if (await own.now()).state == State.submitted:
                await asyncio.create_task(own.do("accept"))
            return found

        session.exec = read_slowly  # type: ignore[method-assign]
        assert [line async for line in verify.differences(session)] == []
    assert (await own.now()).state == State.accepted
