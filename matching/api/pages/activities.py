"""Activities: the list with what is one's own and what the branch still owes, planning, one activity, its list."""

from collections.abc import Sequence
from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities import actions
from matching.activities.model import ACTIVITY_KINDS, ACTIVITY_STATES, ActivityKind, ActivityState
from matching.activities.policy import MAY
from matching.activities.queries import (
    MEETINGS,
    Filters,
    Seen,
    activities_page,
    mine_to_come,
    visible_activity,
)
from matching.activities.rhythm import Quarter, kept
from matching.api import forms
from matching.api.activity_forms import NewPlanForm, PeopleForm, PlanForm, WhyForm
from matching.api.activity_partners import partner_sought, with_partner
from matching.api.activity_words import wall_clock, when_words, wish_of_project, wish_of_request
from matching.api.choosing import Among, partner_choice
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.idempotency import once
from matching.api.pages.activity_page import activity_page
from matching.api.pages.admin.office import done, with_depth
from matching.api.pages.notices import read_here
from matching.api.pages.reports.asked import periods
from matching.api.pages.staff import staff_page
from matching.api.pages.working import once_of
from matching.api.paging import Id, cursor, keys_of
from matching.api.places import service_name
from matching.api.redirects import see
from matching.api.templates import language
from matching.clock import SHANGHAI
from matching.errors import NotAllowed, NotSeen, Refused
from matching.notices.actions import read_activity
from matching.partners.model import Partner
from matching.people.actor import Actor
from matching.people.model import Person, Role
from matching.privacy.codes import new_token
from matching.reports.periods import Period
from matching.services.queries import catalogue, whole_catalogue
from matching.units.queries import units_under
from matching.words import _

router = APIRouter(prefix="/activities", include_in_schema=False)
PLANNERS = tuple(role for role in MAY["plan"] if isinstance(role, Role))
SIZE = 20


@router.get("")
async def activities(
    request: Request, parts: TheParts, by: SignedIn, at: At,
    kind: Annotated[str, Query(max_length=20)] = "", state: Annotated[str, Query(max_length=10)] = "",
    unit: Annotated[str, Query(max_length=40)] = "", partner: Annotated[str, Query(max_length=120)] = "",
    period: Annotated[str, Query(max_length=24)] = "", service: Annotated[str, Query(max_length=40)] = "",
    alone: bool = False, after: Annotated[str, Query(max_length=200, alias="at")] = "",
) -> Response:  # fmt: skip
    """What one takes part in, what the branch owes this quarter, and everything one may see, the latest first.

    Numbers of reports lead here: with a `service`, or with a unit without those below it (`alone`).
    """
    key: tuple[datetime, int] | None = keys_of(after, datetime, int) if after else None
    days = Period.parse(period) if period else None
    async with parts.database.reading() as session:
        units = await units_under(session, by.root_id, by.paths(*PLANNERS, Role.auditor))
        partners, partner_id, unclear = await partner_sought(session, by, partner)
        tree = await units_under(session, by.root_id, (f"/{by.root_id}/",))
        led = next((one for one in tree if one.code == unit), None)
        given = next((one for one in await whole_catalogue(session, by.root_id) if one.code == service), None)
        filters = Filters(
            kind if kind in {MEETINGS, *ActivityKind} else "", state if state in list(ActivityState) else "",
            led.path if led else "", partner_id, service_id=(given.id or 0) if given else None,
            unit_id=led.id if led and alone else None, first=days.begins if days else None,
            until=days.ends if days else None,
        )  # fmt: skip
        rows, last = await activities_page(session, by, filters, after=key, size=SIZE)
        mine = await mine_to_come(session, by, at=at)
        quarter = Quarter.of(at.astimezone(SHANGHAI).date())
        branches = await kept(session, quarter, by=by, own=True)
    return staff_page(
        request, by, "activities/list.html", now=at, rows=rows, mine=mine,
        kinds=ACTIVITY_KINDS | {MEETINGS: _("组织生活")}, periods=periods(at, days.code) if days else periods(at),
        stands=ACTIVITY_STATES, when=when_words(request, at), quarter=quarter, branches=branches,
        filtered={"kind": kind, "state": state, "unit": unit, "partner": partner, "period": days.code if days else ""},
        units=[(one.code, f"{'　' * depth}{one.name}") for one, depth in with_depth(units)],
        partners=partners, unclear=forms.said(request, unclear), may_plan=by.holds(*PLANNERS), first=not after,
        me=by.id, given=given, pager={"newer": None, "older": cursor(*last) if last else None},
    )  # fmt: skip


