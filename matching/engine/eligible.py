"""Who may be asked at all: the hard rules, in one order, the first that fails is named (docs/domain.md §11)."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, timedelta
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from matching.engine.crowd import Crowd, present
from matching.engine.model import ELSEWHERE, MOST_URGENT, Dials, Member, Place, Request, Span
from matching.engine.refusals import RULES, Refusal, Rule

__all__ = ["RULES", "Check", "Refusal", "Rule", "Screening", "checks", "eligible", "screen"]

Spans = tuple[Span, ...]
WALK = timedelta(minutes=5)  # our own: from one house to the next
DEFAULTS = Dials()


class Screening(NamedTuple):
    """Those who may be asked, in the order they came in, and for the others why not, by id."""

    fit: Sequence[Member]
    refused: dict[int, Refusal]


class Check(NamedTuple):
    """A rule as one request has it. `refusal` says what stands in the way of whoever has this in the fields `reads`:
    the value of one field, a tuple of several. `above`, of a field of numbers that are mostly different: nothing stands
    in the way of whoever has no more."""

    reads: tuple[str, ...]
    refusal: Callable[[Any], Refusal | None]
    above: float | None = None


def eligible(request: Request, members: Iterable[Member], now: datetime, dials: Dials = DEFAULTS) -> Screening:
    """Look at every member; nobody is left out of both answers. Rules: docs/domain.md §11."""
    if isinstance(members, Crowd):
        return _together(members, checks(request, now, dials))
    fit: list[Member] = []
    refused: dict[int, Refusal] = {}
    refusal_of = screen(request, now, dials)
    for member in members:
        refusal = refusal_of(member)
        if refusal is None:
            fit.append(member)
        else:
            refused[member.id] = refusal
    return Screening(fit, refused)


def screen(request: Request, now: datetime, dials: Dials = DEFAULTS) -> Callable[[Member], Refusal | None]:
    """What stands in a member's way for this request, or None. What is the same for all is worked out once."""
    looks = [(attrgetter(*check.reads), check.refusal) for check in checks(request, now, dials)]

    def refusal_of(member: Member) -> Refusal | None:
        for read, refusal in looks:
            if (refused := refusal(read(member))) is not None:
                return refused
        return None

    return refusal_of


def _together(crowd: Crowd, looked_at: Iterable[Check]) -> Screening:
    """Of a thousand many have the same house, hours, skills: each check looks at each of those once, and at nobody whom
    an earlier one keeps off."""
    refusals: list[Refusal] = []
    first = np.full(len(crowd), -1)  # of each the number of the first refusal
    left = np.arange(len(crowd))
    for reads, refusal, above in looked_at:
        among = left if above is None else left[crowd.numbers(reads[0])[left] > above]
        codes, values = crowd.column(*reads, places=among)
        numbers = np.full(len(values), -1)
        for code in present(codes, len(values)).tolist():
            if (refused := refusal(values[code])) is not None:
                numbers[code] = len(refusals)
                refusals.append(refused)
        first[among] = numbers[codes]
        left = left[first[left] < 0]
    out = np.flatnonzero(first >= 0)
    ids = crowd.column("id", places=out).each()
    why = {id_: refusals[number] for id_, number in zip(ids, first[out].tolist(), strict=True)}
    return Screening(crowd.take(left), why)


def checks(request: Request, now: datetime, dials: Dials) -> list[Check]:
    """The rules that this request has, in their order: the one table that everybody is screened by."""
    scope, licensed, asked = request.unit_path, request.licensed, request.asked
    time = _Time(request, now)
    hours, hours_cap, ask_cap = request.minutes / 60, dials.hours_cap, dials.ask_cap

    def muted(until: datetime | None) -> Refusal | None:
        return Refusal(Rule.muted, until=until) if until is not None and until > now else None

    def over_hours(load: tuple[float, float | None]) -> Refusal | None:
        cap = hours_cap if load[1] is None else min(hours_cap, load[1])
        return Refusal(Rule.hours_cap, f"{load[0]:.1f} / {cap:g}") if load[0] + hours > cap else None

    def over_asks(recent: float) -> Refusal | None:
        return Refusal(Rule.ask_cap, f"{recent:.1f} / {ask_cap:g}") if recent + 1 > ask_cap else None

    found = [
        Check(("unit_path",), lambda path: None if path.startswith(scope) else _SCOPE),
        Check(("active",), lambda active: None if active else _INACTIVE),
        Check(("muted_until",), muted),
        *(Check(("skills",), _unskilled(group)) for group in request.skills),
        *(Check(("skills", "licences"), partial(_unlicensed, group, licensed)) for group in request.skills if licensed),
        Check(("free", "away", "commitments"), time.refusal),
    ]
    if request.gender and request.strict_gender:
        found.append(Check(("gender",), lambda gender: None if gender == request.gender else _GENDER))
    if request.for_child and dials.clearance:
        found.append(Check(("cleared",), lambda cleared: None if cleared else _SAFEGUARDING))
    found.append(Check(("hours14", "hours_cap"), over_hours))
    if request.urgency < MOST_URGENT:
        found.append(Check(("recent",), over_asks, above=ask_cap - 2))  # well below: sums are rounded
    found.append(Check(("waiting",), lambda waiting: _WAITING if waiting else None))
    if asked:
        found.append(Check(("id",), lambda id_: _ASKED if id_ in asked else None))
    if time.binds:
        found.append(Check(("free", "commitments", "place"), time.late))
    return found


