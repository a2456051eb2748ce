"""Asks, the waves they go out in, the waiting list, and what members say about when they are free."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from matching.db import BIG, UtcDateTime, one_of
from matching.words import _


class Answer(StrEnum):
    """What became of an ask. `withdrawn`: others filled the request first, which counts against nobody."""

    waiting = "waiting"
    accepted = "accepted"
    declined = "declined"
    unanswered = "unanswered"
    withdrawn = "withdrawn"


ANSWERS = {
    Answer.waiting: _("等待答复"),
    Answer.accepted: _("愿意"),
    Answer.declined: _("不便"),
    Answer.unanswered: _("没有答复"),
    Answer.withdrawn: _("已有人接，谢谢"),
}


class DeclineReason(StrEnum):
    """Why not, if somebody likes to say."""

    on_duty = "on_duty"
    too_far = "too_far"
    not_able = "not_able"
    tired = "tired"
    other = "other"


DECLINE_REASONS = {
    DeclineReason.on_duty: _("正在上班走不开"),
    DeclineReason.too_far: _("离得太远"),
    DeclineReason.not_able: _("这件事我做不了"),
    DeclineReason.tired: _("最近忙，想歇一歇"),
    DeclineReason.other: _("其他"),
}


class Purpose(StrEnum):
    """What somebody is asked for: a free slot, to take over from a claimer who cannot come, or to help one."""

    slot = "slot"
    cover = "cover"
    helper = "helper"


class Ask(SQLModel, table=True):
    """One person was asked for one request, once: only who was thanked because others came first may be asked again.
    What the engine computed is kept so that it can be replayed."""

    __tablename__ = "ask"
    __table_args__ = (
        one_of("answer", Answer),
        one_of("purpose", Purpose),
        Index("asks_of_request", "request_id", "person_id"),
        Index("asked_once", "request_id", "person_id", unique=True, sqlite_where=text("answer <> 'withdrawn'"),
              postgresql_where=text("answer <> 'withdrawn'")),
        Index("asks_of_person", "person_id", "asked_at", "id"),
        Index("one_open_ask_a_person", "person_id", unique=True, sqlite_where=text("answer = 'waiting'"),
              postgresql_where=text("answer = 'waiting'")),
        Index("asks_by_time", "root_id", "asked_at"),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    request_id: int = Field(foreign_key="service_request.id", sa_type=BIG)
    person_id: int = Field(foreign_key="person.id", sa_type=BIG)
    category: str = Field(default="", max_length=40)  # the service's code
    purpose: str = Field(default=Purpose.slot, max_length=8)
    wave: int = 1
    by_id: int | None = Field(default=None, sa_type=BIG)  # the lead who chose them; None: the wave did
    asked_at: datetime = Field(sa_type=UtcDateTime)
    answer: str = Field(default=Answer.waiting, max_length=12)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    reason: str = Field(default="", max_length=20)
    p: float = 0.0  # that they accept, as computed when they were asked
    weights: int = 0  # the version it was computed with
    parts: dict[str, float] = Field(default_factory=dict, sa_type=JSON)  # contributions to the score, by name


class Asking(StrEnum):
    """Where the waves for one purpose stand."""

    running = "running"
    filled = "filled"
    handed_back = "handed_back"
    stopped = "stopped"


class Wave(SQLModel, table=True):
    """The asking for one request and purpose: how many waves went out and when the next is due."""

    __tablename__ = "wave"
    __table_args__ = (
        one_of("asking", Asking),
        one_of("purpose", Purpose),
        Index("waves_due", "next_at", "request_id", sqlite_where=text("next_at IS NOT NULL"),
              postgresql_where=text("next_at IS NOT NULL")),
    )  # fmt: skip

    request_id: int = Field(primary_key=True, foreign_key="service_request.id", sa_type=BIG)
    purpose: str = Field(default=Purpose.slot, primary_key=True, max_length=8)
    root_id: int = Field(sa_type=BIG)
    unit_id: int = Field(sa_type=BIG)  # whose members are asked
    asking: str = Field(default=Asking.running, max_length=12)
    wave: int = 0  # how many went out
    next_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # of the next wave; None: nothing to do
    started_at: datetime = Field(sa_type=UtcDateTime)
    by_id: int | None = Field(default=None, sa_type=BIG)


class Place(StrEnum):
    """Where somebody on a waiting list stands."""

    waiting = "waiting"
    moved_up = "moved_up"
    left = "left"


class Waiting(SQLModel, table=True):
    """Somebody said yes when it was full, and will take a slot that comes free."""

    __tablename__ = "waiting"
    __table_args__ = (
        UniqueConstraint("request_id", "person_id"),
        one_of("place", Place),
        Index("waiting_by_turn", "request_id", "id", sqlite_where=text("place = 'waiting'"),
              postgresql_where=text("place = 'waiting'")),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    request_id: int = Field(foreign_key="service_request.id", sa_type=BIG)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=BIG)
    place: str = Field(default=Place.waiting, max_length=8)
    at: datetime = Field(sa_type=UtcDateTime)


class AskCount(SQLModel, table=True):
    """How often a person was asked and accepted: in all (`category` empty) and for each service. Kept with each answer
    so that a suggestion reads two rows a person; `recent` decays with the engine's half-life from `recent_at` on."""

    __tablename__ = "ask_count"
    __table_args__ = (Index("counts_of_service", "root_id", "category"),)

    person_id: int = Field(primary_key=True, foreign_key="person.id", sa_type=BIG)
    category: str = Field(default="", primary_key=True, max_length=40)
    root_id: int = Field(sa_type=BIG)
    asked: int = 0
    accepted: int = 0
    recent: float = 0.0
    recent_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    last_asked: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Availability(SQLModel, table=True):
    """When somebody can be asked. No row: what their shift pattern in the roster says."""

    __tablename__ = "availability"

    person_id: int = Field(primary_key=True, foreign_key="person.id", sa_type=BIG)
    root_id: int = Field(index=True, sa_type=BIG)
    # [weekday (0 Monday), from, to] in minutes after midnight in Shanghai; None: the shift pattern's usual hours
    weekly: list[list[int]] | None = Field(default=None, sa_type=JSON)
    muted_until: datetime | None = Field(default=None, sa_type=UtcDateTime)
    hours_cap: float | None = None  # in 14 days; None: the hospital's
    changed_at: datetime = Field(sa_type=UtcDateTime)


