"""Following by query code: /r. Whoever holds the code is the requester; it stands in the address and nowhere else."""

import json
from datetime import datetime
from io import BytesIO
from typing import Any

import segno
from fastapi import APIRouter, Request, Response
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import forms, i18n
from matching.api.deps import At, Parts, TheParts, address
from matching.api.errors import headers_of
from matching.api.following import ENDED, can_now, followed, lit, promise, told
from matching.api.following_by import telling, whole_copy
from matching.api.idempotency import Once, once
from matching.api.pages import photos
from matching.api.redirects import see
from matching.api.requester import found_by_code, refuse_as_in_filing
from matching.api.templates import language, render
from matching.api.verbs import VERBS, Nothing, VerbForm
from matching.errors import NotSeen, Refused
from matching.people.actor import Actor
from matching.privacy.codes import new_token, normal_code
from matching.requests.model import ServiceRequest
from matching.requests.queries import timeline
from matching.rights import actions as rights
from matching.rights.queries import disclosures, secret_of
from matching.words import _

router = APIRouter(include_in_schema=False)

THEIRS = ("supplement", "urge", "withdraw", "correct", "rate", "rate_again", "reopen", "answer_extension")
ACTS = {verb: VERBS[verb] for verb in THEIRS} | {
    "stop_showing": VerbForm(Nothing, rights.stop_showing),
    "erase_contact": VerbForm(Nothing, rights.erase_contact),
}
DONE = {
    "supplement": _("您的补充已经交给工作人员。"),
    "urge": _("已经帮您催了一次。"),
    "withdraw": _("已经撤回，不再办理。"),
    "correct": _("已经改好。"),
    "rate": _("谢谢您的评价。"),
    "rate_again": _("谢谢您的评价。"),
    "reopen": _("已经请负责的支部再办一次。"),
    "answer_extension": _("您的答复已经转给负责的支部。"),
    "stop_showing": _("已经从心愿墙上撤下，以后也不会再放上去。"),
    "erase_contact": _("您的联系方式和原话已经删除。"),
    "told_mail": _("记下了，有进展会发邮件告诉您。"),
    "told_push": _("记下了，有进展会在这个浏览器里提醒您。"),
    "told_stop": _("已经停止，不再告诉您。"),
}


@router.api_route("/r", methods=["GET", "HEAD"])
async def ask(request: Request) -> Response:
    """Where a code is typed."""
    return render(request, "tracking/find.html")


@router.post("/r")
async def find(request: Request, parts: TheParts) -> Response:
    """To the page of the typed code."""
    typed = str((await request.form()).get("code", "")).strip()
    try:
        if not typed:
            raise Refused("required")
        async with parts.database.reading() as session:
            code, _request = await found_by_code(session, parts, address(request), typed)
    except Refused as refused:
        return not_found(request, typed, refused)
    return see(f"/r/{code}")


@router.api_route("/r/{code}", methods=["GET", "HEAD"])
async def show(code: str, request: Request, parts: TheParts, at: At) -> Response:
    """How it stands."""
    return await _page(request, parts, at, code)


@router.api_route("/r/{code}/qr.svg", methods=["GET", "HEAD"])
async def qr(code: str, request: Request, parts: TheParts) -> Response:
    """The address of the page as a QR picture (level M, four modules of quiet zone, docs/domain.md §10)."""
    try:
        link = _link(request, parts, normal_code(code))
    except ValueError:
        raise NotSeen("unknown_code") from None
    picture = BytesIO()
    segno.make(link, error="m", micro=False).save(picture, kind="svg", scale=4, border=4, light="#fff", xmldecl=False)
    return Response(picture.getvalue(), media_type="image/svg+xml")


@router.api_route("/r/{code}/photo", methods=["GET", "HEAD"])
async def photo(code: str, request: Request, parts: TheParts) -> Response:
    """What was done, as the last report shows it."""
    async with parts.database.reading() as session:
        _code, mine = await found_by_code(session, parts, address(request), code)
        steps = await timeline(session, mine)
    return photos.picture(await parts.photos.open(mine.number, photos.last(parts.photos, mine, steps)))


@router.api_route("/r/{code}/correct", methods=["GET", "HEAD"])
async def correcting(code: str, request: Request, parts: TheParts, at: At) -> Response:
    """What was typed, to be put right."""
    return await _correct_page(request, parts, at, code)


@router.api_route("/r/{code}/copy", methods=["GET", "HEAD"])
async def copy(code: str, request: Request, parts: TheParts) -> Response:
    """What we hold about them, who looked at it, and the ways to have it changed or gone."""
    return await _copy_page(request, parts, code)


@router.api_route("/r/{code}/copy.json", methods=["GET", "HEAD"])
async def download(code: str, request: Request, parts: TheParts) -> Response:
    """The same to take along."""
    try:
        async with parts.database.reading() as session:
            _code, mine = await found_by_code(session, parts, address(request), code)
            held = await whole_copy(session, mine, parts.sealer)
    except Refused as refused:
        return not_found(request, code, refused)
    name = f"{mine.number}.json"
    headers = {"Content-Disposition": f"attachment; filename=\"{name}\"; filename*=UTF-8''{name}"}
    return Response(json.dumps(held, ensure_ascii=False, indent=2), media_type="application/json", headers=headers)


