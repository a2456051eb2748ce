"""The tables of what is counted: what each request adds, day by day, and the daily sums (docs/figures.md)."""

from datetime import date, datetime

from sqlalchemy import JSON, Index, text
from sqlmodel import Field, SQLModel

from matching.db import BIG, UtcDateTime


class Counted(SQLModel):
    """What is counted: whole numbers, so that sums are exact; rates are worked out at the end (docs/figures.md)."""

    filed: int = 0
    accepted: int = 0
    rejected: int = 0
    withdrawn: int = 0
    dispatched: int = 0
    claimed: int = 0
    contacted: int = 0
    completed: int = 0
    solved: int = 0
    in_time: int = 0  # completed by its handling limit
    late: int = 0  # a claim or handling limit ran out
    late_desk: int = 0  # the dispatch limit did
    told: int = 0  # completed, and a promise had been made
    kept: int = 0
    rated: int = 0
    unrated: int = 0
    valid: int = 0
    valid_contacted: int = 0
    valid_solved: int = 0
    level5: int = 0
    level4: int = 0
    level3: int = 0
    level2: int = 0
    level1: int = 0
    bad: int = 0
    rectified: int = 0
    urges: int = 0
    supervised: int = 0
    returns: int = 0
    done: int = 0
    helpers: int = 0
    minutes: int = 0


COUNTERS = tuple(Counted.model_fields)


class FigureLine(Counted, table=True):
    """What one request adds to the figures of a day and of its unit, service, place, hour and partner.

    `line` 0 counts on the day of filing, 1 on the day of the result, and each return of an order, by the number of its
    Step, on the day of filing for the unit that gave it back. A copy of what the rooms below say: see refreshing.py.
    """

    __tablename__ = "figure_line"
    __table_args__ = (
        Index("lines_by_day", "root_id", "day", "request_id"),
        Index("lines_of_unit", "unit_id", "day"),
        Index("lines_of_service", "service_id", "day"),
        Index("lines_of_spot", "spot_id", "day"),
        Index("lines_of_partner", "partner_id", "day", sqlite_where=text("partner_id IS NOT NULL"),
              postgresql_where=text("partner_id IS NOT NULL")),
    )  # fmt: skip

    request_id: int = Field(primary_key=True, sa_type=BIG)
    line: int = Field(primary_key=True)
    root_id: int = Field(sa_type=BIG)
    day: date
    hour: int
    unit_id: int = Field(sa_type=BIG)
    service_id: int = Field(sa_type=BIG)
    spot_id: int | None = Field(default=None, sa_type=BIG)
    partner_id: int | None = Field(default=None, sa_type=BIG)


class FigureDay(Counted, table=True):
    """The lines of a day summed up: of the hospital (`by` all, key 0), and by each of the columns SUMMED_BY."""

    __tablename__ = "figure_day"

    root_id: int = Field(primary_key=True, sa_type=BIG)
    by: str = Field(primary_key=True, max_length=12, sa_column_kwargs={"name": "summed_by"})
    key: int = Field(primary_key=True, sa_type=BIG)
    day: date = Field(primary_key=True)


class FigureState(SQLModel, table=True):
    """How far the daily sums are counted: one row, once they are built.

    All Steps up to `upto` are in them for good; what came since is added while reading. `seen_id` was the newest Step
    while `seen_writers` were at work: once they are done it becomes `upto`.
    `calendars`: by hospital, the fingerprint of the calendar whose recount of the clocks is in the sums.
    """

    __tablename__ = "figure_state"

    id: int = Field(primary_key=True, sa_type=BIG)
    upto: int = Field(default=0, sa_type=BIG)
    seen_id: int = Field(default=0, sa_type=BIG)
    seen_writers: list[str] = Field(default_factory=list, sa_type=JSON)  # transactions, as PostgreSQL names them
    built_at: datetime = Field(sa_type=UtcDateTime)
    counted_at: datetime = Field(sa_type=UtcDateTime)
    calendars: dict[str, str] = Field(default_factory=dict, sa_type=JSON)


STATE = 1  # the id of its one row
SUMMED_BY = ("unit_id", "service_id", "spot_id", "partner_id")
ALL = "all"
