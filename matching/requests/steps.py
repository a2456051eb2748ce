"""Steps: one append-only row for each thing that happened to a request, each sealed with the hash of the one before.

The database refuses to change what a Step says or to delete one (triggers made by the migrations); `verify.py`
recomputes the chain. A Step is also its own outbox entry: only the four columns below its hash ever change.
"""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Index, UniqueConstraint, text
from sqlmodel import Field, SQLModel

from matching.db import BIG, UtcDateTime

IN_TROUBLE = "announced_at IS NULL AND tries > 0"


class Step(SQLModel, table=True):
    """Who, when, which verb, from where to where, why. `seq` counts from 1 within its request."""

    __tablename__ = "step"
    __table_args__ = (
        UniqueConstraint("request_id", "seq"),
        Index("steps_to_announce", "next_try_at", "id", sqlite_where=text("next_try_at IS NOT NULL"),
              postgresql_where=text("next_try_at IS NOT NULL")),
        Index("steps_in_trouble", "root_id", "id", sqlite_where=text(IN_TROUBLE), postgresql_where=text(IN_TROUBLE)),
    )  # fmt: skip

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    request_id: int | None = Field(default=None, foreign_key="service_request.id", sa_type=BIG, nullable=False)
    seq: int
    at: datetime = Field(sa_type=UtcDateTime)
    verb: str = Field(max_length=30)
    from_state: str = Field(max_length=20)
    to_state: str = Field(max_length=20)
    by_kind: str = Field(max_length=12)
    by_id: int | None = Field(default=None, sa_type=BIG)
    unit_id: int | None = Field(default=None, sa_type=BIG)
    reason: str = Field(default="", max_length=30)
    note: str = Field(default="", max_length=2000)
    detail: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    hash: str = Field(default="", max_length=64)
    next_try_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # when to announce it; None: nothing to do
    tries: int = Field(default=0, sa_column_kwargs={"server_default": text("0")})
    announced_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    trouble: str = Field(
        default="", max_length=200, sa_column_kwargs={"server_default": text("''")}
    )  # why the last try failed

    def chained(self, previous: str) -> str:
        """The hash this Step must carry after a Step (or an anchor) with the hash `previous`."""
        return chain(
            previous, self.seq, self.at, self.verb, self.from_state, self.to_state, self.by_kind, self.by_id,
            self.unit_id, self.reason, self.note, self.detail,
        )  # fmt: skip


def chain(previous: str, seq: int, at: datetime, *content: Any) -> str:
    """The hash of a Step that says `content` (its fields from verb to detail, in their order) after `previous`."""
    moment = at.astimezone(UTC).isoformat(timespec="microseconds")
    text = json.dumps([previous, seq, moment, *content], ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def anchor(filing_key: str) -> str:
    """What the first Step of a request is chained to: its filing key, known before the row has an id."""
    return hashlib.sha256(filing_key.encode()).hexdigest()
