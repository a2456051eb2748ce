"""One request as docs/domain.md tells it: what is true of it, who has which part in it, and who sees it."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from tests.cast import AT

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
HOMES = {"lead": "ZB1", "lin": "ZB1", "zhao": "ZB1", "lead2": "ZB2", "sun": "ZB2"}
ALWAYS = {"wei": "committee", "di": "dispatcher", "patient": "requester", "system": "job"}
LIMITS = {"wheelchair": (1 * HOUR, HOUR / 2, 2 * HOUR), "escort": (2 * HOUR, 4 * HOUR, 24 * HOUR)}


@dataclass
class Facts:
    """What is true of it, and who sees it."""

    service: str
    at: datetime = AT
    state: str = "submitted"
    since: datetime = AT
    unit: str = "ZB1"
    slots: int = 1
    steps: int = 1
    held: set[tuple[str, int | None]] = field(default_factory=set)
    assigned: set[str] = field(default_factory=set)
    groups: dict[str, set[str]] = field(default_factory=dict)  # a group's lead: who came along
    units: set[str] = field(default_factory=set)  # who answers for a whole unit
    covering: str = ""  # who looks for somebody in their place
    taken: dict[str, datetime] = field(default_factory=dict)
    due: dict[str, datetime | None] = field(default_factory=dict)  # by the state in which it runs
    paused: datetime | None = None
    dispatched: datetime | None = None
    flags: set[str] = field(default_factory=set)  # signed, ruled, asked, extended, late, listed, …
    returns: int = 0
    until: datetime | None = None
    urged: datetime | None = None
    level: int | None = None
    rated: datetime | None = None
    finished: datetime | None = None
    misjudged_by: str = ""

    def __post_init__(self) -> None:
        self.slots = {"wheelchair": 1, "escort": 2}[self.service]
        self.dispatch_limit, self.claim_limit, self.handle_limit = LIMITS[self.service]
        self.due["submitted"] = self.due["accepted"] = self.at + self.dispatch_limit

    @property
    def runs_until(self) -> datetime | None:
        return self.due.get(self.state)

    def roles(self, who: str) -> set[str]:
        roles = {ALWAYS[who]} if who in ALWAYS else set()
        if HOMES.get(who) == self.unit:
            roles |= {"member", "lead"} if who.startswith("lead") else {"member"}
        if who in {login for login, _slot in self.held}:
            roles.add("claimer")
        return roles

    def sees(self, who: str) -> bool:
        roles = self.roles(who)
        taking = self.state in {"dispatched", "in_progress"}
        return who in ALWAYS or who == "audit" or bool(roles & {"lead", "claimer"}) or (taking and "member" in roles)

    def _everybody_is_free(self) -> None:
        self._nobody_has_it()
        self.flags.discard("signed")

    def _nobody_has_it(self) -> None:
        self.held, self.assigned, self.groups, self.units, self.covering = set(), set(), {}, set(), ""
