"""Recompute what must be so from the Steps alone and name every difference."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any, cast

from sqlalchemy.orm import QueryableAttribute, joinedload
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.clock import Calendar
from matching.requests.claims import Claim, ClaimStatus
from matching.requests.clocks import FINAL, replayed
from matching.requests.model import ServiceRequest
from matching.requests.states import MOVES, BackReason, State
from matching.requests.steps import Step, anchor
from matching.units.queries import calendar_of

BATCH = 500


@dataclass
class _Told:
    """What the Steps tell about a request."""

    stands: str = ""
    hash: str = ""
    held: set[tuple[int, int | None]] = field(default_factory=set)  # person, slot
    covering: set[int] = field(default_factory=set)  # people who look for somebody in their place
    wish: tuple[str, bool] = ("", False)  # of who comes


async def differences(session: AsyncSession) -> AsyncIterator[str]:
    """One line a difference: broken chain, impossible move, wrong state, claims or clocks. Nothing when all is well.

    Reads in batches by id: memory stays flat however many requests there are. All of it is read as of one moment, so
    that a request which moves meanwhile is no difference; hand it a fresh session.
    """
    if session.get_bind().dialect.name == "postgresql":  # SQLite's readers see one moment anyway
        await session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    last, calendars = 0, dict[int, Calendar]()
    while True:
        statement = select(ServiceRequest).where(col(ServiceRequest.id) > last).order_by(col(ServiceRequest.id))
        statement = statement.options(joinedload(cast("QueryableAttribute[Any]", ServiceRequest.service)))
        requests = list(await session.exec(statement.limit(BATCH)))
        if not requests:
            break
        last = requests[-1].id or 0
        ids = [request.id for request in requests]
        steps = await session.exec(
            select(Step).where(col(Step.request_id).in_(ids)).order_by(col(Step.request_id), col(Step.seq))
        )
        told = {id_: list(group) for id_, group in groupby(steps, key=lambda step: step.request_id)}
        claims = list(await session.exec(select(Claim).where(col(Claim.request_id).in_(ids))))
        for root_id in {request.root_id for request in requests} - calendars.keys():
            calendars[root_id] = await calendar_of(session, root_id)
        for request in requests:
            own = [claim for claim in claims if claim.request_id == request.id]
            steps_of = told.get(request.id, [])
            lines = _of_one(request, steps_of, own) or _clocks(request, steps_of, calendars[request.root_id])
            for line in lines:
                yield f"{request.number}: {line}"
        session.expunge_all()


def _of_one(request: ServiceRequest, steps: Sequence[Step], claims: Sequence[Claim]) -> list[str]:
    told, lines = _Told(hash=anchor(request.filing_key)), []
    for expected, step in enumerate(steps, start=1):
        if step.seq != expected:
            lines.append(f"step {expected} is missing")
            return lines
        lines += _of_step(told, step)
    if told.stands != request.state:
        lines.append(f"state is {request.state}, the steps say {told.stands or 'nothing'}")
    if (request.last_seq, request.last_hash) != (len(steps), told.hash):
        lines.append("the request does not end with its last step")
    holding = {(c.person_id, c.slot) for c in claims if c.status in {ClaimStatus.active, ClaimStatus.done}}
    if holding != told.held:
        lines.append(f"claims are held by {sorted(map(str, holding))}, the steps say {sorted(map(str, told.held))}")
    covering = {claim.person_id for claim in claims if claim.cover_asked_at is not None}
    if covering != told.covering:
        lines.append(f"cover is sought by {sorted(covering)}, the steps say {sorted(told.covering)}")
    if (request.helper_gender, request.gender_strict) != told.wish:
        lines.append(f"the helper wished for is {request.helper_gender!r}, the steps say {told.wish[0]!r}")
    return lines


def _clocks(request: ServiceRequest, steps: Sequence[Step], calendar: Calendar) -> list[str]:
    """What still runs, or may run again, by the calendar as it is; what is final stays as its own time counted it."""
    if request.state in FINAL:
        return []
    told = replayed(steps, request.service, calendar)
    wrong = told.differing(request)
    return [f"{name} is {getattr(request, name)}, the steps say {getattr(told, name)}" for name in wrong]


def _of_step(told: _Told, step: Step) -> list[str]:
    lines = []
    if step.chained(told.hash) != step.hash:
        lines.append(f"step {step.seq} ({step.verb}) does not carry the hash of what it says")
    if step.from_state != told.stands:
        lines.append(f"step {step.seq} ({step.verb}) leaves {step.from_state}, but it stood in {told.stands}")
    leaves, enters = MOVES.get(step.verb, (frozenset(), ()))
    admitted = (step.seq == 1 and step.verb == "file") or step.from_state in leaves
    reached = step.to_state in enters if enters else step.to_state == step.from_state
    if not (admitted and reached):
        lines.append(f"step {step.seq}: {step.verb} does not lead from {step.from_state} to {step.to_state}")
    told.stands, told.hash = State(step.to_state), step.hash
    match step.verb:
        case "dispatch" | "final_ruling":
            told.wish = (step.detail.get("helper_gender", ""), step.detail.get("gender_strict", False))
        case "claim" | "assign" | "move_up" | "help":
            told.held |= _slots(step)
        case "cover":
            _let_go(told, step)
            told.held |= _slots(step)
        case "decline" | "release":
            _let_go(told, step)
        case "seek_cover":
            told.covering.add(step.by_id or 0)
        case "hand_back" if step.reason == BackReason.nobody:
            told.covering -= told.covering if step.detail["purpose"] == "cover" else set()
        case "complete":
            told.covering = set()
        case "transfer" | "return_order" | "withdraw" | "hand_back":
            told.held, told.covering = set(), set()
    return lines


def _slots(step: Step) -> set[tuple[int, int | None]]:
    return {(person, slot) for person, slot in step.detail["slots"]}


def _let_go(told: _Told, step: Step) -> None:
    """Who the Step says let go, and who was left with nobody to help."""
    gone = {step.detail["person"], *step.detail.get("people", ())}
    told.held = {held for held in told.held if held[0] not in gone}
    told.covering -= gone
