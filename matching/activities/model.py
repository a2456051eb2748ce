"""An activity and who took part: the tables and what may become of an activity. No session here."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import JSON, CheckConstraint, Column, Index, Integer, UniqueConstraint
from sqlmodel import Field, SQLModel

from matching.clock import SHANGHAI
from matching.db import BIG, UtcDateTime, one_of
from matching.errors import WrongState
from matching.people.actor import Actor
from matching.words import _

VERSION = Column("version", Integer, nullable=False)  # an update must still find the one it read, see db.Work


class ActivityKind(StrEnum):
    """What it was. The first is for others; the rest is a branch's own life (三会一课 and 主题党日)."""

    service = "service"
    members_meeting = "members_meeting"
    committee_meeting = "committee_meeting"
    group_meeting = "group_meeting"
    party_lesson = "party_lesson"
    theme_day = "theme_day"
    study = "study"


ACTIVITY_KINDS = {
    ActivityKind.service: _("志愿服务"),
    ActivityKind.members_meeting: _("支部党员大会"),
    ActivityKind.committee_meeting: _("支部委员会"),
    ActivityKind.group_meeting: _("党小组会"),
    ActivityKind.party_lesson: _("党课"),
    ActivityKind.theme_day: _("主题党日"),
    ActivityKind.study: _("学习"),
}


class ActivityState(StrEnum):
    """planned → held → confirmed, or cancelled. Minutes count once it is confirmed."""

    planned = "planned"
    held = "held"
    confirmed = "confirmed"
    cancelled = "cancelled"


ACTIVITY_STATES = {
    ActivityState.planned: _("筹备中"),
    ActivityState.held: _("待确认"),
    ActivityState.confirmed: _("已确认"),
    ActivityState.cancelled: _("已取消"),
}


S = ActivityState
MOVES: dict[str, tuple[frozenset[ActivityState], ActivityState | None]] = {
    # verb: (states it may leave, state it enters; None: stays)
    "plan": (frozenset({S.planned}), None),
    "change": (frozenset({S.planned, S.held}), None),
    "list": (frozenset({S.planned, S.held}), None),  # who is on the list
    "sign": (frozenset({S.planned, S.held}), S.held),  # somebody is there, or left
    "confirm": (frozenset({S.planned, S.held}), S.confirmed),
    "correct": (frozenset({S.confirmed}), None),
    "cancel": (frozenset({S.planned, S.held}), S.cancelled),
    "photograph": (frozenset({S.planned, S.held, S.confirmed}), None),
}
ACTIVITY_VERBS = {
    "plan": _("发起"),
    "change": _("修改安排"),
    "list": _("调整名单"),
    "sign": _("签到"),
    "confirm": _("确认时长"),
    "correct": _("更正"),
    "cancel": _("取消"),
    "photograph": _("传照片"),
}


