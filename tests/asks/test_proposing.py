"""A proposal for a queue: computed from what is there, changed with its effect, accepted pair by pair."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from matching.asks import planning, proposing, recording
from matching.asks.model import Leave, Proposal
from matching.asks.planning import Prepared
from matching.asks.queue import proposed_unit, queue_of
from matching.db import Database, Work
from matching.requests.states import State
from matching.units.model import Unit
from tests.cast import AT, Cast
from tests.requests.scene import HOUR, Story, refused

NOW = AT + timedelta(minutes=10)
ONE_DATABASE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@dataclass
class Desk:
    """A dispatcher's desk: two books to be brought (accepted, anybody may), an escort of two dispatched to ZB2."""

    cast: Cast
    database: Database
    work: Work
    stories: dict[str, Story] = field(default_factory=dict)

    async def file(self, name: str, service: str, *acts: str) -> None:
        self.stories[name] = await (await Story(self.cast, self.database, self.work).begin(service)).go(*acts)

    def ids(self, *logins: str) -> set[int]:
        return {self.cast.people[login].id for login in logins}

    def pair(self, name: str, login: str) -> tuple[int, int]:
        return self.stories[name].id, self.cast.people[login].id

    async def known(self, unit: str = "DW", by: str = "di", **bounds: Any) -> Prepared:
        async with self.database.reading() as session:
            chosen = await proposed_unit(session, unit, self.cast[by])
            return planning.prepared(await queue_of(session, chosen, by=self.cast[by], at=NOW, **bounds))

    async def propose(self, unit: str = "DW", by: str = "di", *, pins: Any = ()) -> Proposal:
        known = await self.known(unit, by)
        result = recording.written(known, planning.dispatched(known, pins))
        return await self.work(proposing.keep, known.queue, result, by=self.cast[by], at=NOW)

    async def accept(self, proposal: Proposal, pair: tuple[int, int], *logins: str, by: str = "di", at=NOW) -> Any:
        return await self.work(proposing.accept, proposal.id, pair, self.ids(*logins), by=self.cast[by], at=at)


@pytest.fixture
async def desk(cast: Cast, anyio_backend: str) -> AsyncIterator[Desk]:
    database = Database(cast.settings.database_url)
    desk = Desk(cast, database, Work(database))
    await desk.file("novel", "books", "accept")
    await desk.file("poems", "books", "accept")
    await desk.file("escort", "escort", "accept", "dispatch to ZB2")
    yield desk
    await database.close()


def people_of(proposal: Proposal, request: int) -> set[int]:
    return {person for id_, person in proposing.proposed(proposal) if id_ == request}


async def test_each_request_gets_whom_it_may_nobody_two_and_each_pair_says_why(desk: Desk):
    await desk.file("taken", "wheelchair", "accept", "dispatch", "claim")  # lin holds it: no request of this queue
    await desk.file("new", "books")  # nobody has reviewed it
    proposal = await desk.propose()
    pairs = proposing.proposed(proposal)
    assert {request for request, _person in pairs} == {desk.stories[name].id for name in ("novel", "poems", "escort")}
    assert people_of(proposal, desk.stories["escort"].id) == desk.ids("lead2", "sun")  # it was dispatched to their unit
    assert len(pairs) == len({person for _request, person in pairs}) == 4
    for one in proposal.result["pairs"]:
        assert 0 < one["p"] < 1
        assert len(one["reasons"]) == 3
        assert one["hours"][1] > one["hours"][0] == 0
    assert proposal.result["gap"] == 0
    assert proposal.result["value"] == sum(one["value"] for one in proposal.result["pairs"])
    async with desk.database.reading() as session:
        assert await proposing.moved_on(session, proposal) == set()


@ONE_DATABASE
async def test_a_lead_settles_what_their_unit_has_and_nothing_else(desk: Desk):
    own = await desk.propose("ZB2", "lead2")
    assert {request for request, _person in proposing.proposed(own)} == {desk.stories["escort"].id}
    for login, unit, code in (("lead", "ZB2", "outside_your_units"), ("wei", "DW", "not_allowed"),
                              ("lin", "ZB1", "not_allowed")):  # fmt: skip
        with refused(code):
            await desk.known(unit, login)
    with refused("not_seen"):
        await desk.accept(own, desk.pair("escort", "sun"), "sun", by="lead")
    async with desk.database.reading() as session:
        assert [one.id for one, _unit, _name in await proposing.latest(session, desk.cast["di"], NOW)] == [own.id]
        assert await proposing.latest(session, desk.cast["lead"], NOW) == []


@ONE_DATABASE
async def test_of_many_the_last_due_wait_for_the_next_proposal(desk: Desk):
    known = await desk.known(most=2)
    assert len(known.queue.requests) == 2
    assert known.queue.left_out == 1
    assert desk.stories["escort"].id in {one.id for one in known.queue.requests}  # due within hours, the books in days


