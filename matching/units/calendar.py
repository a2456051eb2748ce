"""The hospital's amendments to the published working days (docs/domain.md §3), and its calendar made of both."""

from datetime import date, datetime
from functools import lru_cache

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from matching.clock import CHINA, Calendar
from matching.db import BIG, UtcDateTime

Amendments = tuple[tuple[date, bool], ...]


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


class Recount(SQLModel, table=True):
    """How far the clocks of a hospital's requests are counted by its calendar as it is now (deadlines/recounting.py).

    `calendar` is the fingerprint of the calendar that is counted by, `after_id` the last request of the pass that is
    under way, None when nothing is.
    """

    __tablename__ = "recount"

    root_id: int = Field(primary_key=True, foreign_key="unit.id", sa_type=BIG)
    calendar: str = Field(max_length=64)
    seen_at: datetime = Field(sa_type=UtcDateTime)  # when this calendar was first met
    began_at: datetime = Field(sa_type=UtcDateTime)  # the pass
    after_id: int | None = Field(default=None, sa_type=BIG)
    changed: int = 0  # rows that were put right since it was met


@lru_cache(maxsize=64)
def amended(days: Amendments) -> Calendar:
    """The calendar with these days amended; the same days give the same object, which keeps its years."""
    return Calendar(dict(days)) if days else CHINA
