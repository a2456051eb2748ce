"""The dials of matching: what each does, what is tried out before it is turned, and turning them."""

from fastapi import APIRouter, Request, Response

from matching.api import flash, forms
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.dials import DEFAULTS, FIGURES, DialsForm, Tried, previewed, typed
from matching.api.pages.admin.office import done, office_page
from matching.api.previews import DAYS
from matching.asks.dials import managed_dials, set_dials
from matching.errors import NotAllowed, Refused
from matching.people.actor import Actor
from matching.words import _

router = APIRouter(prefix="/admin/asks", include_in_schema=False)


@router.get("")
async def show(request: Request, parts: TheParts, by: SignedIn) -> Response:
    """As they stand, for administrators of the whole hospital and the committee office."""
    return await _page(request, parts, by)


@router.post("")
async def save(request: Request, parts: TheParts, at: At, by: SignedIn) -> Response:
    """Turn them."""
    checked, form, errors = await forms.read(request, DialsForm)
    status = 422
    if checked is not None:
        errors, status = await forms.attempt(
            request, parts.work(set_dials, checked.dials(), checked.automatic, by=by, at=at)
        )
    if checked is None or errors:
        return await _page(request, parts, by, status, form, errors)
    return done(parts, "/admin/asks", _("匹配设置已保存，下一批邀请就按新的来。"))


@router.post("/preview")
async def show_preview(request: Request, parts: TheParts, at: At, by: SignedIn) -> Response:
    """What they would probably do; nothing is saved."""
    checked, form, errors = await forms.read(request, DialsForm)
    if checked is None:
        return await _page(request, parts, by, 422, form, errors)
    try:
        tried = await previewed(parts, checked.dials(), by=by, at=at)
    except NotAllowed:
        raise
    except Refused as refused:
        return await _page(request, parts, by, refused.status, form, {}, refused=refused)
    return await _page(request, parts, by, 200, form, tried=tried)


async def _page(
    request: Request, parts: Parts, by: Actor, status: int = 200, form: forms.Form | None = None,
    errors: forms.Errors | None = None, *, tried: Tried | None = None, refused: Refused | None = None,
) -> Response:  # fmt: skip
    async with parts.database.reading() as session:
        dials, automatic = await managed_dials(session, by=by)
    said = flash.take(request, parts.settings)
    if refused is not None:
        said.append(flash.spoken(request, flash.Said(refused.sentence, refused.params, "warn")))
    return office_page(
        request, by, "admin/asks.html", status, form=typed(dials, automatic) if form is None else form,
        errors=errors or {}, tried=tried, figures=FIGURES, usual=typed(DEFAULTS, True), days=DAYS, flash=said,
    )  # fmt: skip
