"""The three lists (三张清单) on a partner's page for staff: entries, what belongs together, and where each stands."""

from functools import partial

from fastapi import APIRouter, Request, Response

from matching.api import forms
from matching.api.deps import At, SignedIn, TheParts
from matching.api.pages.partner_page import did
from matching.api.pages.working import done_once
from matching.api.paging import Id
from matching.api.partnering import AttachForm, EntryForm, LinkForm, StateForm
from matching.partners import lists
from matching.words import _

router = APIRouter(prefix="/partners", include_in_schema=False)


@router.post("/{code}/items")
async def add_item(request: Request, parts: TheParts, by: SignedIn, at: At, code: str) -> Response:
    """An entry of one of the lists, once, however often the button was pressed."""
    checked, form, errors = await forms.read(request, EntryForm)
    deed = None
    if checked is not None:
        add = partial(lists.add_item, code=code, entry=checked.entry(), by=by, at=at)
        deed = done_once(parts, request.url.path, form, by, at, add)
    which = f"item-{form.get('kind', '')}"
    return await did(request, parts, by, at, code, which, form, errors, deed, _("已写进清单。"), "#lists")


@router.post("/{code}/items/{item_id}/state")
async def set_state(request: Request, parts: TheParts, by: SignedIn, at: At, code: str, item_id: Id) -> Response:
    """Where an entry stands now."""
    checked, form, errors = await forms.read(request, StateForm)
    deed = parts.work(lists.set_state, code, item_id, checked.state, by=by, at=at) if checked else None
    return await did(request, parts, by, at, code, "", form, errors, deed, _("已更新。"), "#lists")


@router.post("/{code}/links")
async def link(request: Request, parts: TheParts, by: SignedIn, at: At, code: str) -> Response:
    """Two entries belong together."""
    checked, form, errors = await forms.read(request, LinkForm)
    deed = parts.work(lists.link_items, code, checked.from_id, checked.to_id, by=by, at=at) if checked else None
    return await did(request, parts, by, at, code, "link", form, errors, deed, _("已对接。"), "#lists")


@router.post("/{code}/links/{link_id}/remove")
async def unlink(request: Request, parts: TheParts, by: SignedIn, at: At, code: str, link_id: Id) -> Response:
    """They do not, after all."""
    deed = parts.work(lists.unlink_items, code, link_id, by=by, at=at)
    return await did(request, parts, by, at, code, "", {}, {}, deed, _("已取消对接。"), "#lists")


@router.post("/{code}/requests/{number}/project")
async def attach(request: Request, parts: TheParts, by: SignedIn, at: At, code: str, number: str) -> Response:
    """To which project a request belongs."""
    checked, form, errors = await forms.read(request, AttachForm)
    deed = parts.work(lists.attach, number, checked.project_id, by=by, at=at) if checked else None
    return await did(request, parts, by, at, code, "", form, errors, deed, _("已归入项目。"), "#requests")
