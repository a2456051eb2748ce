"""The best assignment of a whole queue, as a proposal.

Nothing here is asked or dispatched: a lead accepts the proposal whole, in part, or pins and forbids pairs and looks at
what that changes.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

import numpy as np

from matching.engine.assigning import SECONDS, assign
from matching.engine.instance import Instance, Need, NoCrew, Sides
from matching.engine.model import Dials, Member, Request, Span
from matching.engine.proposal import CannotPin, Crew, Effect, Move, Open, Pair, PinTrouble, Proposal, effect
from matching.engine.unfilled import Reason

__all__ = [
    "CannotPin", "Crew", "Effect", "Move", "Open", "Pair", "PinTrouble", "Proposal", "Reason", "dispatch", "effect",
    "pooled",
]  # fmt: skip

URGENCY = (0.6, 1.0, 1.6, 2.5)  # what a filled slot is worth, by Request.urgency
POOLING = timedelta(minutes=2)
STANDARD = Dials()


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
    dials: Dials = STANDARD,
    seconds: float = SECONDS,
) -> Proposal:
    """The assignment with the highest value round(1000 · URGENCY · p), summed.

    `p` holds the probability of a yes for every eligible pair; a pair that is not in it is not eligible. `pins` must be
    in the result, `forbidden` must not. `accepted` are people who said yes already (not counted in Request.slots): they
    stay where they are and take of their member's tasks, minutes and time, but appear in no result. `caps`: how many
    requests of this queue a member may get, without an entry 1 (one unanswered ask a person). `seconds` bounds the
    search where there are side rules. Raises CannotPin.
    """
    queue = _Queue(requests, members, accepted, caps or {}, crews or {}, dials)
    queue.take(p, {*forbidden, *accepted})
    for pair in sorted(pins):
        queue.pin(pair, pair in set(forbidden))
    instance = queue.instance()
    try:
        answer = assign(instance, seconds)
    except NoCrew as lacking:
        request = instance.requests[lacking.request]
        raise CannotPin(next(pair for pair in sorted(pins) if pair[0] == request), PinTrouble.crew) from None
    chosen = [queue.pairs[at] for at in answer.solution.chosen.tolist()]
    values = {pair: queue.pairs_value[pair] for pair in chosen}
    unfilled = tuple(Open(queue.requests[one.request].id, one.slots - one.got, one.reason) for one in answer.unfilled)
    solution = answer.solution
    return Proposal(tuple(chosen), solution.value, solution.bound, solution.gap, solution.solver, unfilled, values)


def pooled(due: Mapping[int, datetime], within: timedelta = POOLING) -> list[list[int]]:
    """Which requests to solve together: a group holds all that are due at most `within` after its first. In order of
    the time they are due, then of id; a request that is due alone is a group of its own."""
    groups: list[list[int]] = []
    for moment, request in sorted((moment, request) for request, moment in due.items()):
        if groups and moment - due[groups[-1][0]] <= within:
            groups[-1].append(request)
        else:
            groups.append([request])
    return groups


class _Queue:
    """Requests and members in the order of their ids, so that the same queue always gives the same proposal."""

    def __init__(
        self, requests: Sequence[Request], members: Sequence[Member], accepted: Collection[Pair],
        caps: Mapping[int, int], crews: Mapping[int, Crew], dials: Dials,
    ) -> None:  # fmt: skip
        self.requests = sorted(requests, key=lambda one: one.id)
        self.members = sorted(members, key=lambda one: one.id)
        self.request = {one.id: at for at, one in enumerate(self.requests)}
        self.member = {one.id: at for at, one in enumerate(self.members)}
        self.crews = crews
        self.held: defaultdict[int, list[Request]] = defaultdict(list)  # what members said yes to
        for request, member in sorted(accepted):
            if request in self.request:
                self.held[member].append(self.requests[self.request[request]])
        self.caps = {one.id: max(0, caps.get(one.id, 1) - len(self.held[one.id])) for one in self.members}
        self.minutes = {one.id: self._minutes(one, dials) for one in self.members}
        self.pairs: list[Pair] = []
        self.pairs_value: dict[Pair, int] = {}
        self.pinned: list[Pair] = []

    def _minutes(self, member: Member, dials: Dials) -> int:
        """What is left of their hours in 14 days."""
        hours = (dials.hours_cap if member.hours_cap is None else member.hours_cap) - member.hours14
        return max(0, int(60 * hours) - sum(one.minutes for one in self.held[member.id]))

    def take(self, p: Mapping[Pair, float], out: Collection[Pair]) -> None:
        """The pairs that may be assigned, with their values."""
        for pair in sorted(pair for pair in p if pair[0] in self.request and pair[1] in self.member):
            request = self.requests[self.request[pair[0]]]
            if pair in out or any(_overlap(request, other) for other in self.held[pair[1]]):
                continue
            self.pairs.append(pair)
            self.pairs_value[pair] = round(1000 * URGENCY[request.urgency] * p[pair])
            self.minutes[pair[1]] = max(self.minutes[pair[1]], request.minutes)  # one that is eligible always fits

    def pin(self, pair: Pair, forbidden: bool) -> None:
        """Raises CannotPin where it cannot stand beside the pins before it."""
        if forbidden:
            raise CannotPin(pair, PinTrouble.forbidden)
        if pair not in self.pairs_value:
            raise CannotPin(pair, PinTrouble.not_eligible)
        request = self.requests[self.request[pair[0]]]
        others = [self.requests[self.request[one]] for one, member in self.pinned if member == pair[1]]
        if sum(one == pair[0] for one, _ in self.pinned) >= request.slots:
            raise CannotPin(pair, PinTrouble.no_slot)
        if (
            len(others) >= self.caps[pair[1]]
            or any(_overlap(request, other) for other in others)
            or sum(one.minutes for one in (request, *others)) > self.minutes[pair[1]]
        ):
            raise CannotPin(pair, PinTrouble.no_room)
        self.pinned.append(pair)

    def instance(self) -> Instance:
        """Columns; with side rules only where one of them could matter."""
        numbered = {pair: at for at, pair in enumerate(self.pairs)}
        return Instance(
            [one.id for one in self.requests],
            [one.id for one in self.members],
            np.array([one.slots for one in self.requests], np.int64),
            np.array([self.caps[one.id] for one in self.members], np.int64),
            np.array([self.request[request] for request, _ in self.pairs], np.int32),
            np.array([self.member[member] for _, member in self.pairs], np.int32),
            np.array([self.pairs_value[pair] for pair in self.pairs], np.int64),
            self._sides() if self._matter() else None,
            np.array([numbered[pair] for pair in self.pinned], np.intp) if self.pinned else None,
        )

    def _matter(self) -> bool:
        if any(request in self.request for request in self.crews):
            return True
        several = Counter(member for _, member in self.pairs)
        return any(self.caps[member] > 1 and count > 1 for member, count in several.items())

    def _sides(self) -> Sides:
        crews = [self.crews.get(one.id, Crew()) for one in self.requests]
        spans = [_seconds(one.window) for one in self.requests]
        branches: dict[int | str, int] = {}
        return Sides(
            np.array([start for start, _ in spans], np.int64), np.array([end for _, end in spans], np.int64),
            np.array([one.minutes for one in self.requests], np.int64),
            np.array([self.minutes[one.id] for one in self.members], np.int64),
            np.array([branches.setdefault(one.branch, len(branches)) for one in self.members], np.int64),
            np.array([one.least for one in crews], np.int64),
            [Need(one.skill, one.count) if one.count else None for one in crews],
            [one.per_branch for one in crews],
            [one.skills for one in self.members],
        )  # fmt: skip


def _overlap(one: Request, other: Request) -> bool:
    """Requests without a window are done when somebody comes: they stand in nobody's way."""
    return one.window is not None and other.window is not None and one.window.meets(other.window)


def _seconds(window: Span | None) -> tuple[int, int]:
    return (-1, -1) if window is None else (int(window.start.timestamp()), int(window.end.timestamp()))
