"""Activities: what is done together on a day, who is on the list, and the rhythm of the branches."""

from datetime import date, datetime, time, timedelta
from typing import Annotated, Any

from fastapi import Path, Query, Request, Response
from pydantic import BaseModel, Field
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities import actions
from matching.activities.model import ACTIVITY_KINDS, ACTIVITY_STATES, ActivityKind, ActivityState
from matching.activities.queries import Filters, Seen, activities_page, photos_of, visible_activity
from matching.activities.rhythm import Branch, Quarter, kept, rhythm_of, set_rhythm
from matching.api import i18n, paging
from matching.api.activity_forms import PeopleForm, PlanForm, RhythmNumber, WhyForm
from matching.api.deps import At, IfVersion, OnceOnly, SignedIn, TheParts
from matching.api.idempotency import once
from matching.api.v1.bodies import Body
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import Lang, private
from matching.api.v1.shapes import Named, Utc
from matching.clock import SHANGHAI
from matching.partners.model import Partner
from matching.people.actor import Actor
from matching.people.model import Person
from matching.requests.model import ServiceRequest
from matching.services.model import Service
from matching.units.queries import unit_by_code

router = private("activities", prefix="/activities")


class PlanBody(PlanForm, PeopleForm, Body):
    """What is arranged, and who is on its list."""


class ChangeBody(PlanForm, Body):
    """All of what is arranged, as it should be now."""


class PeopleBody(PeopleForm, Body):
    """Who is put on the list."""


class WhyBody(WhyForm, Body):
    """Why."""


class ActivityOut(BaseModel):
    """An activity; names of who took part are at /attendances."""

    id: int
    version: int
    kind: ActivityKind
    kind_word: str
    state: ActivityState
    state_word: str
    title: str
    unit: Named
    partner: Named | None
    service: Named | None
    request: str | None = Field(description="Number of the request that it came from")
    project: int | None
    place: str
    starts_at: Utc
    ends_at: Utc
    lead: str = Field(description="Name of who answers for it")
    person_times: int | None
    materials: int | None
    partner_volunteers: int
    effect: str
    note: str
    confirmed_at: Utc | None
    cancelled_why: str
    photos: list[str] = Field(description="Their digests")
    listed: bool = Field(description="Whether the caller is on its list")
    minutes: int | None = Field(description="The caller's own, once confirmed")


class Activities(BaseModel):
    """The latest first."""

    items: list[ActivityOut]
    next: str | None


class AddedOut(BaseModel):
    """How many were not on the list before."""

    added: int


class KeptOut(BaseModel):
    """One kind of meeting of one branch in the quarter."""

    kind: ActivityKind
    asked: int
    held: int
    planned: int
    missing: int


class BranchOut(BaseModel):
    """What one branch held and owes."""

    unit: Named
    kinds: list[KeptOut]

    @classmethod
    def of(cls, branch: Branch) -> "BranchOut":
        """One branch."""
        kinds = [
            KeptOut(kind=kind, asked=one.asked, held=one.held, planned=one.planned, missing=one.missing)
            for kind, one in branch.kinds.items()
        ]
        return cls(unit=Named(code=branch.unit.code, name=branch.unit.name), kinds=kinds)


class RhythmOut(BaseModel):
    """A quarter of the branches that the caller may look at."""

    quarter: str = Field(examples=["2026Q1"])
    asked: dict[ActivityKind, int] = Field(description="Meetings a quarter, as asked for today")
    items: list[BranchOut]


class RhythmBody(Body):
    """Meetings a quarter, by kind; what is not named stays."""

    asked: dict[ActivityKind, RhythmNumber]


@router.get("", operation_id="list_activities")
async def activities(
    request: Request, response: Response, parts: TheParts, by: SignedIn, lang: Lang,
    kind: ActivityKind | None = None, state: ActivityState | None = None,
    unit: Annotated[str, Query(max_length=40, description="Code of a unit: it and all below")] = "",
    first_on: date | None = None, last_on: date | None = None, size: paging.Size = 20, after: paging.After = None,
) -> Activities:  # fmt: skip
    """What the caller may see."""
    key: tuple[datetime, int] | None = paging.keys_of(after, datetime, int) if after else None
    async with parts.database.reading() as session:
        path = (await unit_by_code(session, by.root_id, unit)).path if unit else ""
        filters = Filters(kind or "", state or "", path, first=_midnight(first_on), until=_midnight(last_on, 1))
        rows, last = await activities_page(session, by, filters, after=key, size=size)
        items = [await told(session, one, lang) for one in rows]
    rest = paging.cursor(*last) if last else None
    return Activities(items=items, next=paging.link_next(request, response, rest))


