"""The engine's ranking of everybody at once, near enough to say who cannot be among its first.

The engine ranks those it is shown; of three hundred it need only be shown the first few dozen. What is worked out here
decides nothing: a test runs a hospital with everybody shown, and all figures are the same.
"""

import numpy as np

from matching.engine.model import Dials, Place, Request
from matching.engine.scoring import (
    ASKS_PRICE,
    CATEGORY,
    CATEGORY_ASKS,
    DISTANCE,
    EASY_HOURS,
    HOURS,
    LOAD_PRICE,
    MEMBER,
    MEMBER_ASKS,
    RECENT,
    UNASKED,
    UNASKED_BONUS,
    WISH,
    Weights,
)  # fmt: skip
from matching.simulation.crew import Crew, Numbers


class Counts:
    """How often everybody was asked and said yes, in all and for each service."""

    def __init__(self, members: int, codes: list[str]) -> None:
        self._columns = {code: column for column, code in enumerate(codes)}
        self.asked, self.accepted = np.zeros(members), np.zeros(members)
        self._asked_for, self._accepted_for = np.zeros((members, len(codes))), np.zeros((members, len(codes)))

    def add(self, who: int, code: str, asked: int, accepted: int) -> None:
        """Count."""
        column = self._columns[code]
        self.asked[who] += asked
        self.accepted[who] += accepted
        self._asked_for[who, column] += asked
        self._accepted_for[who, column] += accepted

    def log_odds(self, code: str, rate: float) -> Numbers:
        """What both are worth in the score, before the slope."""
        column = self._columns[code]
        share = (self.accepted + MEMBER_ASKS * rate) / (self.asked + MEMBER_ASKS)
        there = (self._accepted_for[:, column] + CATEGORY_ASKS * share) / (self._asked_for[:, column] + CATEGORY_ASKS)
        own = _logit(share)
        return np.asarray(MEMBER * (own - _logit(np.asarray(rate))) + CATEGORY * (_logit(there) - own))


class Ranking:
    """What does not change of the members."""

    def __init__(self, crew: Crew) -> None:
        self._crew = crew
        self._walks: dict[str, Numbers] = {}
        self._genders = {one: np.array([gender == one for gender in crew.genders]) for one in ("f", "m")}
        self._speak: dict[str, Numbers] = {}

    def rank(
        self, request: Request, counts: Counts, recent: Numbers, hours: Numbers, unasked: Numbers, weights: Weights,
        dials: Dials,
    ) -> Numbers:  # fmt: skip
        """For each member; the highest are asked first. `unasked`: minutes since the last ask."""
        score = self.score(request, counts, recent, hours, weights.rate)
        price = LOAD_PRICE * hours + ASKS_PRICE * recent + UNASKED_BONUS * (unasked >= UNASKED.total_seconds() / 60)
        return np.asarray(weights.slope * score + dials.equity * price)

    def score(self, request: Request, counts: Counts, recent: Numbers, hours: Numbers, rate: float) -> Numbers:
        """Of each member, without calibration."""
        score = counts.log_odds(request.category, rate) + DISTANCE * self._distance(request.place)
        return score + RECENT * recent + HOURS * np.maximum(0, hours - EASY_HOURS) + self._wishes(request)

    def _distance(self, place: Place) -> Numbers:
        if place.building not in self._walks:
            self._walks[place.building] = np.array([place.distance(Place(house)) for house in self._crew.houses])
        return self._walks[place.building]

    def _wishes(self, request: Request) -> Numbers:
        gender = "" if request.strict_gender else request.gender
        met = np.zeros(len(self._crew))
        if gender:
            met = met + self._genders[gender]
        if request.dialect:
            if request.dialect not in self._speak:
                self._speak[request.dialect] = np.array([request.dialect in held for held in self._crew.skills], float)
            met = met + self._speak[request.dialect]
        return np.asarray(WISH * met / max(1, bool(gender) + bool(request.dialect)))


def _logit(share: Numbers) -> Numbers:
    return np.asarray(np.log(share / (1 - share)))
