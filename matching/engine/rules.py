"""Looks over an assignment: does it break any of rules 2 to 7? Shares no line with the solvers that made it."""

from collections import Counter, defaultdict
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from matching.engine.instance import Instance, Sides


def broken(instance: Instance, chosen: NDArray[np.intp]) -> list[str]:
    """A sentence for each breach among the pairs at these positions; empty when all is well."""
    found = []
    request, member = instance.request[chosen], instance.member[chosen]
    if len(np.unique(request.astype(np.int64) * len(instance.members) + member)) != len(chosen):
        found.append("rule 2: a pair is assigned twice")
    taken, load = (
        np.bincount(request, minlength=len(instance.requests)),
        np.bincount(member, minlength=len(instance.members)),
    )
    found += [
        f"rule 3: request {instance.requests[at]!r} has {taken[at]} of {instance.slots[at]} members"
        for at in np.flatnonzero(taken > instance.slots).tolist()
    ]
    found += [
        f"rule 4: member {instance.members[at]!r} has {load[at]} of {instance.cap_tasks[at]} requests"
        for at in np.flatnonzero(load > instance.cap_tasks).tolist()
    ]
    if instance.pinned is not None:
        missing = set(instance.pinned.tolist()) - set(chosen.tolist())
        found += [f"the pinned pair at {at} is not assigned" for at in sorted(missing)]
    if instance.sides is not None:
        crews: defaultdict[int, list[int]] = defaultdict(list)
        rounds: defaultdict[int, list[int]] = defaultdict(list)
        for one, other in zip(request.tolist(), member.tolist(), strict=True):
            crews[one].append(other)
            rounds[other].append(one)
        for other, requests in rounds.items():
            found += [f"{why} of member {instance.members[other]!r}" for why in _round(instance.sides, other, requests)]
        for one, members in crews.items():
            found += [f"{why} of request {instance.requests[one]!r}" for why in _crew(instance.sides, one, members)]
    return found


def _round(sides: Sides, member: int, requests: list[int]) -> Iterator[str]:
    if sum(int(sides.minutes[one]) for one in requests) > sides.cap_minutes[member]:
        yield "rule 5: the minutes are too many"
    spans = [(int(sides.start[one]), int(sides.end[one])) for one in requests]
    if any(a[0] < b[1] and b[0] < a[1] for at, a in enumerate(spans) for b in spans[:at]):
        yield "rule 5: windows overlap"


def _crew(sides: Sides, request: int, members: list[int]) -> Iterator[str]:
    need, most = sides.need[request], sides.max_per_branch[request]
    if len(members) < sides.min_fill[request]:
        yield "rule 6: members are too few"
    if need is not None and sum(need.skill in sides.skills[one] for one in members) < need.least:
        yield f"rule 7: too few hold {need.skill!r}"
    if most is not None and max(Counter(int(sides.branch[one]) for one in members).values()) > most:
        yield "rule 7: too many are of one branch"
