"""The disclosure log."""

from datetime import datetime

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from matching.db import BIG, UtcDateTime


class Disclosure(SQLModel, table=True):
    """Somebody was shown contact data: who, when, why. Kept three years; the requester can see the list."""

    __tablename__ = "disclosure"
    __table_args__ = (Index("disclosures_of_request", "request_id", "id"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    request_id: int = Field(foreign_key="service_request.id", sa_type=BIG)
    person_id: int = Field(foreign_key="person.id", sa_type=BIG)
    reason: str = Field(max_length=200)
    at: datetime = Field(sa_type=UtcDateTime)
