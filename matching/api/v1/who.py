"""Finding somebody for a request: who could come and why, why somebody could not, asking by hand, waves."""

from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import i18n
from matching.api.deps import At, OnceOnly, SignedIn, TheParts
from matching.api.fields import Code
from matching.api.finding import waves_in_order
from matching.api.idempotency import once
from matching.api.v1.bodies import Body
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import Lang, Number, private
from matching.api.v1.shapes import Named, Utc
from matching.asks import actions
from matching.asks.model import Answer, Asking, Purpose, Wave
from matching.asks.queries import Asked, asks_of_request, waves_of
from matching.asks.suggesting import MOST, TOP, Somebody, WhyNot, refuse_unless_theirs, suggestions, why_not
from matching.engine.eligible import RULES, Rule
from matching.engine.scoring import Suggestion
from matching.errors import NotSeen
from matching.people.actor import Actor
from matching.requests.queries import visible_request

router = private("asks", 403, 404, 409, prefix="/requests/{number}")


class ReasonOut(BaseModel):
    """A reason against the median member who could come; `part` is the contribution it is about, or empty."""

    part: str
    words: str


class PlaceOut(BaseModel):
    """How likely a yes is and what it is made of: `parts` sum to `score` (the logit of `p`), with `equity` to the
    number that the list is in order of."""

    p: float
    score: float
    parts: dict[str, float]
    equity: dict[str, float]
    reasons: list[ReasonOut]
    hours14: float = Field(description="Served in the last 14 days")
    last_asked: Utc | None

    @classmethod
    def of(cls, one: Suggestion, lang: str) -> "PlaceOut":
        """One suggestion, its reasons in the caller's language."""
        words = [
            ReasonOut(part=reason.part, words=i18n.translate(lang, reason.sentence, reason.values))
            for reason in one.reasons
        ]
        return cls(
            p=one.p, score=one.score, parts=one.parts, equity=one.equity, reasons=words, hours14=one.member.hours14,
            last_asked=one.member.last_asked,
        )  # fmt: skip


class CandidateOut(PlaceOut):
    """Somebody who could come."""

    member_no: str
    name: str
    department: str

    @classmethod
    def told(cls, person: Somebody, one: Suggestion, lang: str) -> "CandidateOut":
        """With their name."""
        same = {name: getattr(person, name) for name in ("member_no", "name", "department")}
        return cls(**same, **dict(PlaceOut.of(one, lang)))


class CandidatesOut(BaseModel):
    """The best first; `fit` of `of` people of the unit could come at all, `kept` says how many each rule keeps off."""

    items: list[CandidateOut]
    fit: int
    of: int
    kept: dict[Rule, int]


class LookedUpOut(BaseModel):
    """Either the rule that keeps somebody off the list, or their place on it."""

    member_no: str
    name: str
    unit: Named
    rule: Rule | None
    rule_word: str
    detail: str = Field(description="The skills that are missing, or the figures")
    since: Utc | None = Field(description="From when they are busy with what stands in the way, up to `until`")
    until: Utc | None = Field(description="From when the rule would no longer stand in the way, where that is known")
    place: int = Field(description="From 1; 0 off the list")
    suggestion: PlaceOut | None

    @classmethod
    def of(cls, one: WhyNot, lang: str) -> "LookedUpOut":
        """One person."""
        refusal = one.refusal
        return cls(
            member_no=one.person.member_no, name=one.person.name, unit=Named(code=one.unit.code, name=one.unit.name),
            rule=refusal.rule if refusal else None,
            rule_word=i18n.translate(lang, RULES[refusal.rule]) if refusal else "",
            detail=refusal.detail if refusal else "", since=refusal.since if refusal else None,
            until=refusal.until if refusal else None, place=one.place,
            suggestion=PlaceOut.of(one.suggestion, lang) if one.suggestion else None,
        )  # fmt: skip


class AskedOut(BaseModel):
    """Somebody who was asked, and what became of it."""

    member_no: str
    name: str
    purpose: Purpose
    wave: int = Field(description="0: chosen by hand")
    asked_at: Utc
    answer: Answer
    answered_at: Utc | None
    reason: str
    p: float = Field(description="That they accept, as computed when they were asked")

    @classmethod
    def of(cls, one: Asked) -> "AskedOut":
        """One ask."""
        ask, person = one
        return cls(
            member_no=person.member_no, name=person.name, purpose=Purpose(ask.purpose),
            wave=0 if ask.by_id else ask.wave, asked_at=ask.asked_at, answer=Answer(ask.answer),
            answered_at=ask.answered_at, reason=ask.reason, p=ask.p,
        )  # fmt: skip


