"""What the API answers. Built field by field from the rows, so that a new column is never told by accident.

Names of requesters are masked, contact data is not here at all. Moments are UTC with a Z; codes are for programs and
stand beside their word in the caller's language.
"""

from collections.abc import Collection, Mapping
from datetime import UTC, date, datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, Field

from matching.api import following, i18n, spoken
from matching.api.places import service_name
from matching.people.actor import Actor
from matching.people.model import ROLES, Person, Role
from matching.requests.claims import CLAIMER_KINDS, Claim, ClaimerKind, ClaimStatus
from matching.requests.model import ServiceRequest
from matching.requests.policy import verbs_for
from matching.requests.states import CHANNELS, STATES, VERBS, Channel, Result, State
from matching.requests.steps import Step
from matching.services.model import TIERS, Service, Tier
from matching.units.model import Spot, Unit, UnitKind

Utc = Annotated[datetime, AfterValidator(lambda at: at.astimezone(UTC))]
TOLD = ("channel", "tier", "slots", "kind", "name", "until", "granted", "plan_on", "minutes", "level", "reasons",
        "order", "approved", "claimed", "photo", "helper_gender", "gender_strict", "purpose", "wave")  # fmt: skip


class Named(BaseModel):
    """A code and what people call it."""

    code: str
    name: str


class ClaimOut(BaseModel):
    """Who holds a slot, or held it."""

    name: str
    kind: ClaimerKind
    kind_word: str
    slot: int | None
    assigned: bool
    status: ClaimStatus
    at: Utc
    cover_asked_at: Utc | None = Field(description="Since when they look for somebody in their place")
    minutes: int | None

    @classmethod
    def of(cls, claim: Claim, lang: str) -> "ClaimOut":
        """One claim."""
        kind = ClaimerKind(claim.kind)
        return cls(
            name=claim.name, kind=kind, kind_word=_word(CLAIMER_KINDS, kind, lang), slot=claim.slot,
            assigned=claim.assigned, status=ClaimStatus(claim.status), at=claim.at,
            cover_asked_at=claim.cover_asked_at, minutes=claim.minutes,
        )  # fmt: skip


class RequestOut(BaseModel):
    """A request as staff and members see it: texts masked, `verbs` what this caller may do to it now."""

    number: str
    version: int
    state: State
    state_word: str
    state_since: Utc
    service: Named
    spot: Named | None
    unit: Named
    need: str
    reason: str
    requester: str = Field(description="Masked, for instance 张*; empty when anonymous")
    has_phone: bool
    wanted_from: Utc | None
    wanted_to: Utc | None
    channel: Channel
    channel_word: str
    lang: str
    emergency: bool
    suspect: str
    for_minor: bool
    show_publicly: bool
    wording: str
    tier: Tier
    tier_word: str
    slots: int
    helper_gender: str = Field(description="Wished of who comes: f, m or empty")
    gender_strict: bool = Field(description="Nobody else may")
    free_slots: int
    claims: list[ClaimOut]
    filed_at: Utc
    due_at: Utc | None = Field(description="The limit that runs now, if one does")
    handle_due_at: Utc | None
    reply_due_at: Utc | None
    promised_taken_at: Utc | None = Field(description="What the requester was told at filing; null without a promise")
    promised_done_at: Utc | None
    listed_at: Utc | None = Field(description="Since when it stands on the public list")
    dispatched_at: Utc | None
    taken_at: Utc | None
    signed_at: Utc | None
    contacted_at: Utc | None
    completed_at: Utc | None
    plan_on: date | None
    returns: int
    ruled: bool
    urges: int
    supervisions: int
    extension: str
    extension_until: Utc | None
    result: Result | None
    level: int | None
    verbs: list[str]

    @classmethod
    def of(cls, request: ServiceRequest, by: Actor, lang: str) -> "RequestOut":
        """Everything that `requests.queries.loaded` loads must be there."""
        tier, channel, spot = Tier(request.tier), Channel(request.channel), request.spot
        same = {name: getattr(request, name) for name in SAME}
        return cls(
            **same,
            state=State(request.state),
            state_word=_word(STATES, State(request.state), lang),
            service=Named(code=request.service.code, name=service_name(request.service, lang)),
            spot=Named(code=spot.code, name=spot.name) if spot else None,
            unit=Named(code=request.unit.code, name=request.unit.name),
            requester=request.requester_label,
            channel=channel,
            channel_word=_word(CHANNELS, channel, lang),
            tier=tier,
            tier_word=_word(TIERS, tier, lang),
            claims=[ClaimOut.of(claim, lang) for claim in request.claims],
            result=Result(request.result) if request.result else None,
            verbs=verbs_for(by, request),
        )


MADE = {"state", "state_word", "service", "spot", "unit", "requester", "channel", "channel_word", "tier", "tier_word",
        "claims", "result", "verbs"}  # fmt: skip
SAME = [name for name in RequestOut.model_fields if name not in MADE]


