"""Group robots and webhooks: listed, added, changed, stopped, tried. An address is shown masked only."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response
from pydantic import AfterValidator, BaseModel, StringConstraints

from matching.api import flash, forms, told
from matching.api.deps import At, Parts, TheParts
from matching.api.pages.admin.office import Administrator, Line, done, office_page, units_to_choose
from matching.api.paging import Id
from matching.api.redirects import see
from matching.api.templates import language
from matching.errors import Refused
from matching.notices import endpoints
from matching.notices.audience import ROWS
from matching.notices.model import WAYS, Way
from matching.notices.ways.answer import Outcome
from matching.notices.ways.carrying import GROUPS
from matching.people.actor import Actor
from matching.privacy.sealed import Unreadable
from matching.requests.states import VERBS
from matching.words import _

router = APIRouter(prefix="/admin/channels", include_in_schema=False)
GROUP_WAYS = {way: WAYS[way] for way in GROUPS}
HEARD = {row.verb: VERBS[row.verb] for row in ROWS.values()}


def _known(verb: str) -> str:
    if verb not in HEARD:
        raise ValueError("not_a_choice")
    return verb


Url = Annotated[str, StringConstraints(strip_whitespace=True, max_length=endpoints.LONGEST_URL)]
Secret = Annotated[str, StringConstraints(strip_whitespace=True, max_length=200)]
Verb = Annotated[str, AfterValidator(_known)]


class ChannelForm(BaseModel):
    """What is known about a channel. A blank address or secret stays as it was."""

    name: Line
    unit: str
    url: Url = ""
    secret: Secret = ""
    plain: bool = False
    verbs: list[Verb] = []


class NewChannelForm(ChannelForm):
    """The same for one that is not there yet."""

    way: Way
    url: Url


@router.get("")
async def channels(request: Request, parts: TheParts, by: Administrator) -> Response:
    """Every robot and webhook one administers, and what the installation itself has set up."""
    async with parts.database.reading() as session:
        found = await endpoints.managed_endpoints(session, sealer=parts.sealer, by=by)
    ways = parts.courier.ways
    set_up = {Way.mail: ways.mail, Way.wecom_app: ways.wecom, Way.push: ways.push}
    here = [(WAYS[way], sender is not None) for way, sender in set_up.items()]
    return office_page(request, by, "admin/channels.html", channels=found, ways=WAYS, set_up=here)


@router.get("/new")
async def blank(request: Request, parts: TheParts, by: Administrator) -> Response:
    """The form for a new one."""
    return await _new_page(request, parts, by)


@router.post("/new")
async def add(request: Request, parts: TheParts, at: At, by: Administrator) -> Response:
    """A new one; what remains is to try it."""
    checked, form, errors = await forms.read(request, NewChannelForm)
    status = 422
    if checked is not None:
        try:
            made = await parts.work(endpoints.add_endpoint, **checked.model_dump(), sealer=parts.sealer, by=by, at=at)
            return done(parts, f"/admin/channels/{made.id}", _("渠道已新增。下一步：发一条测试消息。"))
        except Refused as refused:
            errors, status = forms.shown(request, refused), refused.status
    return await _new_page(request, parts, by, status, form, errors)


@router.get("/{channel_id}")
async def channel(request: Request, parts: TheParts, by: Administrator, channel_id: Id) -> Response:
    """One of them."""
    return await _page(request, parts, by, channel_id)


@router.post("/{channel_id}")
async def change(request: Request, parts: TheParts, at: At, by: Administrator, channel_id: Id) -> Response:
    """Correct what is known about it."""
    checked, form, errors = await forms.read(request, ChannelForm)
    status = 422
    if checked is not None:
        deed = parts.work(
            endpoints.change_endpoint, channel_id, **checked.model_dump(), sealer=parts.sealer, by=by, at=at
        )
        errors, status = await forms.attempt(request, deed)
    if errors:
        return await _page(request, parts, by, channel_id, status, form, errors)
    return done(parts, f"/admin/channels/{channel_id}", _("已保存。"))


@router.post("/{channel_id}/stop")
async def stop(parts: TheParts, at: At, by: Administrator, channel_id: Id) -> Response:
    """It hears nothing more."""
    await parts.work(endpoints.stop_endpoint, channel_id, sealer=parts.sealer, by=by, at=at)
    return done(parts, f"/admin/channels/{channel_id}", _("已停用，不再发消息。"))


@router.post("/{channel_id}/start")
async def start(parts: TheParts, at: At, by: Administrator, channel_id: Id) -> Response:
    """It hears again."""
    await parts.work(endpoints.start_endpoint, channel_id, sealer=parts.sealer, by=by, at=at)
    return done(parts, f"/admin/channels/{channel_id}", _("已启用，从现在起的新消息会发过去。"))


@router.post("/{channel_id}/test")
async def test(request: Request, parts: TheParts, at: At, by: Administrator, channel_id: Id) -> Response:
    """Send a test message now, and say what became of it."""
    async with parts.database.reading() as session:
        kept = await endpoints.managed_endpoint(session, channel_id, sealer=parts.sealer, by=by)
    try:
        answer = await told.try_endpoint(parts, kept, by, at)
    except Unreadable:
        return await _page(request, parts, by, channel_id, 409, {}, forms.said(request, {"url": Refused("required")}))
    except Refused as refused:
        return await _page(request, parts, by, channel_id, refused.status, {}, forms.shown(request, refused))
    page = see(f"/admin/channels/{channel_id}")
    kind = "done" if answer.outcome is Outcome.sent else "warn"
    flash.leave(page, parts.settings, flash.Said(told.said(answer, language(request)), kind=kind))
    return page


async def _page(
    request: Request, parts: Parts, by: Actor, channel_id: int, status: int = 200,
    form: forms.Form | None = None, errors: forms.Errors | None = None,
) -> Response:  # fmt: skip
    async with parts.database.reading() as session:
        kept = await endpoints.managed_endpoint(session, channel_id, sealer=parts.sealer, by=by)
        units = await units_to_choose(session, by)
    endpoint = kept.endpoint
    held = {"name": endpoint.name, "unit": kept.unit.code, "verbs": endpoint.verbs, "plain": kept.plain}
    return office_page(
        request, by, "admin/channel.html", status, kept=kept, units=units, form=form or held, errors=errors or {},
        **_choices(),
    )  # fmt: skip


async def _new_page(
    request: Request, parts: Parts, by: Actor, status: int = 200,
    form: forms.Form | None = None, errors: forms.Errors | None = None,
) -> Response:  # fmt: skip
    async with parts.database.reading() as session:
        units = await units_to_choose(session, by)
    return office_page(
        request, by, "admin/channel_new.html", status, units=units, form=form or {}, errors=errors or {}, **_choices()
    )


def _choices() -> dict[str, Any]:
    return {"ways": WAYS, "group_ways": GROUP_WAYS, "heard": HEARD}
