"""What did not get out: Steps that could not be announced, messages that failed; each may be tried again."""

from fastapi import APIRouter, Request, Response

from matching.api.deps import At, TheParts
from matching.api.pages.admin.office import Administrator, done, office_page
from matching.api.paging import Id
from matching.notices import outbox
from matching.notices.model import FATES, WAYS, Fate
from matching.notices.troubles import words_of
from matching.requests.states import VERBS
from matching.words import _

router = APIRouter(prefix="/admin/outbox", include_in_schema=False)
HERE = "/admin/outbox"
KINDS = {outbox.Kind.steps: _("没有通知出去的步骤"), outbox.Kind.deliveries: _("没有送到的消息")}
STANDS = {**FATES, Fate.waiting: _("会自动再试")}
NOTHING, QUEUED = _("这里没有要重试的，可能别人刚刚点过。"), _("已安排马上重试 %(n)s 条。过一会儿再看这一页。")


@router.get("")
async def show(request: Request, parts: TheParts, by: Administrator) -> Response:
    """The newest of each kind."""
    async with parts.database.reading() as session:
        found = await outbox.outbox(session, by=by)
    stuck = {KINDS[kind]: getattr(found, kind) for kind in outbox.Kind}
    return office_page(
        request, by, "admin/outbox.html", stuck=stuck, more=found.more, verbs=VERBS, ways=WAYS, stands=STANDS,
        why=words_of,
    )  # fmt: skip


@router.post("/retry")
async def retry_all(parts: TheParts, at: At, by: Administrator) -> Response:
    """Everything at once."""
    return _done(parts, await parts.work(outbox.retry_all, by=by, at=at))


@router.post("/{kind}/{row_id}/retry")
async def retry(parts: TheParts, at: At, by: Administrator, kind: outbox.Kind, row_id: Id) -> Response:
    """One of them."""
    return _done(parts, await parts.work(outbox.retry, kind, row_id, by=by, at=at))


def _done(parts: TheParts, count: int) -> Response:
    return done(parts, HERE, QUEUED, n=count) if count else done(parts, HERE, NOTHING)
