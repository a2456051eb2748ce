"""Proposals for a queue: kept as they were computed, changed by pins and forbidden pairs, accepted pair by pair.

Nothing is dispatched by a proposal. What is accepted goes through the usual verbs, each pair in a transaction of its
own; what has changed meanwhile is refused with its reason. Nobody who said yes is ever moved.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, false, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.facts import facts_for
from matching.asks.model import Proposal
from matching.asks.queue import MAY_PROPOSE, Queue, may_propose
from matching.db import Database, Work
from matching.engine.dispatching import Pair
from matching.engine.eligible import RULES, eligible
from matching.errors import NotSeen, Stale, WrongState
from matching.people.actor import Actor
from matching.people.model import Person
from matching.requests import branch_actions, desk_actions
from matching.requests.model import ServiceRequest
from matching.requests.queries import visible_request
from matching.requests.states import STATES, VERBS, State
from matching.units.model import Unit

KEPT_OPEN = timedelta(hours=12)  # an older proposal is of another shift: it is shown and no longer accepted
FORGOTTEN_AFTER = timedelta(days=30)
AGING = timedelta(minutes=15)  # from here the page says that it may be out of date


async def keep(session: AsyncSession, queue: Queue, result: dict[str, Any], *, by: Actor, at: datetime) -> Proposal:
    """A new proposal, as `recording.written` made it."""
    made = Proposal(
        root_id=by.root_id, unit_id=queue.unit_id, by_id=by.id or 0, at=at, weights=queue.weights.version, result=result
    )  # fmt: skip
    session.add(made)
    await session.flush()
    return made


async def visible_proposal(session: AsyncSession, id_: int, by: Actor, *, lock: bool = False) -> tuple[Proposal, Unit]:
    """A proposal for a unit that `by` may propose for. Raises NotSeen."""
    statement = select(Proposal, Unit).join(Unit, col(Unit.id) == Proposal.unit_id)
    statement = statement.where(Proposal.id == id_, Proposal.root_id == by.root_id)
    if lock:
        statement = statement.with_for_update(of=Proposal)
    found = (await session.exec(statement)).first()
    if found is None or not may_propose(by, found[1].path):
        raise NotSeen
    return found[0], found[1]


async def forget_old(database: Database, work: Work, at: datetime) -> int:
    """Drop proposals that nobody can accept any more for FORGOTTEN_AFTER; returns how many. What was dispatched by them
    stands in the Steps."""
    return await work(_forget, at - FORGOTTEN_AFTER)


async def _forget(session: AsyncSession, before: datetime) -> int:
    dropped = await (await session.connection()).execute(delete(Proposal).where(col(Proposal.at) < before))
    return dropped.rowcount


async def latest(session: AsyncSession, by: Actor, at: datetime) -> list[tuple[Proposal, Unit, str]]:
    """The five newest proposals of one's units that can still be accepted, with the unit and who made them."""
    theirs = or_(false(), *(col(Unit.path).startswith(path) for path in by.paths(*MAY_PROPOSE)))
    statement = (
        select(Proposal, Unit, Person.name)
        .join(Unit, col(Unit.id) == Proposal.unit_id)
        .join(Person, col(Person.id) == Proposal.by_id)
        .where(Proposal.root_id == by.root_id, Proposal.at > at - KEPT_OPEN, theirs)
        .order_by(col(Proposal.at).desc(), col(Proposal.id).desc())
    )
    return [(one, unit, name) for one, unit, name in await session.exec(statement.limit(5))]


async def change(
    session: AsyncSession, id_: int, seen: tuple[list[Pair], list[Pair]], pins: Collection[Pair],
    forbidden: Collection[Pair], result: dict[str, Any], queue: Queue, *, by: Actor, at: datetime,
) -> Proposal:  # fmt: skip
    """Other pins and forbidden pairs, and what came of them. `seen`: those it was computed from.

    Raises NotSeen, Stale("busy") when somebody else changed them meanwhile.
    """
    proposal, _unit = await visible_proposal(session, id_, by, lock=True)
    if (pairs_of(proposal.pins), pairs_of(proposal.forbidden)) != seen:
        raise Stale("busy")
    proposal.pins, proposal.forbidden = [list(pair) for pair in pins], [list(pair) for pair in forbidden]
    proposal.result, proposal.at, proposal.weights = result, at, queue.weights.version
    session.add(proposal)
    return proposal