class Leave(SQLModel, table=True):
    """Whole days on which somebody is not asked; why is nobody's business."""

    __tablename__ = "leave"
    __table_args__ = (CheckConstraint("last_on >= first_on", name="days_in_order"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=BIG)
    first_on: date
    last_on: date


class Licence(SQLModel, table=True):
    """A registration somebody looked up: what the roster says of a licence counts for those who serve until this says
    otherwise, and for the retired only with it (docs/domain.md §7)."""

    __tablename__ = "licence"
    __table_args__ = (UniqueConstraint("person_id", "skill"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(index=True, sa_type=BIG)
    person_id: int = Field(foreign_key="person.id", sa_type=BIG)
    skill: str = Field(max_length=40)
    valid_until: date  # the last day
    checked_by: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG)
    checked_at: datetime = Field(sa_type=UtcDateTime)


class Weights(SQLModel, table=True):
    """A version of the two numbers that are learnt from the log. Version 0 is built in and has no row."""

    __tablename__ = "weights"
    __table_args__ = (UniqueConstraint("root_id", "version"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    version: int
    intercept: float
    slope: float
    rate: float  # the share of all asks that were accepted, to which a person's few are smoothed
    asks: int  # how many answered asks they were learnt from
    log_hash: str = Field(max_length=64)  # of those asks, so that a replay knows it read the same ones
    since: datetime = Field(sa_type=UtcDateTime)
    until: datetime = Field(sa_type=UtcDateTime)
    made_at: datetime = Field(sa_type=UtcDateTime)


class AskDials(SQLModel, table=True):
    """What a hospital turned; no row: the defaults of engine.model.Dials. `automatic`: waves start at the dispatch."""

    __tablename__ = "ask_dials"

    root_id: int = Field(primary_key=True, foreign_key="unit.id", sa_type=BIG)
    automatic: bool = True
    equity: float = 1.0
    ask_cap: float = 6.0
    hours_cap: float = 12.0
    target_fast: float = 0.80
    target_slow: float = 0.65
    quiet_from: int = 21 * 60 + 30
    quiet_to: int = 7 * 60 + 30
    clearance: bool = False
    changed_by: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG)
    changed_at: datetime = Field(sa_type=UtcDateTime)


class Proposal(SQLModel, table=True):
    """A proposal for a queue, as it was computed and as the dispatcher changed it. Nothing is dispatched by it until it
    is accepted, row by row; what has changed meanwhile is refused then."""

    __tablename__ = "proposal"
    __table_args__ = (Index("proposals_by_time", "root_id", "at"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    unit_id: int = Field(foreign_key="unit.id", sa_type=BIG)
    by_id: int = Field(foreign_key="person.id", sa_type=BIG)
    at: datetime = Field(sa_type=UtcDateTime)
    weights: int = 0
    pins: list[list[int]] = Field(default_factory=list, sa_type=JSON)  # [request, person]
    forbidden: list[list[int]] = Field(default_factory=list, sa_type=JSON)
    result: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)  # pairs, value, bound, gap, solver, reasons
    taken: list[list[int]] = Field(default_factory=list, sa_type=JSON)  # pairs that were accepted
