"""What opens when somebody scans the code on the lead's phone: which activity it is, and 'I am here'."""

from datetime import UTC, datetime, timedelta

from fastapi import APIRouter, Request, Response
from itsdangerous import BadData, URLSafeSerializer

from matching.activities import signing
from matching.activities.model import ACTIVITY_KINDS, Activity
from matching.activities.queries import Seen, attendance_of, visible_activity
from matching.api import forms
from matching.api.activity_words import when_words
from matching.api.deps import At, Parts, SignedIn, TheParts, address
from matching.api.limits import CODE_TRIES_OF_ALL
from matching.api.pages.admin.office import done
from matching.api.pages.staff import staff_page
from matching.api.paging import Id
from matching.api.redirects import see
from matching.errors import NotSeen, Refused, WrongState
from matching.people.actor import Actor
from matching.units.model import Unit
from matching.words import _

router = APIRouter(include_in_schema=False)
CAME_FOR = timedelta(minutes=10)  # between the scan and the press: somebody may have to sign in first
CAME, SIGNED = "came", "signed"  # cookies of one activity: when its code was scanned, for whom this phone signed


@router.get("/s/{token}")
async def scan(request: Request, parts: TheParts, at: At, token: str) -> Response:
    """Whoever scanned the code just now may sign in within ten minutes. Only activities that are not there count as
    guesses: of a code there are a million million, and a whole village hall shares one address."""
    caller = f"codes from {address(request)}"
    await parts.limiter.refuse_spent(CODE_TRIES_OF_ALL, "too_many_tries", caller)
    number, _dash, code = token.partition("-")
    try:
        if not (number.isascii() and number.isdigit() and len(number) < 16):
            raise NotSeen("unknown_link")
        async with parts.database.reading() as session:
            activity = await signing.scanned(session, int(number), code, sealer=parts.sealer, at=at)
    except NotSeen:
        await parts.limiter.hit(CODE_TRIES_OF_ALL, "too_many_tries", caller)
        raise
    answer = see(f"/activities/{activity.id}/here")
    _leave(answer, parts, CAME, activity.id or 0, int(at.timestamp()), CAME_FOR)
    return answer


@router.get("/activities/{activity_id}/here")
async def here(request: Request, parts: TheParts, by: SignedIn, at: At, activity_id: Id) -> Response:
    """For whoever scanned: which activity it is, and the button. Who is there already may sign out."""
    return await _page(request, parts, by, at, activity_id)


@router.post("/activities/{activity_id}/here")
async def sign_in(request: Request, parts: TheParts, by: SignedIn, at: At, activity_id: Id) -> Response:
    """I am here: for oneself alone, since when one scanned."""
    try:
        seen_at = _scanned_at(request, parts, activity_id, at)
        if seen_at is None:
            raise WrongState("not_here")
        if (other := _left(request, parts, SIGNED, activity_id)) is not None and other != by.id:
            raise WrongState("signed_for_another")
        await parts.work(signing.sign_in, activity_id, seen_at, by=by, at=at)
    except WrongState as refused:
        return await _page(request, parts, by, at, activity_id, refused)
    answer = done(parts, f"/activities/{activity_id}/here", _("签到成功。"))
    _leave(answer, parts, SIGNED, activity_id, by.id or 0, timedelta(days=1))
    return answer


@router.post("/activities/{activity_id}/leave")
async def sign_out(request: Request, parts: TheParts, by: SignedIn, at: At, activity_id: Id) -> Response:
    """I leave now."""
    try:
        await parts.work(signing.sign_out, activity_id, by=by, at=at)
    except WrongState as refused:
        return await _page(request, parts, by, at, activity_id, refused)
    return done(parts, f"/activities/{activity_id}/here", _("已签退，谢谢您。"))


async def _page(
    request: Request, parts: Parts, by: Actor, at: datetime, activity_id: int, refused: Refused | None = None
) -> Response:
    scanned_at = _scanned_at(request, parts, activity_id, at)
    async with parts.database.reading() as session:
        if scanned_at is None:
            seen = await visible_activity(session, activity_id, by)
        else:  # who stands before the screen may know what it is about, though it is in no list of theirs
            activity = await session.get(Activity, activity_id)
            if activity is None or activity.root_id != by.root_id:
                raise NotSeen()
            unit = await session.get_one(Unit, activity.unit_id)
            seen = Seen(activity, unit, await attendance_of(session, activity_id, by.id))
    wrong = forms.shown(request, refused)[forms.WHOLE_PAGE] if refused else ""
    return staff_page(
        request, by, "activities/here.html", refused.status if refused else 200, now=at, a=seen.activity,
        unit=seen.unit, mine=seen.mine, when=when_words(request, at)(seen.activity), scanned=scanned_at is not None,
        kinds=ACTIVITY_KINDS, wrong=wrong, may=seen.may("sign", by),
    )  # fmt: skip


def _scanned_at(request: Request, parts: Parts, activity_id: int, at: datetime) -> datetime | None:
    """When this browser scanned the code of this activity; None when it did not, or too long ago."""
    seconds = _left(request, parts, CAME, activity_id)
    if seconds is None:
        return None
    scanned_at = datetime.fromtimestamp(seconds, UTC)
    return scanned_at if scanned_at <= at <= scanned_at + CAME_FOR else None


def _left(request: Request, parts: Parts, name: str, activity_id: int) -> int | None:
    """What we left in a cookie of this activity; None where there is none, or somebody touched it."""
    try:
        activity, value = _signer(parts, name).loads(request.cookies.get(name, ""))
    except BadData:
        return None
    return int(value) if activity == activity_id else None


def _leave(answer: Response, parts: Parts, name: str, activity_id: int, value: int, kept: timedelta) -> None:
    answer.set_cookie(
        name, str(_signer(parts, name).dumps([activity_id, value])), max_age=int(kept.total_seconds()),
        path=f"/activities/{activity_id}/", httponly=True, samesite="lax", secure=parts.settings.secure_cookies,
    )  # fmt: skip


def _signer(parts: Parts, name: str) -> URLSafeSerializer:
    return URLSafeSerializer(parts.settings.secret.get_secret_value(), salt=f"activity-{name}")
