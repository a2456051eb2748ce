"""A service request and every verb of its life. No session here: a verb changes the object and returns its Step."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Protocol

from sqlalchemy import JSON, CheckConstraint, Column, Index, Integer, UniqueConstraint, text
from sqlmodel import Field, Relationship, SQLModel

from matching import clock
from matching.db import BIG, UtcDateTime, one_of
from matching.errors import Invalid, Refused, WrongState
from matching.people.actor import Actor, Kind
from matching.requests.claims import Claim, ClaimerKind, ClaimStatus
from matching.requests.states import MOVES, OPEN, STATES, VERBS, Channel, Outcome, Result, State
from matching.requests.steps import Step
from matching.services.model import Limits, Service, Tier
from matching.units.model import Spot, Unit

MOST_RETURNS = 2
RETURN_WITHIN = clock.Limit.parse("1wd")
URGE_AGAIN_AFTER = timedelta(hours=24)
REPLY_WITHIN = clock.Limit.parse("24h")
RECTIFY_WITHIN = clock.Limit.parse("5wd")
LATER_RATING_WITHIN = REOPEN_WITHIN = timedelta(days=30)
CLOSE_AFTER, ARCHIVE_AFTER = timedelta(days=7), timedelta(days=30)
BAD = 2  # levels up to this one open a rectification
RATED = frozenset({State.closed, State.rectifying, State.archived})  # where a level shows that it was rated here

VERSION = Column("version", Integer, nullable=False)  # an update must still find the one it read, see db.Work
OPEN_SQL = "state IN ({})".format(", ".join(f"'{state}'" for state in sorted(OPEN)))


class Taker(Protocol):
    """A person who takes a slot: a Person, or the Actor who claims for themselves."""

    @property
    def id(self) -> int | None: ...
    @property
    def name(self) -> str: ...


def number_of(id_: int, filed_at: datetime) -> str:
    """The number people say: the day of filing in Shanghai and the row's id, '260302-00017'."""
    return f"{filed_at.astimezone(clock.SHANGHAI):%y%m%d}-{id_:05d}"


