"""A proposal as the API tells it: requests by their number, people by theirs."""

from pydantic import BaseModel, Field

from matching.api.proposals import Moved, Place, Row, Someone, Unfilled, View
from matching.api.v1.shapes import Named, Utc
from matching.requests.model import ServiceRequest


class WhoOut(BaseModel):
    """A member."""

    member_no: str
    name: str
    unit: Named

    @classmethod
    def of(cls, who: Someone) -> "WhoOut":
        """With their unit."""
        unit = Named(code=who.unit.code, name=who.unit.name)
        return cls(member_no=who.person.member_no, name=who.person.name, unit=unit)


class HoursOut(BaseModel):
    """Hours served in 14 days, without and with what is proposed."""

    before: float
    after: float


class ProposedOut(BaseModel):
    """Somebody for a request."""

    request: str
    service: Named
    person: WhoOut
    p: float = Field(description="That they say yes")
    reasons: list[str]
    hours: HoursOut
    pinned: bool
    accepted: bool

    @classmethod
    def of(cls, row: Row, place: Place) -> "ProposedOut":
        """One pair."""
        service = Named(code=row.request.service.code, name=row.request.service.name)
        return cls(
            request=row.request.number, service=service, person=WhoOut.of(place.who),
            p=place.p, reasons=place.reasons, hours=HoursOut(before=place.hours[0], after=place.hours[1]),
            pinned=place.pinned, accepted=place.taken,
        )  # fmt: skip


class KeptFromOut(BaseModel):
    """How many members a rule keeps from a request first."""

    rule: str
    rule_word: str
    members: int


class UnfilledOut(BaseModel):
    """A request with open slots."""

    request: str
    slots: int
    reason: str
    reason_word: str
    rules: list[KeptFromOut]

    @classmethod
    def of(cls, one: Unfilled) -> "UnfilledOut":
        """One request."""
        rules = [KeptFromOut(rule=rule, rule_word=words, members=n) for rule, words, n in one.rules]
        return cls(
            request=one.request.number, slots=one.slots, reason=one.code, reason_word=one.reason, rules=rules
        )  # fmt: skip


class MovedOut(BaseModel):
    """Who got something else by the last change."""

    person: WhoOut
    before: list[str]
    after: list[str]
    hours: HoursOut

    @classmethod
    def of(cls, moved: Moved) -> "MovedOut":
        """One member."""
        return cls(
            person=WhoOut.of(moved.who), before=[one.number for one in moved.before],
            after=[one.number for one in moved.after], hours=HoursOut(before=moved.hours[0], after=moved.hours[1]),
        )  # fmt: skip


class EffectOut(BaseModel):
    """What the last change did."""

    value: int
    slots: int
    moves: list[MovedOut]


class PairOut(BaseModel):
    """A request and a member."""

    request: str
    person: WhoOut

    @classmethod
    def of(cls, pair: tuple[ServiceRequest, Someone]) -> "PairOut":
        """One pair."""
        return cls(request=pair[0].number, person=WhoOut.of(pair[1]))


class ProposalOut(BaseModel):
    """What is proposed; nothing is dispatched before it is accepted."""

    id: int
    unit: Named
    at: Utc
    requests: int = Field(description="Looked at")
    members: int = Field(description="Looked at")
    left_out: int = Field(description="Requests that wait as well and are due later")
    value: int = Field(description="Sum of 1000 × urgency × p over the pairs")
    bound: int = Field(description="No assignment is worth more")
    gap: float
    solver: str
    pairs: list[ProposedOut]
    unfilled: list[UnfilledOut]
    effect: EffectOut | None = Field(description="Of the last change against the proposal before; null without one")
    pins: list[PairOut]
    forbidden: list[PairOut]
    moved_on: int = Field(description="Requests that changed since")

    @classmethod
    def of(cls, view: View) -> "ProposalOut":
        """For this reader."""
        told, effect = view.proposal.result, view.effect
        same = {name: told[name] for name in ("requests", "members", "left_out", "value", "bound", "gap", "solver")}
        return cls(
            **same, id=view.proposal.id or 0, unit=Named(code=view.unit.code, name=view.unit.name), at=view.proposal.at,
            pairs=[ProposedOut.of(row, place) for row in view.rows for place in row.places],
            unfilled=[UnfilledOut.of(one) for one in view.unfilled],
            effect=effect and EffectOut(
                value=effect.value, slots=effect.slots, moves=[MovedOut.of(one) for one in effect.moves]
            ),
            pins=[PairOut.of(pair) for pair in view.pins], forbidden=[PairOut.of(pair) for pair in view.forbidden],
            moved_on=view.moved,
        )  # fmt: skip


class OutcomeOut(BaseModel):
    """What became of one pair; `code` and `detail` say why not."""

    request: str
    accepted: bool
    code: str | None
    detail: str


class Outcomes(BaseModel):
    """In the order they were asked for."""

    items: list[OutcomeOut]
