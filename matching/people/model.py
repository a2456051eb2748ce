"""People, the roles granted to them, their sign-ins and the tokens they made."""

from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from matching.db import BIG, UtcDateTime, one_of
from matching.words import _

LOCK_AFTER, LOCK_FOR = 5, timedelta(minutes=15)  # docs/domain.md §6 (等保 2.0)


class Role(StrEnum):
    """What a grant lets a person do; policies say it verb by verb."""

    administrator = "administrator"
    committee = "committee"
    dispatcher = "dispatcher"
    unit_lead = "unit_lead"
    member = "member"
    auditor = "auditor"
    liaison = "liaison"  # of a partner: sees and files its own organisation's requests, nothing else


ROLES = {
    Role.administrator: _("管理员"),
    Role.committee: _("党委办公室"),
    Role.dispatcher: _("派单员"),
    Role.unit_lead: _("支部负责人"),
    Role.member: _("党员志愿者"),
    Role.auditor: _("审计员"),
    Role.liaison: _("共建单位联络员"),
}


class Person(SQLModel, table=True):
    """A member or another employee. The phone is sealed; `login` and a password are there once they may sign in."""

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("root_id", "member_no"), Index("person_by_unit", "unit_id", "id"))

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(index=True, sa_type=BIG)
    unit_id: int = Field(foreign_key="unit.id", sa_type=BIG)
    partner_id: int | None = Field(default=None, index=True, sa_type=BIG)  # whose liaison; None: the hospital's own
    member_no: str = Field(max_length=40)
    name: str = Field(max_length=80)
    gender: str = Field(default="", max_length=1)  # f, m or empty
    birth_year: int | None = None
    sealed_phone: bytes | None = None
    status: str = Field(default="serving", max_length=20)  # serving, retired, left
    post: str = Field(default="", max_length=40)  # 党支部书记 …
    department: str = Field(default="", max_length=60)
    building: str = Field(default="", max_length=60)
    job_title: str = Field(default="", max_length=40)
    skills: list[str] = Field(default_factory=list, sa_type=JSON)
    shift_pattern: str = Field(default="", max_length=20)
    hours_last_year: float = 0.0
    wecom_id: str = Field(default="", max_length=64)
    login: str | None = Field(default=None, max_length=64, unique=True)
    password_hash: str | None = Field(default=None, max_length=200)
    must_change: bool = False  # the password was set by an administrator and opens nothing but its own change
    failures: int = 0
    locked_until: datetime | None = Field(default=None, sa_type=UtcDateTime)

    def is_locked(self, at: datetime) -> bool:
        """After LOCK_AFTER wrong passwords nobody gets in for LOCK_FOR, not even with the right one."""
        return self.locked_until is not None and at < self.locked_until

    def note_failure(self, at: datetime) -> None:
        """Count a wrong password; the LOCK_AFTER-th locks."""
        self.failures += 1
        if self.failures >= LOCK_AFTER:
            self.failures, self.locked_until = 0, at + LOCK_FOR


class Grant(SQLModel, table=True):
    """A role on a unit, covering its subtree. Revoked, never deleted."""

    __tablename__ = "role_grant"
    __table_args__ = (one_of("role", Role),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(index=True, sa_type=BIG)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=BIG)
    unit_id: int = Field(foreign_key="unit.id", sa_type=BIG)
    role: str = Field(max_length=20)
    granted_by: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG)
    granted_at: datetime = Field(sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class SignIn(SQLModel, table=True):
    """A browser that somebody is signed in with; the cookie's token is kept as a hash only."""

    __tablename__ = "sign_in"

    token_hash: str = Field(primary_key=True, max_length=64)
    root_id: int = Field(index=True, sa_type=BIG)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=BIG)
    form_key: str = Field(max_length=64)  # signs the forms of this browser against forgery
    started_at: datetime = Field(sa_type=UtcDateTime)
    seen_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class ApiToken(SQLModel, table=True):
    """A bearer token that a person made for a program; shown once, kept as a hash."""

    __tablename__ = "api_token"

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(index=True, sa_type=BIG)
    person_id: int = Field(foreign_key="person.id", index=True, sa_type=BIG)
    name: str = Field(max_length=60)
    token_hash: str = Field(unique=True, max_length=64)
    made_at: datetime = Field(sa_type=UtcDateTime)
    used_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    revoked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AuditEntry(SQLModel, table=True):
    """Who did what to the system itself: sign-ins, grants, passwords, imports, exports (docs/domain.md §6)."""

    __tablename__ = "audit_entry"
    __table_args__ = (Index("audit_by_time", "root_id", "at"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    at: datetime = Field(sa_type=UtcDateTime)
    person_id: int | None = Field(default=None, sa_type=BIG)
    act: str = Field(max_length=40)
    about: str = Field(default="", max_length=200)
