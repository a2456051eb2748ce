"""A first assignment that keeps all rules, whatever happens to the search: the most rewarding requests first."""

from collections import Counter

from matching.engine.sides.part import Part
from matching.engine.sides.rows import least_crew


class _Diary:
    """What the members of a part have left."""

    def __init__(self, part: Part) -> None:
        self.part = part
        self.tasks, self.minutes = part.caps.tolist(), part.cap_minutes.tolist()
        self.busy: list[list[tuple[int, int]]] = [[] for _ in self.tasks]
        self.of = part.member.tolist()
        self.spans = list(zip(part.start.tolist(), part.end.tolist(), part.minutes.tolist(), strict=True))

    def has_room(self, pair: int) -> bool:
        member, (start, end, minutes) = self.of[pair], self.spans[pair]
        return (
            self.tasks[member] > 0
            and self.minutes[member] >= minutes
            and not any(start < until and since < end for since, until in self.busy[member])
        )

    def enter(self, pair: int) -> None:
        member, (start, end, minutes) = self.of[pair], self.spans[pair]
        self.tasks[member] -= 1
        self.minutes[member] -= minutes
        self.busy[member].append((start, end))


class _Crew:
    """Who has been taken for one request."""

    def __init__(self, part: Part, request: int, pairs: list[int]) -> None:
        sides, people = part.sides, part.people[part.member[pairs]].tolist()
        self.pairs, self.taken, self.slots = pairs, set[int](), int(part.instance.slots[request])
        self.least, self.most = least_crew(part, request), sides.max_per_branch[request]
        need = sides.need[request]
        self.skilled = need.least if need else 0
        self.holds = {
            pair: need is not None and need.skill in sides.skills[one] for pair, one in zip(pairs, people, strict=True)
        }
        self.branch = dict(zip(pairs, sides.branch[people].tolist(), strict=True))
        self.of_branch: Counter[int] = Counter()

    def takes(self, pair: int) -> bool:
        """Whether there is a slot for this one that is not kept for somebody with the skill."""
        lacking = self.skilled - sum(self.holds[one] for one in self.taken)
        if pair in self.taken or len(self.taken) >= self.slots or not self._branch(pair):
            return False
        return self.holds[pair] or self.slots - len(self.taken) > lacking

    def _branch(self, pair: int) -> bool:
        return self.most is None or self.of_branch[self.branch[pair]] < self.most

    def add(self, pair: int) -> None:
        self.taken.add(pair)
        self.of_branch[self.branch[pair]] += 1

    @property
    def complete(self) -> bool:
        return len(self.taken) >= self.least and sum(self.holds[one] for one in self.taken) >= self.skilled


def greedy(part: Part, start: list[int] | None = None) -> list[int] | None:
    """Numbers of pairs that keep all rules and hold those of `start` (which keep them already) and the pinned ones.
    None when a pinned request gets no crew this way."""
    diary, value = _Diary(part), part.value.tolist()
    crews = {request: _Crew(part, request, pairs) for request, pairs in part.by_request()}
    pinned = part.pinned.tolist()
    begun = set(start or ())
    for crew in crews.values():
        for pair in crew.pairs:
            if pinned[pair] or pair in begun:
                diary.enter(pair)
                crew.add(pair)
    chosen: list[int] = []
    for crew in sorted(crews.values(), key=lambda one: (not one.taken, -_reward(one, value))):
        before = set(crew.taken)
        tried = _fill(crew, diary, value)
        gain = sum(value[pair] for pair in tried)
        if crew.complete and (before or gain > 0):
            chosen += sorted(crew.taken)
        elif before:
            return None
        else:
            _undo(crew, diary, tried)
    return sorted(chosen)


def _reward(crew: _Crew, value: list[int]) -> float:
    """What a slot brings at best."""
    best = sorted((value[pair] for pair in crew.pairs), reverse=True)[: max(crew.slots, 1)]
    return sum(best) / len(best)


def _fill(crew: _Crew, diary: _Diary, value: list[int]) -> list[int]:
    """The best that are free, skilled ones first while they are lacking; those worth nothing only for the least
    crew."""
    tried = []
    for pair in sorted(crew.pairs, key=lambda one: (-value[one], one)):
        if (value[pair] > 0 or len(crew.taken) < crew.least) and crew.takes(pair) and diary.has_room(pair):
            crew.add(pair)
            diary.enter(pair)
            tried.append(pair)
    return tried


def _undo(crew: _Crew, diary: _Diary, tried: list[int]) -> None:
    for pair in tried:
        member, (start, end, minutes) = diary.of[pair], diary.spans[pair]
        diary.tasks[member] += 1
        diary.minutes[member] += minutes
        diary.busy[member].remove((start, end))
        crew.taken.remove(pair)
        crew.of_branch[crew.branch[pair]] -= 1
