"""Assigns a batch: chooses the way to solve it, and looks the answer over before anybody sees it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass

from matching.engine import flow, rules
from matching.engine.instance import Instance, Solution
from matching.engine.reading import Read
from matching.engine.unfilled import Unfilled, unfilled

SECONDS = 10.0  # for a batch with side rules


class BrokenRule(ArithmeticError):
    """A solver's answer breaks a rule: a mistake in the engine. Better no answer than that one."""


@dataclass(frozen=True, slots=True)
class Answer:
    """A solution that keeps all rules, and the requests that have open slots in it."""

    solution: Solution
    unfilled: list[Unfilled]


def assign(instance: Instance, seconds: float = SECONDS) -> Answer:
    """The best assignment. "flow" is exact however long it takes; "side" is as good as can be had in `seconds`.

    Raises NoCrew where a pinned request cannot have its crew."""
    if instance.sides is None:
        solution = flow.solve(instance)
    else:
        from matching.engine import side  # MathOpt takes a second and 40 MB to load, which flows do not need

        solution = side.solve(instance, seconds)
    breaches = rules.broken(instance, solution.chosen)
    if breaches:
        raise BrokenRule("; ".join(breaches[:5]))
    return Answer(solution, unfilled(instance, solution.chosen))


def printed(read: Read, answer: Answer) -> Iterator[str]:
    """The answer as one JSON object, in pieces, with the ids that came in."""
    instance, solution = read.instance, answer.solution
    yield '{"assign": ['
    for at in range(0, len(solution.chosen), 10_000):
        part = solution.chosen[at : at + 10_000]
        requests, members = instance.request[part].tolist(), instance.member[part].tolist()
        rows = [[instance.requests[one], instance.members[two]] for one, two in zip(requests, members, strict=True)]
        yield (", " if at else "") + json.dumps(rows, ensure_ascii=False)[1:-1]
    yield f'], "value": {solution.value}, "bound": {solution.bound}, "gap": {solution.gap:.9g}'
    yield f', "solver": {json.dumps(solution.solver)}, "unfilled": ['
    for at in range(0, len(answer.unfilled), 10_000):
        lot = [
            {"request": instance.requests[one.request], "got": one.got, "slots": one.slots, "reason": one.reason}
            for one in answer.unfilled[at : at + 10_000]
        ]
        yield (", " if at else "") + json.dumps(lot, ensure_ascii=False)[1:-1]
    left_out = [{"edge": at, "reason": why} for at, why in read.left_out]
    yield f'], "left_out": {json.dumps(left_out)}}}\n'
