"""The row of a request: its columns, what can be read off it, and the machinery below the verbs."""

from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any, Protocol

from sqlalchemy import JSON, Column, Integer, text
from sqlmodel import Field, SQLModel

from matching import clock
from matching.db import BIG, UtcDateTime
from matching.errors import WrongState
from matching.people.actor import Actor
from matching.requests.claims import Claim, ClaimStatus
from matching.requests.history import forbidden
from matching.requests.states import MOVES, STATES, VERBS, Channel, State
from matching.requests.steps import Step
from matching.services.model import Limits, Service, Tier
from matching.units.model import Spot, Unit

RUNNING = {
    State.submitted: "dispatch_due_at",
    State.accepted: "dispatch_due_at",
    State.dispatched: "claim_due_at",
    State.in_progress: "handle_due_at",
    State.rectifying: "rectify_due_at",
}
"""Which limit runs in a state (docs/domain.md §3); in the others none does."""
REPORT_WITHIN = timedelta(days=2)  # after what a partner ordered took place (docs/domain.md §8)
VERSION = Column("version", Integer, nullable=False)  # an update must still find the one it read, see db.Work


class Taker(Protocol):
    """A person who takes a slot: a Person, or the Actor who claims for themselves."""

    @property
    def id(self) -> int | None: ...
    @property
    def name(self) -> str: ...


def number_of(id_: int, filed_at: datetime) -> str:
    """The number people say: the day of filing in Shanghai and the row's id, '260302-00017'."""
    return f"{filed_at.astimezone(clock.SHANGHAI):%y%m%d}-{id_:05d}"


