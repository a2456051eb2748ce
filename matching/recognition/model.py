"""Points, declared entries, public lists and certificates: the tables. Points are whole hundredths (centipoints)."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from matching.db import BIG, UtcDateTime, one_of
from matching.errors import NotAllowed, WrongState
from matching.words import _


class PointsRules(SQLModel, table=True):
    """A version of the rules; no row: 1 an hour, at most 2 h an activity (docs/domain.md §7)."""

    __tablename__ = "points_rules"
    __table_args__ = (UniqueConstraint("root_id", "version"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    version: int
    since: date
    centipoints_an_hour: int = 100
    cap_minutes: int = 120  # of one activity or request that count
    made_by: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG)
    made_at: datetime = Field(sa_type=UtcDateTime)


class EntryKind(StrEnum):
    """Where points come from."""

    request = "request"
    activity = "activity"
    declared = "declared"
    reversal = "reversal"


ENTRY_KINDS = {
    EntryKind.request: _("接单"),
    EntryKind.activity: _("活动"),
    EntryKind.declared: _("申报"),
    EntryKind.reversal: _("冲正"),
}


class PointsEntry(SQLModel, table=True):
    """A line of the points ledger: never changed, never deleted (triggers); a mistake is reversed by a line of its own.

    `source_id` is the claim, attendance or declared entry. `year` is the year it counts for: each begins at nought.
    """

    __tablename__ = "points_entry"
    __table_args__ = (
        one_of("kind", EntryKind),
        Index("one_entry_a_source", "kind", "source_id", "turn", unique=True),
        Index("one_reversal_an_entry", "reverses_id", unique=True, sqlite_where=text("reverses_id IS NOT NULL"),
              postgresql_where=text("reverses_id IS NOT NULL")),
        Index("entries_of_person", "person_id", "year", "id"),
        Index("entries_of_year", "root_id", "year", "id"),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    person_id: int = Field(foreign_key="person.id", sa_type=BIG)
    unit_id: int = Field(foreign_key="unit.id", sa_type=BIG)  # the person's own unit then
    year: int
    on: date = Field(sa_column_kwargs={"name": "served_on"})  # in Shanghai
    kind: str = Field(max_length=10)
    source_id: int = Field(sa_type=BIG)  # of a reversal: the entry that it takes back
    turn: int = 1  # counted again after a reversal
    reverses_id: int | None = Field(default=None, foreign_key="points_entry.id", sa_type=BIG)
    minutes: int  # served; negative in a reversal
    coefficient: float = 1.0
    centipoints: int
    rules: int = 0  # the version of PointsRules
    title: str = Field(max_length=120)
    about: str = Field(default="", max_length=40)  # the number of the request
    why: str = Field(default="", max_length=300)  # of a reversal; the jobs' own reasons are words to be translated
    by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG)
    at: datetime = Field(sa_type=UtcDateTime)


class DeclaredState(StrEnum):
    """waiting → accepted or refused, by somebody else than who declared it."""

    waiting = "waiting"
    accepted = "accepted"
    refused = "refused"
    withdrawn = "withdrawn"


DECLARED_MOVES = {  # verb: the state it leaves, the state it enters
    "accept": (DeclaredState.waiting, DeclaredState.accepted),
    "refuse": (DeclaredState.waiting, DeclaredState.refused),
    "withdraw": (DeclaredState.waiting, DeclaredState.withdrawn),
    "take_back": (DeclaredState.accepted, DeclaredState.refused),
}
DECLARED_STATES = {
    DeclaredState.waiting: _("待审核"),
    DeclaredState.accepted: _("已认定"),
    DeclaredState.refused: _("未认定"),
    DeclaredState.withdrawn: _("已撤回"),
}


class Declared(SQLModel, table=True):
    """Service elsewhere that a member declares, with evidence (docs/domain.md §7)."""

    __tablename__ = "declared_entry"
    __table_args__ = (
        one_of("state", DeclaredState),
        CheckConstraint("minutes BETWEEN 1 AND 1440", name="minutes_sensible"),
        Index("declared_to_review", "root_id", "state", "id"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=BIG)
    title: str = Field(max_length=80)
    on: date = Field(sa_column_kwargs={"name": "served_on"})
    minutes: int
    organiser: str = Field(max_length=80)
    evidence: str = Field(default="", max_length=64)  # digest of a photo
    said: str = Field(default="", max_length=1000)
    state: str = Field(default=DeclaredState.waiting, max_length=10)
    made_at: datetime = Field(sa_type=UtcDateTime)
    reviewed_by: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG)
    reviewed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    why: str = Field(default="", max_length=300)

    def withdraw(self) -> None:
        """By who declared it, before anybody decided. Raises WrongState."""
        self._move("withdraw")

    def decide(self, verb: str, why: str, by_id: int | None, at: datetime) -> None:
        """accept, refuse, or take back what was accepted: never by who declared it. Raises WrongState, NotAllowed."""
        if by_id is None or by_id == self.person_id:
            raise NotAllowed("own_declared")
        self._move(verb)
        self.reviewed_by, self.reviewed_at, self.why = by_id, at, why

    def _move(self, verb: str) -> None:
        leaves, enters = DECLARED_MOVES[verb]
        if self.state != leaves:
            raise WrongState("declared_decided", state=DECLARED_STATES[DeclaredState(self.state)])
        self.state = enters


class PublicList(SQLModel, table=True):
    """A list of points that hangs out for 7 days before it stands (docs/domain.md §7); its lines as they were then."""

    __tablename__ = "public_list"
    __table_args__ = (Index("lists_of_unit", "root_id", "unit_id", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    unit_id: int = Field(foreign_key="unit.id", sa_type=BIG)
    title: str = Field(max_length=80)
    year: int
    lines: list[list[Any]] = Field(default_factory=list, sa_type=JSON)  # [person id, minutes, centipoints, star]
    published_at: datetime = Field(sa_type=UtcDateTime)
    published_by: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG)
    ends_on: date  # the last of its 7 days
    taken_back_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    why: str = Field(default="", max_length=300)

    def hangs(self, today: date) -> bool:
        """Whether objections may be raised: its 7 days are not over. `today` is the day in Shanghai."""
        return self.taken_back_at is None and today <= self.ends_on


class Objection(SQLModel, table=True):
    """What somebody has against a line of a public list while it hangs out, and the answer."""

    __tablename__ = "objection"

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    list_id: int = Field(foreign_key="public_list.id", index=True, sa_type=BIG)
    by_id: int = Field(foreign_key="person.id", sa_type=BIG)
    text: str = Field(max_length=500)
    at: datetime = Field(sa_type=UtcDateTime)
    answer: str = Field(default="", max_length=500)
    answered_by: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG)
    answered_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class Certificate(SQLModel, table=True):
    """志愿服务证明 with its four groups, as it was issued; whoever has its number can see that it is genuine."""

    __tablename__ = "certificate"
    __table_args__ = (UniqueConstraint("root_id", "no"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    no: str = Field(max_length=40)
    check: str = Field(max_length=16, sa_column_kwargs={"name": "check_code"})  # printed beside the number
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=BIG)
    first_on: date
    last_on: date
    minutes: int
    content: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)  # what the four groups say
    issued_by: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG)
    issued_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    replaced_by: str | None = Field(default=None, max_length=40)  # the number of the one that took its place
    why: str = Field(default="", max_length=300)  # '' where one took its place
