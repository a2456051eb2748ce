"""The tables of the assessment: versions of what is assessed, a branch's sheet of a period, and each score given."""

from datetime import date, datetime
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from matching.db import BIG, UtcDateTime


class AssessmentScheme(SQLModel, table=True):
    """A version of the items and cut-offs, for periods that end on `since` or later; never changed."""

    __tablename__ = "assessment_scheme"
    __table_args__ = (UniqueConstraint("root_id", "version"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    version: int
    since: date
    items: list[list[Any]] = Field(default_factory=list, sa_type=JSON)  # code, dimension, words, points, [evidence]
    cuts: dict[str, int] = Field(default_factory=dict, sa_type=JSON)
    made_by: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG)
    made_at: datetime = Field(sa_type=UtcDateTime)


class Assessment(SQLModel, table=True):
    """A branch's sheet for a quarter or a year. Signed, it keeps its sum, its grade and the figures as they were."""

    __tablename__ = "assessment"
    __table_args__ = (
        UniqueConstraint("root_id", "period", "unit_id"),
        CheckConstraint("length(period) IN (4, 6)", name="quarter_or_year"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    unit_id: int = Field(foreign_key="unit.id", sa_type=BIG)
    period: str = Field(max_length=10)  # 2026Q3, 2026
    scheme: int  # the version that its first score was given by
    tenths: int | None = None  # of a point, of all items; once it is signed
    grade: str = Field(default="", max_length=10)
    proof: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)  # code: [text, n, few] when it was signed
    signed_by: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG)
    signed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)


class AssessmentScore(SQLModel, table=True):
    """What somebody gave for an item, and why less than all of it. Never changed; the newest of an item counts."""

    __tablename__ = "assessment_score"
    __table_args__ = (Index("scores_of_assessment", "assessment_id", "item", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    assessment_id: int = Field(foreign_key="assessment.id", sa_type=BIG)
    item: str = Field(max_length=20)
    tenths: int  # of a point
    reason: str = Field(default="", max_length=300)
    by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG)
    at: datetime = Field(sa_type=UtcDateTime)
