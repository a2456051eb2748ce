"""The hospital's amendments to the published working days (docs/domain.md §3)."""

from datetime import date, datetime

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from matching.db import BIG, UtcDateTime


class AmendedDay(SQLModel, table=True):
    """A day on which the hospital works, or does not, whatever the State Council arranged. Wins over the library."""

    __tablename__ = "amended_day"
    __table_args__ = (UniqueConstraint("root_id", "day"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(foreign_key="unit.id", sa_type=BIG)
    day: date
    works: bool
    note: str = Field(default="", max_length=100)
    by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG)
    at: datetime = Field(sa_type=UtcDateTime)
