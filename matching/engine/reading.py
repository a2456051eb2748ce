"""Reads `match-instance/1` (docs/matching-instances.md) from a text into columns, and checks it on the way.

Two million pairs must fit into half a gigabyte together with their solution, so nothing of the text is kept that the
rules do not need, and pairs never become Python objects when their ids are integers.
"""

from array import array
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, TextIO

import numpy as np
from numpy.typing import NDArray

from matching.engine.checks import MOST, a_list, an_object, branch, need_of, or_0, shown, span, words
from matching.engine.first_rule import FirstRule
from matching.engine.instance import BadInstance, Id, Instance, Ints, Need, Sides
from matching.engine.streaming import PIECE, NotJson, Stream

FORMAT = "match-instance/1"
_SIDE_ONLY = {"members": ("branch", "cap_minutes"), "requests": ("window", "minutes")}


@dataclass(slots=True)
class Read:
    """An instance, and the positions in `edges` of pairs that contradict rule 1 and were left out, with the reason."""

    instance: Instance
    left_out: list[tuple[int, str]]


def read(source: TextIO, piece: int = PIECE) -> Read:
    """Takes `piece` characters at a time. Raises BadInstance: which key, which position, why."""
    rows = _Rows()
    try:
        rows.take(Stream(source, piece))
    except NotJson as error:
        raise BadInstance("JSON", str(error)) from None
    except UnicodeDecodeError as error:
        raise BadInstance("JSON", f"the text is no UTF-8: {error.reason}") from None
    except RecursionError:
        raise BadInstance("JSON", "lists within lists without an end") from None
    return rows.done()


@dataclass(slots=True)
class _Side:
    """The members, or the requests, column by column."""

    kind: str
    ids: list[Id] = field(default_factory=list)
    seen: dict[Id, int] = field(default_factory=dict)
    columns: "dict[str, array[int]]" = field(default_factory=dict)
    lacking: dict[str, int] = field(default_factory=dict)  # key: the first row without it
    sorted: Ints | None = None
    order: NDArray[np.intp] | None = None

    def start(self, row: Any) -> int:
        """Takes a row's id; returns its position."""
        at = len(self.ids)
        if not isinstance(row, dict):
            raise BadInstance(f"{self.kind}[{at}]", "an object was expected")
        one = row.get("id")
        if type(one) is not int and type(one) is not str:
            raise BadInstance(f"{self.kind}[{at}].id", f"an integer or a text was expected, found {shown(one)}")
        if self.seen.setdefault(one, at) != at:
            raise BadInstance(f"{self.kind}[{at}].id", f"{one!r} is already the id of {self.kind}[{self.seen[one]}]")
        self.ids.append(one)
        return at

    def put(self, key: str, value: Any) -> None:
        """One more integer in the column `key`."""
        if type(value) is not int or not 0 <= value < MOST:
            where = f"{self.kind}[{len(self.ids) - 1}].{key}"
            raise BadInstance(where, f"an integer from 0 was expected, found {shown(value)}")
        self.columns.setdefault(key, array("q")).append(value)

    def column(self, key: str) -> Ints:
        return np.array(self.columns.get(key, array("q")), dtype=np.int64)

    def positions(self, ids: Ints) -> NDArray[np.int32]:
        """Of ids that are integers; −1 where there is no such id."""
        if self.sorted is None or self.order is None:
            known = [(one, at) for at, one in enumerate(self.ids) if type(one) is int and abs(one) < 1 << 62]
            numbers = np.array([one for one, _ in known], dtype=np.int64)
            by_number = np.argsort(numbers)
            self.order = np.array([at for _, at in known], dtype=np.intp)[by_number]
            self.sorted = numbers[by_number]
        if not len(self.sorted):
            return np.full(len(ids), -1, np.int32)
        near = np.minimum(np.searchsorted(self.sorted, ids), len(self.sorted) - 1)
        return np.where(self.sorted[near] == ids, self.order[near], -1).astype(np.int32)