class Activity(SQLModel, table=True):
    """One thing done together on a day, a row of the activity ledger (docs/domain.md §8)."""

    __tablename__ = "activity"
    __table_args__ = (
        one_of("kind", ActivityKind),
        one_of("state", ActivityState),
        CheckConstraint("ends_at > starts_at", name="times_in_order"),
        Index("activities_by_time", "root_id", "starts_at", "id"),
        Index("activities_of_unit", "unit_id", "starts_at", "id"),
        Index("activities_of_partner", "partner_id", "starts_at", "id"),
        Index("activities_confirmed", "root_id", "confirmed_at", "id"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    version: int = Field(default=1, sa_column=VERSION)
    kind: str = Field(max_length=20)
    title: str = Field(max_length=80)
    unit_id: int = Field(foreign_key="unit.id", sa_type=BIG)  # the branch that leads it
    partner_id: int | None = Field(default=None, foreign_key="partner.id", sa_type=BIG)
    project_id: int | None = Field(default=None, foreign_key="list_item.id", index=True, sa_type=BIG)
    request_id: int | None = Field(default=None, foreign_key="service_request.id", unique=True, sa_type=BIG)
    service_id: int | None = Field(default=None, foreign_key="service.id", sa_type=BIG)
    place: str = Field(max_length=120)
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
    lead_id: int = Field(foreign_key="person.id", sa_type=BIG)  # 负责人
    state: str = Field(default=ActivityState.planned, max_length=10)
    sealed_key: bytes | None = None  # from which the rotating sign-in codes are made
    person_times: int | None = None  # 服务人次: how many people were served, or came
    materials: int | None = None  # 发放资料, copies
    partner_volunteers: int = 0  # of the partner's own who helped
    effect: str = Field(default="", max_length=1000)  # 成效
    note: str = Field(default="", max_length=1000)  # 备注
    made_by: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG)
    made_at: datetime = Field(sa_type=UtcDateTime)
    confirmed_by: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    cancelled_why: str = Field(default="", max_length=300)

    __mapper_args__: ClassVar[dict[str, object]] = {"version_id_col": VERSION}

    @property
    def day(self) -> date:
        """The Shanghai day it counts for: the one on which it begins."""
        return self.starts_at.astimezone(SHANGHAI).date()

    def can(self, verb: str) -> bool:
        """Whether its state admits the verb."""
        return self.state in MOVES[verb][0]

    def check(self, verb: str) -> None:
        """Raises WrongState when it does not."""
        if not self.can(verb):
            state, said = ACTIVITY_STATES[ActivityState(self.state)], ACTIVITY_VERBS[verb]
            raise WrongState("activity_wrong_state", state=state, verb=said)

    def change(self, by: Actor, at: datetime, **plan: Any) -> "ActivityStep":
        """What was arranged is arranged otherwise; `plan` holds the columns."""
        step = self._move("change", by, at)
        for name, value in plan.items():
            setattr(self, name, value)
        return step

    def begin(self, by: Actor, at: datetime) -> "ActivityStep | None":
        """The first presence: it takes place. None when it does already."""
        self.check("sign")
        return None if self.state == ActivityState.held else self._move("sign", by, at)

    def confirm(self, by: Actor, at: datetime, **counts: Any) -> "ActivityStep":
        """Minutes count from now on. Raises WrongState, also before it has begun."""
        if at < self.starts_at:
            raise WrongState("activity_not_begun")
        step = self._move("confirm", by, at)
        for name, value in counts.items():
            setattr(self, name, value)
        self.confirmed_by, self.confirmed_at = by.id, at
        return step

    def correct(self, reason: str, by: Actor, at: datetime, detail: dict[str, Any], **counts: Any) -> "ActivityStep":
        """What was confirmed was wrong; `detail` says what it was and what it is."""
        step = self._move("correct", by, at, reason, **detail)
        for name, value in counts.items():
            setattr(self, name, value)
        return step

    def cancel(self, why: str, by: Actor, at: datetime) -> "ActivityStep":
        """It does not take place, or does not count."""
        step = self._move("cancel", by, at, why)
        self.cancelled_why = why
        return step

    def _move(self, verb: str, by: Actor, at: datetime, reason: str = "", **detail: Any) -> "ActivityStep":
        self.check(verb)
        _leaves, enters = MOVES[verb]
        if enters is not None:
            self.state = enters
        return ActivityStep(
            root_id=self.root_id, activity_id=self.id or 0, verb=verb, by_id=by.id, at=at, reason=reason, detail=detail
        )


class ActivityStep(SQLModel, table=True):
    """What was done to an activity, by whom, when, and for a correction or a cancellation why. Never changed."""

    __tablename__ = "activity_step"
    __table_args__ = (Index("steps_of_activity", "activity_id", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    activity_id: int = Field(foreign_key="activity.id", sa_type=BIG)
    verb: str = Field(max_length=20)
    by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG)
    at: datetime = Field(sa_type=UtcDateTime)
    reason: str = Field(default="", max_length=300)
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)  # of a correction: member number → [was, is]


class SignedHow(StrEnum):
    """How somebody's presence came into the list."""

    code = "code"  # the rotating code on the lead's phone
    offline = "offline"  # the lead ticked the name without network, brought in later
    lead = "lead"  # the lead ticked the name


SIGNED_HOW = {SignedHow.code: _("现场扫码"), SignedHow.offline: _("离线点名"), SignedHow.lead: _("负责人点名")}


class Attendance(SQLModel, table=True):
    """One person on the list of an activity. `minutes` is None until the lead confirms; 0 stands for absent."""

    __tablename__ = "attendance"
    __table_args__ = (
        UniqueConstraint("activity_id", "person_id"),
        CheckConstraint("minutes BETWEEN 0 AND 1440", name="minutes_sensible"),
        Index("attendances_of_person", "person_id", "activity_id"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(index=True, sa_type=BIG)
    activity_id: int = Field(foreign_key="activity.id", sa_type=BIG)
    person_id: int = Field(foreign_key="person.id", sa_type=BIG)
    planned: bool = True  # stood on the list before; somebody may also just come
    signed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    signed_how: str = Field(default="", max_length=10)
    left_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    doubtful: bool = False  # the phone's clock was moved: the lead looks at the times again
    minutes: int | None = None

    def sign(self, at: datetime, how: SignedHow, *, doubtful: bool = False) -> None:
        """There since `at`. Of several phones the earliest counts, in whatever order they tell."""
        if self.signed_at is None or at < self.signed_at:
            self.signed_at, self.signed_how = at, how
            self.doubtful = doubtful

    def leave(self, at: datetime, *, doubtful: bool = False) -> None:
        """Gone at `at`; of several the latest counts."""
        if self.left_at is None or at > self.left_at:
            self.left_at = at
            self.doubtful = self.doubtful or doubtful

    def take_back(self) -> None:
        """Ticked by mistake: not there."""
        self.signed_at, self.left_at, self.signed_how, self.doubtful = None, None, "", False

    def proposed(self, activity: Activity, at: datetime) -> int:
        """Minutes from sign-in to sign-out within the activity's times, travel excluded (docs/domain.md §7). Who did
        not sign out stayed to the end, or until now where it still goes on; who did not sign in was not there."""
        if self.signed_at is None:
            return 0
        start = max(self.signed_at, activity.starts_at)
        end = min(self.left_at or activity.ends_at, activity.ends_at, at)
        return max(int((end - start).total_seconds()) // 60, 0)


class ActivityPhoto(SQLModel, table=True):
    """A photo of an activity; the picture is a sealed file named by its content, outside the database."""

    __tablename__ = "activity_photo"
    __table_args__ = (UniqueConstraint("activity_id", "digest"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    activity_id: int = Field(foreign_key="activity.id", sa_type=BIG)
    digest: str = Field(max_length=64)
    caption: str = Field(default="", max_length=80)
    by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG)
    at: datetime = Field(sa_type=UtcDateTime)


RHYTHM = {
    ActivityKind.members_meeting: 1,
    ActivityKind.committee_meeting: 3,
    ActivityKind.group_meeting: 3,
    ActivityKind.party_lesson: 1,
    ActivityKind.theme_day: 3,
}
"""Meetings a quarter where a hospital has not set others (三会一课, 主题党日; docs/domain.md §8)."""


class Rhythm(SQLModel, table=True):
    """How often a branch must hold each kind of its own meetings in a quarter, from a day on; no row: RHYTHM."""

    __tablename__ = "meeting_rhythm"
    __table_args__ = (UniqueConstraint("root_id", "kind", "since"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    kind: str = Field(max_length=20)
    a_quarter: int
    since: date
