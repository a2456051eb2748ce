"""Which fate meets which wish: by what it asks for, how urgent and how old it is, and how many open ones there are."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random

from matching.demo import fates
from matching.demo.fates import Fate
from matching.requests.model import ServiceRequest
from matching.requests.states import RejectReason

# The newest first: what a dispatcher finds on a morning.
OPEN: tuple[Fate, ...] = (
    fates.submitted, fates.submitted, fates.accepted, fates.dispatched, fates.claimed, fates.submitted,
    fates.contacted, fates.asked, fates.half_taken, fates.parked, fates.returned, fates.signed, fates.accepted,
    fates.contacted, fates.extending, fates.transferred, fates.supplemented, fates.declined, fates.reopened,
    fates.contacted, fates.signed, fates.urged, fates.released, fates.extended, fates.dispatched, fates.parked,
    fates.contacted, fates.supervised, fates.signed, fates.not_extended, fates.contacted, fates.dispatched,
)  # fmt: skip
IN_TIME = {"T1": timedelta(hours=1), "T2": timedelta(hours=20), "T3": timedelta(days=5), "T4": timedelta(days=9)}
LATE = 0.15  # share of those beyond that which are still open
WEEK = ((fates.rated, 46), (fates.completed, 20), (fates.badly_rated, 4), (fates.rectified, 5), (fates.misjudged, 2),
        (fates.withdrawn, 4), (fates.reopened_and_done, 3), (fates.then_rated(fates.taken_again), 4),
        (fates.misjudgement_approved, 2), (fates.rated_again, 3))  # fmt: skip
OLDER = ((fates.rated, 62), (fates.unrated, 14), (fates.rectified, 7), (fates.withdrawn, 4),
         (fates.then_rated(fates.resumed), 3), (fates.then_rated(fates.taken_again), 4), (fates.reopened_and_done, 2),
         (fates.rated_again, 3), (fates.then_rated(fates.ruled), 2), (fates.misjudgement_approved, 1))  # fmt: skip
ENDED = timedelta(days=9)  # from here on nothing is left open
ARCHIVED = timedelta(days=35)
OF_ARCHIVED = (fates.rated, fates.rated, fates.rated, fates.rectified, fates.withdrawn)
SURE = (fates.completed, fates.badly_rated, fates.withdrawn, fates.misjudged)  # each board shows these


@dataclass
class Choosing:
    """Asked for one wish after the other, from the newest on."""

    open: Iterator[Fate] = field(default_factory=lambda: iter(OPEN))
    sure: Iterator[Fate] = field(default_factory=lambda: iter(SURE))

    def fate_of(self, request: ServiceRequest, *, banned: bool, repeats: bool, age: timedelta, dice: Random) -> Fate:
        """What becomes of it."""
        if request.emergency:
            return fates.rated if age > timedelta(hours=2) else fates.contacted
        if banned:
            return fates.rejected(RejectReason.banned)
        if repeats and dice.random() < 0.6:
            return fates.rejected(RejectReason.duplicate)
        if len(request.need) < 3:
            return fates.rejected(RejectReason.not_real)
        if age > ARCHIVED:
            return dice.choice(OF_ARCHIVED)
        if age > ENDED:
            return _one_of(OLDER, dice)
        another = None
        if age < IN_TIME[request.tier] or dice.random() < LATE:
            another = next(self.open, None)
        elif age > timedelta(hours=3):
            another = next(self.sure, None)
        return another or _one_of(WEEK, dice)


def _one_of(choices: tuple[tuple[Fate, int], ...], dice: Random) -> Fate:
    return dice.choices([fate for fate, _weight in choices], [weight for _fate, weight in choices])[0]
