"""A service request: the table. Its verbs stand in reviewing.py, working.py, finding.py and following.py.

No session here: a verb changes the object and returns its Step.
"""

from typing import ClassVar

from sqlalchemy import CheckConstraint, Index, UniqueConstraint, text
from sqlmodel import Field, Relationship, SQLModel

from matching.db import BIG, one_of
from matching.requests.claims import Claim
from matching.requests.finding import Asking, Covering
from matching.requests.following import Following, Pushing
from matching.requests.reviewing import Dispatching, Reviewing
from matching.requests.row import VERSION
from matching.requests.states import OPEN, State
from matching.requests.steps import Step
from matching.requests.working import Claiming, Handling
from matching.services.model import Service, Tier
from matching.units.model import Spot, Unit

OPEN_SQL = "state IN ({})".format(", ".join(f"'{state}'" for state in sorted(OPEN)))


class ServiceRequest(
    Reviewing, Dispatching, Claiming, Asking, Covering, Handling, Following, Pushing, table=True
):  # fmt: skip
    """One request. `need` and `reason` are stored masked; what was really typed lies sealed in RequestSecret.

    `unit_id` is where the request stands: the spot's own branch until it is dispatched, then the responsible unit.
    `due_at` is the limit that runs now (dispatch, claim, handling or rectification), None while none does.
    """

    __tablename__ = "service_request"
    __table_args__ = (
        UniqueConstraint("root_id", "filing_key"),
        UniqueConstraint("code_hash"),
        one_of("state", State),
        one_of("tier", Tier),
        CheckConstraint("slots BETWEEN 1 AND 99", name="slots_sensible"),
        Index("board_by_due", "root_id", "state", "due_at", "id", sqlite_where=text(OPEN_SQL),
              postgresql_where=text(OPEN_SQL)),
        Index("board_of_unit", "unit_id", "state", "due_at", "id", sqlite_where=text(OPEN_SQL),
              postgresql_where=text(OPEN_SQL)),
        Index("ended_by_time", "root_id", "state", "state_since", "id"),
        Index("ended_of_unit", "unit_id", "state", "state_since", "id"),
        Index("replies_by_due", "root_id", "reply_due_at", "id", sqlite_where=text("reply_due_at IS NOT NULL"),
              postgresql_where=text("reply_due_at IS NOT NULL")),
        Index("listed_by_due", "root_id", "due_at", "id", sqlite_where=text("listed_at IS NOT NULL"),
              postgresql_where=text("listed_at IS NOT NULL")),
        Index("filed_by_partner", "partner_id", "id", sqlite_where=text("partner_id IS NOT NULL"),
              postgresql_where=text("partner_id IS NOT NULL")),
        Index("on_the_wall", "root_id", "wording_at", "id", sqlite_where=text("wording_at IS NOT NULL"),
              postgresql_where=text("wording_at IS NOT NULL")),
        Index("fulfilled", "root_id", "completed_at", "id", sqlite_where=text("completed_at IS NOT NULL"),
              postgresql_where=text("completed_at IS NOT NULL")),
    )  # fmt: skip

    unit: Unit = Relationship(sa_relationship_kwargs={"lazy": "raise", "foreign_keys": "ServiceRequest.unit_id"})
    service: Service = Relationship(sa_relationship_kwargs={"lazy": "raise"})
    spot: Spot | None = Relationship(sa_relationship_kwargs={"lazy": "raise"})
    claims: list[Claim] = Relationship(sa_relationship_kwargs={"lazy": "raise", "order_by": "Claim.id"})
    # Nobody reads it: it has the request written before its Step, so that who lost a race stumbles over the version
    # (and starts again) and not over the Step's number.
    steps: list[Step] = Relationship(sa_relationship_kwargs={"lazy": "raise", "order_by": "Step.seq"})

    __mapper_args__: ClassVar[dict[str, object]] = {"version_id_col": VERSION}


class RequestSecret(SQLModel, table=True):
    """What was really typed (name, phone, texts before masking), sealed. Contacts end here, the request stays."""

    __tablename__ = "request_secret"

    request_id: int | None = Field(default=None, primary_key=True, foreign_key="service_request.id", sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    sealed: bytes