@router.post("", operation_id="plan_activity", status_code=201, responses=may_refuse(403, 404, 409, 413, 415))
async def plan(body: PlanBody, parts: TheParts, by: SignedIn, at: At, lang: Lang, key: OnceOnly) -> ActivityOut:
    """Arrange one: alone, from a request, or from a project of the three lists."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        made = await actions.plan(session, body.plan(), body.people, body.everybody, sealer=parts.sealer, by=by, at=at)
        return 201, await _now(session, made.id or 0, by, lang)

    return ActivityOut(**(await parts.work(once, key, by, at, work))[1])


@router.get("/rhythm", operation_id="get_rhythm")
async def rhythm(
    parts: TheParts, by: SignedIn, at: At,
    year: Annotated[int | None, Query(ge=2000, le=2199)] = None,
    quarter: Annotated[int | None, Query(ge=1, le=4)] = None,
) -> RhythmOut:  # fmt: skip
    """What each branch held and owes in a quarter, this one unless named."""
    now = Quarter.of(at.astimezone(SHANGHAI).date())
    wanted = Quarter(year or now.year, quarter or now.number)
    async with parts.database.reading() as session:
        branches = await kept(session, wanted, by=by)
        asked = await rhythm_of(session, by.root_id, at.astimezone(SHANGHAI).date())
    items = [BranchOut.of(one) for one in branches]
    return RhythmOut(quarter=f"{wanted.year}Q{wanted.number}", asked=asked, items=items)


@router.put("/rhythm", operation_id="set_rhythm", responses=may_refuse(403, 409, 413, 415))
async def turn(body: RhythmBody, parts: TheParts, by: SignedIn, at: At) -> RhythmOut:
    """The committee says how many meetings a quarter are asked for from today on."""
    await parts.work(set_rhythm, body.asked, by=by, at=at)
    return await rhythm(parts, by, at)


@router.get("/{activity_id}", operation_id="get_activity", responses=may_refuse(404))
async def show(activity_id: paging.Id, parts: TheParts, by: SignedIn, lang: Lang) -> ActivityOut:
    """One activity."""
    async with parts.database.reading() as session:
        return await told(session, await visible_activity(session, activity_id, by), lang)


@router.post(
    "/{activity_id}/change", operation_id="change_activity", responses=may_refuse(403, 404, 409, 412, 413, 415)
)
async def change(
    activity_id: paging.Id, body: ChangeBody, parts: TheParts, by: SignedIn, at: At, lang: Lang, key: OnceOnly,
    if_version: IfVersion,
) -> ActivityOut:  # fmt: skip
    """Arrange it otherwise; `request` and `project` are not looked at."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await actions.change(session, activity_id, body.plan(), by=by, at=at, if_version=if_version)
        return 200, await _now(session, activity_id, by, lang)

    return ActivityOut(**(await parts.work(once, key, by, at, work))[1])


@router.post(
    "/{activity_id}/people", operation_id="add_people_to_activity", responses=may_refuse(403, 404, 409, 413, 415)
)
async def add_people(
    activity_id: paging.Id, body: PeopleBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly,
) -> AddedOut:  # fmt: skip
    """Put people on the list."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        added = await actions.add_people(session, activity_id, body.people, body.everybody, by=by, at=at)
        return 200, {"added": added}

    return AddedOut(**(await parts.work(once, key, by, at, work))[1])


@router.delete(
    "/{activity_id}/people/{member_no}", operation_id="remove_person_from_activity", status_code=204,
    responses=may_refuse(403, 404, 409),
)  # fmt: skip
async def remove_person(
    activity_id: paging.Id, member_no: Annotated[str, Path(max_length=40)], parts: TheParts, by: SignedIn, at: At
) -> None:
    """Take somebody off the list who has not signed in."""
    await parts.work(actions.remove_person, activity_id, member_no, by=by, at=at)


@router.post(
    "/{activity_id}/cancel", operation_id="cancel_activity", responses=may_refuse(403, 404, 409, 412, 413, 415)
)
async def cancel(
    activity_id: paging.Id, body: WhyBody, parts: TheParts, by: SignedIn, at: At, lang: Lang, key: OnceOnly,
    if_version: IfVersion,
) -> ActivityOut:  # fmt: skip
    """It does not take place, or does not count."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await actions.cancel(session, activity_id, body.why, by=by, at=at, if_version=if_version)
        return 200, await _now(session, activity_id, by, lang)

    return ActivityOut(**(await parts.work(once, key, by, at, work))[1])


async def told(session: AsyncSession, seen: Seen, lang: str) -> ActivityOut:
    """An activity with the names of what it refers to."""
    a = seen.activity
    lead = (await session.exec(select(Person.name).where(Person.id == a.lead_id))).one()
    asked = await session.get(ServiceRequest, a.request_id) if a.request_id is not None else None
    same = {
        name: getattr(a, name)
        for name in ("version", "title", "place", "starts_at", "ends_at", "person_times", "materials",
                     "partner_volunteers", "effect", "note", "confirmed_at", "cancelled_why")
    }  # fmt: skip
    return ActivityOut(
        id=a.id or 0, **same, kind=ActivityKind(a.kind), state=ActivityState(a.state), lead=lead,
        kind_word=i18n.translate(lang, ACTIVITY_KINDS[ActivityKind(a.kind)]), project=a.project_id,
        state_word=i18n.translate(lang, ACTIVITY_STATES[ActivityState(a.state)]),
        unit=Named(code=seen.unit.code, name=seen.unit.name), partner=await _named(session, Partner, a.partner_id),
        service=await _named(session, Service, a.service_id), request=asked.number if asked else None,
        photos=[photo.digest for photo in await photos_of(session, a.id or 0)],
        listed=seen.mine is not None, minutes=seen.mine.minutes if seen.mine else None,
    )  # fmt: skip


async def _now(session: AsyncSession, activity_id: int, by: Actor, lang: str) -> dict[str, Any]:
    await session.flush()
    seen = await visible_activity(session, activity_id, by)
    return (await told(session, seen, lang)).model_dump(mode="json")


async def _named(session: AsyncSession, table: type[Partner] | type[Service], id_: int | None) -> Named | None:
    if id_ is None:
        return None
    code, name = (await session.exec(select(col(table.code), col(table.name)).where(table.id == id_))).one()
    return Named(code=code, name=name)


def _midnight(day: date | None, later: int = 0) -> datetime | None:
    return None if day is None else datetime.combine(day + timedelta(days=later), time(), SHANGHAI)
