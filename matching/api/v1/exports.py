"""Reports and ledgers to take away: asked for, made a little later, fetched."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import Path, Request, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import export_links, paging
from matching.api.deps import At, OnceOnly, Parts, SignedIn, TheParts
from matching.api.downloads import TYPES, file_answer
from matching.api.idempotency import once
from matching.api.v1.bodies import Body
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import private
from matching.api.v1.shapes import Utc
from matching.errors import NotSeen
from matching.reports.exporting import LAST_ID, Wish, ask, export_to_fetch, is_there, own_export, own_exports
from matching.reports.making import Making
from matching.reports.model import Export, ExportState

router = private("exports", 403, prefix="/exports")
FILE: dict[int | str, dict[str, Any]] = {
    200: {"description": "The file", "content": {media: {} for media in TYPES.values()}}
}
ExportId = Annotated[int, Path(ge=1, le=2**63 - 1)]


class ExportBody(Body):
    """What is asked for."""

    kind: str = Field(max_length=30, description="hospital, branch, partner; requests, activities, volunteers, points")
    form: str = Field(default="xlsx", max_length=5, description="docx, xlsx or pdf; ledgers are xlsx")
    period: str = Field(max_length=24, examples=["2026Q3", "2026-07", "2026", "2026-07-01..2026-07-15"])
    code: str = Field(default="", max_length=40, description="Of the unit or partner; '' for all of one's own")
    masked: bool = Field(default=True, description="False: whole names and phones of members; needs a reason")
    reason: str = Field(default="", max_length=300)


class ExportOut(BaseModel):
    """How far it is. `link` opens without a token for half an hour; it is null until the file is there."""

    id: int
    kind: str
    form: str
    period: str
    code: str
    masked: bool
    state: ExportState
    done: int
    total: int | None
    name: str
    size: int | None
    asked_at: Utc
    until: Utc | None
    trouble: str
    lacking: str = Field(description="Characters that may show as boxes, for want of a font")
    link: str | None


class ExportsOut(BaseModel):
    """Some of one's own, the newest first."""

    exports: list[ExportOut]
    next: str | None


@router.post("", status_code=202, operation_id="ask_for_export", responses=may_refuse(404, 409, 413, 415))
async def add(body: ExportBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> ExportOut:
    """Put it in the queue; ask for it again by its id until it is ready."""
    wish = Wish(body.kind, body.form, body.period, body.code, body.masked, body.reason)

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        return 202, _out(parts, await ask(session, wish, by=by, at=at), at).model_dump(mode="json")

    return ExportOut(**(await parts.work(once, key, by, at, work))[1])


@router.get("", operation_id="list_exports")
async def show(
    request: Request, response: Response, parts: TheParts, by: SignedIn, at: At, size: paging.Size = 20,
    after: paging.After = None,
) -> ExportsOut:  # fmt: skip
    """One's own, the newest first."""
    before = paging.keys_of(after, int)[0] if after else LAST_ID
    async with parts.database.reading() as session:
        rows = await own_exports(session, by=by, before=before, size=size + 1)
    rest = paging.cursor(rows[size - 1].id or 0) if len(rows) > size else None
    told = [_out(parts, row, at) for row in rows[:size]]
    return ExportsOut(exports=told, next=paging.link_next(request, response, rest))


@router.get("/{export_id}", operation_id="get_export", responses=may_refuse(404))
async def one(parts: TheParts, by: SignedIn, at: At, export_id: ExportId) -> ExportOut:
    """One of them."""
    async with parts.database.reading() as session:
        return _out(parts, await own_export(session, export_id, by=by), at)


@router.get("/{export_id}/file", operation_id="get_export_file", responses=may_refuse(404) | FILE)
async def fetch(parts: TheParts, by: SignedIn, at: At, export_id: ExportId) -> FileResponse:
    """Its file, while it is kept."""
    async with parts.database.reading() as session:
        row = await export_to_fetch(session, export_id, by=by, at=at)
    path = Making(parts.settings.files, parts.sealer).path(export_id)
    if not path.is_file():
        raise NotSeen("export_gone")
    return file_answer(path, row.format, row.file_name, f"{row.kind}-{row.id}.{row.format}")


def _out(parts: Parts, row: Export, at: datetime) -> ExportOut:
    there = is_there(row, at)
    link = parts.settings.base_url.rstrip("/") + export_links.path(row.id or 0, parts.settings)
    return ExportOut(
        id=row.id or 0, kind=row.kind, form=row.format, period=row.params.get("period", ""),
        code=row.params.get("code", ""), masked=row.masked, state=ExportState(row.state), done=row.done,
        total=row.total, name=row.file_name, size=row.size, asked_at=row.asked_at, until=row.until,
        trouble=row.trouble, lacking=row.lacking, link=link if there and row.masked else None,
    )  # fmt: skip
