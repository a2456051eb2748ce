"""What a proposal for a queue is made of, and what a change to it does."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from matching.engine.unfilled import Reason

Pair = tuple[int, int]  # ids of a request and a member


@dataclass(frozen=True, slots=True)
class Crew:
    """What a request asks of its helpers together: nobody or at least `least`; `count` of them with `skill`; at most
    `per_branch` of one branch."""

    least: int = 1
    skill: str = ""
    count: int = 0
    per_branch: int | None = None


@dataclass(frozen=True, slots=True)
class Open:
    """A request that keeps `slots` open in the proposal, and why. 0 slots: it had none to begin with."""

    request: int
    slots: int
    reason: Reason


@dataclass(frozen=True, slots=True)
class Proposal:
    """`pairs` as (request, member), by id. `values` has what each pair adds; no assignment adds more than `bound`."""

    pairs: tuple[Pair, ...]
    value: int
    bound: int
    gap: float
    solver: str
    unfilled: tuple[Open, ...] = ()
    values: Mapping[Pair, int] = field(default_factory=dict)


class PinTrouble(StrEnum):
    """Why a pair cannot be pinned."""

    not_eligible = "not_eligible"
    forbidden = "forbidden"
    no_slot = "no_slot"  # more members pinned to the request than it has open slots
    no_room = "no_room"  # the member's tasks or minutes are used up by other pins, or the times overlap
    crew = "crew"  # the request's crew cannot be completed around the pins


class CannotPin(ValueError):
    """A pin that no assignment can satisfy: `pair` and, in one word, `why`."""

    def __init__(self, pair: Pair, why: PinTrouble) -> None:
        super().__init__(f"{pair[0]}, {pair[1]}: {why}")
        self.pair, self.why = pair, why


@dataclass(frozen=True, slots=True)
class Move:
    """One member in the one proposal and in the other. Empty: not in it."""

    member: int
    before: tuple[int, ...]
    after: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Effect:
    """What a change does: `value` is after − before (a pin or a forbidden pair never makes it positive by more than the
    gap of the one before); `moves` names everybody whose requests differ; `slots` are filled more or, below 0, less."""

    value: int
    moves: tuple[Move, ...]
    slots: int


def effect(before: Proposal, after: Proposal) -> Effect:
    """What the lead's change did: value, who moves, slots filled."""
    then, now = _requests(before.pairs), _requests(after.pairs)
    moves = tuple(
        Move(member, then.get(member, ()), now.get(member, ()))
        for member in sorted({*then, *now})
        if then.get(member) != now.get(member)
    )
    return Effect(after.value - before.value, moves, len(after.pairs) - len(before.pairs))


def _requests(pairs: Iterable[Pair]) -> dict[int, tuple[int, ...]]:
    found: defaultdict[int, list[int]] = defaultdict(list)
    for request, member in pairs:
        found[member].append(request)
    return {member: tuple(sorted(requests)) for member, requests in found.items()}
