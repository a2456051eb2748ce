"""Points: one's own and those of one's units, the rules, and what was declared."""

from datetime import date
from typing import Annotated, Any, Literal

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import i18n, paging
from matching.api.deps import At, OnceOnly, SignedIn, TheParts
from matching.api.idempotency import once
from matching.api.recognised import DeclareForm, RulesForm, WhyForm
from matching.api.uploads import drawn, uploaded
from matching.api.v1.bodies import Body
from matching.api.v1.photos import BODY, PhotoOut
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import Lang, private
from matching.api.v1.shapes import Named, Utc
from matching.clock import SHANGHAI
from matching.errors import Invalid
from matching.recognition import declaring, ledger
from matching.recognition.ledger import Standing, this_year
from matching.recognition.model import DECLARED_STATES, Declared, DeclaredState, EntryKind, PointsEntry, PointsRules
from matching.recognition.points import Rules, in_force
from matching.recognition.policy import refuse_outsiders
from matching.recognition.rules import set_rules, versions

router = private("points", 403, prefix="/points")
Year = Annotated[int | None, Query(ge=2000, le=2100, description="This one without it")]


class DeclareBody(DeclareForm, Body):
    """Service elsewhere; `photo` is what uploading the evidence answered."""


class RulesBody(RulesForm, Body):
    """A version of the rules, from tomorrow or later on."""


class WhyBody(WhyForm, Body):
    """A reason; needed for all but accepting."""


class StandingOut(BaseModel):
    """Where somebody stands. Points are hundredths, minutes are whole."""

    member_no: str
    name: str
    unit: Named
    year: int
    centipoints: int
    minutes: int
    times: int
    all_minutes: int = Field(description="Of all years; the star follows from them")
    star: int

    @classmethod
    def of(cls, one: Standing, year: int) -> "StandingOut":
        """One person in one year."""
        return cls(
            member_no=one.person.member_no, name=one.person.name, unit=Named(code=one.unit.code, name=one.unit.name),
            year=year, centipoints=one.centipoints, minutes=one.minutes, times=one.times, all_minutes=one.all_minutes,
            star=one.star,
        )  # fmt: skip


class People(BaseModel):
    """Most points first."""

    items: list[StandingOut]


class EntryOut(BaseModel):
    """A line of the ledger. Lines are never changed: `taken_back` says that a later one reverses it."""

    id: int
    kind: EntryKind
    on: date
    minutes: int
    coefficient: float
    centipoints: int
    rules: int
    title: str
    request: str = Field(description="Its number, where a request led to it")
    why: str
    taken_back: bool
    at: Utc

    @classmethod
    def of(cls, entry: PointsEntry, back: bool, lang: str) -> "EntryOut":
        """One line."""
        same = {name: getattr(entry, name) for name in cls.model_fields if hasattr(entry, name) and name != "why"}
        return cls(**same, request=entry.about, why=i18n.translate(lang, entry.why), taken_back=back)


class Entries(BaseModel):
    """The newest first."""

    items: list[EntryOut]
    next: str | None


class RulesOut(BaseModel):
    """What counts from a day on; version 0 holds where nobody set any."""

    version: int
    since: date | None
    centipoints_an_hour: int
    cap_minutes: int

    @classmethod
    def of(cls, one: PointsRules | Rules) -> "RulesOut":
        """One version."""
        since = one.since if isinstance(one, PointsRules) else None
        return cls(
            version=one.version, since=since, centipoints_an_hour=one.centipoints_an_hour, cap_minutes=one.cap_minutes
        )


class AllRules(BaseModel):
    """What holds today, and all versions there are."""

    current: RulesOut
    versions: list[RulesOut]


class DeclaredOut(BaseModel):
    """What somebody declared, and what became of it."""

    id: int
    title: str
    on: date
    minutes: int
    organiser: str
    said: str
    state: DeclaredState
    state_word: str
    why: str
    made_at: Utc
    reviewed_at: Utc | None
    by: str = Field(description="Member number of who declared it; empty for one's own")
    alike: int = Field(description="How many other declarations carry the same photo")

    @classmethod
    def of(cls, one: Declared, lang: str, by: str = "", alike: int = 0) -> "DeclaredOut":
        """One declaration."""
        same = {name: getattr(one, name) for name in cls.model_fields if hasattr(one, name)}
        word = i18n.translate(lang, DECLARED_STATES[DeclaredState(one.state)])
        return cls(**same, state_word=word, by=by, alike=alike)


class DeclaredList(BaseModel):
    """Declarations."""

    items: list[DeclaredOut]


@router.get("", operation_id="get_my_points")
async def mine(parts: TheParts, by: SignedIn, at: At, year: Year = None) -> StandingOut:
    """Where the caller stands."""
    chosen = year or this_year(at)
    async with parts.database.reading() as session:
        return StandingOut.of((await ledger.own(session, chosen, by=by, at=at)).standing, chosen)


@router.get("/entries", operation_id="list_my_points")
async def entries(
    request: Request, response: Response, parts: TheParts, by: SignedIn, at: At, lang: Lang, year: Year = None,
    after: paging.After = None,
) -> Entries:  # fmt: skip
    """The caller's lines of a year."""
    before = paging.keys_of(after, int)[0] if after else None
    async with parts.database.reading() as session:
        found = await ledger.own(session, year or this_year(at), before=before, by=by, at=at)
    rest = paging.cursor(found.older) if found.older is not None else None
    items = [EntryOut.of(entry, back, lang) for entry, back in found.entries]
    return Entries(items=items, next=paging.link_next(request, response, rest))


