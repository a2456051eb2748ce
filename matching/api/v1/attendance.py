"""Who was at an activity: signing in and out, the lead's ticks, minutes confirmed and corrected, photos."""

from typing import Annotated, Any

from fastapi import Path, Request
from pydantic import AwareDatetime, BaseModel, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities import closing, signing
from matching.activities.album import album_to_fill, erase_removed, keep_photo, remove_photo
from matching.activities.codes import DIGITS
from matching.activities.engaging import promised_elsewhere
from matching.activities.model import SignedHow
from matching.activities.queries import Listed, people_of, visible_activity
from matching.activities.signing import What
from matching.api.activity_forms import CountsForm, Minutes, Why
from matching.api.deps import At, IfVersion, OnceOnly, SignedIn, TheParts
from matching.api.idempotency import once
from matching.api.paging import Id
from matching.api.uploads import drawn, uploaded
from matching.api.v1.activities import ActivityOut, told
from matching.api.v1.bodies import Body
from matching.api.v1.photos import BODY, PhotoOut
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import Lang, private
from matching.api.v1.shapes import Utc
from matching.asks.promises import Promise
from matching.errors import NotAllowed
from matching.people.actor import Actor

router = private("activities", prefix="/activities/{activity_id}")
MemberNo = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[^\x00]*$")]
Digest = Annotated[str, Path(pattern=r"^[0-9a-f]{64}$")]


class ElsewhereOut(BaseModel):
    """What somebody is at during the activity, besides it."""

    starts_at: Utc
    ends_at: Utc
    activity: bool = Field(description="Another activity; false: a request that they took")


class AttendanceOut(BaseModel):
    """One person on the list."""

    member_no: str
    name: str
    unit: str
    planned: bool = Field(description="Stood on the list before; false: just came")
    signed_at: Utc | None
    signed_how: SignedHow | None
    left_at: Utc | None
    doubtful: bool = Field(description="A phone's clock was moved: the times want looking at")
    proposed: int = Field(description="Minutes from sign-in to sign-out within the activity's times")
    minutes: int | None = Field(description="As confirmed; 0 stands for absent")
    elsewhere: list[ElsewhereOut] = Field(description="What they have promised for the same time, until it is over")


class Attendances(BaseModel):
    """Everybody on the list, in the order they came onto it."""

    items: list[AttendanceOut]


class OwnOut(BaseModel):
    """The caller's own presence."""

    signed_at: Utc
    left_at: Utc | None


class CodeBody(Body):
    """What the screen shows now: the last part of the address in its QR code, after the dash."""

    code: Annotated[str, Field(pattern=rf"^[0-9a-f]{{{DIGITS}}}$")]


class TickBody(Body):
    """One name."""

    person: MemberNo
    what: What


class ConfirmBody(CountsForm, Body):
    """Minutes by member number; who is not named has what is proposed, or keeps what was confirmed."""

    minutes: dict[MemberNo, Minutes] = Field(default_factory=dict)


class CorrectBody(ConfirmBody):
    """... and why."""

    reason: Why


@router.get("/attendances", operation_id="list_attendances", responses=may_refuse(403, 404))
async def attendances(activity_id: Id, parts: TheParts, by: SignedIn, at: At) -> Attendances:
    """For who leads it."""
    async with parts.database.reading() as session:
        seen = await visible_activity(session, activity_id, by)
        if not seen.may("see_people", by):
            raise NotAllowed()
        people = await people_of(session, activity_id)
        elsewhere = await promised_elsewhere(session, seen.activity, people, at)
    return Attendances(
        items=[
            _out(one, one.attendance.proposed(seen.activity, at), elsewhere.get(one.attendance.person_id, []))
            for one in people
        ]
    )


