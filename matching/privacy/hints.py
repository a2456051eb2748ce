"""Searching a large vocabulary fast: a text is only searched for what its characters can make.

From each pattern we read sets of characters: a match holds at least one of each set. A text whose characters miss one
of the sets is not searched. Where nothing can be said about a pattern it has no sets, and is always searched.
"""

import re
from collections.abc import Iterable, Mapping

_Pattern = tuple[str, re.Pattern[str], tuple[frozenset[str], ...]]

_LETTERS = "etaoinshrdlcumwfgypbvkjxqz"  # from the commonest to the rarest
_QUANTIFIER = re.compile(r"(?:[?*+]|\{\d+(?:,\d*)?\})\??")
_LOOKING = re.compile(r"\(\?<?[=!]")


class Words:
    """Named groups of patterns, of which only those are searched that a text can hold."""

    def __init__(self, groups: Mapping[str, Iterable[str]]) -> None:
        self._always: list[_Pattern] = []
        self._by_letter: dict[str, list[_Pattern]] = {}
        for name, patterns in groups.items():
            for pattern in patterns:
                telling, *others = needs(pattern) or ((),)
                entry = (name, re.compile(pattern), tuple(others))
                for letter in telling:
                    self._by_letter.setdefault(letter, []).append(entry)
                if not telling:
                    self._always.append(entry)
        self._letters = frozenset(self._by_letter)

    def possible(self, text: str) -> dict[str, list[re.Pattern[str]]]:
        """Return by name the patterns that may match in `text`; a name of which none may is missing."""
        letters = frozenset(text)
        found = set(self._always)
        for letter in letters & self._letters:
            found.update(self._by_letter[letter])
        groups: dict[str, list[re.Pattern[str]]] = {}
        for name, regex, others in found:
            for other in others:
                if other.isdisjoint(letters):
                    break
            else:
                groups.setdefault(name, []).append(regex)
        return groups


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
