"""The queue's proposal: made, changed with the effect shown, accepted whole or in part. For dispatchers and leads."""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from matching.api import flash, forms
from matching.api.accepting import Outcome, accept_pairs
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.pages.working import desk_page
from matching.api.paging import Id
from matching.api.planner import Change
from matching.api.proposals import Other, others_of, view_of
from matching.api.redirects import see
from matching.api.templates import language
from matching.asks import proposing
from matching.asks.queue import MAY_PROPOSE, may_propose
from matching.engine.dispatching import Pair
from matching.errors import Invalid, NotAllowed, NotSeen, Refused
from matching.people.actor import Actor
from matching.units.queries import units_under
from matching.words import _

router = APIRouter(include_in_schema=False)
PAIR = re.compile(r"(\d{1,18})-(\d{1,18})", re.ASCII)
LONGEST = 80  # characters of what a button says


@router.get("/queue")
async def show(request: Request, parts: TheParts, by: SignedIn, at: At) -> Response:
    """Where a proposal is made, and those of today."""
    return await _start(request, parts, by, at)


@router.post("/queue")
async def make(request: Request, parts: TheParts, by: SignedIn, at: At) -> Response:
    """A new proposal, and there."""
    try:
        known, result = await parts.planner.propose(await _sent(request, "unit"), by=by, at=at)
    except NotAllowed:
        raise
    except Refused as refused:
        return await _start(request, parts, by, at, refused)
    made = await parts.work(proposing.keep, known.queue, result, by=by, at=at)
    parts.planner.remember(made.id or 0, known)
    return see(f"/queue/{made.id}")


@router.get("/queue/{id_}")
async def proposal(
    request: Request, id_: Id, parts: TheParts, by: SignedIn, at: At, other: Annotated[str, Query(max_length=40)] = ""
) -> Response:
    """The proposal; `other` names a place for which others are offered."""
    return await _page(request, parts, by, at, id_, other=_pair(other))


@router.post("/queue/{id_}/accept")
async def accept(request: Request, id_: Id, parts: TheParts, by: SignedIn, at: At) -> Response:
    """What was ticked, or all of it; each pair by itself."""
    async with parts.database.reading() as session:
        found, _unit = await proposing.visible_proposal(session, id_, by)
    ticked = [_pair(str(text)) for text in (await request.form()).getlist("pick")]
    pairs = proposing.proposed(found) if await _sent(request, "whole") else [pair for pair in ticked if pair]
    if not pairs:
        return await _page(request, parts, by, at, id_, refused=Refused("nothing_picked"))
    outcomes = await accept_pairs(parts, id_, pairs, by=by, at=at)
    answer = see(f"/queue/{id_}")
    flash.leave(answer, parts.settings, *_told(outcomes))
    return answer


@router.post("/queue/{id_}/change")
async def change(request: Request, id_: Id, parts: TheParts, by: SignedIn, at: At) -> Response:
    """Somebody else (`pin`: a pair, and after '@' whose place it is), not this one, or as it was."""
    for what in ("pin", "forbid", "free"):
        typed, _sep, place = (await _sent(request, what)).partition("@")
        if (pair := _pair(typed)) is not None:
            break
    else:
        raise NotSeen
    try:
        changed = await parts.planner.changed(id_, Change(what, pair, _pair(place)), by=by, at=at)
        await parts.work(proposing.change, id_, *changed, by=by, at=at)
    except (NotSeen, NotAllowed):
        raise
    except Refused as refused:
        return await _page(request, parts, by, at, id_, refused=refused)
    return see(f"/queue/{id_}#changed")


@router.get("/queue/{id_}/{verb}")
async def back(id_: Id, verb: str, by: SignedIn) -> Response:
    """Where a reload after a refused form leads."""
    return see(f"/queue/{id_}")


async def _sent(request: Request, name: str) -> str:
    return str((await request.form()).get(name, ""))[:LONGEST]


def _pair(text: str) -> Pair | None:
    found = PAIR.fullmatch(text)
    return (int(found[1]), int(found[2])) if found else None


def _told(outcomes: Sequence[Outcome]) -> list[flash.Said]:
    done = sum(one.refused is None for one in outcomes)
    said = [flash.Said(_("已安排 {n} 人，他们会收到消息。"), {"n": done})] if done else []
    why: dict[tuple[str, str], tuple[Refused, list[str]]] = {}
    for one in outcomes:
        if one.refused is not None:
            refused = next(iter(one.refused.fields.values())) if isinstance(one.refused, Invalid) else one.refused
            why.setdefault((refused.code, str(refused.params)), (refused, []))[1].append(one.number)
    return said + [flash.Said(one.sentence, one.params, "warn", numbers) for one, numbers in why.values()]


async def _start(request: Request, parts: Parts, by: Actor, at: datetime, refused: Refused | None = None) -> Response:
    if not may_propose(by):
        raise NotAllowed
    async with parts.database.reading() as session:
        units = await units_under(session, by.root_id, by.paths(*MAY_PROPOSE))
        latest = await proposing.latest(session, by, at)
    return desk_page(
        request, parts, by, "queue/start.html", refused.status if refused else 200, now=at, units=units, latest=latest,
        form={"unit": await _sent(request, "unit")} if refused else {},
        errors=forms.shown(request, refused) if refused else {},
    )  # fmt: skip


async def _page(
    request: Request, parts: Parts, by: Actor, at: datetime, id_: int, *, other: Pair | None = None,
    refused: Refused | None = None,
) -> Response:  # fmt: skip
    lang = language(request)
    others: list[Other] = []
    said: list[flash.Said] = [flash.Said(refused.sentence, refused.params, "warn")] if refused else []
    async with parts.database.reading() as session:
        view = await view_of(session, id_, by, at, lang)
        if other is not None:
            try:
                found = await parts.planner.alternatives(id_, other, by=by, at=at)
                others = await others_of(session, by, found, lang)
            except Refused as busy:
                said.append(flash.Said(busy.sentence, busy.params, "warn"))
    return desk_page(
        request, parts, by, "queue/show.html", refused.status if refused else 200, now=at, view=view, other=other,
        others=others, said=said,
    )  # fmt: skip
