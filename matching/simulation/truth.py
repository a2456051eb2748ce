"""What nobody in the hospital knows: how likely each member is to say yes, and what each would do if asked.

Of one request every member's dice are thrown once, whoever asks, so that all policies meet the same people in the same
mood and their differences are not chance.
"""

from collections import deque
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from matching.simulation.crew import RETIRED, Crew, Numbers
from matching.simulation.demand import DAY, Wanted
from matching.simulation.world import World

FAR, USUAL = 4.0, 2.0  # walks: more make no difference; those that the intercept is told for
FROM_OUTSIDE = 2.0  # walks to a partner's place
FREE_HOURS, LOAD_DAYS = 4.0, 14
Flags = npt.NDArray[np.bool_]


class Dice(NamedTuple):
    """One throw a member, each between 0 and 1 but for `delay`, a normal."""

    accepts: Numbers
    answers: Numbers
    comes: Numbers
    stays: Numbers
    delay: Numbers


class Truth:
    """The members' true minds during one run. `asked` and `served` tell it what happened."""

    def __init__(self, world: World, crew: Crew, seed: int) -> None:
        self.world, self.crew, self.seed = world, crew, seed
        count = len(crew)
        self._worn, self._worn_at = np.zeros(count), np.zeros(count)
        self._hours: deque[tuple[float, int, float]] = deque()
        self.hours14 = np.zeros(count)
        self._half_life = world.of("accept.half_life") * 60
        self._sites = np.array([world.houses[house].at for house in crew.houses])
        self._walks: dict[str, Numbers] = {}
        self._duty: dict[int, Flags] = {}
        self._skilled = {
            word: np.array([word in skills for skills in crew.skills]) for word in {s for k in crew.skills for s in k}
        }
        self._women = np.array([gender == "f" for gender in crew.genders])
        self._day = np.array([pattern in ("白班", "行政班") for pattern in crew.patterns])
        self._shifts = np.array([pattern == "三班倒" for pattern in crew.patterns])
        self._retired = np.array([pattern == RETIRED for pattern in crew.patterns])

    def dice(self, wanted: Wanted) -> Dice:
        """The throws for a request."""
        thrower = np.random.default_rng([self.seed, 3, wanted.id])
        count = len(self.crew)
        accepts, answers, comes, stays = thrower.random((4, count))
        return Dice(accepts, answers, comes, stays, thrower.standard_normal(count))

    def p(self, wanted: Wanted, now: float, *, rested: bool = False) -> Numbers:
        """The chance that each member would say yes if asked now; `rested`: as if nobody had been asked or served."""
        of = self.world.of
        when = wanted.window[0] if wanted.window else now
        duty = self.on_duty(when)
        walks = np.minimum(self.walks(wanted.house) + of("accept.home") * ~duty, FAR)
        logits = of("accept.intercept") + self.crew.own + self.crew.taste[:, wanted.service]
        logits = logits - of("accept.distance") * (walks - USUAL)
        if wanted.gender:
            logits = logits + of("accept.wish") * (self._women == (wanted.gender == "f"))
        if wanted.dialect:
            logits = logits + of("accept.wish") * self._skilled.get(wanted.dialect, np.zeros(len(self.crew)))
        if 8 * 60 <= when % DAY < 11 * 60:
            logits = logits - of("accept.duty") * duty
        if not rested:
            self._forget(now)
            logits = logits - of("accept.fatigue") * self.worn(now)
            logits = logits - of("accept.load") * np.maximum(0, self.hours14 - FREE_HOURS)
        return np.asarray(1 / (1 + np.exp(-logits)))

    def asked(self, who: int, now: float) -> float:
        """Note an ask; returns the recent asks with it."""
        worn = self._worn[who] * 2 ** ((self._worn_at[who] - now) / self._half_life) + 1
        self._worn[who], self._worn_at[who] = worn, now
        return float(worn)

    def wear_as(self, other: "Truth") -> None:
        """Let them be as worn as there."""
        self._worn, self._worn_at = other._worn.copy(), other._worn_at.copy()

    def served(self, who: int, now: float, hours: float) -> None:
        """Note hours served."""
        self._hours.append((now, who, hours))
        self.hours14[who] += hours

    def worn(self, now: float) -> Numbers:
        """Recent asks of each, as they feel them."""
        return np.asarray(self._worn * 2 ** ((self._worn_at - now) / self._half_life))

    def on_duty(self, when: float) -> Flags:
        """Who is at work: day and office staff on weekdays from 8 to 17:30; of three shifts one of four people at a
        time, in turn by day, with a day off (assumption)."""
        hour = int(when // 60)
        if hour not in self._duty:
            day, of_day = divmod(hour, 24)
            office = self._day if day % 7 < 5 and 8 <= of_day < 18 else np.zeros(len(self.crew), dtype=bool)
            turn = 0 if 8 <= of_day < 16 else 1 if of_day >= 16 else 2
            self._duty[hour] = office | (self._shifts & ((self.crew.phase + day) % 4 == turn))
        return self._duty[hour]

    def walks(self, house: str) -> Numbers:
        """From each member's own house; '' is outside."""
        if house not in self._walks:
            at = self.world.houses[house].at if house else None
            self._walks[house] = (
                np.full(len(self.crew), FROM_OUTSIDE) if at is None
                else np.hypot(self._sites[:, 0] - at[0], self._sites[:, 1] - at[1])
            )  # fmt: skip
        return self._walks[house]

    def _forget(self, now: float) -> None:
        while self._hours and self._hours[0][0] < now - LOAD_DAYS * DAY:
            _, who, hours = self._hours.popleft()
            self.hours14[who] -= hours
