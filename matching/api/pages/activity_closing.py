"""The end of an activity: minutes confirmed or corrected; its photos, and its calendar file."""

from datetime import datetime
from typing import Any

from fastapi import APIRouter, Request, Response
from starlette.datastructures import UploadFile

from matching.activities import closing
from matching.activities.album import album_to_fill, erase_removed, folder, keep_photo, photo_names, remove_photo
from matching.activities.closing import licensed, proposals, skills_needed
from matching.activities.ical import calendar_file
from matching.activities.queries import people_of, visible_activity
from matching.api import forms
from matching.api.activity_forms import CaptionForm, CloseForm, CorrectForm, minutes_typed
from matching.api.activity_words import when_words
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.pages.activity_page import activity_page
from matching.api.pages.admin.office import done
from matching.api.pages.photos import picture
from matching.api.pages.staff import staff_page
from matching.api.paging import Id
from matching.api.redirects import see
from matching.api.uploads import drawn
from matching.errors import NotAllowed, NotSeen, Refused
from matching.people.actor import Actor
from matching.words import _

router = APIRouter(prefix="/activities/{activity_id}", include_in_schema=False)


@router.get("/close")
async def close(request: Request, parts: TheParts, by: SignedIn, at: At, activity_id: Id) -> Response:
    """The form with what is proposed, or what was confirmed."""
    return await _page(request, parts, by, at, activity_id)


@router.post("/confirm")
async def confirm(request: Request, parts: TheParts, by: SignedIn, at: At, activity_id: Id) -> Response:
    """Minutes and counts, by the lead."""
    checked, form, errors = await forms.read(request, CloseForm)
    minutes, wrong = minutes_typed(form)
    errors, status = forms.said(request, wrong) | errors, 422
    if checked is not None and not errors:
        deed = parts.work(
            closing.confirm, activity_id, minutes, checked.counts(), by=by, at=at, if_version=checked.version
        )
        errors, status = await forms.attempt(request, deed)
    if errors:
        return await _page(request, parts, by, at, activity_id, status, form, errors)
    return done(parts, f"/activities/{activity_id}", _("已确认，时长计入每个人名下。"))


@router.post("/correct")
async def correct(request: Request, parts: TheParts, by: SignedIn, at: At, activity_id: Id) -> Response:
    """What was confirmed was wrong; with a reason."""
    checked, form, errors = await forms.read(request, CorrectForm)
    minutes, wrong = minutes_typed(form)
    errors, status = forms.said(request, wrong) | errors, 422
    if checked is not None and not errors:
        deed = parts.work(
            closing.correct, activity_id, minutes, checked.counts(), checked.reason, by=by, at=at,
            if_version=checked.version,
        )  # fmt: skip
        errors, status = await forms.attempt(request, deed)
    if errors:
        return await _page(request, parts, by, at, activity_id, status, form, errors)
    return done(parts, f"/activities/{activity_id}", _("已更正。"))


@router.post("/photos")
async def upload(request: Request, parts: TheParts, by: SignedIn, at: At, activity_id: Id) -> Response:
    """One photo, drawn anew from its pixels."""
    checked, form, errors = await forms.read(request, CaptionForm)
    sent = [one for one in (await request.form()).getlist("photo") if isinstance(one, UploadFile) and one.filename]
    if request.scope["refused"] is not None:
        errors |= forms.said(request, {"photo": Refused("file_too_large", mib=8)})
    elif not sent:
        errors |= forms.said(request, {"photo": Refused("no_file")})
    status = 422
    if checked is not None and not errors:
        try:
            async with parts.database.reading() as session:
                await album_to_fill(session, activity_id, by=by)
            photo = await drawn(parts, by, await sent[0].read())
            await parts.work(keep_photo, activity_id, photo, checked.caption, photos=parts.photos, by=by, at=at)
        except (NotSeen, NotAllowed):
            raise
        except Refused as refused:
            errors, status = forms.shown(request, refused), refused.status
    if errors:
        return await activity_page(request, parts, by, at, activity_id, status, photo_form=form, photo_errors=errors)
    return see(f"/activities/{activity_id}#photos")


@router.get("/photos/{digest}")
async def photo(parts: TheParts, by: SignedIn, activity_id: Id, digest: str) -> Response:
    """One photo, for who sees the activity."""
    async with parts.database.reading() as session:
        await visible_activity(session, activity_id, by)
        if digest not in await photo_names(session, activity_id):
            raise NotSeen()
    return picture(await parts.photos.open(folder(activity_id), digest))


@router.post("/photos/{digest}/remove")
async def remove(parts: TheParts, by: SignedIn, at: At, activity_id: Id, digest: str) -> Response:
    """Out of the album; the file goes too."""
    await parts.work(remove_photo, activity_id, digest, by=by, at=at)
    await parts.work(erase_removed, activity_id, digest, photos=parts.photos)
    return see(f"/activities/{activity_id}#photos")


@router.get("/calendar.ics")
async def calendar(parts: TheParts, by: SignedIn, at: At, activity_id: Id) -> Response:
    """For the calendar of a phone."""
    async with parts.database.reading() as session:
        seen = await visible_activity(session, activity_id, by)
    link = f"{parts.settings.base_url.rstrip('/')}/activities/{activity_id}"
    headers = {"Content-Disposition": f'attachment; filename="activity-{activity_id}.ics"'}
    return Response(calendar_file(seen.activity, link, at), media_type="text/calendar; charset=utf-8", headers=headers)


async def _page(
    request: Request, parts: Parts, by: Actor, at: datetime, activity_id: int, status: int = 200,
    form: forms.Form | None = None, errors: forms.Errors | None = None,
) -> Response:  # fmt: skip
    async with parts.database.reading() as session:
        seen = await visible_activity(session, activity_id, by)
        activity = seen.activity
        people = await people_of(session, activity_id)
        needed, held = await skills_needed(session, activity), await licensed(session, activity, people)
    correcting = seen.may("correct", by)
    told_why = bool(errors) and seen.may("see_people", by)  # that it is confirmed already, for instance
    if not (seen.may("confirm", by) or correcting or told_why):
        raise NotAllowed()
    typed: dict[str, Any] = {
        name: getattr(activity, name) for name in ("person_times", "materials", "effect", "note")
    } | {"partner_volunteers": activity.partner_volunteers or None}
    return staff_page(
        request, by, "activities/close.html", status, now=at, a=activity, unit=seen.unit, people=people, needed=needed,
        when=when_words(request, at)(activity), minutes=proposals(activity, people, at), held=held,
        correcting=correcting, version=activity.version, form=typed if form is None else form, errors=errors or {},
    )  # fmt: skip
