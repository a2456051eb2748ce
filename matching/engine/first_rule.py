"""Rule 1 over millions of pairs at once: all skills held, one free interval covers the window, strict gender met."""

from array import array
from collections.abc import Callable, Collection
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from matching.engine.instance import Flags, Id, Ints

LOT = 250_000  # pairs looked at together, for the memory
_GENDERS = {"f": 1, "m": 2}


class FirstRule:
    """What rule 1 needs of members and requests, one after the other as they are read."""

    def __init__(self) -> None:
        self.skills: list[frozenset[Id]] = []  # of each member
        self.wanted: list[frozenset[Id]] = []  # by each request
        self._sets: dict[frozenset[Id], frozenset[Id]] = {}
        self._gender, self._strict = array("b"), array("b")
        self._free, self._always = array("q"), array("b")  # member, start, end; members who say nothing about time
        self._window, self._timed = array("q"), array("b")

    def member(self, skills: Collection[Id], gender: object, free: list[tuple[int, int]] | None) -> None:
        """The next member. Without `free` any time will do."""
        at = len(self.skills)
        self.skills.append(self._same(skills))
        self._gender.append(_GENDERS.get(gender, 0) if isinstance(gender, str) else 0)
        self._always.append(free is None)
        for start, end in sorted(free or ()):
            self._free.extend((at, start, end))

    def request(self, skills: Collection[Id], gender: object, window: tuple[int, int] | None) -> None:
        """The next request; `gender` only where it is strict."""
        self.wanted.append(self._same(skills))
        self._strict.append(_GENDERS.get(gender, 0) if isinstance(gender, str) else 0)
        self._timed.append(window is not None)
        self._window.extend(window or (0, 0))

    def _same(self, skills: Collection[Id]) -> frozenset[Id]:
        made = frozenset(skills)
        return self._sets.setdefault(made, made)

    def holds(self, request: NDArray[np.int32], member: NDArray[np.int32]) -> tuple[Flags, Callable[[int], str]]:
        """Which pairs satisfy the rule; and for one that does not, why."""
        tests = (
            ("a skill is missing", self._skilled()),
            ("the gender is strict", self._met()),
            ("no free interval covers the window", self._covered()),
        )

        def test(part: slice) -> Flags:
            kept: Flags = np.logical_and.reduce([one(request[part], member[part]) for _, one in tests])
            return kept

        def why(at: int) -> str:
            one = slice(at, at + 1)
            return next(words for words, holds in tests if not holds(request[one], member[one])[0])

        cuts = [*range(0, len(request), LOT), len(request)]
        kept = [test(slice(start, end)) for start, end in pairwise(cuts)]
        return (np.concatenate(kept) if kept else np.zeros(0, np.bool_)), why

    def _skilled(self) -> Callable[[NDArray[np.int32], NDArray[np.int32]], Flags]:
        """Sets as bits, so many words of 64 as there are skills that somebody wants."""
        bits = {skill: n for n, skill in enumerate(sorted({one for want in self._sets for one in want}, key=repr))}
        words = len(bits) // 64 + 1
        masks = {
            skills: np.frombuffer(sum(1 << bits[one] for one in skills).to_bytes(words * 8, "little"), np.uint64)
            for skills in self._sets
        }
        wanted = np.array([masks[skills] for skills in self.wanted], np.uint64).reshape(-1, words)
        lacks = ~np.array([masks[skills] for skills in self.skills], np.uint64).reshape(-1, words)
        return lambda request, member: np.logical_not((wanted[request] & lacks[member]).any(axis=1), dtype=np.bool_)

    def _met(self) -> Callable[[NDArray[np.int32], NDArray[np.int32]], Flags]:
        strict, gender = np.array(self._strict, np.int8), np.array(self._gender, np.int8)
        return lambda request, member: (strict[request] == 0) | (strict[request] == gender[member])

    def _covered(self) -> Callable[[NDArray[np.int32], NDArray[np.int32]], Flags]:
        """Of a member's intervals that start no later than the window, does the one that ends last reach its end?"""
        timed, always = np.array(self._timed, np.bool_), np.array(self._always, np.bool_)
        window = np.array(self._window, np.int64).reshape(-1, 2)
        free = np.array(self._free, np.int64).reshape(-1, 3)
        far = 1 + max((int(np.abs(one).max()) for one in (window, free[:, 1:]) if one.size), default=0)
        moments: Ints = np.unique(np.concatenate([free[:, 1], window[:, 0]]))  # small numbers: the keys stay exact
        keys = free[:, 0] * (len(moments) + 1) + np.searchsorted(moments, free[:, 1])
        latest = np.maximum.accumulate(free[:, 0] * (2 * far + 1) + free[:, 2]) - free[:, 0] * (2 * far + 1)
        starts = np.searchsorted(moments, window[:, 0])

        def test(request: NDArray[np.int32], member: NDArray[np.int32]) -> Flags:
            held = member.astype(np.int64)
            at = np.searchsorted(keys, held * (len(moments) + 1) + starts[request], side="right") - 1
            own = (at >= 0) & (free[at, 0] == held) if len(free) else np.zeros(len(held), np.bool_)
            reaches = latest[at] >= window[request, 1] if len(free) else own
            covered: Flags = ~timed[request] | always[member] | (own & reaches)
            return covered

        return test
