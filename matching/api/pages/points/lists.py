"""Public lists of points: read by everybody, published and answered by who leads."""

from typing import Any

from fastapi import APIRouter, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import flash, forms
from matching.api.deps import At, Parts, SignedIn, TheParts
from matching.api.idempotency import once
from matching.api.pages.admin.office import with_depth
from matching.api.pages.points.frame import points_page
from matching.api.pages.points.mine import Before
from matching.api.pages.working import once_of
from matching.api.paging import Id, part_of, start_of
from matching.api.recognised import PublishForm, ReasonForm, TextForm
from matching.api.redirects import see
from matching.people.actor import Actor
from matching.privacy.codes import new_token
from matching.recognition import publishing
from matching.recognition.ledger import this_year
from matching.recognition.policy import held, may
from matching.recognition.publishing import HANGING
from matching.units.queries import units_under
from matching.words import _

router = APIRouter(prefix="/points/lists", include_in_schema=False)
SHOWN = 100  # lines on a page


@router.get("")
async def lists(request: Request, parts: TheParts, by: SignedIn, at: At, before: Before = None) -> Response:
    """The hospital's, the newest first; with the form for who may publish."""
    return await _lists(request, parts, by, at, before)


@router.post("")
async def publish(request: Request, parts: TheParts, by: SignedIn, at: At) -> Response:
    """Hang one out, once."""
    checked, form, errors = await forms.read(request, PublishForm)
    if checked is None:
        return await _lists(request, parts, by, at, None, 422, form, errors)

    async def once_published(session: AsyncSession) -> dict[str, Any]:
        async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
            return 303, {"id": (await publishing.publish(session, **dict(checked), by=by, at=at)).id}

        return (await once(session, once_of(request.url.path, form), by, at, work))[1]

    errors, status = await forms.attempt(request, parts.work(once_published))
    if errors:
        return await _lists(request, parts, by, at, None, status, form, errors)
    answer = see("/points/lists")
    flash.leave(answer, parts.settings, flash.Said(_("已公示 7 天，大家都能看到，也能提异议。")))
    return answer


@router.get("/{list_id}")
async def show(request: Request, parts: TheParts, by: SignedIn, at: At, list_id: Id) -> Response:
    """One list, and what one may see of the objections."""
    return await _page(request, parts, by, at, list_id)


@router.post("/{list_id}/object")
async def object_to(request: Request, parts: TheParts, by: SignedIn, at: At, list_id: Id) -> Response:
    """Raise an objection."""
    checked, form, errors = await forms.read(request, TextForm)
    status = 422
    if checked is not None:
        deed = parts.work(publishing.object_to, list_id, checked.text, by=by, at=at)
        errors, status = await forms.attempt(request, deed)
    if checked is None or errors:
        return await _page(request, parts, by, at, list_id, status, "object", form, errors)
    answer = see(f"/points/lists/{list_id}#objections")
    flash.leave(answer, parts.settings, flash.Said(_("异议已提交，答复会写在下面。只有您和负责人看得到。")))
    return answer


@router.post("/{list_id}/objections/{objection_id}")
async def answer_one(
    request: Request, parts: TheParts, by: SignedIn, at: At, list_id: Id, objection_id: Id
) -> Response:
    """Answer an objection."""
    checked, form, errors = await forms.read(request, TextForm)
    status = 422
    if checked is not None:
        deed = parts.work(publishing.answer, list_id, objection_id, checked.text, by=by, at=at)
        errors, status = await forms.attempt(request, deed)
    if checked is None or errors:
        return await _page(request, parts, by, at, list_id, status, f"answer-{objection_id}", form, errors)
    return see(f"/points/lists/{list_id}#objections")


@router.post("/{list_id}/take-back")
async def take_back(request: Request, parts: TheParts, by: SignedIn, at: At, list_id: Id) -> Response:
    """Take it back, with a reason."""
    checked, form, errors = await forms.read(request, ReasonForm)
    status = 422
    if checked is not None:
        errors, status = await forms.attempt(
            request, parts.work(publishing.take_back, list_id, checked.why, by=by, at=at)
        )
    if checked is None or errors:
        return await _page(request, parts, by, at, list_id, status, "take-back", form, errors)
    return see(f"/points/lists/{list_id}")


async def _lists(
    request: Request, parts: Parts, by: Actor, at: At, before: int | None, status: int = 200,
    form: forms.Form | None = None, errors: forms.Errors | None = None,
) -> Response:  # fmt: skip
    async with parts.database.reading() as session:
        rows, older = await publishing.lists(session, before=before, by=by)
        units = await units_under(session, by.root_id, held("publish_points", by))
    this = this_year(at)
    return points_page(
        request, by, "points/lists.html", status, tab="/points/lists", now=at,
        rows=[(one, one.state(at)) for one in rows], older=older, first=before is None, words=HANGING,
        units=[(one.code, f"{'　' * depth}{one.name}") for one, depth in with_depth(units)],
        years=[(year, str(year)) for year in (this, this - 1)], form=form or {}, errors=errors or {},
        once=(form or {}).get("once") or new_token(16),
    )  # fmt: skip


async def _page(
    request: Request, parts: Parts, by: Actor, at: At, list_id: int, status: int = 200, about: str = "",
    form: forms.Form | None = None, errors: forms.Errors | None = None,
) -> Response:  # fmt: skip
    async with parts.database.reading() as session:
        found = await publishing.visible_list(session, list_id, by=by)
        lines = await publishing.lines_of(session, found.list)
        objections = await publishing.objections_of(session, found.list, by=by)
    return points_page(
        request, by, "points/list.html", status, tab="/points/lists", now=at, found=found,
        lines=part_of(lines, lambda one: one.person.id or 0, start_of(request, "line"), SHOWN),
        mine=by.id in {one.person.id for one in lines}, objections=objections,
        state=found.state(at), words=HANGING, about=about, form=form or {}, errors=errors or {},
        may_answer=may("publish_points", by, found.unit.path), me=by.id,
    )  # fmt: skip