def _unskilled(group: frozenset[str]) -> Callable[[frozenset[str]], Refusal | None]:
    refused = Refusal(Rule.skills, "、".join(sorted(group)))
    return lambda skills: refused if group.isdisjoint(skills) else None


def _unlicensed(
    group: frozenset[str], licensed: frozenset[str], known: tuple[frozenset[str], frozenset[str]]
) -> Refusal | None:
    skills, licences = known
    usable = (skills - licensed) | (skills & licences)
    return Refusal(Rule.licence, "、".join(sorted(group & skills))) if group.isdisjoint(usable) else None


class _Time:
    """What a member must be free for. Most members share a shift pattern and a house: each is looked at once."""

    def __init__(self, request: Request, now: datetime) -> None:
        self.now, self.place, self.deadline = now, request.place, request.deadline
        self.length = timedelta(minutes=request.minutes)
        window = request.window
        if window is None:
            self.span, self.whole = Span(now, now + self.length), True
        else:
            self.span, self.whole = Span(max(window.start, now), window.end), request.whole
        self.over = self.span.end - self.span.start < (timedelta(microseconds=1) if self.whole else self.length)
        self._covered: dict[int, tuple[Spans, bool]] = {}  # by id; kept, so that no other takes the id
        self._gaps: dict[int, tuple[Spans, datetime | None]] = {}
        self._there: dict[int, tuple[Place, datetime]] = {}

    @property
    def binds(self) -> bool:
        """Whether anybody can be too late: not if even who begins last or comes from another house is done in time."""
        if self.over or self.deadline is None:
            return self.over
        last = self.span.start if self.whole else self.span.end - self.length
        farthest = self.now + WALK * ELSEWHERE
        return self.place.point is not None or max(last, farthest) + self.length > self.deadline

    def refusal(self, told: tuple[Spans, Spans, Spans]) -> Refusal | None:
        """Whether leave, hours or commitments stand in the way: who is free and away then, and has promised this."""
        free, away, commitments = told
        if self.over:  # nobody can come any more: the deadline says so
            return None
        start, end = self.span
        if self.whole:
            known = self._covered.get(id(free))
            if known is None:
                known = self._covered[id(free)] = free, any(a <= start and end <= b for a, b in free)
            if not known[1]:
                return self._not_free(free, away)
            return next((Refusal(Rule.overlap, until=b) for a, b in commitments if a < end and start < b), None)
        if self._begins(free, ()) is None:
            return self._not_free(free, away)
        if commitments and self._begins(free, commitments) is None:
            return Refusal(Rule.overlap, until=max(b for _a, b in commitments))
        return None

    def late(self, told: tuple[Spans, Spans, Place]) -> Refusal | None:
        """Whether they cannot come and be done before the deadline: who is free, has promised this, and works there."""
        free, commitments, place = told
        if self.over:
            return Refusal(Rule.deadline, until=self.span.end)
        known = self._there.get(id(place))
        if known is None:
            known = self._there[id(place)] = place, self.now + WALK * self.place.distance(place)
        begins = self.span.start if self.whole else self._begins(free, commitments)
        if self.deadline is None or begins is None or max(begins, known[1]) + self.length <= self.deadline:
            return None
        return Refusal(Rule.deadline, until=self.deadline)

    def _begins(self, free: Spans, busy: Spans) -> datetime | None:
        """When they can begin, in a range to choose from."""
        if busy:
            return self._gap(free, busy)
        known = self._gaps.get(id(free))
        if known is None:
            known = self._gaps[id(free)] = free, self._gap(free, ())
        return known[1]

    def _gap(self, free: Spans, busy: Spans) -> datetime | None:
        """When the first free minutes in the range begin that are long enough and meet nothing promised."""
        start, end = self.span
        for a, b in free:
            begins, ends = max(a, start), min(b, end)
            for held in sorted(busy):
                if held.start - begins >= self.length:
                    break
                begins = max(begins, held.end)
            if ends - begins >= self.length:
                return begins
        return None

    def _not_free(self, free: Spans, away: Spans) -> Refusal:
        for leave in away:
            if leave.meets(self.span):
                return Refusal(Rule.leave, until=leave.end)
        later = [a for a, b in free if a > self.now and b - a >= self.length]
        return Refusal(Rule.availability, until=min(later, default=None))


_SCOPE, _INACTIVE = Refusal(Rule.scope), Refusal(Rule.active)
_GENDER, _SAFEGUARDING = Refusal(Rule.gender), Refusal(Rule.safeguarding)
_WAITING, _ASKED = Refusal(Rule.waiting), Refusal(Rule.asked)