async def test_accepted_pairs_are_dispatched_to_the_smallest_unit_and_assigned_the_rest_stays(desk: Desk):
    proposal = await desk.propose(pins=[desk.pair("novel", "lin"), desk.pair("poems", "zhao")])
    request = await desk.accept(proposal, desk.pair("novel", "lin"), "lin")
    assert request.state == State.in_progress
    again = await desk.accept(proposal, desk.pair("novel", "lin"), "lin")
    assert again.version == request.version
    now = await desk.stories["novel"].now()
    async with desk.database.reading() as session:
        assert (await session.get_one(Unit, now.unit_id)).code == "ZB1"
    assert [(claim.person_id, claim.assigned) for claim in now.active_claims] == [(desk.pair("novel", "lin")[1], True)]
    assert [step.verb for step in await desk.stories["novel"].steps()][-2:] == ["dispatch", "assign"]
    assert (await desk.stories["poems"].now()).state == State.accepted
    async with desk.database.reading() as session:
        held = (await session.exec(select(Proposal).where(col(Proposal.id) == proposal.id))).one()
        assert held.taken == [list(desk.pair("novel", "lin"))]
        assert await proposing.moved_on(session, held) == set()  # what was accepted from it has not moved on
    known = await desk.known()
    assert {pair[0] for pair in known.p} == {desk.stories["poems"].id, desk.stories["escort"].id}


@ONE_DATABASE
async def test_two_from_two_branches_get_the_unit_above_both(desk: Desk):
    await desk.file("walk", "escort", "accept")
    proposal = await desk.propose(pins=[desk.pair("walk", "lin"), desk.pair("walk", "sun")])
    for login in ("lin", "sun"):
        await desk.accept(proposal, desk.pair("walk", login), "lin", "sun")
    now = await desk.stories["walk"].now()
    async with desk.database.reading() as session:
        assert (await session.get_one(Unit, now.unit_id)).code == "ZZ1"
    assert {claim.person_id for claim in now.active_claims} == desk.ids("lin", "sun")


async def test_what_changed_meanwhile_is_refused_and_nothing_of_it_is_done(desk: Desk):
    proposal = await desk.propose(pins=[desk.pair("novel", "lin"), desk.pair("poems", "zhao")])

    async def leave(session):
        session.add(Leave(person_id=desk.cast.people["lin"].id, root_id=desk.cast.root_id, first_on=AT.date(),
                          last_on=AT.date() + timedelta(30)))  # fmt: skip

    await desk.work(leave)
    with refused("no_longer_fits"):
        await desk.accept(proposal, desk.pair("novel", "lin"), "lin")
    assert (await desk.stories["novel"].now()).state == State.accepted  # the dispatch went with it
    await desk.stories["poems"].do("withdraw")
    with refused("wrong_state"):
        await desk.accept(proposal, desk.pair("poems", "zhao"), "zhao")
    with refused("not_proposed"):
        await desk.accept(proposal, desk.pair("novel", "zhao"), "zhao")
    with refused("proposal_too_old"):
        await desk.accept(proposal, desk.pair("escort", "sun"), "sun", at=NOW + 13 * HOUR)
    async with desk.database.reading() as session:
        assert await proposing.moved_on(session, proposal) == {desk.stories["poems"].id}


async def test_old_proposals_are_forgotten_and_newer_ones_kept(desk: Desk):
    first, later = await desk.propose(), NOW + proposing.FORGOTTEN_AFTER
    assert await proposing.forget_old(desk.database, desk.work, later) == 0
    assert await proposing.forget_old(desk.database, desk.work, later + HOUR) == 1
    async with desk.database.reading() as session:
        assert await session.get(Proposal, first.id) is None


@ONE_DATABASE
async def test_pins_hold_forbidden_pairs_stay_away_and_the_effect_names_who_moves(desk: Desk):
    known = await desk.known("DW")
    novel = desk.stories["novel"].id
    before = planning.dispatched(known)
    (there,) = [person for request, person in before.pairs if request == novel]
    other = next(
        person for request, person in known.p if request == novel and person not in dict(before.pairs).values()
    )

    forbidden = recording.written(
        known, planning.dispatched(known, (), [(novel, there)]), recording.written(known, before)
    )
    assert (novel, there) not in {(one["request"], one["person"]) for one in forbidden["pairs"]}
    assert forbidden["effect"]["value"] == forbidden["value"] - before.value <= 0

    pins, barred = planning.replaced(known, [], [], (novel, there), other)
    pinned = recording.written(known, planning.dispatched(known, pins, barred), recording.written(known, before))
    moved = {move["person"]: (move["before"], move["after"]) for move in pinned["effect"]["moves"]}
    assert moved[other][1] == [novel]
    assert moved[there][0] == [novel]
    assert recording.read(pinned).pairs == tuple((one["request"], one["person"]) for one in pinned["pairs"])

    offered = planning.alternatives(known, before, [], [], (novel, there))
    assert offered
    assert there not in {one.person for one in offered}
    assert all(one.effect.value <= 0 for one in offered)
