"""Searching a large vocabulary fast: a text is only searched for what its characters can make.

From each pattern we read sets of characters: a match holds at least one of each set. A text whose characters miss one
of the sets is not searched. Where nothing can be said about a pattern it has no sets, and is always searched.
"""

import re
from collections.abc import Iterable, Mapping

_DEEP = 3  # sets looked at for each pattern: more would rule out hardly any

_LETTERS = "etaoinshrdlcumwfgypbvkjxqz"  # from the commonest to the rarest
_QUANTIFIER = re.compile(r"(?:[?*+]|\{\d+(?:,\d*)?\})\??")
_LOOKING = re.compile(r"\(\?<?[=!]")


class Words:
    """Named groups of patterns, of which only those are searched that a text can hold.

    A pattern is one bit at each depth, and the depths stand one above the other in one number. For each letter there is
    a number with the bits of the patterns whose set at that depth holds it: what a text can hold is an OR over its
    letters, and an AND over the depths.
    """

    def __init__(self, groups: Mapping[str, Iterable[str]]) -> None:
        written = [(name, pattern) for name, patterns in groups.items() for pattern in patterns]
        self._patterns = written
        self._compiled: dict[int, re.Pattern[str]] = {}  # by place, once a text asks: hundreds are slow to compile
        self._all = (1 << len(written)) - 1
        self._anyway = 0
        self._by_letter: dict[str, int] = {}
        for place, (_name, pattern) in enumerate(written):
            sets = needs(pattern)
            for depth in range(_DEEP):
                bit = 1 << (place + depth * len(written))
                if depth >= len(sets):
                    self._anyway |= bit
                    continue
                for letter in sets[depth]:
                    self._by_letter[letter] = self._by_letter.get(letter, 0) | bit

    def possible(self, text: str) -> dict[str, list[re.Pattern[str]]]:
        """Return by name the patterns that may match in `text`; a name of which none may is missing."""
        bits, width = self._anyway, len(self._patterns)
        for found in map(self._by_letter.get, set(text)):
            if found is not None:
                bits |= found
        left = self._all
        for depth in range(_DEEP):
            left &= bits >> depth * width
        groups: dict[str, list[re.Pattern[str]]] = {}
        while left:
            lowest = left & -left
            place = lowest.bit_length() - 1
            groups.setdefault(self._patterns[place][0], []).append(self._regex(place))
            left ^= lowest
        return groups

    def _regex(self, place: int) -> re.Pattern[str]:
        found = self._compiled.get(place)
        if found is None:
            found = self._compiled[place] = re.compile(self._patterns[place][1])
        return found


def needs(pattern: str) -> tuple[frozenset[str], ...]:
    """Return sets of characters, of each of which every match of `pattern` holds one; the most telling set first.

    Knows the syntax that the vocabulary uses. Raises ValueError for brackets that do not close.
    """
    found, end = _alternatives(pattern, 0)
    if end != len(pattern):
        raise ValueError(f"brackets do not close: {pattern}")
    return tuple(sorted(found, key=_cost))


def _alternatives(pattern: str, at: int) -> tuple[list[frozenset[str]], int]:
    branches: list[list[frozenset[str]]] = []
    while True:
        found, at = _sequence(pattern, at)
        branches.append(found)
        if at >= len(pattern) or pattern[at] == ")":
            break
        at += 1
    if len(branches) == 1:
        return branches[0], at
    if not all(branches):
        return [], at
    return [frozenset().union(*(min(branch, key=_cost) for branch in branches))], at


def _sequence(pattern: str, at: int) -> tuple[list[frozenset[str]], int]:
    found: list[frozenset[str]] = []
    while at < len(pattern) and pattern[at] not in "|)":
        atom, at = _atom(pattern, at)
        quantifier = _QUANTIFIER.match(pattern, at)
        if quantifier:
            at = quantifier.end()
        if not quantifier or not (quantifier[0][0] in "?*" or quantifier[0].startswith("{0")):
            found += atom
    return found, at


def _atom(pattern: str, at: int) -> tuple[list[frozenset[str]], int]:
    character = pattern[at]
    if character == "\\":
        return [], at + 2
    if character == "[":
        end = at + 1
        while pattern[end] != "]":
            end += 2 if pattern[end] == "\\" else 1
        inside = pattern[at + 1 : end]
        return [] if inside[0] == "^" or set(inside) & set("\\-") else [frozenset(inside)], end + 1
    if character == "(":
        looking = _LOOKING.match(pattern, at)
        begin = looking.end() if looking else at + (3 if pattern.startswith("(?:", at) else 1)
        found, end = _alternatives(pattern, begin)
        return [] if looking else found, end + 1
    return [] if character in ".^$" else [frozenset(character)], at + 1


def _cost(characters: Iterable[str]) -> int:
    return sum(30 - _LETTERS.index(c) if c in _LETTERS else 1 if c >= "一" else 20 for c in characters)