class _Rows:
    def __init__(self) -> None:
        self.track: str | None = None
        self.members, self.requests = _Side("members"), _Side("requests")
        self.branches: dict[Any, int] = {}
        self.need: list[Need | None] = []
        self.max_per_branch: list[int | None] = []
        self.first = FirstRule()
        self.waiting: list[Ints | list[Any]] = []  # lots of pairs that came before the ids they name
        self.lots: list[tuple[NDArray[np.int32], NDArray[np.int32], Ints]] = []
        self.pairs = 0
        self.keys: set[str] = set()

    def take(self, stream: Stream) -> None:
        """Everything in the text. Keys may come in any order; those that the format does not know are passed over."""
        for key in stream.fields():
            if key in self.keys:
                raise BadInstance(key, "stands there twice")
            self.keys.add(key)
            if key in ("members", "requests"):
                add = self._member if key == "members" else self._request
                for row in stream.items():
                    add(row)
            elif key == "edges":
                for lot in stream.rows(3):
                    self._lot(lot)
            else:
                self._word(key, stream.value())

    def _word(self, key: str, value: Any) -> None:
        if key == "track":
            if value not in ("flow", "side"):
                raise BadInstance("track", f'"flow" or "side" was expected, found {shown(value)}')
            self.track = value
        elif key in ("format", "schema", "version") and isinstance(value, str) and value != FORMAT:
            raise BadInstance(key, f"this reads {FORMAT}, found {shown(value)}")

    def _member(self, row: Any) -> None:
        side = self.members
        at = side.start(row)
        side.put("cap_tasks", row.get("cap_tasks"))
        for key in _SIDE_ONLY["members"]:
            if row.get(key) is None:
                side.lacking.setdefault(key, at)
        side.put("cap_minutes", or_0(row.get("cap_minutes")))
        side.put("branch", self.branches.setdefault(branch(row.get("branch"), at), len(self.branches)))
        self.first.member(
            words(row.get("skills"), f"members[{at}].skills"),
            row.get("gender"),
            [span(one, f"members[{at}].free[{n}]") for n, one in enumerate(a_list(row["free"], f"members[{at}].free"))]
            if row.get("free") is not None
            else None,
        )

    def _request(self, row: Any) -> None:
        side = self.requests
        at = side.start(row)
        where = f"requests[{at}]"
        side.put("slots", row.get("slots"))
        for key in _SIDE_ONLY["requests"]:
            if row.get(key) is None:
                side.lacking.setdefault(key, at)
        window = span(row["window"], f"{where}.window") if row.get("window") is not None else None
        start, end = window or (0, 0)
        side.columns.setdefault("start", array("q")).append(start)
        side.columns.setdefault("end", array("q")).append(end)
        side.put("minutes", or_0(row.get("minutes")))
        side.put("min_fill", or_0(row.get("min_fill")))
        self.need.append(need_of(row.get("need"), f"{where}.need"))
        most = row.get("max_per_branch")
        if most is not None and (type(most) is not int or most < 0):
            raise BadInstance(f"{where}.max_per_branch", f"an integer from 0 or null was expected, found {shown(most)}")
        self.max_per_branch.append(most)
        strict = an_object(row.get("strict"), f"{where}.strict").get("gender") is True
        wished = an_object(row.get("prefs"), f"{where}.prefs").get("gender") if strict else None
        self.first.request(words(row.get("skills"), f"{where}.skills"), wished, window)

    def _lot(self, lot: Ints | list[Any]) -> None:
        if {"members", "requests"} <= self.keys:
            self._place(lot)
        else:
            self.waiting.append(lot)

    def _place(self, lot: Ints | list[Any]) -> None:
        if isinstance(lot, list):
            request, member, value = self._by_name(lot)
        else:
            request, member = self.requests.positions(lot[:, 0]), self.members.positions(lot[:, 1])
            value = np.ascontiguousarray(lot[:, 2])
            for column, found, side in ((0, request, self.requests), (1, member, self.members)):
                for n in np.flatnonzero(found < 0)[:1]:
                    raise self._unknown(int(n), int(lot[n, column]), side)
            for n in np.flatnonzero(np.abs(value) >= MOST)[:1]:
                raise BadInstance(f"edges[{self.pairs + n}][2]", f"{value[n]} is beyond ±2^40")
        self.lots.append((request, member, value))
        self.pairs += len(value)

    def _by_name(self, lot: Sequence[Any]) -> tuple[NDArray[np.int32], NDArray[np.int32], Ints]:
        """A lot whose ids are not all integers: column by column, and row by row where something is wrong."""
        if set(map(type, lot)) == {list} and set(map(len, lot)) == {3}:
            requests, members, values = zip(*lot, strict=True)
            kinds = {*map(type, requests), *map(type, members)}
            found = [list(map(self.requests.seen.get, requests)), list(map(self.members.seen.get, members))]
            known = kinds <= {int, str} and not any(None in column for column in found)
            if known and set(map(type, values)) == {int} and max(values) < MOST and min(values) > -MOST:
                return np.array(found[0], np.int32), np.array(found[1], np.int32), np.array(values, np.int64)
        for n, row in enumerate(lot):
            if not isinstance(row, list) or len(row) != 3:
                raise BadInstance(f"edges[{self.pairs + n}]", "[request, member, value] was expected")
            for one, side in zip(row, (self.requests, self.members), strict=False):
                if type(one) not in (int, str) or one not in side.seen:
                    raise self._unknown(n, one, side)
            if type(row[2]) is not int or abs(row[2]) >= MOST:
                raise BadInstance(f"edges[{self.pairs + n}][2]", f"an integer was expected, found {shown(row[2])}")
        raise AssertionError("the columns and the rows disagree")

    def _unknown(self, n: int, one: Any, side: _Side) -> BadInstance:
        at = 0 if side is self.requests else 1
        return BadInstance(f"edges[{self.pairs + n}][{at}]", f"no {side.kind[:-1]} has the id {shown(one)}")

    def done(self) -> Read:
        """The columns, when all was read."""
        for key in ("track", "members", "requests", "edges"):
            if key not in self.keys:
                raise BadInstance(key, "is missing")
        for lot in self.waiting:
            self._place(lot)
        self.waiting.clear()
        request = np.concatenate([lot[0] for lot in self.lots] or [np.zeros(0, np.int32)])
        member = np.concatenate([lot[1] for lot in self.lots] or [np.zeros(0, np.int32)])
        value = np.concatenate([lot[2] for lot in self.lots] or [np.zeros(0, np.int64)])
        self.lots.clear()
        self._no_pair_twice(request, member)
        fits, why = self.first.holds(request, member)
        left_out = [(int(at), why(int(at))) for at in np.flatnonzero(~fits)]
        if left_out:
            request, member, value = request[fits], member[fits], value[fits]
        sides = self._sides() if self.track == "side" else None
        slots, caps = self.requests.column("slots"), self.members.column("cap_tasks")
        instance = Instance(self.requests.ids, self.members.ids, slots, caps, request, member, value, sides)
        return Read(instance, left_out)

    def _no_pair_twice(self, request: NDArray[np.int32], member: NDArray[np.int32]) -> None:
        key = request.astype(np.int64) * len(self.members.ids) + member
        if (np.diff(key) > 0).all():
            return
        order = np.argsort(key, kind="stable")
        for n in np.flatnonzero(np.diff(key[order]) == 0)[:1]:
            first, again = int(order[n]), int(order[n + 1])
            raise BadInstance(f"edges[{again}]", f"names the same pair as edges[{first}]")

    def _sides(self) -> Sides:
        for side in (self.members, self.requests):
            for key, at in side.lacking.items():
                raise BadInstance(f"{side.kind}[{at}].{key}", 'is missing (needed for "side")')
        take: Callable[[str], Ints] = self.requests.column
        return Sides(
            take("start"), take("end"), take("minutes"), self.members.column("cap_minutes"),
            self.members.column("branch"), take("min_fill"), self.need, self.max_per_branch, self.first.skills,
        )  # fmt: skip
