"""Which fate meets which wish: by what it asks for, by its age, and by its place among the newest."""

from datetime import timedelta
from random import Random

from matching.demo import fates
from matching.demo.fates import Fate
from matching.requests.model import ServiceRequest
from matching.requests.states import RejectReason

# The newest first: what a dispatcher sees on a morning.
NEWEST: tuple[Fate, ...] = (
    fates.submitted, fates.submitted, fates.accepted, fates.dispatched, fates.claimed, fates.submitted,
    fates.contacted, fates.asked, fates.half_taken, fates.submitted, fates.completed, fates.signed,
    fates.returned, fates.contacted, fates.transferred, fates.accepted, fates.extending, fates.completed,
    fates.supplemented, fates.declined, fates.parked, fates.rated, fates.urged, fates.badly_rated,
    fates.completed, fates.withdrawn, fates.contacted, fates.rated, fates.extended, fates.released,
    fates.reopened, fates.signed, fates.rated, fates.parked, fates.misjudged, fates.completed,
    fates.rated, fates.not_extended, fates.urged, fates.rated, fates.supervised, fates.badly_rated,
    fates.completed, fates.contacted, fates.rated,
)  # fmt: skip
WEEK = ((fates.rated, 50), (fates.completed, 18), (fates.rectified, 6), (fates.parked, 3), (fates.withdrawn, 4),
        (fates.supervised, 3), (fates.reopened_and_done, 3), (fates.then_rated(fates.taken_again), 4), (fates.misjudgement_approved, 2),
        (fates.rated_again, 3), (fates.extended, 2))  # fmt: skip
OLDER = ((fates.rated, 62), (fates.unrated, 14), (fates.rectified, 7), (fates.withdrawn, 4),
         (fates.then_rated(fates.resumed), 3), (fates.then_rated(fates.taken_again), 4), (fates.reopened_and_done, 2),
         (fates.rated_again, 3), (fates.then_rated(fates.ruled), 2), (fates.misjudgement_approved, 1))  # fmt: skip
ENDS_EARLY = timedelta(days=9)  # from here on nothing is left open
ARCHIVED = timedelta(days=35)
OF_ARCHIVED = (fates.rated, fates.rated, fates.rated, fates.rectified, fates.withdrawn, fates.unrated)


def fate_of(request: ServiceRequest, banned: bool, repeats: bool, place: int, age: timedelta, dice: Random) -> Fate:
    """`place` counts from the newest of those that are neither banned nor repeats nor emergencies."""
    if request.emergency:
        return fates.rated if age > timedelta(hours=2) else fates.contacted
    if banned:
        return fates.rejected(RejectReason.banned)
    if repeats and dice.random() < 0.6:
        return fates.rejected(RejectReason.duplicate)
    if len(request.need) < 3:
        return fates.rejected(RejectReason.not_real)
    if place < len(NEWEST):
        return NEWEST[place]
    if age > ARCHIVED:
        return dice.choice(OF_ARCHIVED)
    choices = WEEK if age < ENDS_EARLY else OLDER
    return dice.choices([fate for fate, _weight in choices], [weight for _fate, weight in choices])[0]
