"""The photo of what was done: taken from the form of complete, shown to who sees the request."""

from typing import TypeVar

from fastapi import APIRouter, Request, Response
from pydantic import BaseModel
from starlette.datastructures import UploadFile

from matching.api import forms
from matching.api.deps import Parts, SignedIn, TheParts
from matching.api.uploads import drawn
from matching.errors import Invalid, Refused, TooMany
from matching.people.actor import Actor
from matching.requests.acting import request_for
from matching.requests.model import ServiceRequest
from matching.requests.photos import Photos
from matching.requests.queries import timeline, visible_request
from matching.requests.steps import Step

router = APIRouter(include_in_schema=False)
Model = TypeVar("Model", bound=BaseModel)
HEADERS = {"Cache-Control": "private, no-store", "Cross-Origin-Resource-Policy": "same-origin"}


@router.get("/requests/{number}/photos/{digest}")
async def show(number: str, digest: str, parts: TheParts, by: SignedIn) -> Response:
    """One photo of a request."""
    async with parts.database.reading() as session:
        found = await visible_request(session, number, by)
    return picture(await parts.photos.open(found.number, digest))


async def taken(
    request: Request, parts: Parts, by: Actor, number: str, checked: Model | None, form: forms.Form,
    errors: forms.Errors,
) -> Model | None:  # fmt: skip
    """The checked form with the digest of the photo that came along, kept for who may complete it now.

    The digest is written into `form` as well, so that a form that comes back has the photo; what is wrong with the
    photo goes into `errors`, and then the answer is None. Of too large a body the words are there, the photo is not.
    """
    if (too_large := request.scope["refused"]) is not None:
        errors |= forms.said(request, {"photo": too_large})
        return None
    sent = [one for one in (await request.form()).getlist("photo") if isinstance(one, UploadFile) and one.filename]
    if not sent:
        return checked
    try:
        photo = await drawn(parts, by, await sent[0].read())
    except (Invalid, TooMany) as refused:
        errors |= forms.shown(request, refused)
        return None
    form["photo"] = photo.digest
    try:
        async with parts.database.reading() as session:
            found = await request_for(session, "complete", number, by, None)
    except Refused:
        pass  # the action will say so, or give the answer it gave before
    else:
        if found.can("complete"):
            await parts.photos.keep(found.number, photo)
    return checked.model_copy(update={"photo": photo.digest}) if checked is not None else None


async def sweep(parts: Parts, number: str, by: Actor) -> None:
    """Remove what was uploaded and never reported, once the request is no longer being done."""
    async with parts.database.reading() as session:
        try:
            found = await visible_request(session, number, by)
        except Refused:
            return
        reported = frozenset(str(step.detail.get("photo", "")) for step, _name in await timeline(session, found))
    if not found.can("complete"):
        await parts.photos.erase(found.number, but=reported)


def last(photos: Photos, request: ServiceRequest, steps: list[tuple[Step, str]]) -> str:
    """The digest of the newest report's photo, '' where it has none or has it no more."""
    reports = [step for step, _name in steps if step.verb == "complete"]
    digest = str(reports[-1].detail.get("photo", "")) if reports and request.result else ""
    return digest if photos.holds(request.number, digest) else ""


def picture(jpeg: bytes) -> Response:
    """The answer that shows it."""
    return Response(jpeg, media_type="image/jpeg", headers=HEADERS)