@router.get("/new")
async def new(
    request: Request, parts: TheParts, by: SignedIn, at: At, kind: Annotated[str, Query(max_length=20)] = "",
    asked: Annotated[str, Query(max_length=40, alias="request")] = "",
    project: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> Response:  # fmt: skip
    """The form; from a request or a project it comes filled in."""
    form: forms.Form = {"kind": kind or ActivityKind.service}
    async with parts.database.reading() as session:
        if asked:
            form |= await wish_of_request(session, asked, by)
        elif project is not None:
            form |= await wish_of_project(session, project, by)
    return await _form(request, parts, by, form)


@router.post("/new")
async def plan(request: Request, parts: TheParts, by: SignedIn, at: At) -> Response:
    """Arrange it once, however often the button was pressed."""
    checked, form, errors = await forms.read(request, NewPlanForm)
    if checked is None:
        return await _form(request, parts, by, form, errors, 422)
    numbers = _numbers(checked.people)

    async def once_planned(session: AsyncSession) -> dict[str, Any]:
        async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
            wish = await with_partner(session, checked.plan(), by)
            made = await actions.plan(session, wish, numbers, checked.everybody, sealer=parts.sealer, by=by, at=at)
            return 303, {"id": made.id}

        return (await once(session, once_of(request.url.path, form), by, at, work))[1]

    try:
        made = await parts.work(once_planned)
    except NotSeen:
        raise
    except Refused as refused:
        return await _form(request, parts, by, form, forms.shown(request, refused), refused.status)
    return done(parts, f"/activities/{made['id']}", _("已发起。名单上的人会在“活动”里看到。"))


@router.get("/{activity_id}")
async def show(request: Request, parts: TheParts, by: SignedIn, at: At, activity_id: Id) -> Response:
    """One activity. What they were told about it is read now."""
    await read_here(request, parts, by, at, partial(read_activity, activity_id=activity_id))
    return await activity_page(request, parts, by, at, activity_id)


@router.get("/{activity_id}/edit")
async def edit(request: Request, parts: TheParts, by: SignedIn, activity_id: Id) -> Response:
    """The form of what was arranged."""
    async with parts.database.reading() as session:
        seen = await _changeable(session, activity_id, by)
        form = await _typed(session, seen)
    return await _form(request, parts, by, form, seen=seen)


@router.post("/{activity_id}/edit")
async def change(request: Request, parts: TheParts, by: SignedIn, at: At, activity_id: Id) -> Response:
    """Arrange it otherwise."""
    checked, form, errors = await forms.read(request, PlanForm)
    status = 422
    if checked is not None:
        deed = parts.work(_change, activity_id, checked.plan(), by=by, at=at)
        errors, status = await forms.attempt(request, deed)
    if errors:
        async with parts.database.reading() as session:
            seen = await _changeable(session, activity_id, by)
        return await _form(request, parts, by, form, errors, status, seen=seen)
    return done(parts, f"/activities/{activity_id}", _("安排已修改。"))


@router.post("/{activity_id}/people")
async def add_people(request: Request, parts: TheParts, by: SignedIn, at: At, activity_id: Id) -> Response:
    """Put people on the list by their numbers, or everybody of the unit."""
    checked, form, errors = await forms.read(request, PeopleForm)
    if checked is not None and not (checked.people or checked.everybody):
        errors = forms.said(request, {"people": Refused("required")})
    elif checked is not None:
        try:
            added = await parts.work(
                actions.add_people, activity_id, _numbers(checked.people), checked.everybody, by=by, at=at
            )
        except NotSeen:
            raise
        except Refused as refused:
            errors = forms.shown(request, refused)
        else:
            return done(parts, f"/activities/{activity_id}#people", _("名单上新加了 {n} 人。"), n=added)
    form["people"] = " ".join(form.get("people", []))
    return await activity_page(request, parts, by, at, activity_id, 422, people_form=form, people_errors=errors)


@router.post("/{activity_id}/people/{member_no}/remove")
async def remove_person(parts: TheParts, by: SignedIn, at: At, activity_id: Id, member_no: str) -> Response:
    """Take somebody off the list who did not sign in."""
    await parts.work(actions.remove_person, activity_id, member_no, by=by, at=at)
    return see(f"/activities/{activity_id}#people")


@router.post("/{activity_id}/cancel")
async def cancel(request: Request, parts: TheParts, by: SignedIn, at: At, activity_id: Id) -> Response:
    """It does not take place."""
    checked, form, errors = await forms.read(request, WhyForm)
    status = 422
    if checked is not None:
        deed = parts.work(actions.cancel, activity_id, checked.why, by=by, at=at)
        errors, status = await forms.attempt(request, deed)
    if errors:
        return await activity_page(request, parts, by, at, activity_id, status, cancel_form=form, cancel_errors=errors)
    return done(parts, f"/activities/{activity_id}", _("已取消。名单上的人会看到原因。"))


async def _change(session: AsyncSession, activity_id: int, wish: actions.Plan, *, by: Actor, at: datetime) -> None:
    await actions.change(session, activity_id, await with_partner(session, wish, by), by=by, at=at)


async def _changeable(session: AsyncSession, activity_id: int, by: Actor) -> Seen:
    seen = await visible_activity(session, activity_id, by)
    if not seen.may("change", by):
        raise NotAllowed()
    return seen


def _numbers(typed: Sequence[str]) -> list[str]:
    """Member numbers, one a field or several in one."""
    return [number for one in typed for number in one.replace("，", " ").replace(",", " ").replace("、", " ").split()]


async def _typed(session: AsyncSession, seen: Seen) -> forms.Form:
    """The form as it stands."""
    activity = seen.activity
    lead = await session.get_one(Person, activity.lead_id)
    partner = await session.get(Partner, activity.partner_id) if activity.partner_id else None
    services = {one.id: one.code for one in await catalogue(session, activity.root_id)}
    return {
        "kind": activity.kind, "title": activity.title, "unit": seen.unit.code, "place": activity.place,
        "starts_at": wall_clock(activity.starts_at), "ends_at": wall_clock(activity.ends_at), "lead": lead.member_no,
        "service": services.get(activity.service_id, ""), "partner": partner.code if partner else "",
        "note": activity.note,
    }  # fmt: skip


async def _form(
    request: Request, parts: Parts, by: Actor, form: forms.Form, errors: forms.Errors | None = None,
    status: int = 200, *, seen: Seen | None = None,
) -> Response:  # fmt: skip
    lang = language(request)
    async with parts.database.reading() as session:
        units = await units_under(session, by.root_id, by.paths(*PLANNERS))
        if seen is not None and seen.unit.id not in {one.id for one in units}:
            units = [*units, seen.unit]
        if not units:
            raise NotAllowed()
        services = await catalogue(session, by.root_id)
        partners = await partner_choice(session, by, Among.open, str(form.get("partner", "")))
    own = next((one.code for one in units if one.id == by.unit_id), units[0].code)
    return staff_page(
        request, by, "activities/form.html", status, form={"unit": own} | form, errors=errors or {}, seen=seen,
        units=[(one.code, f"{'　' * depth}{one.name}") for one, depth in with_depth(units)], kinds=ACTIVITY_KINDS,
        services=[(one.code, service_name(one, lang)) for one in services],
        partners=partners, once=new_token(16),
    )  # fmt: skip