@router.get("/people", operation_id="list_points_of_people")
async def people(
    parts: TheParts, by: SignedIn, at: At, unit: Annotated[str, Query(max_length=40)] = "", year: Year = None
) -> People:
    """Everybody of all the caller's units, or of a unit (its code) and those below."""
    chosen = year or this_year(at)
    async with parts.database.reading() as session:
        _units, rows = await ledger.people(session, unit, chosen, by=by)
    return People(items=[StandingOut.of(one, chosen) for one in rows])


@router.get("/rules", operation_id="get_points_rules")
async def rules(parts: TheParts, by: SignedIn, at: At) -> AllRules:
    """What counts."""
    refuse_outsiders(by)
    async with parts.database.reading() as session:
        known = await versions(session, by.root_id)
    today = in_force(known, at.astimezone(SHANGHAI).date())
    current = next((one for one in known if one.version == today.version), today)
    return AllRules(current=RulesOut.of(current), versions=[RulesOut.of(one) for one in known])


@router.post("/rules", operation_id="set_points_rules", status_code=201, responses=may_refuse(409, 413, 415))
async def new_rules(body: RulesBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> RulesOut:
    """A new version; what was counted stays."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        amount = round(body.points_an_hour * 100)
        made = await set_rules(session, body.since, amount, body.cap_minutes, by=by, at=at)
        return 201, RulesOut.of(made).model_dump(mode="json")

    return RulesOut(**(await parts.work(once, key, by, at, work))[1])


@router.post(
    "/evidence", operation_id="upload_evidence", responses=may_refuse(409, 413, 415, 429),
    openapi_extra={"requestBody": BODY},
)  # fmt: skip
async def evidence(request: Request, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> PhotoOut:
    """Keep a photo (JPEG, PNG or WebP, at most 8 MiB) for a declaration; declaring then names it by its digest."""
    own_id = refuse_outsiders(by)
    body = await uploaded(request, parts)
    photo = await drawn(parts, by, body)

    async def work(_session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await parts.photos.keep(declaring.folder(own_id), photo)  # named by its content: twice is once
        return 200, {"photo": photo.digest}

    return PhotoOut(**(await parts.work(once, key, by, at, work))[1])


@router.get("/declared", operation_id="list_my_declared")
async def my_declared(parts: TheParts, by: SignedIn, lang: Lang) -> DeclaredList:
    """What the caller declared, the newest first."""
    async with parts.database.reading() as session:
        return DeclaredList(items=[DeclaredOut.of(one, lang) for one in await declaring.own_declared(session, by=by)])


@router.post("/declared", operation_id="declare_service", status_code=201, responses=may_refuse(409, 413, 415))
async def declare(body: DeclareBody, parts: TheParts, by: SignedIn, at: At, lang: Lang, key: OnceOnly) -> DeclaredOut:
    """Declare service elsewhere; somebody else reviews it."""
    if body.photo and not parts.photos.holds(declaring.folder(refuse_outsiders(by)), body.photo):
        raise Invalid.field_is("photo", "photo_missing")

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        made = await declaring.declare(session, **dict(body), by=by, at=at)
        return 201, DeclaredOut.of(made, lang).model_dump(mode="json")

    return DeclaredOut(**(await parts.work(once, key, by, at, work))[1])


@router.get("/reviews", operation_id="list_declared_to_review")
async def reviews(
    parts: TheParts, by: SignedIn, lang: Lang, state: DeclaredState = DeclaredState.waiting
) -> DeclaredList:
    """What others in the caller's units declared: what waits the oldest first, at most 50."""
    refuse_outsiders(by)
    async with parts.database.reading() as session:
        rows = await declaring.to_review(session, state, by=by)
    return DeclaredList(items=[DeclaredOut.of(one.declared, lang, one.person.member_no, one.alike) for one in rows])


@router.post("/declared/{declared_id}/withdraw", operation_id="withdraw_declared", responses=may_refuse(404, 409))
async def withdraw(
    declared_id: paging.Id, parts: TheParts, by: SignedIn, at: At, lang: Lang, key: OnceOnly
) -> DeclaredOut:
    """One's own, while it waits."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        done = await declaring.withdraw(session, declared_id, by=by)
        return 200, DeclaredOut.of(done, lang).model_dump(mode="json")

    return DeclaredOut(**(await parts.work(once, key, by, at, work))[1])


@router.post(
    "/declared/{declared_id}/{verb}", operation_id="review_declared", responses=may_refuse(404, 409, 413, 415)
)  # fmt: skip
async def review(
    declared_id: paging.Id, verb: Literal["accept", "refuse", "take_back"], body: WhyBody, parts: TheParts,
    by: SignedIn, at: At, lang: Lang, key: OnceOnly,
) -> DeclaredOut:  # fmt: skip
    """Accept posts the points at once; take_back reverses them. Never one's own."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        done = await declaring.decide(session, declared_id, verb, body.why, by=by, at=at)
        return 200, DeclaredOut.of(done, lang).model_dump(mode="json")

    return DeclaredOut(**(await parts.work(once, key, by, at, work))[1])