class ServiceRequest(SQLModel, table=True):
    """One request. `need` and `reason` are stored masked; what was really typed lies sealed in RequestSecret.

    `unit_id` is where the request stands: the spot's own branch until it is dispatched, then the responsible unit.
    `due_at` is the limit that runs now (dispatch, claim, handling or rectification), None while none does.
    """

    __tablename__ = "service_request"
    __table_args__ = (
        UniqueConstraint("root_id", "filing_key"),
        UniqueConstraint("code_hash"),
        one_of("state", State),
        one_of("tier", Tier),
        CheckConstraint("slots BETWEEN 1 AND 99", name="slots_sensible"),
        Index("board_by_due", "root_id", "state", "due_at", "id", sqlite_where=text(OPEN_SQL),
              postgresql_where=text(OPEN_SQL)),
        Index("board_of_unit", "unit_id", "state", "due_at", "id", sqlite_where=text(OPEN_SQL),
              postgresql_where=text(OPEN_SQL)),
        Index("ended_by_time", "root_id", "state", "state_since", "id"),
        Index("ended_of_unit", "unit_id", "state", "state_since", "id"),
        Index("on_the_wall", "root_id", "wording_at", "id", sqlite_where=text("wording_at IS NOT NULL"),
              postgresql_where=text("wording_at IS NOT NULL")),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    version: int = Field(default=1, sa_column=VERSION)
    filing_key: str = Field(max_length=64)
    filing_digest: str = Field(max_length=64)
    code_hash: str = Field(max_length=64)
    channel: str = Field(default=Channel.qr, max_length=12)
    filed_at: datetime = Field(sa_type=UtcDateTime)
    filed_by: int | None = Field(default=None, sa_type=BIG)
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
    due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    dispatch_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    claim_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    handle_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    rectify_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reply_due_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    paused_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    plan_on: date | None = None
    dispatched_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    signed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    contacted_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    completed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    urged_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # by the requester
    urges: int = 0
    late_urged: bool = False  # by the job, for the limit that runs now
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

    unit: Unit = Relationship(sa_relationship_kwargs={"lazy": "raise", "foreign_keys": "ServiceRequest.unit_id"})
    service: Service = Relationship(sa_relationship_kwargs={"lazy": "raise"})
    spot: Spot | None = Relationship(sa_relationship_kwargs={"lazy": "raise"})
    claims: list[Claim] = Relationship(sa_relationship_kwargs={"lazy": "raise", "order_by": "Claim.id"})
    # Nobody reads it: it has the request written before its Step, so that who lost a race stumbles over the version
    # (and starts again) and not over the Step's number.
    steps: list[Step] = Relationship(sa_relationship_kwargs={"lazy": "raise", "order_by": "Step.seq"})

    __mapper_args__ = {"version_id_col": VERSION}

    # What is so now

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
    def limits(self) -> Limits:
        """The limits of the service at the tier the request has."""
        return self.service.limits(self.tier)

    # Reviewing

    def ask_info(self, question: str, by: Actor, at: datetime) -> Step:
        """The requester is asked something; the dispatch limit does not count while we wait."""
        step = self._move("ask_info", by, at, note=question)
        self.paused_at = at
        self._set_due()
        return step

    def supplement(self, answer: str, by: Actor, at: datetime) -> Step:
        """The answer is in; the dispatch limit goes on where it stood."""
        step = self._move("supplement", by, at, note=answer)
        self.dispatch_due_at = self._resumed(self.dispatch_due_at, self.limits.dispatch, at)
        self.paused_at = None
        self._set_due()
        return step

    def correct(self, need: str, reason: str, by: Actor, at: datetime) -> Step:
        """The requester says it in other words; approved wording falls, since it described something else."""
        step = self._move("correct", by, at, note=need)
        self.need, self.reason, self.wording, self.wording_at = need, reason, "", None
        return step

    def reject(self, reason: str, note: str, by: Actor, at: datetime) -> Step:
        """Coded reason and words, both shown to the requester."""
        step = self._move("reject", by, at, reason=reason, note=note)
        self._set_due()
        return step

    def accept(self, by: Actor, at: datetime) -> Step:
        """Reviewed: it may be dispatched."""
        return self._move("accept", by, at)

    def approve_wording(self, wording: str, by: Actor, at: datetime) -> Step:
        """What the public wall may show. Never without the requester's consent, never of a child (§5)."""
        if not self.show_publicly or self.for_minor:
            raise Refused("no_public_consent")
        step = self._move("approve_wording", by, at, note=wording)
        self.wording, self.wording_at = wording, at
        return step

    # Dispatching

    def dispatch(self, unit: Unit, tier: Tier, slots: int, by: Actor, at: datetime) -> Step:
        """The handling clock starts here, not when the unit signs for it (§3: a known abuse)."""
        if self.can("dispatch") and self.returns >= MOST_RETURNS:
            raise Refused("needs_final_ruling", n=self.returns)
        return self._to_unit("dispatch", unit, tier, slots, by, at)

    def final_ruling(self, unit: Unit, tier: Tier, slots: int, by: Actor, at: datetime) -> Step:
        """The committee office decides after the last return; this order cannot come back."""
        step = self._to_unit("final_ruling", unit, tier, slots, by, at)
        self.ruled = True
        return step

    def transfer(self, unit: Unit, note: str, by: Actor, at: datetime) -> Step:
        """To another unit on the same clock; who had claimed in the old one is free again."""
        step = self._move("transfer", by, at, note=note, unit_id=unit.id, before=self.unit_id)
        self._end_claims(ClaimStatus.released, at)
        self.unit, self.unit_id, self.signed_at = unit, unit.id or 0, None
        return step

    def sign_for(self, by: Actor, at: datetime) -> Step:
        """The unit has seen it. Recorded; starts and stops nothing."""
        if self.signed_at is not None:
            raise WrongState("already_signed")
        step = self._move("sign_for", by, at)
        self.signed_at = at
        return step

    def return_order(self, reason: str, note: str, home: Unit, by: Actor, at: datetime) -> Step:
        """Back to the dispatcher, within one working day, at most MOST_RETURNS times, never after a final ruling.

        `home` is where the request stood before it was dispatched (`home_unit_id`).
        """
        if self.can("return_order"):
            if self.ruled:
                raise WrongState("ruled_finally")
            if self.returns >= MOST_RETURNS:
                raise WrongState("no_more_returns", n=self.returns)
            if self.dispatched_at and at > clock.CHINA.due(self.dispatched_at, RETURN_WITHIN):
                raise WrongState("return_too_late")
        step = self._move("return_order", by, at, reason=reason, note=note, before=self.unit_id)
        self._end_claims(ClaimStatus.released, at)
        self.returns += 1
        self.unit, self.unit_id, self.signed_at = home, self.home_unit_id, None
        self.dispatch_due_at = clock.CHINA.due(at, self.limits.dispatch)
        self._set_due()
        return step

    # Claiming

    def claim(self, people: Sequence[Taker], kind: ClaimerKind, name: str, by: Actor, at: datetime) -> Step:
        """The first of `people` answers for it. The last free slot taken starts the work.

        A unit or department takes every free slot, a group one a person as far as they go, a member one.
        Raises WrongState slot_taken or already_claimed_by_you.
        """
        return self._take("claim", people, kind, name, by, at)

    def assign(self, person: Taker, by: Actor, at: datetime) -> Step:
        """A lead gives it to somebody, who may decline."""
        return self._take("assign", [person], ClaimerKind.member, person.name, by, at, assigned=True)

    def decline(self, note: str, by: Actor, at: datetime) -> Step:
        """Somebody who was assigned says no; their slot is free again."""
        mine = [claim for claim in self.active_claims if claim.person_id == by.id]
        if self.can("decline") and not any(claim.assigned for claim in mine):
            raise WrongState("not_assigned" if mine else "not_your_claim")
        step = self._move("decline", by, at, note=note, to=State.dispatched, person=by.id)
        self._end_claims(ClaimStatus.declined, at, person_id=by.id)
        self._set_due()
        return step

    def release(self, person_id: int, note: str, by: Actor, at: datetime) -> Step:
        """The claimer can't, or the lead takes it from them: the slot is free again."""
        if self.can("release") and not self.is_claimed_by(person_id):
            raise WrongState("no_claimer")
        step = self._move("release", by, at, note=note, to=State.dispatched, person=person_id)
        self._end_claims(ClaimStatus.released, at, person_id=person_id)
        self._set_due()
        return step

    def start(self, by: Actor, at: datetime) -> Step:
        """The lead starts with fewer people than slots."""
        if self.can("start") and not self.active_claims:
            raise WrongState("no_claimer")
        step = self._move("start", by, at, claimed=len(self.active_claims))
        self._set_due()
        return step

    # Handling

    def contact(self, note: str, by: Actor, at: datetime) -> Step:
        """Somebody really reached the requester; nothing can be completed before (§1)."""
        if self.contacted_at is not None:
            raise WrongState("already_contacted")
        step = self._move("contact", by, at, note=note)
        self.contacted_at = at
        return step

    def extend(self, until: datetime, note: str, by: Actor, at: datetime) -> Step:
        """Ask for more time: once, before the limit is over, at most the original length on top."""
        if self.can("extend"):
            if self.extension:
                raise WrongState("extension_used")
            if self.handle_due_at is None or at >= self.handle_due_at:
                raise WrongState("extension_too_late")
            if until <= self.handle_due_at:
                raise Invalid.field_is("until", "time_order")
            if until > clock.CHINA.due(self.handle_due_at, self.limits.handle):
                raise Invalid.field_is("until", "extension_too_long", limit=str(self.limits.handle))
        step = self._move("extend", by, at, note=note, until=until.isoformat())
        self.extension, self.extension_until = "asked", until
        return step

    def answer_extension(self, grant: bool, note: str, by: Actor, at: datetime) -> Step:
        """A dispatcher or the requester says yes or no."""
        if self.can("answer_extension") and self.extension != "asked":
            raise WrongState("no_extension_asked")
        step = self._move("answer_extension", by, at, note=note, granted=grant)
        self.extension = "granted" if grant else "refused"
        if grant:  # a new limit: the job may urge again when that is over
            self.handle_due_at, self.late_urged = self.extension_until, False
        self._set_due()
        return step

    def park(self, plan_on: date, note: str, by: Actor, at: datetime) -> Step:
        """It cannot be solved yet: a plan date instead of a running clock."""
        if plan_on <= at.astimezone(clock.SHANGHAI).date():
            raise Invalid.field_is("plan_on", "plan_date_needed")
        step = self._move("park", by, at, note=note, plan_on=plan_on.isoformat())
        self.plan_on, self.paused_at = plan_on, at
        self._set_due()
        return step

    def resume(self, by: Actor, at: datetime) -> Step:
        """The clock goes on where it stood, and so does the time that was asked for on top."""
        step = self._move("resume", by, at)
        self.handle_due_at = self._resumed(self.handle_due_at, self.limits.handle, at)
        self.extension_until = self._resumed(self.extension_until, self.limits.handle, at)
        self.plan_on = self.paused_at = None
        self._set_due()
        return step

    def complete(self, result: Result, note: str, minutes: int, by: Actor, at: datetime, *, photo: str = "") -> Step:
        """The result, in words, and the minutes each claimer served, travel excluded (§7); of a photo the digest."""
        if self.can("complete") and self.contacted_at is None:
            raise WrongState("not_contacted_yet")
        shown: dict[str, Any] = {"photo": photo} if photo else {}
        step = self._move("complete", by, at, reason=result, note=note, minutes=minutes, **shown)
        for claim in self.active_claims:
            claim.minutes = minutes
        self._end_claims(ClaimStatus.done, at)
        self.result, self.completed_at = result, at
        self._set_due()
        return step

    # Following

    def rate(self, level: int, reasons: Iterable[str], note: str, by: Actor, at: datetime) -> Step:
        """One rating; level 1 or 2 opens a rectification. Of what was rated and reopened it is the additional one."""
        again = self.level is not None
        if again and (self.state in RATED or (self.can("rate") and self.rated_again)):
            raise WrongState("rated_already")
        step = self._rated("rate", level, reasons, note, by, at)
        if again:
            self.rated_again = True
        else:
            self.level, self.rated_at = level, at
        return step

    def rate_again(self, level: int, reasons: Iterable[str], note: str, by: Actor, at: datetime) -> Step:
        """One additional rating within 30 days of the first, or of the end where there was none."""
        if self.can("rate_again"):
            if self.rated_again:
                raise WrongState("additional_used")
            if at > (self.rated_at or self.completed_at or at) + LATER_RATING_WITHIN:
                raise WrongState("too_late_to_rate")
        step = self._rated("rate_again", level, reasons, note, by, at)
        self.rated_again = True
        return step

    def close(self, by: Actor, at: datetime) -> Step:
        """Nobody rated it for 7 days: 未评价."""
        if self.can("close") and at < self.state_since + CLOSE_AFTER:
            raise WrongState("not_yet")
        return self._move("close", by, at)

    def rectify(self, outcome: Outcome, note: str, by: Actor, at: datetime) -> Step:
        """The unit says how the bad rating was put right; 'misjudged' waits for a second approver."""
        waits = outcome is Outcome.misjudged
        step = self._move("rectify", by, at, reason=outcome, note=note, to=State.rectifying if waits else State.closed)
        self.misjudgement_by = by.id if waits else None
        self._set_due()
        return step

    def answer_misjudgement(self, approve: bool, note: str, by: Actor, at: datetime) -> Step:
        """Somebody other than who asked approves or refuses."""
        if self.can("answer_misjudgement"):
            if self.misjudgement_by is None:
                raise WrongState("nothing_to_approve")
            if self.misjudgement_by == by.id:
                raise Refused("same_person_approves")
        to = State.closed if approve else State.rectifying
        step = self._move("answer_misjudgement", by, at, note=note, to=to, approved=approve)
        self.misjudgement_by = None
        self._set_due()
        return step

    def reopen(self, note: str, by: Actor, at: datetime) -> Step:
        """It was not solved after all: those who did it have it again, on a new handling clock."""
        if self.can("reopen") and at > (self.completed_at or at) + REOPEN_WITHIN:
            raise WrongState("too_late_to_reopen")
        step = self._move("reopen", by, at, note=note)
        for claim in self.claims:
            if claim.status == ClaimStatus.done:
                claim.status, claim.ended_at = ClaimStatus.active, None
        self.result, self.completed_at, self.extension, self.extension_until = "", None, "", None
        self.handle_due_at = clock.CHINA.due(at, self.limits.handle)
        self._set_due()
        return step

    def withdraw(self, note: str, by: Actor, at: datetime) -> Step:
        """The requester does not need it any more."""
        step = self._move("withdraw", by, at, note=note)
        self._end_claims(ClaimStatus.released, at)
        self.wording_at = None
        self._set_due()
        return step

    def archive(self, by: Actor, at: datetime) -> Step:
        """Final, 30 days after the end."""
        if self.can("archive") and at < self.state_since + ARCHIVE_AFTER:
            raise WrongState("not_yet")
        return self._move("archive", by, at)

    # Pushing

    def urge(self, note: str, by: Actor, at: datetime) -> Step:
        """The requester at most once in 24 hours; the job once for each limit that runs out."""
        if self.can("urge"):
            if by.kind is Kind.system and (self.late_urged or not self.is_late(at)):
                raise WrongState("not_yet")
            if by.kind is not Kind.system and self.urged_at and at < self.urged_at + URGE_AGAIN_AFTER:
                raise Refused("urged_lately")
        step = self._move("urge", by, at, note=note)
        self.urges += 1
        if by.kind is Kind.system:
            self.late_urged = True
        else:
            self.urged_at = at
        return step

    def supervise(self, note: str, by: Actor, at: datetime) -> Step:
        """A numbered order of the committee; the unit replies within 24 hours."""
        step = self._move("supervise", by, at, note=note, order=f"{self.number}-{self.supervisions + 1}")
        self.supervisions += 1
        self.reply_due_at = clock.CHINA.due(at, REPLY_WITHIN)
        return step

    def reply(self, note: str, by: Actor, at: datetime) -> Step:
        """The unit's answer to the newest order."""
        if self.can("reply") and self.reply_due_at is None:
            raise WrongState("nothing_to_answer")
        step = self._move("reply", by, at, note=note)
        self.reply_due_at = None
        return step

    # The machinery below the verbs

    def _move(
        self, verb: str, by: Actor, at: datetime, *, to: State | None = None, reason: str = "", note: str = "",
        unit_id: int | None = None, **detail: Any,
    ) -> Step:  # fmt: skip
        """The only place that writes `state`. Raises WrongState when MOVES does not admit the verb here."""
        leaves, enters = MOVES[verb]
        if self.state not in leaves:
            raise WrongState("wrong_state", state=STATES[State(self.state)], verb=VERBS[verb])
        entered = to or (enters[0] if enters else State(self.state))
        if enters and entered not in enters:
            raise ValueError(f"{verb} does not lead to {entered}")
        step = Step(
            root_id=self.root_id, request_id=self.id, seq=self.last_seq + 1, at=at, verb=verb, from_state=self.state,
            to_state=entered, by_kind=by.kind, by_id=by.id, unit_id=unit_id, reason=reason, note=note, detail=detail,
        )  # fmt: skip
        step.hash = step.chained(self.last_hash)
        if entered != self.state:
            self.state, self.state_since, self.late_urged = entered, at, False
        self.last_seq, self.last_hash = step.seq, step.hash
        return step

    def _to_unit(self, verb: str, unit: Unit, tier: Tier, slots: int, by: Actor, at: datetime) -> Step:
        step = self._move(verb, by, at, unit_id=unit.id, tier=tier, slots=slots)
        self.unit, self.unit_id, self.tier, self.slots = unit, unit.id or 0, tier, slots
        self.dispatched_at = at
        self.claim_due_at = clock.CHINA.due(at, self.limits.claim)
        self.handle_due_at = clock.CHINA.due(at, self.limits.handle)
        self._set_due()
        return step

    def _take(
        self, verb: str, people: Sequence[Taker], kind: ClaimerKind, name: str, by: Actor, at: datetime, *,
        assigned: bool = False,
    ) -> Step:  # fmt: skip
        mine = {person.id for person in people} & {claim.person_id for claim in self.active_claims}
        if mine:
            raise WrongState("already_claimed_by_you" if by.id in mine else "already_claimed", name=people[0].name)
        taken = {claim.slot for claim in self.active_claims}
        free = [slot for slot in range(1, self.slots + 1) if slot not in taken]
        if not free or (self.state == State.in_progress and not self.can(verb)):
            raise WrongState("slot_taken")
        if kind in {ClaimerKind.unit, ClaimerKind.department}:
            held: list[tuple[Taker, int | None]] = [(people[0], slot) for slot in free]
        else:
            held = [(person, free[i] if i < len(free) else None) for i, person in enumerate(people)]
        full = len(free) <= sum(slot is not None for _person, slot in held)
        step = self._move(
            verb, by, at, to=State.in_progress if full else State.dispatched, person=people[0].id, kind=kind, name=name,
            slots=[[person.id, slot] for person, slot in held],
        )  # fmt: skip
        for person, slot in held:
            label = name if kind is not ClaimerKind.group else person.name
            self.claims.append(
                Claim(root_id=self.root_id, slot=slot, kind=kind, person_id=person.id or 0, name=label, at=at,
                      assigned=assigned)
            )  # fmt: skip
        self._set_due()
        return step

    def _rated(self, verb: str, level: int, reasons: Iterable[str], note: str, by: Actor, at: datetime) -> Step:
        bad = level <= BAD
        to = State.rectifying if bad else State.closed
        step = self._move(verb, by, at, to=to, note=note, level=level, reasons=list(reasons))
        if bad:
            self.rectify_due_at = clock.CHINA.due(at, RECTIFY_WITHIN)
        self._set_due()
        return step

    def _end_claims(self, status: ClaimStatus, at: datetime, person_id: int | None = None) -> None:
        for claim in self.active_claims:
            if person_id is None or claim.person_id == person_id:
                claim.status, claim.ended_at = status, at

    def _resumed(self, due_at: datetime | None, limit: clock.Limit, at: datetime) -> datetime | None:
        if due_at is None or self.paused_at is None:
            return due_at
        return clock.CHINA.resumed(due_at, self.paused_at, at, limit)

    def _set_due(self) -> None:
        self.due_at = {
            State.submitted: self.dispatch_due_at,
            State.accepted: self.dispatch_due_at,
            State.dispatched: self.claim_due_at,
            State.in_progress: self.handle_due_at,
            State.rectifying: self.rectify_due_at,
        }.get(State(self.state))


class RequestSecret(SQLModel, table=True):
    """What was really typed (name, phone, texts before masking), sealed. Contacts end here, the request stays."""

    __tablename__ = "request_secret"

    request_id: int | None = Field(default=None, primary_key=True, foreign_key="service_request.id", sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    sealed: bytes
