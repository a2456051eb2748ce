"""A proposal as people read it: requests in the order they are due, each with who is proposed, why and how likely."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import i18n
from matching.asks.model import Proposal
from matching.asks.planning import Alternative
from matching.asks.proposing import is_old, moved_on, pairs_of, visible_proposal
from matching.engine.dispatching import Pair, Reason
from matching.engine.eligible import RULES, Rule
from matching.people.actor import Actor
from matching.people.model import Person
from matching.requests.model import ServiceRequest
from matching.requests.queries import loaded, visible
from matching.units.model import Unit
from matching.words import _

LIKELY, EVEN = 0.5, 0.25  # chances of a yes: from here on 'probably', 'perhaps', below 'hardly'
CHANCES = {"likely": _("多半会答应"), "even": _("有可能答应"), "hardly": _("不一定答应")}

REASONS = {
    Reason.no_slots: _("没有空的名额"),
    Reason.nobody: _("没有人符合条件"),
    Reason.no_gain: _("能去的人把握都太小"),
    Reason.no_room: _("能去的人手上都满了"),
    Reason.too_few: _("凑不够最少的人数"),
    Reason.too_few_skilled: _("凑不够有这项技能的人"),
    Reason.branch_limit: _("同一个支部去的人已到上限"),
    Reason.used_up: _("能去的人都排上了，还是不够"),
    Reason.elsewhere: _("能去的人都安排给更要紧的事了"),
}


class Someone(NamedTuple):
    """A person with the unit they belong to."""

    person: Person
    unit: Unit


class Place(NamedTuple):
    """Somebody proposed for a request. Hours in 14 days: now, and with all that is proposed to them."""

    pair: Pair
    who: Someone
    p: float
    chance: str
    reasons: list[str]
    hours: tuple[float, float]
    pinned: bool
    taken: bool


class Row(NamedTuple):
    """A request with those proposed for it; `moved`: it has changed since."""

    request: ServiceRequest
    places: list[Place]
    moved: bool


class Unfilled(NamedTuple):
    """A request with open slots, why, and which rules keep how many people from it."""

    request: ServiceRequest
    slots: int
    code: str
    reason: str
    rules: list[tuple[str, str, int]]  # code, words, people


class Moved(NamedTuple):
    """Who got something else by the last change. Hours in 14 days, before and after it."""

    who: Someone
    before: list[ServiceRequest]
    after: list[ServiceRequest]
    hours: tuple[float, float]


class Effect(NamedTuple):
    """What the last change did."""

    value: int
    slots: int
    moves: list[Moved]


class Other(NamedTuple):
    """Somebody who could come instead, and what that would change: value, slots, and who moves."""

    person: int
    who: Someone
    chance: str
    effect: Effect


@dataclass(frozen=True)
class View:
    """Everything a page or a program is told."""

    proposal: Proposal
    unit: Unit
    rows: list[Row]
    unfilled: list[Unfilled]
    effect: Effect | None
    pins: list[tuple[ServiceRequest, Someone]]
    forbidden: list[tuple[ServiceRequest, Someone]]
    old: bool
    moved: int

    @property
    def left(self) -> int:
        """Pairs that nobody accepted yet."""
        return sum(not place.taken for row in self.rows for place in row.places)


async def view_of(session: AsyncSession, id_: int, by: Actor, at: datetime, lang: str) -> View:
    """The proposal for this reader. Raises NotSeen."""
    proposal, unit = await visible_proposal(session, id_, by)
    result = proposal.result
    effect = result["effect"] or {"moves": []}
    pins, forbidden, taken = (pairs_of(pairs) for pairs in (proposal.pins, proposal.forbidden, proposal.taken))
    settled = [*pins, *forbidden, *taken]
    requests = await _requests(
        session, by,
        {one["request"] for one in [*result["pairs"], *result["unfilled"]]} | {pair[0] for pair in settled}
        | {request for move in effect["moves"] for request in [*move["before"], *move["after"]]},
    )  # fmt: skip
    people = await people_of(
        session, by.root_id,
        {one["person"] for one in [*result["pairs"], *effect["moves"]]} | {pair[1] for pair in settled},
    )  # fmt: skip
    moved = await moved_on(session, proposal)
    return View(
        proposal, unit, _rows(result["pairs"], requests, people, moved, pins, taken, lang),
        [
            Unfilled(
                requests[one["request"]], one["slots"], one["reason"],
                i18n.translate(lang, REASONS[Reason(one["reason"])]),
                [(rule, i18n.translate(lang, RULES[Rule(rule)]), n) for rule, n in one["rules"]],
            )
            for one in result["unfilled"] if one["request"] in requests
        ],
        _effect(result["effect"], requests, people), _named(pins, requests, people),
        _named(forbidden, requests, people), is_old(proposal, at), len(moved),
    )  # fmt: skip


async def people_of(session: AsyncSession, root_id: int, ids: Collection[int]) -> dict[int, Someone]:
    """People with their units, by id."""
    statement = select(Person, Unit).join(Unit, col(Unit.id) == Person.unit_id)
    statement = statement.where(Person.root_id == root_id, col(Person.id).in_(ids))
    return {person.id or 0: Someone(person, unit) for person, unit in await session.exec(statement)}


async def others_of(session: AsyncSession, by: Actor, found: Collection[Alternative], lang: str) -> list[Other]:
    """Alternatives with their names; of the effect everybody whose requests differ, without hours."""
    moves = [move for one in found for move in one.effect.moves]
    people = await people_of(session, by.root_id, {one.person for one in found} | {move.member for move in moves})
    requests = await _requests(session, by, {id_ for move in moves for id_ in [*move.before, *move.after]})
    told = [
        {
            "value": one.effect.value, "slots": one.effect.slots,
            "moves": [
                {"person": move.member, "before": move.before, "after": move.after, "hours": (0.0, 0.0)}
                for move in one.effect.moves
            ],
        }
        for one in found
    ]  # fmt: skip
    return [
        Other(one.person, people[one.person], i18n.translate(lang, chance(one.p)), effect)
        for one, way in zip(found, told, strict=True)
        if one.person in people and (effect := _effect(way, requests, people)) is not None
    ]


def chance(p: float) -> str:
    """In words."""
    return CHANCES["likely" if p >= LIKELY else "even" if p >= EVEN else "hardly"]


async def _requests(session: AsyncSession, by: Actor, ids: Collection[int]) -> dict[int, ServiceRequest]:
    """Those that the reader still sees: what was moved elsewhere since is left out."""
    found = await session.exec(loaded(select(ServiceRequest).where(visible(by), col(ServiceRequest.id).in_(ids))))
    return {row.id or 0: row for row in found.unique()}


def _rows(
    pairs: Collection[Mapping[str, Any]], requests: Mapping[int, ServiceRequest], people: Mapping[int, Someone],
    moved: Collection[int], pins: Collection[Pair], taken: Collection[Pair], lang: str,
) -> list[Row]:  # fmt: skip
    places: dict[int, list[Place]] = {}
    for one in pairs:
        pair = (one["request"], one["person"])
        if pair[0] in requests and pair[1] in people:
            reasons = [i18n.translate(lang, sentence, values) for sentence, values in one["reasons"]]
            places.setdefault(pair[0], []).append(
                Place(pair, people[pair[1]], one["p"], i18n.translate(lang, chance(one["p"])), reasons,
                      tuple(one["hours"]), pair in pins, pair in taken)
            )  # fmt: skip
    rows = [Row(requests[id_], theirs, id_ in moved) for id_, theirs in places.items()]
    return sorted(rows, key=lambda row: (row.request.due_at is None, row.request.due_at, row.request.id))


def _effect(
    told: Mapping[str, Any] | None, requests: Mapping[int, ServiceRequest], people: Mapping[int, Someone]
) -> Effect | None:
    if told is None:
        return None
    moves = [
        Moved(
            people[move["person"]],
            [requests[id_] for id_ in move["before"] if id_ in requests],
            [requests[id_] for id_ in move["after"] if id_ in requests],
            tuple(move["hours"]),
        )
        for move in told["moves"]
        if move["person"] in people
    ]
    return Effect(told["value"], told["slots"], moves)


def _named(
    pairs: Collection[Pair], requests: Mapping[int, ServiceRequest], people: Mapping[int, Someone]
) -> list[tuple[ServiceRequest, Someone]]:
    return [(requests[one], people[other]) for one, other in pairs if one in requests and other in people]