@router.post("/r/{code}/{verb}")
async def act(code: str, verb: str, request: Request, parts: TheParts, at: At) -> Response:
    """One verb of the requester's, done once however often the form arrives."""
    if verb not in ACTS:
        raise NotSeen()
    checked, form, errors = await forms.read(request, ACTS[verb].model)
    try:
        async with parts.database.reading() as session:
            code, mine = await found_by_code(session, parts, address(request), code)
    except Refused as refused:
        return not_found(request, code, refused)
    status = 422
    if checked is not None:
        fields = checked.model_dump()
        ask = Once(form["once"], f"{verb} {checked.model_dump_json()}") if form.get("once") else None
        try:
            refuse_as_in_filing(verb, mine, fields)
            await parts.work(_once, ask, mine, verb, fields, parts=parts, at=at)
            if verb == "erase_contact":
                await parts.photos.erase(mine.number)
            return see(f"/r/{code}?done={verb}")
        except Refused as refused:
            errors, status = forms.shown(request, refused), refused.status
    if verb == "correct":
        return await _correct_page(request, parts, at, code, form, errors, status)
    if verb in {"stop_showing", "erase_contact"}:
        return await _copy_page(request, parts, code, errors, status)
    return await _page(request, parts, at, code, verb, form, errors, status)


async def _once(
    session: AsyncSession, ask: Once | None, mine: ServiceRequest, verb: str, fields: dict[str, Any], *,
    parts: Parts, at: datetime,
) -> None:  # fmt: skip
    by = Actor.requester(mine.root_id, mine.id or 0)
    more = ACTS[verb].tools(parts)

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await ACTS[verb].action(session, mine.number, **fields, **more, by=by, at=at)
        return 303, {}

    await once(session, ask, by, at, work)


def not_found(request: Request, typed: str, refused: Refused) -> Response:
    """The field again, with what was typed in it."""
    errors = forms.said(request, {"code": refused})
    answer = render(request, "tracking/find.html", refused.status, form={"code": typed[:40]}, errors=errors)
    answer.headers.update(headers_of(refused))
    return answer


async def _page(
    request: Request,
    parts: Parts,
    at: datetime,
    typed: str,
    verb: str = "",
    form: forms.Form | None = None,
    errors: forms.Errors | None = None,
    status: int = 200,
) -> Response:
    """The page; `verb`, `form` and `errors` are those of a form that was refused."""
    try:
        async with parts.database.reading() as session:
            code, mine = await found_by_code(session, parts, address(request), typed)
            steps = await timeline(session, mine)
            looked = len(await disclosures(session, mine)) if mine.dispatched_at else 0
            tell = await telling(session, parts, mine)
    except Refused as refused:
        return not_found(request, typed, refused)
    lang, fresh = language(request), "new" in request.query_params and mine.last_seq == 1
    done = DONE.get(request.query_params.get("done", "")) if not errors else None
    flash = [{"kind": "done", "words": i18n.translate(lang, done)}] if done else []
    errors, refusal = _apart(errors or {})
    return render(
        request,
        "tracking/show.html",
        status,
        now=at,
        request=followed(mine, steps, lang, at),
        lit=lit(mine),
        ended=mine.state in ENDED,
        photo=bool(photos.last(parts.photos, mine, steps)),
        steps=told(steps, lang),
        fresh=fresh,
        promise=promise(mine, lang, at) if fresh else "",
        code=code,
        link=_link(request, parts, code),
        qr=f"/r/{code}/qr.svg",
        url=f"/r/{code}",
        can=can_now(mine, Actor.requester(mine.root_id, mine.id or 0), at),
        open_form=verb,
        form=form or {},
        errors=errors,
        once=new_token(16),
        disclosures=looked,
        tell=tell,
        flash=flash + refusal,
    )


async def _correct_page(
    request: Request,
    parts: Parts,
    at: datetime,
    typed: str,
    form: forms.Form | None = None,
    errors: forms.Errors | None = None,
    status: int = 200,
) -> Response:
    try:
        async with parts.database.reading() as session:
            code, mine = await found_by_code(session, parts, address(request), typed)
            secret = await secret_of(session, mine, parts.sealer)
    except Refused as refused:
        return not_found(request, typed, refused)
    if secret is None or "correct" not in can_now(mine, Actor.requester(mine.root_id, mine.id or 0), at):
        return await _page(request, parts, at, code)
    was = {"need": secret.need, "reason": secret.reason, "name": secret.name, "phone": secret.phone}
    errors, refusal = _apart(errors or {})
    shown = {"url": f"/r/{code}", "once": new_token(16), "form": form or was, "errors": errors}
    return render(request, "tracking/correct.html", status, flash=refusal, **shown)


async def _copy_page(
    request: Request, parts: Parts, typed: str, errors: forms.Errors | None = None, status: int = 200
) -> Response:
    try:
        async with parts.database.reading() as session:
            code, mine = await found_by_code(session, parts, address(request), typed)
            held = await whole_copy(session, mine, parts.sealer)
            looked = await disclosures(session, mine)
    except Refused as refused:
        return not_found(request, typed, refused)
    _none, refusal = _apart(errors or {})
    shown = {"url": f"/r/{code}", "once": new_token(16), "held": held, "looked": looked, "flash": refusal}
    return render(request, "tracking/copy.html", status, mine=mine, **shown)


def _apart(errors: forms.Errors) -> tuple[forms.Errors, list[dict[str, str]]]:
    """What stands beside fields, and what is said over the page."""
    over = [{"kind": "warn", "words": sentence} for name, sentence in errors.items() if name == forms.WHOLE_PAGE]
    return {name: sentence for name, sentence in errors.items() if name != forms.WHOLE_PAGE}, over


def _link(request: Request, parts: Parts, code: str) -> str:
    """The whole address: as configured in production, else as this browser reached us (a phone in the same network)."""
    base = parts.settings.base_url if parts.settings.mode == "production" else str(request.base_url)
    return f"{base.rstrip('/')}/r/{code}"
