"""One request as docs/domain.md §2 and §3 tell it: who sees and may what, what a verb needs, where it leads.

Written from the document, with natural hours only; it knows nothing of the code but the table of roles that
test_policy.py keeps, also by hand.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from matching.clock import CHINA, Limit
from matching.requests.claims import ClaimerKind
from tests.cast import AT
from tests.requests.test_policy import EXPECTED

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
OPEN = "submitted needs_info accepted dispatched in_progress parked rectifying"
BEFORE_RESULT = "submitted needs_info accepted dispatched in_progress parked"
LEAVES = {  # verb: the states it may leave
    "ask_info": "submitted", "supplement": "needs_info", "correct": BEFORE_RESULT, "reject": "submitted needs_info",
    "accept": "submitted", "approve_wording": "accepted dispatched in_progress parked completed rectifying closed",
    "dispatch": "submitted accepted", "final_ruling": "accepted", "transfer": "dispatched", "sign_for": "dispatched",
    "return_order": "dispatched", "claim": "dispatched", "assign": "dispatched", "decline": "dispatched in_progress",
    "release": "dispatched in_progress", "start": "dispatched", "contact": "in_progress", "extend": "in_progress",
    "answer_extension": "in_progress", "park": "in_progress", "resume": "parked", "complete": "in_progress",
    "rate": "completed", "rate_again": "closed", "close": "completed", "rectify": "rectifying",
    "answer_misjudgement": "rectifying", "reopen": "completed closed", "withdraw": BEFORE_RESULT,
    "ask": "dispatched in_progress", "hand_back": "dispatched in_progress", "seek_cover": "dispatched in_progress",
    "thank": "accepted dispatched in_progress parked completed rectifying closed withdrawn", "move_up": "dispatched",
    "cover": "dispatched in_progress", "nudge": "in_progress", "offer_helper": "in_progress", "help": "in_progress",
    "archive": "closed rejected withdrawn", "urge": OPEN, "public_list": OPEN, "supervise": OPEN, "reply": OPEN,
}  # fmt: skip
ENTERS = {  # where it is always the same
    "ask_info": "needs_info", "supplement": "submitted", "reject": "rejected", "accept": "accepted",
    "dispatch": "dispatched", "final_ruling": "dispatched", "return_order": "accepted", "start": "in_progress",
    "park": "parked", "resume": "in_progress", "complete": "completed", "close": "closed", "reopen": "in_progress",
    "withdraw": "withdrawn", "archive": "archived",
}  # fmt: skip
HOMES = {"lead": "ZB1", "lin": "ZB1", "zhao": "ZB1", "lead2": "ZB2", "sun": "ZB2"}
ALWAYS = {"wei": "committee", "di": "dispatcher", "patient": "requester", "system": "job"}
LIMITS = {"wheelchair": (1 * HOUR, HOUR / 2, 2 * HOUR), "escort": (2 * HOUR, 4 * HOUR, 24 * HOUR)}


@dataclass
class Model:
    """One request as the document tells it."""

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

    def refusals(self, verb: str, who: str, told: dict[str, Any]) -> set[int]:
        """The statuses that refuse it now; empty when it must succeed."""
        if not self.sees(who):
            return {404}
        roles = self.roles(who)
        if not roles & EXPECTED[verb]:
            return {403}
        if verb == "claim" and told.get("kind") is ClaimerKind.unit and "lead" not in roles:
            return {403}
        if verb == "release" and told.get("person") and "lead" not in roles:
            return {403}
        wrong = set(getattr(self, f"_{verb}_refused", lambda who, told: ())(who, told))
        return wrong if self.state in LEAVES[verb].split() else {409, *(wrong & {422, 403, 429})}

    def done(self, verb: str, who: str, told: dict[str, Any]) -> None:
        """It happened: keep what the document says comes of it."""
        self.steps += 1 + (verb == "dispatch" and self.state == "submitted")
        before = self.state
        self.state = ENTERS.get(verb, self.state)
        getattr(self, f"_{verb}_done", lambda who, told: None)(who, told)
        if self.state != before:
            self.since = self.at
            self.flags -= {"late", "listed", "nudged", "offered"}

    # Dispatching

    def _dispatch_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if self.returns >= 2:
            yield 409

    def _final_ruling_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if self.returns < 2:
            yield 409

    def _dispatch_done(self, who: str, told: dict[str, Any]) -> None:
        self.unit, self.slots, self.dispatched = told["unit"], told.get("slots", self.slots), self.at
        self.due |= {"dispatched": self.at + self.claim_limit, "in_progress": self.at + self.handle_limit}

    def _final_ruling_done(self, who: str, told: dict[str, Any]) -> None:
        self._dispatch_done(who, told)
        self.flags.add("ruled")

    def _transfer_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if told["unit"] == self.unit:
            yield 422

    def _transfer_done(self, who: str, told: dict[str, Any]) -> None:
        self.unit = told["unit"]
        self._everybody_is_free()

    def _sign_for_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if "signed" in self.flags:
            yield 409

    def _sign_for_done(self, who: str, told: dict[str, Any]) -> None:
        self.flags.add("signed")

    def _return_order_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        late = self.dispatched is not None and self.at > CHINA.due(self.dispatched, Limit.parse("1wd"))
        if late or self.returns >= 2 or "ruled" in self.flags:
            yield 409

    def _return_order_done(self, who: str, told: dict[str, Any]) -> None:
        self.unit, self.returns = "ZB1", self.returns + 1
        self.due["accepted"] = self.at + self.dispatch_limit
        self._everybody_is_free()

    def _everybody_is_free(self) -> None:
        self._nobody_has_it()
        self.flags.discard("signed")

    def _nobody_has_it(self) -> None:
        self.held, self.assigned, self.groups, self.units, self.covering = set(), set(), {}, set(), ""

    # Waiting

    def _ask_info_done(self, who: str, told: dict[str, Any]) -> None:
        self.paused = self.at

    def _supplement_done(self, who: str, told: dict[str, Any]) -> None:
        self.due["submitted"] = self.due["accepted"] = self._after_the_pause(self.due["submitted"])

    def _park_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if told["days"] == 0:
            yield 422

    def _park_done(self, who: str, told: dict[str, Any]) -> None:
        self.paused = self.at

    def _resume_done(self, who: str, told: dict[str, Any]) -> None:
        self.due["in_progress"] = self._after_the_pause(self.due["in_progress"])
        self.until = self._after_the_pause(self.until)

    def _after_the_pause(self, due: datetime | None) -> datetime | None:
        assert self.paused is not None
        return due + (self.at - self.paused) if due is not None and due > self.paused else due

    # Taking

    def _free(self) -> list[int]:
        return [slot for slot in range(1, self.slots + 1) if slot not in {taken for _login, taken in self.held}]

    def _team(self, who: str, told: dict[str, Any]) -> list[str]:
        return [who, *([told["with"]] if told.get("with", who) != who else [])]

    def _claim_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        team = self._team(who, told)
        if told.get("kind") is ClaimerKind.group and (len(team) < 2 or {HOMES[one] for one in team} != {self.unit}):
            yield 422
        elif set(team) & {login for login, _slot in self.held} or not self._free():
            yield 409

    def _claim_done(self, who: str, told: dict[str, Any]) -> None:
        free, team = self._free(), self._team(who, told)
        if told.get("kind") is ClaimerKind.unit:
            self.units.add(who)
            self._take([(who, slot) for slot in free])
        else:
            self._take(list(zip(team, [*free, None, None], strict=False)))
            if team[1:]:
                self.groups[who] = {*team[1:]}

    def _assign_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if HOMES[told["person"]] != self.unit:
            yield 422
        elif told["person"] in {login for login, _slot in self.held} or not self._free():
            yield 409

    def _assign_done(self, who: str, told: dict[str, Any]) -> None:
        self.assigned.add(told["person"])
        self._take([(told["person"], self._free()[0])])

    def _take(self, held: list[tuple[str, int | None]]) -> None:
        self.held |= set(held)
        self.taken |= dict.fromkeys((login for login, _slot in held), self.at)
        if not self._free():
            self.state = "in_progress"

    def _decline_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if who not in self.assigned:
            yield 409

    def _decline_done(self, who: str, told: dict[str, Any]) -> None:
        self._let_go(who)

    def _release_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if told.get("person", who) not in {login for login, _slot in self.held}:
            yield 409

    def _release_done(self, who: str, told: dict[str, Any]) -> None:
        self._let_go(told.get("person", who))

    def _let_go(self, who: str) -> None:
        """Who came along with a group's lead goes with them; who helps, with the last who has a slot."""
        slots = {slot for login, slot in self.held if login == who}
        along = self.groups.pop(who, set())
        self.held = {(login, slot) for login, slot in self.held if login != who}
        if not any(slot for _login, slot in self.held):
            self.held = set()
        self.held = {(login, slot) for login, slot in self.held if slot or login not in along}
        for others in self.groups.values():
            others.discard(who)
        self.assigned.discard(who)
        self.units.discard(who)
        self.covering = "" if self.covering == who else self.covering
        if slots != {None}:
            self.state = "dispatched"

    # Finding people

    def _move_up_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if told["person_id"] in {login for login, _slot in self.held} or not self._free():
            yield 409

    def _move_up_done(self, who: str, told: dict[str, Any]) -> None:
        self._take([(told["person_id"], self._free()[0])])

    def _hand_back_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if told["why"] == "not_contacted" and ("contacted" in self.flags or self.state != "in_progress"):
            yield 409

    def _hand_back_done(self, who: str, told: dict[str, Any]) -> None:
        if told["why"] == "not_contacted":
            self.state = "dispatched"
            self._nobody_has_it()
        elif told["purpose"] == "cover":
            self.covering = ""

    def _seek_cover_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        mine = [slot for login, slot in self.held if login == who]
        if self.covering or None in mine or who in self.units:
            yield 409

    def _seek_cover_done(self, who: str, told: dict[str, Any]) -> None:
        self.covering = who

    def _cover_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if who in {login for login, _slot in self.held} or self.covering != told["leaver_id"]:
            yield 409

    def _cover_done(self, who: str, told: dict[str, Any]) -> None:
        leaver, self.covering = self.covering, ""
        self.held = {(who if login == leaver else login, slot) for login, slot in self.held}
        self.groups.pop(leaver, None)
        self.assigned.discard(leaver)
        self.taken[who] = self.at
        self.flags -= {"nudged", "offered"}

    def _nudge_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        taken = max((self.taken[login] for login, slot in self.held if slot), default=self.at)
        due = self.due.get("in_progress") or taken
        half = taken + (due - taken if due > taken else self.handle_limit) / 2
        if self.flags & {"contacted", "nudged"} or self.at < half:
            yield 409

    def _nudge_done(self, who: str, told: dict[str, Any]) -> None:
        self.flags.add("nudged")

    def _offer_helper_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if self.flags & {"contacted", "offered"} or "nudged" not in self.flags:
            yield 409

    def _offer_helper_done(self, who: str, told: dict[str, Any]) -> None:
        self.flags.add("offered")

    def _help_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if who in {login for login, _slot in self.held}:
            yield 409

    def _help_done(self, who: str, told: dict[str, Any]) -> None:
        self.held.add((who, None))

    def _start_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if not self.held:
            yield 409

    # Handling

    def _contact_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if "contacted" in self.flags:
            yield 409

    def _contact_done(self, who: str, told: dict[str, Any]) -> None:
        self.flags.add("contacted")

    def _extend_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        due = self.due.get("in_progress")
        if "extended" in self.flags or due is None or self.at >= due:
            yield 409
        elif not 0 < told["more"] <= 1:
            yield 422

    def _extend_done(self, who: str, told: dict[str, Any]) -> None:
        self.flags |= {"asked", "extended"}
        self.until = self.due["in_progress"] + told["more"] * self.handle_limit

    def _answer_extension_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if "asked" not in self.flags:
            yield 409

    def _answer_extension_done(self, who: str, told: dict[str, Any]) -> None:
        self.flags.discard("asked")
        if told["grant"]:
            self.due["in_progress"] = self.until
            self.flags -= {"late", "listed"}

    def _complete_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if "contacted" not in self.flags:
            yield 409

    def _complete_done(self, who: str, told: dict[str, Any]) -> None:
        self.covering = ""
        self.finished = self.at

    # Following

    def _rate_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if told["level"] < 3 and not told["reasons"]:
            yield 422
        elif self.level is not None and ("again" in self.flags or self.state == "closed"):
            yield 409

    def _rate_done(self, who: str, told: dict[str, Any]) -> None:
        if self.level is not None:
            self.flags.add("again")
        else:
            self.level, self.rated = told["level"], self.at
        self._judged(told["level"])

    def _rate_again_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        first = self.rated or self.finished
        if told["level"] < 3 and not told["reasons"]:
            yield 422
        elif "again" in self.flags or (first is not None and self.at > first + 30 * DAY):
            yield 409

    def _rate_again_done(self, who: str, told: dict[str, Any]) -> None:
        self.flags.add("again")
        self._judged(told["level"])

    def _judged(self, level: int) -> None:
        self.state = "closed" if level > 2 else "rectifying"
        if level <= 2:
            self.due["rectifying"] = CHINA.due(self.at, Limit.parse("5wd"))

    def _close_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if self.at < self.since + 7 * DAY:
            yield 409

    def _rectify_done(self, who: str, told: dict[str, Any]) -> None:
        waits = told["outcome"] == "misjudged"
        self.misjudged_by, self.state = who if waits else "", "rectifying" if waits else "closed"

    def _answer_misjudgement_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if not self.misjudged_by:
            yield 409
        elif self.misjudged_by == who:
            yield 403

    def _answer_misjudgement_done(self, who: str, told: dict[str, Any]) -> None:
        self.misjudged_by, self.state = "", "closed" if told["approve"] else "rectifying"

    def _reopen_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if self.finished is not None and self.at > self.finished + 30 * DAY:
            yield 409

    def _reopen_done(self, who: str, told: dict[str, Any]) -> None:
        self.due["in_progress"] = self.at + self.handle_limit
        self.flags -= {"asked", "extended"}
        self.until = None

    def _withdraw_done(self, who: str, told: dict[str, Any]) -> None:
        self._everybody_is_free()

    def _archive_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if self.at < self.since + 30 * DAY:
            yield 409

    # Pushing

    def _urge_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        due = self.runs_until
        if who == "system" and ("late" in self.flags or due is None or self.at <= due):
            yield 409
        if who == "patient" and self.urged is not None and self.at < self.urged + DAY:
            yield 429

    def _urge_done(self, who: str, told: dict[str, Any]) -> None:
        if who == "system":
            self.flags.add("late")
        else:
            self.urged = self.at

    def _public_list_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        due = self.runs_until
        if "listed" in self.flags or due is None or self.at < CHINA.due(due, Limit.parse("5wd")):
            yield 409

    def _public_list_done(self, who: str, told: dict[str, Any]) -> None:
        self.flags.add("listed")

    def _supervise_done(self, who: str, told: dict[str, Any]) -> None:
        self.flags.add("ordered")

    def _reply_refused(self, who: str, told: dict[str, Any]) -> Iterator[int]:
        if "ordered" not in self.flags:
            yield 409

    def _reply_done(self, who: str, told: dict[str, Any]) -> None:
        self.flags.discard("ordered")
