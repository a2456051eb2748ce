"""What a run keeps of each request and each ask, and what it comes to."""

from dataclasses import dataclass, field
from enum import StrEnum

from matching.simulation.crew import Numbers
from matching.simulation.demand import Wanted
from matching.simulation.policies import Chosen


class End(StrEnum):
    """What became of a request."""

    filled = "filled"
    handed_back = "handed_back"
    expired = "expired"


@dataclass(slots=True, eq=False)
class Sent:
    """One ask. For as long as a pause it waits; after that it counts as not answered until a late yes."""

    id: int
    at: float
    chosen: Chosen
    rest: float = 0.0  # of its score, for learning
    waits: bool = True
    accepted: bool = False
    withdrawn: bool = False  # before it had lapsed, or soon after: others were faster


@dataclass(slots=True, eq=False)
class Job:
    """One request while people are asked for it."""

    wanted: Wanted
    free: int  # slots
    asked: set[int] = field(default_factory=set)
    open: dict[int, Sent] = field(default_factory=dict)  # asks that may still be answered with yes
    waves: int = 0
    turn: int = 0  # counts appointments, so that only the newest holds
    handed_back: bool = False
    end: End | None = None
    asks: int = 0
    served: int = 0
    claims: list[float] = field(default_factory=list)  # when each slot was first claimed
    hit: bool | None = None  # one of the first five would have said yes


@dataclass(slots=True)
class Run:
    """All that happened: the requests that came after the warm-up, and what was asked of whom."""

    jobs: list[Job]
    hours: Numbers  # of each member, for these requests
    asks: Numbers  # of each member, for these requests
    lost: int  # members who left for being asked too often, in these days
    told: list[tuple[float, float]]  # for these asks: p as the engine said, and as it was
    days: int
