"""Who may be asked at all: the hard rules, in one order, the first that fails is named (docs/domain.md §11)."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import partial
from operator import attrgetter
from typing import Any, NamedTuple

import numpy as np

from matching.engine.crowd import Crowd, present
from matching.engine.model import MOST_URGENT, Dials, Member, Request
from matching.engine.refusals import RULES, Refusal, Rule
from matching.engine.timing import Timing

__all__ = ["RULES", "Check", "Refusal", "Rule", "Screening", "checks", "eligible", "screen"]

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
    time = Timing(request, now)
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
        Check(("free", "away", "commitments", "engaged"), time.refusal),
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
        found.append(Check(("free", "commitments", "engaged", "place"), time.late))
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


_SCOPE, _INACTIVE = Refusal(Rule.scope), Refusal(Rule.active)
_GENDER, _SAFEGUARDING = Refusal(Rule.gender), Refusal(Rule.safeguarding)
_WAITING, _ASKED = Refusal(Rule.waiting), Refusal(Rule.asked)
