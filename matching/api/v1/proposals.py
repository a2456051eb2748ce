"""Proposals for a queue: made, changed, accepted pair by pair. Requests go by their number, people by theirs."""

from typing import Annotated, Any

from fastapi import Path
from pydantic import Field
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api.accepting import accept_pairs
from matching.api.deps import At, OnceOnly, Parts, SignedIn, TheParts
from matching.api.errors import in_words
from matching.api.fields import Code
from matching.api.idempotency import answered, once
from matching.api.paging import Id
from matching.api.planner import Change
from matching.api.proposals import view_of
from matching.api.v1.bodies import Body
from matching.api.v1.problems import may_refuse
from matching.api.v1.proposal_shapes import OutcomeOut, Outcomes, ProposalOut
from matching.api.v1.routing import Lang, Number, private
from matching.asks import proposing
from matching.engine.dispatching import Pair
from matching.people.actor import Actor
from matching.people.queries import person_by_no
from matching.requests.queries import id_of

router = private("matching", 403, prefix="/proposals")
MemberNo = Annotated[str, Path(max_length=40, examples=["M0007"])]


class UnitBody(Body):
    """Whose queue."""

    unit: Code


class PairBody(Body):
    """A request's number and a member's."""

    request: Annotated[str, Field(max_length=40)]
    person: Code


class PinBody(PairBody):
    """`instead_of`: the member whose place it is, where the request has several."""

    instead_of: Code | None = None


class AcceptBody(Body):
    """The pairs to accept; null: all that are proposed and not accepted yet."""

    pairs: Annotated[list[PairBody], Field(min_length=1, max_length=1000)] | None = None


@router.post("", operation_id="make_proposal", status_code=201, responses=may_refuse(409, 413, 415, 429))
async def make(body: UnitBody, parts: TheParts, by: SignedIn, at: At, lang: Lang, key: OnceOnly) -> ProposalOut:
    """The best assignment of what waits in a unit and below."""
    async with parts.database.reading() as session:
        before = await answered(session, key, by)
    if before is not None:
        return await _told(parts, before[1]["id"], by, at, lang)
    known, result = await parts.planner.propose(body.unit, by=by, at=at)

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        made = await proposing.keep(session, known.queue, result, by=by, at=at)
        return 201, {"id": made.id}

    id_ = (await parts.work(once, key, by, at, work))[1]["id"]
    return await _told(parts, id_, by, at, lang)


@router.get("/{id_}", operation_id="get_proposal", responses=may_refuse(404))
async def show(id_: Id, parts: TheParts, by: SignedIn, at: At, lang: Lang) -> ProposalOut:
    """As it stands now."""
    return await _told(parts, id_, by, at, lang)


@router.post("/{id_}/pins", operation_id="pin_pair", responses=may_refuse(404, 409, 413, 415, 429))
async def pin(id_: Id, body: PinBody, parts: TheParts, by: SignedIn, at: At, lang: Lang, key: OnceOnly) -> ProposalOut:
    """This member for this request, whatever else follows."""
    pair = await _pair(parts, by, body.request, body.person)
    place = await _pair(parts, by, body.request, body.instead_of) if body.instead_of else None
    return await _changed(parts, id_, Change("pin", pair, place), by, at, lang, key)


@router.post("/{id_}/forbidden", operation_id="forbid_pair", responses=may_refuse(404, 409, 413, 415, 429))
async def forbid(
    id_: Id, body: PairBody, parts: TheParts, by: SignedIn, at: At, lang: Lang, key: OnceOnly
) -> ProposalOut:
    """Not this member for this request."""
    pair = await _pair(parts, by, body.request, body.person)
    return await _changed(parts, id_, Change("forbid", pair), by, at, lang, key)


@router.delete("/{id_}/changes/{number}/{person}", operation_id="free_pair", responses=may_refuse(404, 409, 429))
async def free(
    id_: Id, number: Number, person: MemberNo, parts: TheParts, by: SignedIn, at: At, lang: Lang
) -> ProposalOut:
    """Neither pinned nor forbidden any more."""
    pair = await _pair(parts, by, number, person)
    return await _changed(parts, id_, Change("free", pair), by, at, lang, None)


@router.post("/{id_}/acceptances", operation_id="accept_pairs", responses=may_refuse(404, 409, 413, 415))
async def accept(
    id_: Id, body: AcceptBody, parts: TheParts, by: SignedIn, at: At, lang: Lang, key: OnceOnly
) -> Outcomes:
    """Each pair by itself: dispatched to the smallest unit that holds who is chosen, and assigned."""
    async with parts.database.reading() as session:
        proposal, _unit = await proposing.visible_proposal(session, id_, by)
        before = await answered(session, key, by)
    if before is not None:
        return Outcomes(**before[1])
    pairs = proposing.proposed(proposal)
    if body.pairs is not None:
        pairs = [await _pair(parts, by, one.request, one.person) for one in body.pairs]
    outcomes = await accept_pairs(parts, id_, pairs, by=by, at=at)
    items = [
        OutcomeOut(
            request=one.number, accepted=one.refused is None, code=one.refused and one.refused.code,
            detail=in_words(lang, one.refused) if one.refused else "",
        )
        for one in outcomes
    ]  # fmt: skip

    async def work(_session: AsyncSession) -> tuple[int, dict[str, Any]]:
        return 200, Outcomes(items=items).model_dump(mode="json")

    return Outcomes(**(await parts.work(once, key, by, at, work))[1])


async def _changed(parts: Parts, id_: int, wanted: Change, by: Actor, at: At, lang: str, key: OnceOnly) -> ProposalOut:
    async with parts.database.reading() as session:
        before = await answered(session, key, by)
    if before is None:
        changed = await parts.planner.changed(id_, wanted, by=by, at=at)

        async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
            await proposing.change(session, id_, *changed, by=by, at=at)
            return 200, {}

        await parts.work(once, key, by, at, work)
    return await _told(parts, id_, by, at, lang)


async def _told(parts: Parts, id_: int, by: Actor, at: At, lang: str) -> ProposalOut:
    async with parts.database.reading() as session:
        return ProposalOut.of(await view_of(session, id_, by, at, lang))


async def _pair(parts: Parts, by: Actor, number: str, person: str) -> Pair:
    async with parts.database.reading() as session:
        return id_of(number), (await person_by_no(session, by.root_id, person, field="person")).id or 0
