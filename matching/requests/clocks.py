"""A request's clocks, worked out from its Steps alone: what the verbs wrote while it happened, and what an amended
calendar makes of it. Pure. Rules: docs/domain.md §3; what is kept where: docs/clocks.md.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields
from datetime import date, datetime

from matching.clock import Calendar, Limit
from matching.people.actor import Kind
from matching.requests.following import BAD, RECTIFY_WITHIN, REPLY_WITHIN
from matching.requests.history import LISTED_AFTER
from matching.requests.row import RUNNING, RequestRow
from matching.requests.states import State
from matching.requests.steps import Step
from matching.services.model import Limits, Service

FINAL = frozenset({State.rejected, State.withdrawn, State.archived})
"""From here no clock ever runs again: what a later calendar would have made of it is nobody's business."""


@dataclass
class Clocks:
    """The row's fields of the same names."""

    dispatched_at: datetime | None = None
    taken_at: datetime | None = None
    paused_at: datetime | None = None
    plan_on: date | None = None
    dispatch_due_at: datetime | None = None
    claim_due_at: datetime | None = None
    handle_due_at: datetime | None = None
    rectify_due_at: datetime | None = None
    reply_due_at: datetime | None = None
    extension_until: datetime | None = None
    due_at: datetime | None = None
    late_urged: bool = False
    listed_at: datetime | None = None
    nudged_at: datetime | None = None
    helper_offered_at: datetime | None = None

    def differing(self, row: RequestRow) -> list[str]:
        """The names of the fields in which the row says otherwise."""
        return [one.name for one in fields(self) if getattr(self, one.name) != getattr(row, one.name)]


def replayed(steps: Sequence[Step], service: Service, calendar: Calendar) -> Clocks:
    """What `steps` (all of one request, in their order) make of its clocks by this calendar.

    Each Step that starts a clock says with which limit; those from before that was kept go by the service as it is.
    """
    telling = _Telling(service, calendar)
    for step in steps:
        telling.take(step)
    return telling.clocks


class _Telling:
    """The Steps so far."""

    def __init__(self, service: Service, calendar: Calendar) -> None:
        self.service, self.calendar = service, calendar
        self.clocks = Clocks()
        self.tier: str | None = None
        self.urged_at: datetime | None = None  # by the job, for the limit that runs
        self.listed_at: datetime | None = None

    def take(self, step: Step) -> None:
        """One more Step: first what it changes, then which limit runs now."""
        change: Callable[[Step], None] = getattr(self, f"_{step.verb}", _nothing)
        change(step)
        if step.from_state != step.to_state or (step.verb == "answer_extension" and step.detail["granted"]):
            self.urged_at = self.listed_at = None
        if step.from_state != step.to_state or step.verb == "cover":
            self.clocks.nudged_at = self.clocks.helper_offered_at = None
        clocks, running = self.clocks, RUNNING.get(State(step.to_state))
        clocks.due_at = due_at = getattr(clocks, running) if running else None
        clocks.late_urged = self.urged_at is not None and due_at is not None and self.urged_at > due_at
        listed = self.listed_at and due_at and self.listed_at >= self.calendar.due(due_at, LISTED_AFTER)
        clocks.listed_at = self.listed_at if listed else None

    def _limit(self, step: Step, name: str) -> Limit:
        written = step.detail.get("limits", {}).get(name)
        limits: Limits = self.service.limits(self.tier)
        limit: Limit = Limit.parse(written) if written else getattr(limits, name)
        return limit

    def _resumed(self, due_at: datetime | None, step: Step, name: str) -> datetime | None:
        if due_at is None or self.clocks.paused_at is None:
            return due_at
        return self.calendar.resumed(due_at, self.clocks.paused_at, step.at, self._limit(step, name))

    def _file(self, step: Step) -> None:
        self.clocks.dispatch_due_at = self.calendar.due(step.at, self._limit(step, "dispatch"))

    _return_order = _file

    def _ask_info(self, step: Step) -> None:
        self.clocks.paused_at = step.at

    def _supplement(self, step: Step) -> None:
        self.clocks.dispatch_due_at = self._resumed(self.clocks.dispatch_due_at, step, "dispatch")
        self.clocks.paused_at = None

    def _dispatch(self, step: Step) -> None:
        self.tier = step.detail["tier"]
        self.clocks.dispatched_at = step.at
        self.clocks.claim_due_at = self.calendar.due(step.at, self._limit(step, "claim"))
        due_at = self.calendar.due(step.at, self._limit(step, "handle"))
        agreed = step.detail.get("report_by")
        self.clocks.handle_due_at = max(due_at, datetime.fromisoformat(agreed)) if agreed else due_at

    _final_ruling = _dispatch

    def _claim(self, step: Step) -> None:
        self.clocks.taken_at = self.clocks.taken_at or step.at

    _assign = _move_up = _claim

    def _nudge(self, step: Step) -> None:
        self.clocks.nudged_at = step.at

    def _offer_helper(self, step: Step) -> None:
        self.clocks.helper_offered_at = step.at

    def _extend(self, step: Step) -> None:
        self.clocks.extension_until = datetime.fromisoformat(step.detail["until"])

    def _answer_extension(self, step: Step) -> None:
        if step.detail["granted"]:
            self.clocks.handle_due_at = self.clocks.extension_until

    def _park(self, step: Step) -> None:
        self.clocks.paused_at, self.clocks.plan_on = step.at, date.fromisoformat(step.detail["plan_on"])

    def _resume(self, step: Step) -> None:
        clocks = self.clocks
        clocks.handle_due_at = self._resumed(clocks.handle_due_at, step, "handle")
        clocks.extension_until = self._resumed(clocks.extension_until, step, "handle")
        clocks.plan_on = clocks.paused_at = None

    def _rate(self, step: Step) -> None:
        if step.detail["level"] <= BAD:
            self.clocks.rectify_due_at = self.calendar.due(step.at, RECTIFY_WITHIN)

    _rate_again = _rate

    def _reopen(self, step: Step) -> None:
        self.clocks.extension_until = None
        self.clocks.handle_due_at = self.calendar.due(step.at, self._limit(step, "handle"))

    def _urge(self, step: Step) -> None:
        if step.by_kind == Kind.system:
            self.urged_at = step.at

    def _public_list(self, step: Step) -> None:
        self.listed_at = step.at

    def _supervise(self, step: Step) -> None:
        self.clocks.reply_due_at = self.calendar.due(step.at, REPLY_WITHIN)

    def _reply(self, step: Step) -> None:
        self.clocks.reply_due_at = None


def _nothing(_step: Step) -> None:
    """Most verbs leave the clocks alone."""
