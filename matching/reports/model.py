"""The daily sums, the weights of the rates, the exports that were asked for, the words of a report."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from matching.db import BIG, UtcDateTime, one_of
from matching.words import _

LONGEST_NAME = 120  # characters of a file's name, its ending included


class RateWeights(SQLModel, table=True):
    """What each rate counts in the composite, from a day on; no row: 0.10 / 0.50 / 0.40 (docs/domain.md §4)."""

    __tablename__ = "rate_weights"
    __table_args__ = (UniqueConstraint("root_id", "since"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    since: date
    response: float
    resolution: float
    satisfaction: float
    made_by: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG)
    made_at: datetime = Field(sa_type=UtcDateTime)


class ExportState(StrEnum):
    """waiting → making → ready, or failed; gone once its link is over."""

    waiting = "waiting"
    making = "making"
    ready = "ready"
    failed = "failed"
    gone = "gone"


EXPORT_STATES = {
    ExportState.waiting: _("排队中"),
    ExportState.making: _("生成中"),
    ExportState.ready: _("可以下载"),
    ExportState.failed: _("没有生成"),
    ExportState.gone: _("已过期"),
}


class Export(SQLModel, table=True):
    """A document or ledger somebody asked for: made by a job, fetched by a short-lived link (docs/domain.md §6)."""

    __tablename__ = "export"
    __table_args__ = (
        one_of("state", ExportState),
        Index("exports_to_make", "state", "id"),
        Index("exports_of_person", "by_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    by_id: int = Field(foreign_key="person.id", sa_type=BIG)
    kind: str = Field(max_length=30)  # partner, branch, hospital, requests, activities, volunteers, points …
    format: str = Field(max_length=5)  # docx, xlsx, pdf
    params: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    masked: bool = True
    reason: str = Field(default="", max_length=300)  # for an unmasked one
    state: str = Field(default=ExportState.waiting, max_length=10)
    done: int = 0
    total: int | None = None
    file_name: str = Field(default="", max_length=LONGEST_NAME)
    size: int | None = None
    trouble: str = Field(default="", max_length=200)
    asked_at: datetime = Field(sa_type=UtcDateTime)
    begun_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    made_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    until: datetime | None = Field(default=None, sa_type=UtcDateTime)  # of the file and its link

    def begin(self, at: datetime) -> None:
        """Somebody makes it now."""
        self._move(ExportState.making)
        self.begun_at = at

    @property
    def lacking(self) -> str:
        """Characters of the file for which there may be no font, so that boxes stand in their place."""
        return str(self.params.get("lacking", ""))

    def finish(self, name: str, size: int, rows: int | None, at: datetime, until: datetime, lacking: str = "") -> None:
        """Its file lies there, `size` bytes; a ledger has so many rows."""
        if lacking:
            self.params = {**self.params, "lacking": lacking}
        self._move(ExportState.ready)
        stem, _dot, ending = name.rpartition(".")
        self.file_name = f"{stem[: LONGEST_NAME - len(ending) - 1]}.{ending}"
        self.size, self.made_at, self.until = size, at, until
        if rows is not None:
            self.done, self.total = rows, rows

    def fail(self, code: str) -> None:
        """It could not be made, and why."""
        self._move(ExportState.failed)
        self.trouble = code[:200]

    def end(self) -> None:
        """Its file is gone."""
        self._move(ExportState.gone)

    def _move(self, state: ExportState) -> None:
        self.state = state


class ReportWords(SQLModel, table=True):
    """What people wrote into a chapter of a report; the newest row of a chapter counts."""

    __tablename__ = "report_words"
    __table_args__ = (Index("words_of_report", "root_id", "about", "period", "chapter", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    about: str = Field(max_length=60)  # hospital, branch B01, partner P01
    period: str = Field(max_length=24)  # 2026Q3, 2026-07, 2026, 2026-07-01..2026-07-15
    chapter: str = Field(max_length=20)
    text: str = Field(max_length=4000)
    by_id: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG)
    at: datetime = Field(sa_type=UtcDateTime)
