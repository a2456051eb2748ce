"""When one can be asked: weekly free hours, leave, 'not now', a cap of hours. Made for a phone between two shifts."""

from datetime import date, datetime

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel

from matching.api import forms
from matching.api.clocks import clock
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.free_hours import DAYS, HoursForm, hours_form, leave_words, pattern_words, stated, week_ahead
from matching.api.muting import MUTES, Mute, mute_end
from matching.api.pages.admin.office import done
from matching.api.pages.working import desk_page
from matching.api.paging import Id
from matching.asks import actions, availability
from matching.asks.facts import dials_of
from matching.people.actor import Actor
from matching.units.queries import calendar_of
from matching.words import _

HERE = "/me/availability"
router = APIRouter(prefix="/me", include_in_schema=False)


class LeaveForm(BaseModel):
    """The first and the last day away; one day where no last one is named."""

    first_on: date
    last_on: date | None = None


class MuteForm(BaseModel):
    """How long not to be asked; `until` with a day, whose end it lasts to."""

    how: Mute
    day: date | None = None


@router.get("/availability")
async def mine(request: Request, parts: TheParts, by: SignedIn, at: At) -> Response:
    """As it stands, and what follows from it this week."""
    return await _page(request, parts, by, at)


@router.post("/availability")
async def save(request: Request, parts: TheParts, by: SignedIn, at: At) -> Response:
    """Set the weekly hours and the cap."""
    checked, form, errors = await forms.read(request, HoursForm)
    status = 422
    if checked is not None:
        errors, weekly = stated(request, checked)
        if not errors:
            deed = parts.work(availability.set_hours, weekly, checked.hours_cap, by=by, at=at)
            errors, status = await forms.attempt(request, deed)
    if errors:
        return await _page(request, parts, by, at, status, hours=form, hours_errors=errors)
    return done(parts, HERE, _("已保存。以后按新的时间邀请您。"))


@router.post("/availability/mute")
async def mute(request: Request, parts: TheParts, by: SignedIn, at: At) -> Response:
    """Not now."""
    checked, form, errors = await forms.read(request, MuteForm)
    status = 422
    if checked is not None:
        errors, status = await forms.attempt(request, _muted(parts, checked, by, at))
    if errors:
        return await _page(request, parts, by, at, status, mute=form, mute_errors=errors)
    return done(parts, HERE, _("好的，这段时间不邀请您。想恢复时随时可以。"))


@router.post("/availability/unmute")
async def unmute(parts: TheParts, by: SignedIn, at: At) -> Response:
    """Ask me again."""
    await parts.work(actions.mute, None, by=by, at=at)
    return done(parts, HERE, _("已恢复，有合适的会邀请您。"))


@router.post("/leaves")
async def add_leave(request: Request, parts: TheParts, by: SignedIn, at: At) -> Response:
    """Away for whole days."""
    checked, form, errors = await forms.read(request, LeaveForm)
    status = 422
    if checked is not None:
        last = checked.last_on or checked.first_on
        deed = parts.work(availability.add_leave, checked.first_on, last, by=by, at=at)
        errors, status = await forms.attempt(request, deed)
    if errors:
        return await _page(request, parts, by, at, status, leave=form, leave_errors=errors)
    return done(parts, f"{HERE}#leaves", _("记下了，这些天不邀请您。"))


@router.post("/leaves/{leave_id}/remove")
async def remove_leave(parts: TheParts, by: SignedIn, leave_id: Id) -> Response:
    """There after all."""
    await parts.work(availability.remove_leave, leave_id, by=by)
    return done(parts, f"{HERE}#leaves", _("已删除，这些天可以邀请您。"))


async def _muted(parts: Parts, checked: MuteForm, by: Actor, at: datetime) -> None:
    until = mute_end(checked.how, checked.day, at)
    await parts.work(actions.mute, until, by=by, at=at)


async def _page(
    request: Request, parts: Parts, by: Actor, at: datetime, status: int = 200, *, hours: forms.Form | None = None,
    hours_errors: forms.Errors | None = None, leave: forms.Form | None = None,
    leave_errors: forms.Errors | None = None, mute: forms.Form | None = None, mute_errors: forms.Errors | None = None,
) -> Response:  # fmt: skip
    async with parts.database.reading() as session:
        own = await availability.own(session, by=by, at=at)
        calendar, dials = await calendar_of(session, by.root_id), await dials_of(session, by.root_id)
    return desk_page(
        request, parts, by, "me/availability.html", status, now=at, own=own, days=DAYS, mutes=MUTES,
        pattern=pattern_words(request, own.pattern), week=week_ahead(request, own, calendar, at),
        cap=f"{dials.hours_cap:g}", quiet=(clock(dials.quiet_from), clock(dials.quiet_to)),
        leaves=[{"id": one.id, "words": leave_words(request, one, at)} for one in own.leaves],
        hours=hours_form(own) if hours is None else hours, hours_errors=hours_errors or {},
        leave=leave or {}, leave_errors=leave_errors or {}, mute=mute or {}, mute_errors=mute_errors or {},
    )  # fmt: skip
