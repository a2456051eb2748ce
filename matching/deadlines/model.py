"""What is promised at filing, and how often that was kept (docs/domain.md §3)."""

from datetime import datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from matching.db import BIG, UtcDateTime


class Promise(SQLModel, table=True):
    """The usual times of a service at the places of a unit over the last 90 days, in seconds of natural time; and of
    the promises that were made there in that time, how many are decided and how many of these were kept."""

    __tablename__ = "promise"
    __table_args__ = (UniqueConstraint("service_id", "unit_id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(index=True, sa_type=BIG)
    service_id: int = Field(foreign_key="service.id", sa_type=BIG)
    unit_id: int = Field(foreign_key="unit.id", sa_type=BIG)  # the places' home unit; the hospital itself: all places
    n: int  # how many were done: what the usual times are made of
    taken_seconds: int | None = None
    done_seconds: int | None = None
    counted_at: datetime = Field(sa_type=UtcDateTime)
    told_taken: int = 0
    kept_taken: int = 0
    told_done: int = 0
    kept_done: int = 0