class StepOut(BaseModel):
    """Something that happened: who, when, which verb, from where to where, why."""

    seq: int
    at: Utc
    verb: str
    verb_word: str
    from_state: str
    to_state: State
    by_kind: str
    by: str = Field(description="The name of the member of staff; empty for requesters and jobs")
    reason: str
    note: str
    detail: dict[str, Any]

    @classmethod
    def of(cls, step: Step, name: str, lang: str) -> "StepOut":
        """`detail` without the rows' inner ids."""
        told = {key: step.detail[key] for key in TOLD if not isinstance(step.detail.get(key), (dict, type(None)))}
        if isinstance(told.get("slots"), list):  # who took which slot, by inner ids; `claims` tells it by name
            del told["slots"]
        return cls(
            seq=step.seq, at=step.at, verb=step.verb, verb_word=_word(VERBS, step.verb, lang),
            from_state=step.from_state, to_state=State(step.to_state), by_kind=step.by_kind, by=name,
            reason=step.reason, note=step.note, detail=told,
        )  # fmt: skip


class Happened(BaseModel):
    """Something that happened, in the requester's plain words."""

    at: Utc
    words: str
    by: str = Field(description="Who took it: people as 李*, units by their name")
    note: str


class FollowupOut(BaseModel):
    """A request as its requester sees it; `verbs` is what they can do now."""

    number: str
    version: int
    state: State
    state_words: str = Field(description="Plain and warm, without office terms")
    lights: int = Field(ge=1, le=5, description="How many of 点单 派单 接单 办结 评价 are lit")
    service: str
    place: str
    need: str
    reason: str
    filed_at: Utc
    due_at: Utc | None
    promised_taken_at: Utc | None = Field(description="Told at filing; null when too little was known")
    promised_done_at: Utc | None
    plan_on: str
    question: str = Field(description="What the reviewer asks, while an answer is waited for")
    refusal: str
    result: str
    rating: str
    extension_until: Utc | None = Field(description="Until when more time is asked for, while it waits for an answer")
    happened: list[Happened] = Field(description="The newest first")
    verbs: list[str]

    @classmethod
    def of(
        cls, request: ServiceRequest, steps: list[tuple[Step, str]], by: Actor, lang: str, at: datetime, *,
        speaking: Collection[int | None] = (),
    ) -> "FollowupOut":  # fmt: skip
        """The same facts as on the requester's page. `speaking`: as `following.told` takes it."""
        facts = following.followed(request, steps, lang, at)
        same = {name: getattr(facts, name) for name in
                ("number", "service", "place", "need", "reason", "filed_at", "due_at", "plan_on", "question", "refusal",
                 "result", "rating")}  # fmt: skip
        return cls(
            **same,
            promised_taken_at=request.promised_taken_at,
            promised_done_at=request.promised_done_at,
            version=request.version,
            state=State(request.state),
            state_words=_word(spoken.STATES_PLAIN, request.state, lang),
            lights=following.lit(request),
            extension_until=facts.extension.until if facts.extension else None,
            happened=[
                Happened(at=line.at, words=line.words, by=line.by, note=line.note)
                for line in following.told(steps, lang, speaking)
            ],
            verbs=sorted(following.can_now(request, by, at)),
        )


class ServiceOut(BaseModel):
    """An entry of the catalogue."""

    code: str
    name: str
    group: str
    audience: str
    kind: str
    tier: Tier
    slots: int
    skills: list[str]
    dispatch_limit: str
    claim_limit: str
    handle_limit: str
    needs_phone: bool
    minutes: int | None = Field(description="One volunteer usually serves so long; null: as its tier")
    spacing: int | None = Field(description="Minutes between two waves of asks; null: as its tier")

    @classmethod
    def of(cls, service: Service, lang: str) -> "ServiceOut":
        """With its name in the caller's language."""
        same = {name: getattr(service, name) for name in cls.model_fields if name != "name"}
        return cls(**same, name=service_name(service, lang))


class SpotOut(BaseModel):
    """A place with a QR poster; `slug` is what its address says."""

    code: str
    slug: str
    name: str
    building: str
    floor: int
    department: str
    open: bool

    @classmethod
    def of(cls, spot: Spot) -> "SpotOut":
        """One place."""
        return cls(**{name: getattr(spot, name) for name in cls.model_fields})


class UnitOut(BaseModel):
    """A node of the organisation tree."""

    code: str
    name: str
    kind: UnitKind
    parent: str | None = Field(description="Code of the unit above")

    @classmethod
    def of(cls, unit: Unit, parent: str | None) -> "UnitOut":
        """One unit below another."""
        return cls(code=unit.code, name=unit.name, kind=UnitKind(unit.kind), parent=parent)


class PersonOut(BaseModel):
    """A member or another employee. Phones are not told here."""

    member_no: str
    name: str
    unit: Named
    department: str
    post: str
    job_title: str
    skills: list[str]
    status: str

    @classmethod
    def of(cls, person: Person, unit: Unit) -> "PersonOut":
        """One person of a unit."""
        same = {name: getattr(person, name) for name in cls.model_fields if name != "unit"}
        return cls(**same, unit=Named(code=unit.code, name=unit.name))


class RoleOut(BaseModel):
    """A role on a unit, which covers everything below it."""

    role: Role
    role_word: str
    unit: Named

    @classmethod
    def of(cls, role: Role, unit: Unit, lang: str) -> "RoleOut":
        """One grant."""
        return cls(role=role, role_word=_word(ROLES, role, lang), unit=Named(code=unit.code, name=unit.name))


def _word(table: Mapping[Any, str], code: str, lang: str) -> str:
    return i18n.translate(lang, table[code]) if code in table else ""
