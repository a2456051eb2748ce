"""Many people at once, as columns: what many of them have in common is kept, and looked at, once."""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any, NamedTuple, overload

import numpy as np
from numpy.typing import NDArray

from matching.engine.model import Member

FIELDS = tuple(field.name for field in fields(Member))
LOOKED_UP = 1 << 20  # below it a table of all codes is quicker than sorting them


class Column(NamedTuple):
    """One value a person: the i-th's is `values[codes[i]]`. Never changed: what is made of one may be kept by it."""

    codes: NDArray[np.intp]
    values: Sequence[Any]

    def __eq__(self, other: object) -> bool:
        return self is other

    def __hash__(self) -> int:
        return id(self)

    def each(self) -> list[Any]:
        """Everybody's, in their order."""
        values = self.values
        return [values[code] for code in self.codes.tolist()]

    def at(self, place: int) -> Any:
        """The one at that place."""
        return self.values[self.codes[place]]

    def made(self, make: Callable[[Any], Any]) -> "Column":
        """What `make` makes of each."""
        return Column(self.codes, [make(value) for value in self.values])

    def parts(self, count: int) -> "list[Column]":
        """Of tuples: each of their parts."""
        return [Column(self.codes, [value[part] for value in self.values]) for part in range(count)]

    def but(self, others: Mapping[int, Any]) -> "Column":
        """The same with these values at these places."""
        if not others:
            return self
        codes = self.codes.copy()
        codes[list(others)] = range(len(self.values), len(self.values) + len(others))
        return Column(codes, [*self.values, *others.values()])


def own(values: Sequence[Any]) -> Column:
    """Everybody has one of their own."""
    return Column(np.arange(len(values)), values)


def alike(values: Sequence[Any]) -> Column:
    """Equal ones (hashable) are kept once."""
    numbers = {value: number for number, value in enumerate(dict.fromkeys(values))}
    return Column(np.fromiter(map(numbers.__getitem__, values), np.intp, len(values)), list(numbers))


def counted(numbers: NDArray[Any]) -> Column:
    """The same of whole numbers, or of truths."""
    if not len(numbers):
        return own([])
    least = numbers.min()
    codes = numbers.astype(np.intp) - least
    found, numbered = _renumbered(codes, int(codes.max()) + 1)
    return Column(numbered, (found + least).astype(numbers.dtype).tolist())


def together(columns: Sequence[Column]) -> Column:
    """Tuples of what stands in each of them."""
    first = columns[0]
    if all(column.codes is first.codes for column in columns):
        return Column(first.codes, list(zip(*(column.values for column in columns), strict=True)))
    codes, size = first.codes, len(first.values)
    for column in {id(column.codes): column for column in columns if column.codes is not first.codes}.values():
        found, codes = _renumbered(codes * len(column.values) + column.codes, size * len(column.values))
        size = len(found)
    places = np.empty(size, np.intp)
    places[codes] = np.arange(len(codes))  # somebody who has it, for each
    some = [Column(column.codes[places], column.values).each() for column in columns]
    return Column(codes, list(zip(*some, strict=True)))


def present(codes: NDArray[np.intp], size: int) -> NDArray[np.intp]:
    """Which of the codes below `size` there are, in their order."""
    there = np.zeros(size, bool)
    there[codes] = True
    return np.flatnonzero(there)


