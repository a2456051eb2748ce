"""Hours that members are to be at activities, where matching finds them."""

from datetime import datetime, timedelta

from sqlalchemy import CheckConstraint, Index
from sqlmodel import Field, SQLModel

from matching.db import BIG, UtcDateTime

LONGEST = timedelta(hours=24)  # of one activity: what begins longer ago is over


class Engagement(SQLModel, table=True):
    """Hours that somebody is to be at an activity: on the list of one that is planned or held, or its lead. Written by
    `activities` with every change of such a list, for matching may not look up there; one row a person and activity."""

    __tablename__ = "engagement"
    __table_args__ = (
        CheckConstraint("ends_at > starts_at", name="hours_in_order"),
        Index("engagements_by_time", "root_id", "starts_at"),
    )

    activity_id: int = Field(primary_key=True, sa_type=BIG)  # which is arranged in `activities`
    person_id: int = Field(primary_key=True, foreign_key="person.id", index=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    request_id: int | None = Field(default=None, sa_type=BIG)  # that it came of: for this one it is no obstacle
    starts_at: datetime = Field(sa_type=UtcDateTime)
    ends_at: datetime = Field(sa_type=UtcDateTime)
