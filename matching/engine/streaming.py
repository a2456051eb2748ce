"""Reads one big JSON object piece by piece: its values one at a time, and lists of values without holding the list.

A batch of two million pairs is 40 MB of text and would be half a gigabyte of Python objects.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, TextIO

import numpy as np

from matching.engine.instance import Ints

FAR = 1 << 62  # numbers beyond are told from each other by the slow way only
PIECE = 1 << 20  # characters read at once
_GOES_ON = frozenset("0123456789+-.eE")  # what may follow in the next piece when this one ends within a number
_BLANK = " \t\n\r"
_LIST_ENDS = re.compile(r"\]\s*\]")
_LONE_SIGN = re.compile(rb"-(?![0-9])")


class NotJson(ValueError):
    """The text is no JSON; says at which character, from 1."""


class Stream:
    """A text read once from its start. `text[at:]` is what was read and not yet used."""

    def __init__(self, source: TextIO, piece: int = PIECE) -> None:
        self.source, self.piece = source, piece
        self.text, self.at, self.passed, self.ended = "", 0, 0, False
        self._decoder = json.JSONDecoder(parse_constant=self._no_number)

    def fields(self) -> Iterator[str]:
        """The keys of the object that the text is. After each the caller must take its value, as value or items."""
        self._expect("{")
        if self._next() != "}":
            while True:
                key = self.value()
                if not isinstance(key, str):
                    raise self._bad("a key in quotes was expected")
                self._expect(":")
                yield key
                if self._next() != ",":
                    break
                self.at += 1
        self._expect("}")
        if self._next():
            raise self._bad("something follows the end of the object")

    def value(self) -> Any:
        """The next value, whole."""
        while True:
            self._next()
            try:
                found, end = self._decoder.raw_decode(self.text, self.at)
            except json.JSONDecodeError as error:
                if self._more():
                    continue
                self.at = error.pos
                raise self._bad(error.msg) from None
            if (end < len(self.text) and self.text[end] not in _GOES_ON) or not self._more():
                self.at = end
                return found

    def items(self) -> Iterator[Any]:
        """The values of the list that comes next."""
        self._expect("[")
        if self._next() != "]":
            while True:
                yield self.value()
                if self._next() != ",":
                    break
                self.at += 1
        self._expect("]")

    def rows(self, width: int) -> Iterator[Ints | list[Any]]:
        """The list of lists that comes next, in lots: a table of integers where each row has `width` of them and
        nothing else, else the values as they are."""
        self._expect("[")
        by_lots = True
        while self._next() not in ("]", ""):
            lot = self._lot() if by_lots else ""
            values: Ints | list[Any] | None = table(lot, width) if '"' not in lot else None
            if values is None:
                values = _parsed(lot)
            if values is not None:
                self.at += len(lot)
            else:  # cut within a string, or something is wrong in it
                by_lots, values = False, [self.value()]
            yield values
            if self._next() != ",":
                break
            self.at += 1
            if self._next() == "]":
                raise self._bad("a value was expected")
        self._expect("]")

    def _lot(self) -> str:
        """As many whole rows as were read, if there are no brackets in strings."""
        if len(self.text) - self.at < self.piece // 2:
            self._more()
        last = _LIST_ENDS.search(self.text, self.at)
        return self.text[self.at : last.start() + 1 if last else self.text.rfind("]", self.at) + 1]

    def _next(self) -> str:
        """The next character that is not blank, without taking it; empty at the end."""
        while True:
            while self.at < len(self.text) and self.text[self.at] in _BLANK:
                self.at += 1
            if self.at < len(self.text):
                return self.text[self.at]
            if not self._more():
                return ""

    def _expect(self, mark: str) -> None:
        found = self._next()
        if found != mark:
            raise self._bad(f"{mark!r} was expected, found {found!r}" if found else f"the text ends before {mark!r}")
        self.at += 1

    def _more(self) -> bool:
        """Read on; as much again as is waiting, so that a long value is tried only a few times."""
        if self.ended:
            return False
        read = self.source.read(max(self.piece, len(self.text) - self.at))
        self.ended = not read
        self.passed += self.at
        self.text, self.at = self.text[self.at :] + read, 0
        return bool(read)

    def _bad(self, why: str) -> NotJson:
        return NotJson(f"character {self.passed + self.at + 1}: {why}")

    def _no_number(self, word: str) -> None:
        raise self._bad(f"{word} is no JSON")


def table(text: str, width: int) -> Ints | None:
    """`[1,2,3],[4,5,6]` as rows of integers; None where it is anything else, which the slow way tells more about."""
    raw = text.encode("ascii", "replace")
    shape = raw.translate(None, b"0123456789- \t\n\r")
    row = b"[" + b"," * (width - 1) + b"],"
    count = (len(shape) + 1) // len(row)
    if not count or shape + b"," != row * count or _LONE_SIGN.search(raw):
        return None
    try:
        numbers = np.fromstring(raw.translate(None, b"[]"), dtype=np.int64, sep=",")
    except ValueError:
        return None
    if len(numbers) != count * width or np.abs(numbers).max() >= FAR:
        return None
    return numbers.reshape(count, width)


def _parsed(text: str) -> list[Any] | None:
    try:
        found: list[Any] = json.loads(f"[{text}]")
    except ValueError:
        return None
    return found or None
