"""Searching a large vocabulary fast: a text is only searched for what its characters can make.

From each pattern we read sets of characters: a match holds at least one of each set. A text whose characters miss one
of the sets is not searched. Where nothing can be said about a pattern it has no sets, and is always searched.
"""

import re
from collections.abc import Iterable, Iterator

_LETTERS = "etaoinshrdlcumwfgypbvkjxqz"  # from the commonest to the rarest
_QUANTIFIER = re.compile(r"(?:[?*+]|\{\d+(?:,\d*)?\})\??")
_LOOKING = re.compile(r"\(\?<?[=!]")


class Words:
    """Alternatives that are searched one by one, each only in a text that can hold it."""

    def __init__(self, alternatives: Iterable[str]) -> None:
        self._each = tuple((needs(alternative), re.compile(alternative)) for alternative in alternatives)

    def finditer(self, text: str, letters: frozenset[str]) -> Iterator[re.Match[str]]:
        """Yield the matches in `text`, alternative by alternative; `letters` are the characters of the text."""
        for wanted, regex in self._each:
            for need in wanted:
                if need.isdisjoint(letters):
                    break
            else:
                yield from regex.finditer(text)

    def are_in(self, text: str, letters: frozenset[str]) -> bool:
        """Tell whether one of the alternatives matches in `text`."""
        for wanted, regex in self._each:
            for need in wanted:
                if need.isdisjoint(letters):
                    break
            else:
                if regex.search(text):
                    return True
        return False


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