def pairs_of(written: Sequence[Sequence[int]]) -> list[Pair]:
    """Pairs as a row keeps them."""
    return [(request, person) for request, person in written]


def proposed(proposal: Proposal) -> list[Pair]:
    """What it proposes and nobody accepted yet."""
    taken = set(pairs_of(proposal.taken))
    pairs: list[Pair] = [(one["request"], one["person"]) for one in proposal.result["pairs"]]
    return [pair for pair in pairs if pair not in taken]


async def accept(
    session: AsyncSession, id_: int, pair: Pair, together: Collection[int], *, by: Actor, at: datetime
) -> ServiceRequest:
    """One pair: the request goes to the smallest unit that holds everybody chosen for it (`together`, ids), and the
    person gets a slot. The second time nothing happens.

    Raises NotSeen, WrongState proposal_too_old, not_proposed, no_longer_fits, and what `dispatch` and `assign` refuse.
    """
    proposal, unit = await visible_proposal(session, id_, by, lock=True)
    row = await session.get(ServiceRequest, pair[0])
    # Held, so that two proposals do not give somebody two things for one time; who only names them need not wait.
    person = await session.get(Person, pair[1], with_for_update={"key_share": True})
    if row is None or person is None:
        raise NotSeen
    request = await visible_request(session, row.number, by)
    if pair in pairs_of(proposal.taken):
        return request
    if at - proposal.at > KEPT_OPEN:
        raise WrongState("proposal_too_old")
    if pair not in proposed(proposal):
        raise WrongState("not_proposed")
    if request.state == State.accepted:
        covering = await _covering(session, unit, {*together, pair[1]})
        request = await desk_actions.dispatch(session, request.number, covering.code, by=by, at=at)
    elif not request.can("assign"):  # said before who belongs where, for then the request stands elsewhere
        raise WrongState("wrong_state", state=STATES[State(request.state)], verb=VERBS["assign"])
    await _refuse_unless_fit(session, request, person, at)
    request = await branch_actions.assign(session, request.number, person.member_no, by=by, at=at)
    proposal.taken = [*proposal.taken, list(pair)]
    proposal.result = {**proposal.result, "effect": None}  # it told of the queue before
    session.add(proposal)
    return request


async def _covering(session: AsyncSession, top: Unit, people: Collection[int]) -> Unit:
    """The smallest unit at or below `top` that holds these people; those who moved out of it are refused later."""
    statement = select(Unit).join(Person, col(Person.unit_id) == Unit.id).where(col(Person.id).in_(people))
    paths = [unit.path for unit in await session.exec(statement) if top.holds(unit)]
    shared = top.path
    if paths:
        parts = [path.strip("/").split("/") for path in paths]
        same = [level[0] for level in zip(*parts, strict=False) if len(set(level)) == 1]
        shared = f"/{'/'.join(same)}/"
    return (await session.exec(select(Unit).where(Unit.path == shared, Unit.root_id == top.root_id))).one()


async def _refuse_unless_fit(session: AsyncSession, request: ServiceRequest, person: Person, at: datetime) -> None:
    """The rules once more: somebody may have gone on leave, or taken something else, since it was computed.

    Where all slots are taken meanwhile, `assign` says so better.
    """
    if request.free_slots < 1:
        return
    facts = await facts_for(session, request, at, people={person.id or 0})
    refusal = eligible(facts.request, facts.members, at, facts.dials).refused.get(person.id or 0)
    if refusal is not None:
        raise WrongState("no_longer_fits", name=person.name, why=RULES[refusal.rule])


def is_old(proposal: Proposal, at: datetime) -> bool:
    """Whether the page should say that things may have moved on."""
    return at - proposal.at > AGING


async def moved_on(session: AsyncSession, proposal: Proposal) -> set[int]:
    """The requests of the proposal that changed since, except by being accepted from it (ids)."""
    seen = {int(id_): (state, version) for id_, (state, version) in proposal.result["seen"].items()}
    taken = {request for request, _person in pairs_of(proposal.taken)}
    statement = select(ServiceRequest.id, ServiceRequest.state, ServiceRequest.version)
    statement = statement.where(col(ServiceRequest.id).in_(seen))
    now = {id_: (state, version) for id_, state, version in await session.exec(statement)}
    return {id_ for id_ in seen if id_ not in taken and now.get(id_) != seen[id_]}
