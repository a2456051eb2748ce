"""Organisations we build with, their agreements and pairings, the three lists, and what their requests say more."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlmodel import Field, SQLModel

from matching.db import BIG, UtcDateTime, one_of
from matching.errors import WrongState
from matching.words import _


class PartnerKind(StrEnum):
    """What kind of organisation (docs/domain.md §1)."""

    enterprise = "enterprise"
    school = "school"
    village = "village"
    community = "community"
    government = "government"
    market = "market"
    troop = "troop"


PARTNER_KINDS = {
    PartnerKind.enterprise: _("企业"),
    PartnerKind.school: _("学校"),
    PartnerKind.village: _("村"),
    PartnerKind.community: _("社区"),
    PartnerKind.government: _("机关单位"),
    PartnerKind.market: _("市场"),
    PartnerKind.troop: _("部队"),
}


class Partner(SQLModel, table=True):
    """One organisation. Its liaison persons are `people.Person` rows with its id, so that they sign in as everybody."""

    __tablename__ = "partner"
    __table_args__ = (UniqueConstraint("root_id", "code"), one_of("kind", PartnerKind))

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(index=True, sa_type=BIG)
    code: str = Field(max_length=40)  # P01
    name: str = Field(max_length=120)
    kind: str = Field(max_length=20)
    address: str = Field(default="", max_length=200)  # of the organisation, not of a person
    unit_id: int = Field(foreign_key="unit.id", sa_type=BIG)  # the branch it is paired with now
    open: bool = True
    made_at: datetime = Field(sa_type=UtcDateTime)


class Agreement(SQLModel, table=True):
    """A co-building agreement (共建协议): 1 to 3 years, with a warning 60 days before its end (docs/domain.md §8)."""

    __tablename__ = "agreement"
    __table_args__ = (UniqueConstraint("root_id", "no"), CheckConstraint("last_on > first_on", name="days_in_order"))

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    partner_id: int = Field(foreign_key="partner.id", index=True, sa_type=BIG)
    no: str = Field(max_length=40)
    first_on: date
    last_on: date
    file: str = Field(default="", max_length=64)  # digest of the signed file; empty: not handed in yet
    file_name: str = Field(default="", max_length=120)
    signed_by: str = Field(default="", max_length=80)  # who signed for the hospital, and for the partner
    made_by: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG)
    made_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)  # called off before its last day


class PairingKind(StrEnum):
    """Who is paired with whom (docs/domain.md §8)."""

    branch = "branch"  # a branch and an organisation
    person = "person"  # a member and one person there


class Pairing(SQLModel, table=True):
    """A pairing while it lasts. Whom a member is paired with is sealed; `label` is masked (张*)."""

    __tablename__ = "pairing"
    __table_args__ = (one_of("kind", PairingKind), Index("pairings_of_unit", "root_id", "unit_id"))

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    partner_id: int = Field(foreign_key="partner.id", index=True, sa_type=BIG)
    kind: str = Field(max_length=10)
    unit_id: int = Field(foreign_key="unit.id", sa_type=BIG)
    person_id: int | None = Field(default=None, foreign_key="person.id", index=True, sa_type=BIG)  # the member
    label: str = Field(default="", max_length=40)
    sealed: bytes | None = None  # name, phone, what to know of the person there
    since: date
    until: date | None = None


class ListKind(StrEnum):
    """The three lists (三张清单, docs/domain.md §8)."""

    need = "need"
    resource = "resource"
    project = "project"


LIST_KINDS = {ListKind.need: _("需求清单"), ListKind.resource: _("资源清单"), ListKind.project: _("项目清单")}


class ItemState(StrEnum):
    """Where an entry of a list stands."""

    open = "open"
    matched = "matched"  # a need with a project, a resource in use, a project under way
    done = "done"
    dropped = "dropped"


ITEM_STATES = {
    ItemState.open: _("待对接"),
    ItemState.matched: _("进行中"),
    ItemState.done: _("已完成"),
    ItemState.dropped: _("已撤销"),
}
ITEM_MOVES = {
    ItemState.open: frozenset({ItemState.matched, ItemState.done, ItemState.dropped}),
    ItemState.matched: frozenset({ItemState.open, ItemState.done, ItemState.dropped}),
    ItemState.done: frozenset({ItemState.matched}),
    ItemState.dropped: frozenset({ItemState.open}),
}
"""Which state an entry may take after which: what was ended by mistake can be taken up again."""


class ListItem(SQLModel, table=True):
    """One entry of a list. `ours`: the hospital gives (resource) or asks (need); otherwise the partner does."""

    __tablename__ = "list_item"
    __table_args__ = (
        one_of("kind", ListKind),
        one_of("state", ItemState),
        Index("items_of_partner", "partner_id", "kind", "id"),
        Index("items_of_hospital", "root_id", "kind", "state", "id"),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    partner_id: int = Field(foreign_key="partner.id", sa_type=BIG)
    kind: str = Field(max_length=10)
    ours: bool = False
    title: str = Field(max_length=80)
    text: str = Field(default="", max_length=1000)
    volunteers: int = 0  # people the partner offers (a resource)
    service_id: int | None = Field(default=None, foreign_key="service.id", sa_type=BIG)  # a need that is one of ours
    unit_id: int | None = Field(default=None, foreign_key="unit.id", sa_type=BIG)  # the branch that leads a project
    state: str = Field(default=ItemState.open, max_length=10)
    first_on: date | None = None
    last_on: date | None = None
    made_by: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG)
    made_at: datetime = Field(sa_type=UtcDateTime)
    ended_at: datetime | None = Field(default=None, sa_type=UtcDateTime)

    def may_become(self, state: ItemState) -> bool:
        """Whether ITEM_MOVES admits it."""
        return state in ITEM_MOVES[ItemState(self.state)]

    def become(self, state: ItemState, at: datetime) -> None:
        """Raises WrongState where ITEM_MOVES does not admit it."""
        if not self.may_become(state):
            raise WrongState("item_state", state=ITEM_STATES[ItemState(self.state)], wanted=ITEM_STATES[state])
        self._move(state)
        self.ended_at = at if state in {ItemState.done, ItemState.dropped} else None

    def _move(self, state: ItemState) -> None:
        self.state = state


class ItemLink(SQLModel, table=True):
    """need → resource, need → project, resource → project; requests and activities name their project themselves."""

    __tablename__ = "item_link"
    __table_args__ = (UniqueConstraint("from_id", "to_id"), CheckConstraint("from_id <> to_id", name="two_items"))

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    from_id: int = Field(foreign_key="list_item.id", sa_type=BIG)
    to_id: int = Field(foreign_key="list_item.id", index=True, sa_type=BIG)
    made_at: datetime = Field(sa_type=UtcDateTime)


class PartnerRequest(SQLModel, table=True):
    """What a partner's request says besides (docs/domain.md §8), and that the partner confirmed what took place."""

    __tablename__ = "partner_request"

    request_id: int = Field(primary_key=True, foreign_key="service_request.id", sa_type=BIG)
    root_id: int = Field(sa_type=BIG)
    partner_id: int = Field(foreign_key="partner.id", index=True, sa_type=BIG)
    project_id: int | None = Field(default=None, foreign_key="list_item.id", index=True, sa_type=BIG)
    need_id: int | None = Field(default=None, foreign_key="list_item.id", index=True, sa_type=BIG)
    venue: str = Field(max_length=120)
    headcount: int  # people who are expected to come
    equipment: str = Field(default="", max_length=300)
    risks: str = Field(default="", max_length=300)
    confirmed_at: datetime | None = Field(default=None, sa_type=UtcDateTime)
    confirmed_by: int | None = Field(default=None, foreign_key="person.id", sa_type=BIG)
    came: int | None = None  # how many came, as the partner counted
    remark: str = Field(default="", max_length=300)
