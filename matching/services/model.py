"""A service of the catalogue and the limits its urgency tier brings."""

from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from sqlalchemy import JSON, UniqueConstraint
from sqlmodel import Field, SQLModel

from matching.clock import Limit
from matching.db import BIG, one_of
from matching.words import _


class Tier(StrEnum):
    """Urgency, from the most urgent (docs/domain.md §3)."""

    T1 = "T1"
    T2 = "T2"
    T3 = "T3"
    T4 = "T4"


class Limits(NamedTuple):
    """How long until dispatched (from filing), claimed and handled (both from dispatch)."""

    dispatch: Limit
    claim: Limit
    handle: Limit


class Pace(NamedTuple):
    """Minutes: how long it usually takes, and how long to wait for answers before more are asked."""

    minutes: int
    spacing: int


TIER_LIMITS = {
    Tier.T1: Limits(Limit.parse("1h"), Limit.parse("30min"), Limit.parse("2h")),
    Tier.T2: Limits(Limit.parse("2h"), Limit.parse("4h"), Limit.parse("24h")),
    Tier.T3: Limits(Limit.parse("24h"), Limit.parse("1wd"), Limit.parse("7d")),
    Tier.T4: Limits(Limit.parse("24h"), Limit.parse("1wd"), Limit.parse("15d")),
}
TIER_PACE = {
    Tier.T1: Pace(15, 4),
    Tier.T2: Pace(40, 15),
    Tier.T3: Pace(60, 120),
    Tier.T4: Pace(120, 360),
}
LICENCE = "义诊资质"  # skill words that begin so need a registration that is valid (docs/domain.md §7)
TIERS = {Tier.T1: _("特急"), Tier.T2: _("紧急"), Tier.T3: _("一般"), Tier.T4: _("预约")}


class Audience(StrEnum):
    """Who may ask for a service."""

    patient = "patient"
    partner = "partner"
    both = "both"


class ServiceKind(StrEnum):
    """An item is a thing that is given; a service is something that is done."""

    item = "item"
    service = "service"


class Service(SQLModel, table=True):
    """One entry of the catalogue. Limits are kept as text ('30min', '24h', '7d') and read by `limits`."""

    __tablename__ = "service"
    __table_args__ = (
        UniqueConstraint("root_id", "code"),
        one_of("tier", Tier),
        one_of("audience", Audience),
        one_of("kind", ServiceKind),
    )

    id: int | None = Field(default=None, primary_key=True, sa_type=BIG)
    root_id: int = Field(index=True, sa_type=BIG)
    code: str = Field(max_length=40)
    name: str = Field(max_length=60)
    name_en: str = Field(default="", max_length=80)
    group: str = Field(default="", max_length=40, sa_column_kwargs={"name": "service_group"})
    audience: str = Field(default=Audience.both, max_length=10)
    kind: str = Field(default=ServiceKind.service, max_length=10)
    skills: list[str] = Field(default_factory=list, sa_type=JSON)  # any one of these; empty: anyone
    slots: int = Field(default=1, ge=1)
    tier: str = Field(default=Tier.T3, max_length=2)
    dispatch_limit: str = Field(default="24h", max_length=10)
    claim_limit: str = Field(default="1wd", max_length=10)
    handle_limit: str = Field(default="7d", max_length=10)
    coefficient: float = 1.0
    item_cap_yuan: int | None = None
    needs_phone: bool = False
    position: int = 0  # order in the catalogue
    open: bool = True
    minutes: int | None = None  # one volunteer usually serves so long, without the way; None: as its tier
    spacing: int | None = None  # minutes between two waves of asks; None: as its tier

    @property
    def usual_minutes(self) -> int:
        """How long one volunteer usually serves, without the way."""
        return self.minutes or TIER_PACE[Tier(self.tier)].minutes

    @property
    def wave_spacing(self) -> timedelta:
        """How long members have to answer before more are asked."""
        return timedelta(minutes=self.spacing or TIER_PACE[Tier(self.tier)].spacing)

    def limits(self, tier: str | None = None) -> Limits:
        """The service's own limits, or those of `tier` where the dispatcher chose another one."""
        if tier is None or tier == self.tier:
            return Limits(*map(Limit.parse, (self.dispatch_limit, self.claim_limit, self.handle_limit)))
        return TIER_LIMITS[Tier(tier)]
