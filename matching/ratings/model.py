"""One row for each rating given; the figures are computed from these."""

from datetime import datetime

from sqlalchemy import JSON, CheckConstraint, UniqueConstraint
from sqlmodel import Field, SQLModel

from matching.db import BIG, UtcDateTime


class Rating(SQLModel, table=True):
    """The first rating of a request (`turn` 1) or the additional one (2). Levels are 5 best to 1 (GB/T 39734)."""

    __tablename__ = "rating"
    __table_args__ = (
        UniqueConstraint("request_id", "turn"),
        CheckConstraint("level BETWEEN 1 AND 5", name="level_known"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(index=True, sa_type=BIG)
    request_id: int = Field(foreign_key="service_request.id", sa_type=BIG)
    turn: int
    level: int
    reasons: list[str] = Field(default_factory=list, sa_type=JSON)
    comment: str = Field(default="", max_length=1000)
    at: datetime = Field(sa_type=UtcDateTime)
