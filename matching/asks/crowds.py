"""Members as the engine takes them, made column by column of what the database told. Pure."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from math import isnan
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from matching.asks.reading import FreeHours, Skilled
from matching.asks.wishes import AT_ONCE, window_of
from matching.clock import SHANGHAI
from matching.engine.crowd import Column, Crowd, Moments, counted, mostly, own, together
from matching.engine.model import Engaged, Place, Span, Tally
from matching.engine.scoring import faded
from matching.services.model import TIER_PACE, Tier

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNASKED = Tally()
NONE: Mapping[str, Tally] = MappingProxyType({})
Rows = tuple[tuple[Any, ...], ...]


def crowd_of(known: Mapping[str, list[Any]], hours: FreeHours, at: datetime) -> Crowd:
    """Of what `reading.told` gives; `hours` over the days it was asked for."""
    (
        ids, units, genders, statuses, buildings, listed, patterns, may, weekly, asked, accepted, recent, recent_at,
        last_asked,
    ) = known["people"]  # fmt: skip
    count, everybody = len(ids), ids.tobytes()
    paths, unit = dict(zip(known["unit"][0].tolist(), known["unit"][1].each(), strict=True)), counted(units)
    said, muted, caps = _of(ids, known["said"])
    silence, now = Moments(muted), np.datetime64(at.astimezone(UTC).replace(tzinfo=None))
    cap_of = {place: cap for place, cap in zip(said, caps.tolist(), strict=True) if not isnan(cap)}
    served, minutes = _of(ids, known["served"])
    skills, licences, cleared = _able(
        everybody, listed, statuses, _kept(known["registered"]), at.astimezone(SHANGHAI).date()
    )
    free, away = _free(everybody, patterns, weekly, _kept(known["leave"]), hours)
    columns = {
        "id": own(ids.tolist()),
        "unit_path": unit.made(paths.__getitem__),
        "active": counted(may).made(bool),
        "muted_until": mostly(None, count, dict(zip(said, silence, strict=True))),
        "skills": skills,
        "licences": licences,
        "gender": genders,
        "cleared": cleared,
        "place": buildings.made(Place),
        "free": free,
        "away": away,
        "commitments": mostly((), count, held(ids, known["held"], at)),
        "engaged": engaged(ids, known["engaged"]),
        "hours14": mostly(0.0, count, dict(zip(served, (minutes / 60).tolist(), strict=True))),
        "hours_cap": mostly(None, count, cap_of),
        "tally": _tallies(asked, accepted, UNASKED),
        "categories": _by_service(ids, known["tally"]),
        "recent": own(faded(recent, now - recent_at)),
        "last_asked": own(Moments(last_asked)),
        "waiting": mostly(False, count, dict.fromkeys(_of(ids, known["waiting"])[0], True)),
        "branch": unit,
    }
    return Crowd(columns, count)


def _of(ids: NDArray[np.int64], table: Sequence[Any]) -> list[Any]:
    """Of what is told of the whole hospital that of these people: their places, and the other columns."""
    people, *others = table
    places = np.searchsorted(ids, people)
    here = places < len(ids)
    here[here] = ids[places[here]] == people[here]
    return [places[here].tolist(), *(_some(one, here) for one in others)]


def _some(column: Any, here: NDArray[np.bool_]) -> Any:
    return Column(column.codes[here], column.values) if isinstance(column, Column) else column[here]


def held(ids: NDArray[np.int64], table: Sequence[Any], at: datetime) -> dict[int, tuple[Span, ...]]:
    """When they are at what they took, by place."""
    places, tiers, usual, starts, ends = _of(ids, table)
    taken: dict[int, tuple[Span, ...]] = {}
    for place, tier, minutes, start, end in zip(
        places, tiers.each(), usual.tolist(), Moments(starts), Moments(ends), strict=True
    ):
        length = minutes or TIER_PACE[Tier(tier)].minutes
        window, whole = window_of(start, end, length, at)
        if window is None and tier in AT_ONCE:
            window = Span(at, at + timedelta(minutes=length))
        if window is not None and whole:  # else the two find a time that suits both
            taken[place] = (*taken.get(place, ()), window)
    return taken


def engaged(ids: NDArray[np.int64], table: Sequence[Any]) -> Column:
    """The activities they are to be at, the first first: whoever is on the same lists has the same."""
    by_time = np.argsort(table[1], kind="stable")
    return _engaged(ids.tobytes(), *(column[by_time].tobytes() for column in table))


def _by_service(ids: NDArray[np.int64], table: Sequence[Any]) -> Column:
    """Tallies by service."""
    people, services, asked, accepted = table
    columns = []
    for code in range(len(services.values)):
        places, here, yes = _of(ids, [one[services.codes == code] for one in (people, asked, accepted)])
        numbers = np.zeros((2, len(ids)), np.int64)
        numbers[:, places] = here, yes
        columns.append(_tallies(numbers[0], numbers[1], None))
    if not columns:
        return mostly(NONE, len(ids), {})
    return together(columns).made(
        lambda told: {service: tally for service, tally in zip(services.values, told, strict=True) if tally} or NONE
    )


def _tallies(asked: NDArray[np.int64], accepted: NDArray[np.int64], none: Tally | None) -> Column:
    return together([counted(asked), counted(accepted)]).made(lambda one: _tally(*one) if one[0] else none)


_tally = lru_cache(maxsize=1 << 12)(Tally)  # few, and the same ones again and again


# A roster and lists that have not changed come as the same columns (drivers.py), of which the same follows.


def _kept(table: Sequence[Any]) -> Rows:
    """Of (person, text, text): what tells one such table from another."""
    people, first, second = table
    return tuple(zip(people.tolist(), first.each(), second.each(), strict=True))


def _placed(everybody: bytes, rows: Rows) -> dict[int, list[tuple[Any, ...]]]:
    """What is told of each of them, by place."""
    places = {id_: place for place, id_ in enumerate(np.frombuffer(everybody, np.int64).tolist())}
    found: dict[int, list[tuple[Any, ...]]] = {}
    for id_, *row in rows:
        if id_ in places:
            found.setdefault(places[id_], []).append(tuple(row))
    return found


@lru_cache(maxsize=8)
def _able(everybody: bytes, listed: Column, statuses: Column, registered: Rows, today: date) -> list[Column]:
    """What skills, status and registrations come to that day: skills, licences, cleared for children."""
    skilled, valid = together([listed, statuses]), Skilled(today)
    able = skilled.made(lambda one: valid.of(one[0], one[1], None))
    dates = {
        place: {skill: date.fromisoformat(last) for skill, last in rows}
        for place, rows in _placed(everybody, registered).items()
    }
    return able.but(
        {place: valid.of(skilled.at(place)[0], skilled.at(place)[1], until) for place, until in dates.items()}
    ).parts(3)


@lru_cache(maxsize=8)
def _free(everybody: bytes, patterns: Column, weekly: Column, leaves: Rows, hours: FreeHours) -> list[Column]:
    """When patterns, own hours and leaves leave them free, and when leaves keep them away."""
    usual = together([patterns, weekly])
    times = usual.made(lambda one: hours.of(one[0], one[1], ()))
    away = {
        place: tuple((date.fromisoformat(first), date.fromisoformat(last)) for first, last in rows)
        for place, rows in _placed(everybody, leaves).items()
    }
    return times.but(
        {place: hours.of(usual.at(place)[0], usual.at(place)[1], days) for place, days in away.items()}
    ).parts(2)


@lru_cache(maxsize=8)
def _engaged(everybody: bytes, *listed: bytes) -> Column:
    """Of who is at which activities: people, starts, ends, requests that they came of; in the order of time."""
    ids = np.frombuffer(everybody, np.int64)
    places, *told = _of(ids, [np.frombuffer(column, np.int64) for column in listed])
    hours: dict[tuple[int, ...], int] = {}  # numbered: an activity is the same for all who are there
    theirs: defaultdict[int, list[int]] = defaultdict(list)
    for place, one in zip(places, zip(*(column.tolist() for column in told), strict=True), strict=True):
        theirs[place].append(hours.setdefault(one, len(hours)))
    spans = [Engaged(_moment(start), _moment(end), request) for start, end, request in hours]
    lists: dict[tuple[int, ...], int] = {(): 0}
    codes = np.zeros(len(ids), np.intp)
    codes[list(theirs)] = [lists.setdefault(tuple(numbers), len(lists)) for numbers in theirs.values()]
    return Column(codes, [tuple(map(spans.__getitem__, numbers)) for numbers in lists])


def _moment(microseconds: int) -> datetime:
    return EPOCH + timedelta(microseconds=microseconds)
