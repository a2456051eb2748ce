"""Declaring service elsewhere with a photo; reviewing what others declared."""

from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession
from starlette.datastructures import UploadFile

from matching.api import flash, forms
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.idempotency import once
from matching.api.pages.photos import picture
from matching.api.pages.points.frame import points_page
from matching.api.pages.working import once_of
from matching.api.paging import Id
from matching.api.recognised import DeclareForm, WhyForm
from matching.api.redirects import see
from matching.api.uploads import drawn
from matching.errors import Invalid, NotSeen, Refused, TooMany
from matching.people.actor import Actor
from matching.privacy.codes import new_token
from matching.recognition import declaring
from matching.recognition.model import DECLARED_STATES, DeclaredState
from matching.recognition.policy import refuse_outsiders
from matching.words import _

router = APIRouter(prefix="/points", include_in_schema=False)
DONE = {
    "accept": _("已认定，积分已经记上。"),
    "refuse": _("已答复，对方会看到原因。"),
    "take-back": _("已撤销认定，原来的积分已冲正。"),
}
LINES = {"accept": "accept", "refuse": "refuse", "take-back": "take_back"}  # the address says it with a dash
TAKEN_BACK = _("已撤回。")


@router.get("/declare")
async def form(request: Request, by: SignedIn) -> Response:
    """The form."""
    refuse_outsiders(by)
    return _form(request, by, 200, {}, {})


@router.post("/declare")
async def declare(request: Request, parts: TheParts, by: SignedIn, at: At) -> Response:
    """Declare it once, however often the button was pressed."""
    own_id = refuse_outsiders(by)
    checked, form, errors = await forms.read(request, DeclareForm)
    wrong, digest = await _kept(request, parts, by, own_id)
    form["photo"] = digest or form.get("photo", "")
    errors |= wrong
    if checked is None or errors:
        return _form(request, by, 422, form, errors)
    said = checked.model_copy(update={"photo": form["photo"]})
    if said.photo and not parts.photos.holds(declaring.folder(own_id), said.photo):
        return _form(request, by, 422, form | {"photo": ""}, forms.said(request, {"photo": Refused("photo_missing")}))

    async def once_declared(session: AsyncSession) -> dict[str, Any]:
        async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
            return 303, {"id": (await declaring.declare(session, **dict(said), by=by, at=at)).id}

        return (await once(session, once_of(request.url.path, form), by, at, work))[1]

    errors, status = await forms.attempt(request, parts.work(once_declared))
    if errors:
        return _form(request, by, status, form, errors)
    answer = see("/points#declared")
    flash.leave(answer, parts.settings, flash.Said(_("已提交，等支部负责人审核。认定以后自动记积分。")))
    return answer


@router.post("/declared/{declared_id}/withdraw")
async def withdraw(parts: TheParts, by: SignedIn, declared_id: Id) -> Response:
    """One's own, while it waits."""
    answer = see("/points#declared")
    await _do(parts, answer, TAKEN_BACK, parts.work(declaring.withdraw, declared_id, by=by))
    return answer


@router.get("/declared/{declared_id}/photo")
async def photo(parts: TheParts, by: SignedIn, declared_id: Id) -> Response:
    """Its evidence, for who declared it and who may see them."""
    async with parts.database.reading() as session:
        found = await declaring.visible_declared(session, declared_id, by=by)
    if not found.declared.evidence:
        raise NotSeen
    return picture(await parts.photos.open(declaring.folder(found.person.id or 0), found.declared.evidence))


@router.get("/review")
async def review(
    request: Request, parts: TheParts, by: SignedIn, at: At, state: DeclaredState = DeclaredState.waiting,
    before: Annotated[int | None, Query(ge=1, le=2**63 - 1)] = None,
) -> Response:  # fmt: skip
    """What others in one's units declared, what waits first."""
    return await _review(request, parts, by, at, state, before)


@router.post("/declared/{declared_id}/{verb}")
async def decide(
    request: Request, parts: TheParts, by: SignedIn, at: At, declared_id: Id,
    verb: Annotated[str, Path(pattern="^(accept|refuse|take-back)$")],
) -> Response:  # fmt: skip
    """Accept, refuse with a reason, or take back what was accepted."""
    checked, form, errors = await forms.read(request, WhyForm)
    state = DeclaredState.accepted if verb == "take-back" else DeclaredState.waiting
    if checked is not None:
        deed = parts.work(declaring.decide, declared_id, LINES[verb], checked.why, by=by, at=at)
        errors, status = await forms.attempt(request, deed)
        if not errors:
            answer = see(f"/points/review{'' if state is DeclaredState.waiting else '?state=accepted'}")
            flash.leave(answer, parts.settings, flash.Said(DONE[verb]))
            return answer
    else:
        status = 422
    return await _review(request, parts, by, at, state, None, status, declared_id, form, errors)


async def _review(
    request: Request, parts: Parts, by: Actor, at: At, state: DeclaredState, before: int | None, status: int = 200,
    about: int = 0, form: forms.Form | None = None, errors: forms.Errors | None = None,
) -> Response:  # fmt: skip
    refuse_outsiders(by)
    async with parts.database.reading() as session:
        rows = await declaring.to_review(session, state, before=before, by=by)
    return points_page(
        request, by, "points/review.html", status, tab="/points/review", now=at, rows=rows, state=state,
        states=DECLARED_STATES, about=about, form=form or {}, errors=errors or {}, first=before is None,
    )  # fmt: skip


def _form(request: Request, by: Actor, status: int, form: forms.Form, errors: forms.Errors) -> Response:
    return points_page(
        request, by, "points/declare.html", status, tab="/points", form=form, errors=errors,
        once=form.get("once") or new_token(16),
    )  # fmt: skip


async def _kept(request: Request, parts: Parts, by: Actor, person_id: int) -> tuple[forms.Errors, str]:
    """What is wrong with the photo that came along, and the digest under which it is kept; '' without one."""
    if request.scope["refused"] is not None:
        return forms.said(request, {"photo": Refused("file_too_large", mib=8)}), ""
    sent = [one for one in (await request.form()).getlist("photo") if isinstance(one, UploadFile) and one.filename]
    if not sent:
        return {}, ""
    try:
        photo = await drawn(parts, by, await sent[0].read())
    except (Invalid, TooMany) as refused:
        return forms.shown(request, refused), ""
    await parts.photos.keep(declaring.folder(person_id), photo)
    return {}, photo.digest


async def _do(parts: Parts, answer: Response, words: str, deed: Any) -> None:
    try:
        await deed
    except Refused as refused:
        if refused.status != 409:
            raise
        flash.leave(answer, parts.settings, flash.Said(refused.sentence, refused.params, "warn"))
    else:
        flash.leave(answer, parts.settings, flash.Said(words))