class WaveOut(BaseModel):
    """Where the waves for one purpose stand; `next_at` is when it is decided whether more are asked."""

    purpose: Purpose
    asking: Asking
    wave: int = Field(description="How many went out")
    next_at: Utc | None

    @classmethod
    def of(cls, wave: Wave) -> "WaveOut":
        """One row."""
        return cls(
            purpose=Purpose(wave.purpose), asking=Asking(wave.asking), wave=wave.wave, next_at=wave.next_at
        )  # fmt: skip


class AskingOut(BaseModel):
    """Everybody who was asked, the newest wave first, and where the waves stand."""

    items: list[AskedOut]
    waves: list[WaveOut]


class AskBody(Body):
    """Whom; `anyway` sets hours, other tasks, load and the deadline aside, and nothing else."""

    people: Annotated[list[Code], Field(min_length=1, max_length=actions.MOST_BY_HAND, description="Member numbers")]
    anyway: bool = False


@router.get("/suggestions", operation_id="suggest_members")
async def suggested(
    number: Number, parts: TheParts, by: SignedIn, at: At, lang: Lang, size: Annotated[int, Query(ge=1, le=MOST)] = TOP
) -> CandidatesOut:
    """The best who could come, with reasons, for leads of the unit and dispatchers."""
    async with parts.database.reading() as session:
        found = await suggestions(session, number, size, by=by, at=at)
    items = [CandidateOut.told(one.person, one.suggestion, lang) for one in found.best]
    return CandidatesOut(items=items, fit=found.fit, of=found.of, kept=found.kept)


@router.get("/suggestions/{member_no}", operation_id="explain_member")
async def looked_up(
    number: Number, member_no: Annotated[str, Path(max_length=40)], parts: TheParts, by: SignedIn, at: At, lang: Lang
) -> LookedUpOut:
    """Why somebody is not on the list, or where they stand; 404 for people outside the caller's units."""
    async with parts.database.reading() as session:
        found = await why_not(session, number, member_no, by=by, at=at)
    one = next((one for one in found if one.person.member_no == member_no), None)
    if one is None:
        raise NotSeen
    return LookedUpOut.of(one, lang)


@router.get("/asks", operation_id="list_asks")
async def asked(number: Number, parts: TheParts, by: SignedIn) -> AskingOut:
    """Who was asked and what they answered."""
    async with parts.database.reading() as session:
        return await _asking(session, number, by)


@router.post("/asks", operation_id="ask_members", status_code=201, responses=may_refuse(413, 415))
async def ask(number: Number, body: AskBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> AskingOut:
    """Ask these members for a free slot. 422 `cannot_ask` names the first who may not be asked, and why."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await actions.ask(session, number, body.people, anyway=body.anyway, by=by, at=at)
        return 201, (await _asking(session, number, by)).model_dump(mode="json")

    return AskingOut(**(await parts.work(once, key, by, at, work))[1])


@router.post("/waves", operation_id="start_waves", status_code=201)
async def start(number: Number, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> AskingOut:
    """Ask in waves from now on: few, the right ones, and more when nobody answers."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await actions.start_asking(session, number, by=by, at=at)
        return 201, (await _asking(session, number, by)).model_dump(mode="json")

    return AskingOut(**(await parts.work(once, key, by, at, work))[1])


@router.delete("/waves", operation_id="stop_waves", status_code=204)
async def stop(number: Number, parts: TheParts, by: SignedIn, at: At) -> None:
    """No further waves; who was asked may still say yes."""
    await parts.work(actions.stop_asking, number, by=by, at=at)


async def _asking(session: AsyncSession, number: str, by: Actor) -> AskingOut:
    row = await visible_request(session, number, by)
    refuse_unless_theirs(by, row)
    asks = [one for sent in waves_in_order(await asks_of_request(session, row.id or 0)) for one in sent.asked]
    waves = await waves_of(session, row.id or 0)
    return AskingOut(items=[AskedOut.of(one) for one in asks], waves=[WaveOut.of(wave) for wave in waves])
