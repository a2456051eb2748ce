"""The best assignment of a whole queue, as a proposal: what `dispatch` takes and gives.

Nothing here is asked or dispatched: a lead accepts the proposal whole, in part, or pins and forbids pairs and looks at
what that changes.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from matching.engine.model import Member, Request

URGENCY = (0.6, 1.0, 1.6, 2.5)  # what a filled slot is worth, by Request.urgency
POOLING = timedelta(minutes=2)

Pair = tuple[int, int]  # ids of a request and a member


class Reason(StrEnum):
    """Why slots of a request stay open. Words for people: REASONS."""

    no_slots = "no_slots"
    nobody = "nobody"
    no_gain = "no_gain"
    too_few = "too_few"
    too_few_skilled = "too_few_skilled"
    branch_limit = "branch_limit"
    elsewhere = "elsewhere"


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
    """A request that keeps `slots` open in the proposal, and why."""

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


class CannotPin(ValueError):
    """A pin that no assignment can satisfy: `pair` and, in one word, `why` (a PinTrouble)."""

    def __init__(self, pair: Pair, why: "PinTrouble") -> None:
        super().__init__(f"{pair[0]}, {pair[1]}: {why}")
        self.pair, self.why = pair, why


class PinTrouble(StrEnum):
    """Why a pair cannot be pinned."""

    not_eligible = "not_eligible"
    forbidden = "forbidden"
    no_slot = "no_slot"  # more members pinned to the request than it has open slots
    no_room = "no_room"  # the member's tasks or minutes are used up by other pins, or the times overlap
    crew = "crew"  # the request's crew cannot be completed around the pins


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


def dispatch(
    requests: Sequence[Request],
    members: Sequence[Member],
    p: Mapping[Pair, float],
    *,
    pins: Collection[Pair] = (),
    forbidden: Collection[Pair] = (),
    accepted: Collection[Pair] = (),
    caps: Mapping[int, int] | None = None,
    crews: Mapping[int, Crew] | None = None,
    seconds: float = 10.0,
) -> Proposal:
    """The assignment with the highest value round(1000 · URGENCY · p), summed.

    `p` holds the probability of a yes for every eligible pair; a pair that is not in it is not eligible. `pins` must be
    in the result, `forbidden` must not. `accepted` are people who said yes already (not counted in Request.slots): they
    stay where they are and take of their member's tasks, minutes and time, but appear in no result. `caps`: how many
    requests of this queue a member may get, without an entry 1 (one unanswered ask a person). `seconds` bounds the
    search where there are side rules. Raises CannotPin.
    """
    raise NotImplementedError


def effect(before: Proposal, after: Proposal) -> Effect:
    """What the lead's change did: value, who moves, slots filled."""
    raise NotImplementedError


def pooled(due: Mapping[int, datetime], within: timedelta = POOLING) -> list[list[int]]:
    """Which requests to solve together: a group holds all that are due at most `within` after its first. In order of
    the time they are due, then of id; a request that is due alone is a group of its own."""
    raise NotImplementedError
