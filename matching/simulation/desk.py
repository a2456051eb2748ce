"""What the hospital knows while a run goes on, in the engine's own words: members, requests, the log of answers.

The engine decides about everybody it is shown. So that thousands of waves take seconds, only those are shown who hold
the skills, are in scope and may be free at that hour (numpy says who cannot be); when none of them fits, all are.
"""

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta

import numpy as np
import numpy.typing as npt

from matching.clock import SHANGHAI
from matching.engine.availability import Hours
from matching.engine.learning import Logged
from matching.engine.model import URGENCY_OF, Dials, Member, Place, Request, Span, Tally
from matching.engine.scoring import BUILT_IN, HALF_LIFE, Weights
from matching.simulation.crew import FIRST_DAY, LICENCE, Crew, Numbers
from matching.simulation.demand import DAY, Wanted
from matching.simulation.likely import Counts, Ranking
from matching.simulation.truth import Flags
from matching.simulation.world import World

START = datetime.combine(FIRST_DAY, datetime.min.time(), SHANGHAI).astimezone(UTC)
URGENT = 2  # up to this tier somebody who is free now is needed where no time is wished
AHEAD = 4  # days whose free hours are shown: over a weekend
LEEWAY = 2  # a wished range longer than this many times the service is one to choose from, as in the product
FADES = HALF_LIFE.total_seconds() / 60


def moment(minutes: float) -> datetime:
    """Minutes from the start of a run as a moment."""
    return START + timedelta(minutes=round(minutes, 3))


NONE = Tally()
NEVER = -1e9
Places = npt.NDArray[np.int64]  # of members, in the lists
Group = tuple[str, tuple[tuple[date, date], ...]]  # shift pattern, leaves


@dataclass(slots=True)
class Known:
    """What changes of a member."""

    active: bool = True
    waiting: bool = False
    tally: Tally = NONE
    categories: dict[str, Tally] = field(default_factory=dict)
    last_asked: datetime | None = None
    commitments: list[tuple[float, float]] = field(default_factory=list)


