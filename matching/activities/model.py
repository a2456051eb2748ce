"""An activity and who took part: the tables."""

from datetime import date, datetime
from enum import StrEnum
from typing import ClassVar

from sqlalchemy import CheckConstraint, Column, Index, Integer, UniqueConstraint
from sqlmodel import Field, SQLModel

from matching.db import BIG, UtcDateTime, one_of
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


class SignedHow(StrEnum):
    """How somebody's presence came into the list."""

    code = "code"  # the rotating code on the lead's phone
    offline = "offline"  # the same, brought in later
    lead = "lead"  # the lead ticked the name


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
    minutes: int | None = None


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


class Rhythm(SQLModel, table=True):
    """How often a branch must hold each kind of its own meetings in a quarter; no row: the Party's usual rhythm."""

    __tablename__ = "meeting_rhythm"
    __table_args__ = (UniqueConstraint("root_id", "kind"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    kind: str = Field(max_length=20)
    a_quarter: int
    since: date