@router.post("/sign_in", operation_id="sign_in_at_activity", responses=may_refuse(403, 404, 409, 410, 413, 415))
async def sign_in(activity_id: Id, body: CodeBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> OwnOut:
    """The caller is there, and has just read the code off the screen."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await signing.scanned(session, activity_id, body.code, sealer=parts.sealer, at=at)
        place = await signing.sign_in(session, activity_id, at, by=by, at=at)
        return 200, {"signed_at": _text(place.signed_at), "left_at": _text(place.left_at)}

    return OwnOut(**(await parts.work(once, key, by, at, work))[1])


@router.post("/sign_out", operation_id="sign_out_of_activity", responses=may_refuse(403, 404, 409))
async def sign_out(activity_id: Id, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> OwnOut:
    """The caller leaves now."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        place = await signing.sign_out(session, activity_id, by=by, at=at)
        return 200, {"signed_at": _text(place.signed_at), "left_at": _text(place.left_at)}

    return OwnOut(**(await parts.work(once, key, by, at, work))[1])


@router.post("/tick", operation_id="tick_attendance", status_code=204, responses=may_refuse(403, 404, 409, 413, 415))
async def tick(activity_id: Id, body: TickBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> None:
    """The lead saw somebody come or leave, or ticked by mistake."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await signing.tick(session, activity_id, body.person, body.what, by=by, at=at)
        return 204, {}

    await parts.work(once, key, by, at, work)


@router.post("/confirm", operation_id="confirm_activity", responses=may_refuse(403, 404, 409, 412, 413, 415))
async def confirm(
    activity_id: Id, body: ConfirmBody, parts: TheParts, by: SignedIn, at: At, lang: Lang, key: OnceOnly,
    if_version: IfVersion,
) -> ActivityOut:  # fmt: skip
    """Minutes and counts. A service that asks for a licence needs somebody there who holds it."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await closing.confirm(session, activity_id, body.minutes, body.counts(), by=by, at=at, if_version=if_version)
        return 200, await _now(session, activity_id, by, lang)

    return ActivityOut(**(await parts.work(once, key, by, at, work))[1])


@router.post("/correct", operation_id="correct_activity", responses=may_refuse(403, 404, 409, 412, 413, 415))
async def correct(
    activity_id: Id, body: CorrectBody, parts: TheParts, by: SignedIn, at: At, lang: Lang, key: OnceOnly,
    if_version: IfVersion,
) -> ActivityOut:  # fmt: skip
    """What was confirmed was wrong; the audit log keeps what it was."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await closing.correct(
            session, activity_id, body.minutes, body.counts(), body.reason, by=by, at=at, if_version=if_version
        )
        return 200, await _now(session, activity_id, by, lang)

    return ActivityOut(**(await parts.work(once, key, by, at, work))[1])


@router.post(
    "/photos", operation_id="add_activity_photo", responses=may_refuse(403, 404, 409, 413, 415, 429),
    openapi_extra={"requestBody": BODY},
)  # fmt: skip
async def upload(activity_id: Id, request: Request, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> PhotoOut:
    """Keep a photo (JPEG, PNG or WebP, at most 8 MiB), drawn anew without the place, time and device in its file."""
    body = await uploaded(request, parts)
    async with parts.database.reading() as session:
        await album_to_fill(session, activity_id, by=by)
    photo = await drawn(parts, by, body)

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await keep_photo(session, activity_id, photo, photos=parts.photos, by=by, at=at)
        return 200, {"photo": photo.digest}

    return PhotoOut(**(await parts.work(once, key, by, at, work))[1])


@router.delete(
    "/photos/{digest}", operation_id="remove_activity_photo", status_code=204, responses=may_refuse(403, 404, 409)
)
async def remove(activity_id: Id, digest: Digest, parts: TheParts, by: SignedIn, at: At) -> None:
    """Out of the album; the file goes too."""
    await parts.work(remove_photo, activity_id, digest, by=by, at=at)
    await parts.work(erase_removed, activity_id, digest, photos=parts.photos)


async def _now(session: AsyncSession, activity_id: int, by: Actor, lang: str) -> dict[str, Any]:
    await session.flush()
    return (await told(session, await visible_activity(session, activity_id, by), lang)).model_dump(mode="json")


def _out(one: Listed, proposed: int, elsewhere: list[Promise]) -> AttendanceOut:
    place = one.attendance
    return AttendanceOut(
        member_no=one.person.member_no, name=one.person.name, unit=one.unit.name, planned=place.planned,
        signed_at=place.signed_at, signed_how=SignedHow(place.signed_how) if place.signed_how else None,
        left_at=place.left_at, doubtful=place.doubtful, proposed=proposed, minutes=place.minutes,
        elsewhere=[ElsewhereOut(starts_at=start, ends_at=end, activity=activity) for start, end, activity in elsewhere],
    )  # fmt: skip


def _text(at: AwareDatetime | None) -> str | None:
    return at.isoformat() if at else None