class Desk:
    """The members as the hospital sees them, and the weights it has learnt."""

    def __init__(self, world: World, crew: Crew, days: int) -> None:
        self.crew, self.days = crew, days + 60  # windows lie up to five weeks ahead
        self.known = [Known() for _ in range(len(crew))]
        self.weights: Weights = BUILT_IN
        self.log: list[Logged] = []  # of the half year before day 0
        self.hours14: Numbers = np.zeros(len(crew))
        self._ranking = Ranking(crew)
        self.counts = Counts(len(crew), [kind.code for kind in world.kinds])
        self._spacing = world.row("tiers.spacing")
        places = {house: Place(house) for house in world.houses}  # shared: the engine looks at each house once
        self._places = [places[house] for house in crew.houses]
        self._paths = [f"/1/{branch + 1}/" for branch in crew.branches]
        self._able: dict[int, Flags] = {}
        self._branches = np.array(crew.branches)
        self.at_hand = np.ones(len(crew), dtype=bool)  # active, and no ask that waits
        self._spans: dict[tuple[int, int, int], tuple[Span, ...]] = {}
        self._groups, self._group_of = self._grouped()
        self._groups_listed: list[int] = self._group_of.tolist()
        self._shown_days, self._shown_free = (-1, -1), list[tuple[Span, ...]]()
        self.asked_at = np.full(len(crew), NEVER)  # minutes; the newest ask
        self._recent, self._recent_at = np.zeros(len(crew)), np.zeros(len(crew))
        self._made: list[Member | None] = [None] * len(crew)
        self._hourly = self._free_hours()

    def request(self, wanted: Wanted, open_slots: int, asked: frozenset[int], now: float) -> Request:
        """One request as the product would tell the engine of it."""
        kind = wanted.kind
        window = wanted.window and Span(moment(wanted.window[0]), moment(wanted.window[1]))
        long = wanted.window is not None and wanted.window[1] - wanted.window[0] > LEEWAY * wanted.minutes
        if window is None and kind.tier > URGENT:  # at any time before it is due
            window, long = Span(moment(now), moment(wanted.due)), True
        return Request(
            id=wanted.id, category=kind.code, unit_path=f"/1/{wanted.branch + 1}/" if wanted.branch else "/1/",
            urgency=URGENCY_OF[f"T{kind.tier}"], skills=(kind.skills,) if kind.skills else (),
            licensed=frozenset(skill for skill in kind.skills if skill.startswith(LICENCE)),
            place=Place(wanted.house), window=window, whole=not long, minutes=wanted.minutes, slots=open_slots,
            deadline=None if wanted.window else moment(wanted.due), gender=wanted.gender, dialect=wanted.dialect,
            strict_gender=wanted.strict, asked=asked, spacing=timedelta(minutes=self._spacing[kind.tier - 1]),
        )  # fmt: skip

    def likely(self, wanted: Wanted, now: float) -> Places:
        """Positions of all who could be fit."""
        start, end = wanted.window or (now, wanted.due if wanted.kind.tier > URGENT else now + wanted.minutes)
        free: Flags = np.asarray(self._hourly[:, int(max(start, now) // 60) : int(end // 60) + 1].any(axis=1))
        may = self._can(wanted) & self.at_hand & free[self._group_of]
        return np.flatnonzero(may)

    def possible(self, wanted: Wanted) -> Places:
        """Positions of all who hold the skills and are in scope, whether free or not."""
        return np.flatnonzero(self._can(wanted))

    def rank(self, request: Request, now: float, dials: Dials) -> Numbers:
        """The engine's ranking of everybody, near enough (likely.py)."""
        return self._ranking.rank(
            request, self.counts, self.recent(now), self.hours14, now - self.asked_at, self.weights, dials
        )

    def rest(self, wanted: Wanted, now: float) -> Numbers:
        """Everybody's score without calibration, near enough."""
        request = self.request(wanted, wanted.slots, frozenset(), now)
        return self._ranking.score(request, self.counts, self.recent(now), self.hours14, self.weights.rate)

    def recent(self, now: float) -> Numbers:
        """Recent asks of each, as the engine counts them."""
        return np.asarray(self._recent * 2 ** ((self._recent_at - now) / FADES))

    def members(self, positions: Iterable[int], wanted: Wanted, now: float) -> list[Member]:
        """These members as they are now; their ids are their positions.

        A member is made anew when something happened to them; what only time changes is written into the one that
        there is, since the engine reads it before it is shown the next request.
        """
        today = int(now // DAY)
        last = int(wanted.window[0] // DAY) if wanted.window else today
        if self._shown_days != (today, last):
            self._shown_days = (today, last)
            self._shown_free = [self._free(group, today, AHEAD) for group in range(len(self._groups))]
            if last >= today + AHEAD:
                self._shown_free = [spans + self._free(group, last, 1) for group, spans in enumerate(self._shown_free)]
        free = self._shown_free
        recent = self.recent(now).tolist()
        hours, groups, made = self.hours14.tolist(), self._groups_listed, self._made
        shown = []
        for who in positions:
            member = made[who] or self._make(who)
            member.free, member.recent, member.hours14 = free[groups[who]], recent[who], hours[who]
            shown.append(member)
        return shown

    def _make(self, who: int) -> Member:
        crew, known = self.crew, self.known[who]
        made = self._made[who] = Member(
            who, self._paths[who], known.active, None, crew.skills[who], crew.licences[who], crew.genders[who],
            False, self._places[who], commitments=tuple(Span(moment(a), moment(b)) for a, b in known.commitments),
            tally=known.tally, categories=known.categories, last_asked=known.last_asked, waiting=known.waiting,
        )  # fmt: skip
        return made

    def committed(self, who: int, held: tuple[float, float]) -> None:
        """Note from when to when a member is at something."""
        self.known[who].commitments.append(held)
        self._made[who] = None

    def freed(self, who: int, held: tuple[float, float]) -> None:
        """Note that it is over."""
        self.known[who].commitments.remove(held)
        self._made[who] = None

    def asked(self, who: int, now: float) -> None:
        """Note that an ask went out."""
        known = self.known[who]
        self._recent[who] = self._recent[who] * 2 ** ((self._recent_at[who] - now) / FADES) + 1
        self._recent_at[who] = self.asked_at[who] = now
        known.last_asked, known.waiting = moment(now), True
        self.at_hand[who] = False
        self._made[who] = None

    def settled(self, who: int, code: str | None, accepted: bool = False) -> None:
        """Note that an ask waits no more; `code`: it counts for this service, None: it was withdrawn."""
        known = self.known[who]
        self._made[who] = None
        known.waiting = False
        self.at_hand[who] = known.active
        if code is not None:
            known.tally = _counted(known.tally, accepted)
            known.categories[code] = _counted(known.categories.get(code, Tally()), accepted)
            self.counts.add(who, code, 1, int(accepted))

    def accepted_late(self, who: int, code: str) -> None:
        """Note a yes to an ask that counted as not answered."""
        known = self.known[who]
        self._made[who] = None
        known.tally = Tally(known.tally.asked, known.tally.accepted + 1)
        there = known.categories[code]
        known.categories[code] = Tally(there.asked, there.accepted + 1)
        self.counts.add(who, code, 0, 1)

    def uncounted(self, who: int, code: str) -> None:
        """Note that an ask without an answer, counted already, counts no more: others were faster."""
        known = self.known[who]
        self._made[who] = None
        known.tally = Tally(known.tally.asked - 1, known.tally.accepted)
        there = known.categories[code]
        known.categories[code] = Tally(there.asked - 1, there.accepted)
        self.counts.add(who, code, -1, 0)

    def learn_of(self, other: "Desk") -> None:
        """Know what another desk knows of the same members, none of whom is at anything or asked."""
        self.known = [replace(one, categories=dict(one.categories), commitments=[]) for one in other.known]
        self.counts, self.weights, self.log = deepcopy(other.counts), other.weights, other.log
        self.asked_at, self._recent, self._recent_at = (
            told.copy() for told in (other.asked_at, other._recent, other._recent_at)
        )

    def left(self, who: int) -> None:
        """Note that a member wants no more asks."""
        self.known[who].active = False
        self.at_hand[who] = False
        self._made[who] = None

    def _can(self, wanted: Wanted) -> Flags:
        able = self._able.get(wanted.service)
        if able is None:
            skills = wanted.kind.skills
            able = np.array([not skills or not skills.isdisjoint(held) for held in self.crew.skills])
            self._able[wanted.service] = able
        return able & (self._branches == wanted.branch) if wanted.branch else able

    def _grouped(self) -> tuple[list[Group], npt.NDArray[np.int64]]:
        keys = [(pattern, tuple(leaves)) for pattern, leaves in zip(self.crew.patterns, self.crew.leaves, strict=True)]
        groups = list(dict.fromkeys(keys))
        index = {key: number for number, key in enumerate(groups)}
        return groups, np.array([index[key] for key in keys])

    def _free_hours(self) -> Flags:
        """For each group of like hours and each hour of the run, whether they may be free in it."""
        hours, table = Hours(_days(0, self.days)), np.zeros((len(self._groups), self.days * 24), dtype=bool)
        for row, (pattern, leaves) in enumerate(self._groups):
            for start, end in hours.of(pattern, None, leaves)[0]:
                first, last = ((one - START).total_seconds() / 3600 for one in (start, end))
                table[row, int(first) : int(np.ceil(last))] = True
        return table

    def _free(self, group: int, day: int, days: int) -> tuple[Span, ...]:
        key = (group, day, days)
        if key not in self._spans:
            pattern, leaves = self._groups[group]
            self._spans[key] = Hours(_days(day, days)).of(pattern, None, leaves)[0]
        return self._spans[key]


def _counted(tally: Tally, accepted: bool) -> Tally:
    return Tally(tally.asked + 1, tally.accepted + accepted)


def _days(first: int, count: int) -> list[date]:
    return [FIRST_DAY + timedelta(days=first + n) for n in range(count)]
