"""Claims: who takes a slot of a request. The database allows one active claim a slot."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import Index, text
from sqlmodel import Field, SQLModel

from matching.db import BIG, UtcDateTime, one_of
from matching.words import _


class ClaimerKind(StrEnum):
    """Who may take a slot (docs/domain.md §1): one person, a whole branch or department, or a group of two or more."""

    member = "member"
    unit = "unit"
    department = "department"
    group = "group"


CLAIMER_KINDS = {
    ClaimerKind.member: _("个人"),
    ClaimerKind.unit: _("支部"),
    ClaimerKind.department: _("科室"),
    ClaimerKind.group: _("帮帮团"),
}


class ClaimStatus(StrEnum):
    """`active` holds the slot; `done` held it to the end."""

    active = "active"
    released = "released"
    declined = "declined"
    done = "done"


class Claim(SQLModel, table=True):
    """One slot held by one claimer. `person_id` answers for it, also for a unit or a department; each person of a
    group has a row of their own, the lead's first."""

    __tablename__ = "claim"
    __table_args__ = (
        one_of("status", ClaimStatus),
        one_of("kind", ClaimerKind),
        Index("one_active_claim_a_slot", "request_id", "slot", unique=True,
              sqlite_where=text("status IN ('active', 'done')"), postgresql_where=text("status IN ('active', 'done')")),
        Index("claims_of_person", "person_id", "status", "id"),
        Index("served_lately", "root_id", "ended_at", sqlite_where=text("status = 'done'"),
              postgresql_where=text("status = 'done'")),
        Index("cover_sought", "request_id", sqlite_where=text("cover_asked_at IS NOT NULL"),
              postgresql_where=text("cover_asked_at IS NOT NULL")),
        Index("claims_held", "root_id", "person_id", sqlite_where=text("status = 'active'"),
              postgresql_where=text("status = 'active'")),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    request_id: int | None = Field(default=None, foreign_key="service_request.id", sa_type=BIG, nullable=False)
    slot: int | None = None  # None: helps, in a group or alone, without a slot of their own
    kind: str = Field(default=ClaimerKind.member, max_length=12)
    person_id: int = Field(foreign_key="person.id", sa_type=BIG)
    name: str = Field(max_length=80)  # of the person, unit, department or group, as it was then
    assigned: bool = False  # by a lead; such a claimer may decline
    cover_asked_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # looks for somebody in their place
    status: str = Field(default=ClaimStatus.active, max_length=10)
    at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    minutes: int | None = None