def _renumbered(codes: NDArray[np.intp], size: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Which of the codes below `size` there are, and for each its number among those."""
    if size > LOOKED_UP:
        return np.unique(codes, return_inverse=True)
    found, numbers = present(codes, size), np.empty(size, np.intp)
    numbers[found] = np.arange(len(found))
    return found, numbers[codes]


def mostly(usual: Any, count: int, others: Mapping[int, Any]) -> Column:
    """All of `count` have the usual one but for those at these places."""
    return Column(np.zeros(count, np.intp), [usual]).but(others)


class Moments(Sequence[datetime | None]):
    """Moments that are only worked out where somebody asks for one; `array` holds them as numpy's, in UTC."""

    def __init__(self, array: NDArray[np.datetime64]) -> None:
        self.array = array

    def __len__(self) -> int:
        return len(self.array)

    def __iter__(self) -> Iterator[datetime | None]:
        return (moment and moment.replace(tzinfo=UTC) for moment in self.array.tolist())

    @overload
    def __getitem__(self, at: int) -> datetime | None: ...
    @overload
    def __getitem__(self, at: slice) -> "Moments": ...
    def __getitem__(self, at: int | slice) -> "datetime | Moments | None":
        """One of them, or some."""
        if isinstance(at, slice):
            return Moments(self.array[at])
        moment: datetime | None = self.array[at].item()  # None: numpy's 'not a time'
        return moment and moment.replace(tzinfo=UTC)


class Crowd(Sequence[Member]):
    """Members in their order. One of them is only made where somebody asks for one."""

    def __init__(self, columns: Mapping[str, Column], count: int, made: list[Member] | None = None) -> None:
        """`columns`: by the name of each field of a member."""
        self._columns, self._count, self._made = columns, count, made

    @classmethod
    def of(cls, members: Sequence[Member]) -> "Crowd":
        """Of members who are there already; only columns that are looked at are made."""
        return cls(_Listed(members), len(members), list(members))

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, at: int) -> Member: ...
    @overload
    def __getitem__(self, at: slice) -> list[Member]: ...
    def __getitem__(self, at: int | slice) -> Member | list[Member]:
        """One of them, or some."""
        if self._made is not None or isinstance(at, slice):
            return self._all()[at]
        return Member(*[values[codes[at]] for codes, values in map(self._columns.__getitem__, FIELDS)])

    def __iter__(self) -> Iterator[Member]:
        return iter(self._all())

    def _all(self) -> list[Member]:
        if self._made is None:
            self._made = [Member(*row) for row in zip(*(self._columns[name].each() for name in FIELDS), strict=True)]
        return self._made

    def column(self, *names: str, places: NDArray[np.intp] | None = None) -> Column:
        """What they have in this field; of several fields, tuples. `places`: of those who stand there."""
        columns = self._of(names, places)
        return columns[0] if len(columns) == 1 else together(columns)

    def numbers(self, name: str) -> NDArray[np.float64]:
        """A field of numbers, everybody's."""
        codes, values = self._columns[name]
        return np.array(values, float)[codes]

    def which(self, name: str, says: Callable[[Any], bool]) -> NDArray[np.bool_]:
        """Of whom that is true, by what they have in this field."""
        codes, values = self._columns[name]
        return np.array([says(value) for value in values], bool)[codes]

    def before(self, name: str, moment: datetime) -> NDArray[np.bool_]:
        """Whose moment in this field is not after that one, or who has none."""
        codes, values = self._columns[name]
        if not isinstance(values, Moments):
            return self.which(name, lambda one: one is None or one <= moment)
        array = values.array[codes]
        return np.isnat(array) | (array <= np.datetime64(moment.astimezone(UTC).replace(tzinfo=None), "us"))

    def without(self, ids: Collection[int]) -> "Crowd":
        """All but those."""
        return self.take(np.flatnonzero(self.which("id", lambda id_: id_ not in ids))) if ids else self

    def take(self, places: NDArray[np.intp]) -> "Crowd":
        """Those at these places."""
        if self._made is not None:
            return Crowd.of([self._made[place] for place in places.tolist()])
        return Crowd(dict(zip(FIELDS, self._of(FIELDS, places), strict=True)), len(places))

    def _of(self, names: Sequence[str], places: NDArray[np.intp] | None) -> list[Column]:
        columns = [self._columns[name] for name in names]
        if places is None:
            return columns
        taken: dict[int, NDArray[np.intp]] = {}  # columns with the same codes keep the same
        for codes, _values in columns:
            if id(codes) not in taken:
                taken[id(codes)] = codes[places]
        return [Column(taken[id(codes)], values) for codes, values in columns]


class _Listed(dict[str, Column]):
    """The columns of people who are there already: what many share, the same object, is kept once."""

    def __init__(self, members: Sequence[Member]) -> None:
        super().__init__()
        self._members, self._each = members, np.arange(len(members))

    def __missing__(self, name: str) -> Column:
        values = [getattr(member, name) for member in self._members]
        distinct = {id(value): value for value in values}
        if 2 * len(distinct) > len(values):
            column = Column(self._each, values)
        else:
            numbers = {key: number for number, key in enumerate(distinct)}
            column = Column(np.array([numbers[id(value)] for value in values], np.intp), list(distinct.values()))
        self[name] = column
        return column
