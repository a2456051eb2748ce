"""Units (committee, general branch, branch, group, department) and spots (a place with one QR poster)."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import UniqueConstraint
from sqlmodel import Field, SQLModel

from matching.db import BIG, UtcDateTime, one_of
from matching.words import _


class UnitKind(StrEnum):
    """Levels of the tree, from the top (docs/domain.md §1); a city is one level above the hospitals."""

    city = "city"
    committee = "committee"
    general_branch = "general_branch"
    branch = "branch"
    group = "group"


UNIT_KINDS = {
    UnitKind.city: _("市级党委"),
    UnitKind.committee: _("党委"),
    UnitKind.general_branch: _("党总支"),
    UnitKind.branch: _("党支部"),
    UnitKind.group: _("党小组"),
}


class Unit(SQLModel, table=True):
    """One node. `path` names all its ancestors and itself, '/1/4/17/', so that a subtree is a prefix."""

    __tablename__ = "unit"
    __table_args__ = (UniqueConstraint("root_id", "code"), one_of("kind", UnitKind))

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(index=True, sa_type=BIG)
    parent_id: int | None = Field(default=None, foreign_key="unit.id", sa_type=BIG)
    code: str = Field(max_length=40)
    name: str = Field(max_length=120)
    kind: str = Field(max_length=20)
    path: str = Field(default="", max_length=400, index=True)
    desk_phone: str = Field(default="", max_length=40)  # of the hospital's service desk, on the root only
    demo: bool = False  # on the root only: sign-ins are made anew at each start

    @property
    def house(self) -> str:
        """The hospital itself, as patients call it: its committee is named after it (资水市中心医院党委)."""
        return self.name.removesuffix(UNIT_KINDS[UnitKind.committee])

    def holds(self, other: "Unit") -> bool:
        """Whether `other` is this unit or below it."""
        return other.path.startswith(self.path)


class Spot(SQLModel, table=True):
    """A place with one QR poster (docs/domain.md §10). `code` stays; `slug` is what the poster's address says."""

    __tablename__ = "spot"
    __table_args__ = (UniqueConstraint("root_id", "code"),)

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(index=True, sa_type=BIG)
    code: str = Field(max_length=40)
    slug: str = Field(max_length=60, unique=True)
    name: str = Field(max_length=120)
    building: str = Field(default="", max_length=60)
    floor: int = 0  # -1 basement, 0 outdoors
    department: str = Field(default="", max_length=60)
    unit_id: int = Field(foreign_key="unit.id", sa_type=BIG)  # the branch that looks after the place
    open: bool = True


class OldSlug(SQLModel, table=True):
    """An address that a poster had before it was rotated; it leads to a page that says so."""

    __tablename__ = "old_slug"

    slug: str = Field(primary_key=True, max_length=60)
    root_id: int = Field(index=True, sa_type=BIG)
    spot_id: int = Field(foreign_key="spot.id", sa_type=BIG)
    retired_at: datetime = Field(sa_type=UtcDateTime)