class RequestRow(SQLModel):
    """What every verb stands on. `model.ServiceRequest` makes it a table and adds the relations.

    Only `_move` writes `state`; a verb calls it, sets what else follows, and returns its Step.
    """

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    version: int = Field(default=1, sa_column=VERSION)
    filing_key: str = Field(max_length=64)
    filing_digest: str = Field(max_length=64)
    code_hash: str = Field(max_length=64)
    channel: str = Field(default=Channel.qr, max_length=12)
    filed_at: datetime = Field(sa_type=UtcDateTime)
    filed_by: int | None = Field(default=None, sa_type=BIG)
    partner_id: int | None = Field(default=None, sa_type=BIG)  # the organisation that asks
    service_id: int = Field(foreign_key="service.id", sa_type=BIG)
    spot_id: int | None = Field(default=None, foreign_key="spot.id", sa_type=BIG)
    home_unit_id: int = Field(foreign_key="unit.id", sa_type=BIG)
    unit_id: int = Field(foreign_key="unit.id", sa_type=BIG)
    need: str = Field(max_length=1000)
    reason: str = Field(default="", max_length=1000)
    requester_label: str = Field(default="", max_length=40)  # masked: 张*
    has_phone: bool = False
    wanted_from: datetime | None = Field(default=None, sa_type=UtcDateTime)
    wanted_to: datetime | None = Field(default=None, sa_type=UtcDateTime)
    lang: str = Field(default="zh-Hans", max_length=10)
    emergency: bool = False  # the guard saw signs of one
    suspect: str = Field(default="", max_length=20)  # what the guard thinks it asks for that we refuse
    for_minor: bool = False
    consents: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)  # kind -> version of the notice
    show_publicly: bool = False
    wording: str = Field(default="", max_length=300)  # reviewed, for the wall
    wording_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    state: str = Field(default=State.submitted, max_length=20)
    state_since: datetime = Field(sa_type=UtcDateTime)
    last_seq: int = 1
    last_hash: str = Field(max_length=64)
    tier: str = Field(max_length=2)
    slots: int = 1
    helper_gender: str = Field(
        default="", max_length=1, sa_column_kwargs={"server_default": text("''")}
    )  # f, m: wished
    gender_strict: bool = Field(default=False, sa_column_kwargs={"server_default": text("false")})  # nobody else may
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    dispatch_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    claim_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    handle_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    rectify_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reply_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    plan_on: date | None = None
    dispatched_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    taken_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # first claimed
    promised_taken_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # what the requester was told
    promised_done_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    signed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    contacted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    nudged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # those who have it now, to call
    helper_offered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # to those who have it now
    completed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    urged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # by the requester
    urges: int = 0
    late_urged: bool = False  # by the job, for the limit that runs now
    listed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # on the public list, for that limit
    returns: int = 0
    ruled: bool = False
    extension: str = Field(default="", max_length=10)  # asked, granted or refused
    extension_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    supervisions: int = 0
    result: str = Field(default="", max_length=10)
    level: int | None = None
    rated_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    rated_again: bool = False
    misjudgement_by: int | None = Field(default=None, sa_type=BIG)

    if TYPE_CHECKING:  # relations, which only a table can have
        unit: Unit
        service: Service
        spot: Spot | None
        claims: list[Claim]

    @property
    def calendar(self) -> clock.Calendar:
        """The hospital's working days: no column, `queries` hand it in; without them the published ones."""
        kept: clock.Calendar = self.__dict__.get("_calendar", clock.CHINA)
        return kept

    @calendar.setter
    def calendar(self, kept: clock.Calendar) -> None:
        self.__dict__["_calendar"] = kept

    @property
    def number(self) -> str:
        """What people call it."""
        return number_of(self.id or 0, self.filed_at)

    @property
    def active_claims(self) -> list[Claim]:
        """Claims that hold the request now."""
        return [claim for claim in self.claims if claim.status == ClaimStatus.active]

    @property
    def free_slots(self) -> int:
        """Slots nobody holds."""
        return self.slots - sum(claim.slot is not None for claim in self.active_claims)

    def can(self, verb: str) -> bool:
        """Whether the state admits the verb. Who may is the policy's question."""
        return self.state in MOVES[verb].leaves

    def is_claimed_by(self, person_id: int | None) -> bool:
        """Whether the person holds or helps with it now."""
        return person_id is not None and any(claim.person_id == person_id for claim in self.active_claims)

    def was_done_by(self, person_id: int | None) -> bool:
        """Whether the person held it, or helped with it, to the end."""
        return any(claim.person_id == person_id and claim.status == ClaimStatus.done for claim in self.claims)

    def is_late(self, at: datetime) -> bool:
        """Whether the limit that runs now is over."""
        return self.due_at is not None and at > self.due_at

    @property
    def report_by(self) -> datetime | None:
        """Of what a partner ordered for a day: until when the result is to be reported at the latest, however early it
        was ordered. It takes place on its day, so the limit of the service alone would be over before."""
        return self.wanted_to + REPORT_WITHIN if self.partner_id and self.wanted_to else None

    @property
    def order(self) -> str:
        """The number of the newest supervision order."""
        return f"{self.number}-{self.supervisions}"

    def is_reply_late(self, at: datetime) -> bool:
        """Whether a supervision order waits for its reply longer than it may."""
        return self.can("reply") and self.reply_due_at is not None and at > self.reply_due_at

    @property
    def limits(self) -> Limits:
        """The limits of the service at the tier the request has. What a verb counts with stands in its Step as well."""
        return self.service.limits(self.tier)

    # The machinery below the verbs

    def _admit(self, verb: str, by: Actor, at: datetime) -> None:
        """Raises WrongState when MOVES does not admit the verb here, or what the request's history has against it."""
        if not self.can(verb):
            raise WrongState("wrong_state", state=STATES[State(self.state)], verb=VERBS[verb])
        if (why := forbidden(self, verb, by, at)) is not None:
            raise why

    def _move(
        self, verb: str, by: Actor, at: datetime, *, to: State | None = None, reason: str = "", note: str = "",
        unit_id: int | None = None, **detail: Any,
    ) -> Step:  # fmt: skip
        """The only place that writes `state`. Raises what `_admit` raises."""
        self._admit(verb, by, at)
        enters = MOVES[verb].enters
        entered = to or (enters[0] if enters else State(self.state))
        if enters and entered not in enters:
            raise ValueError(f"{verb} does not lead to {entered}")
        step = Step(
            root_id=self.root_id, request_id=self.id, seq=self.last_seq + 1, at=at, verb=verb, from_state=self.state,
            to_state=entered, by_kind=by.kind, by_id=by.id, unit_id=unit_id, reason=reason, note=note, detail=detail,
            next_try_at=at,
        )  # fmt: skip
        step.hash = step.chained(self.last_hash)
        if entered != self.state:
            self.state, self.state_since = entered, at
            self.nudged_at = self.helper_offered_at = None
            self._new_limit()
        self.last_seq, self.last_hash = step.seq, step.hash
        return step

    def _to_unit(
        self, verb: str, unit: Unit, tier: Tier, slots: int, by: Actor, at: datetime, helper_gender: str,
        gender_strict: bool,
    ) -> Step:  # fmt: skip
        limits, strict = self.service.limits(tier), gender_strict and helper_gender != ""
        written = {"claim": str(limits.claim), "handle": str(limits.handle)}
        agreed: dict[str, Any] = {"report_by": day.isoformat()} if (day := self.report_by) else {}
        step = self._move(
            verb, by, at, unit_id=unit.id, tier=tier, slots=slots, limits=written, helper_gender=helper_gender,
            gender_strict=strict, **agreed,
        )  # fmt: skip
        self.helper_gender, self.gender_strict = helper_gender, strict
        self.unit, self.unit_id, self.tier, self.slots = unit, unit.id or 0, tier, slots
        self.dispatched_at = at
        self.claim_due_at = self.calendar.due(at, limits.claim)
        handle_due_at = self.calendar.due(at, limits.handle)
        self.handle_due_at = max(handle_due_at, self.report_by or handle_due_at)
        self._set_due()
        return step

    def _end_claims(self, status: ClaimStatus, at: datetime, person_id: int | None = None) -> None:
        for claim in self.active_claims:
            if person_id is None or claim.person_id == person_id:
                claim.status, claim.ended_at, claim.cover_asked_at = status, at, None

    def _resumed(self, due_at: datetime | None, limit: clock.Limit, at: datetime) -> datetime | None:
        if due_at is None or self.paused_at is None:
            return due_at
        return self.calendar.resumed(due_at, self.paused_at, at, limit)

    def _new_limit(self) -> None:
        """Nobody was urged or listed for it yet."""
        self.late_urged, self.listed_at = False, None

    def _set_due(self) -> None:
        name = RUNNING.get(State(self.state))
        self.due_at = getattr(self, name) if name else None
