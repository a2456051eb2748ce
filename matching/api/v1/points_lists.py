"""Public lists of points and the objections to them."""

from datetime import date
from typing import Any

from fastapi import Request, Response
from pydantic import BaseModel, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import paging
from matching.api.deps import At, OnceOnly, SignedIn, TheParts
from matching.api.idempotency import once
from matching.api.recognised import PublishForm, ReasonForm, TextForm
from matching.api.v1.bodies import Body
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import private
from matching.api.v1.shapes import Named, Utc
from matching.people.actor import Actor
from matching.recognition import publishing
from matching.recognition.model import Objection
from matching.recognition.publishing import Hanging, Published

router = private("points", 403, prefix="/points/lists")


class PublishBody(PublishForm, Body):
    """Whose points hang out, of which year, under which title."""


class ReasonBody(ReasonForm, Body):
    """A reason."""


class TextBody(TextForm, Body):
    """An objection, or its answer."""


class ListOut(BaseModel):
    """A public list. It stands once its days are over and every objection has its answer."""

    id: int
    title: str
    unit: Named
    year: int
    state: Hanging
    people: int
    objections: int
    unanswered: int
    published_at: Utc
    ends_on: date = Field(description="The last of its 7 days")
    why: str = Field(description="Why it was taken back")

    @classmethod
    def of(cls, one: Published, at: At) -> "ListOut":
        """One list."""
        shown = one.list
        return cls(
            id=shown.id or 0, title=shown.title, unit=Named(code=one.unit.code, name=one.unit.name), year=shown.year,
            state=one.state(at), people=len(shown.lines), objections=one.objections, unanswered=one.unanswered,
            published_at=shown.published_at, ends_on=shown.ends_on, why=shown.why,
        )  # fmt: skip


class Lists(BaseModel):
    """The newest first."""

    items: list[ListOut]
    next: str | None


class LineOut(BaseModel):
    """One line as it was published."""

    name: str
    minutes: int
    centipoints: int
    star: int


class ObjectionOut(BaseModel):
    """An objection and its answer."""

    id: int
    by: str
    text: str
    at: Utc
    answer: str
    answered_at: Utc | None

    @classmethod
    def of(cls, one: Objection, name: str) -> "ObjectionOut":
        """One objection."""
        return cls(id=one.id or 0, by=name, text=one.text, at=one.at, answer=one.answer, answered_at=one.answered_at)


class WholeList(ListOut):
    """A list with its lines, and the objections that the caller may see."""

    lines: list[LineOut]
    seen: list[ObjectionOut] = Field(description="All for who may answer them, else the caller's own")


@router.get("", operation_id="list_public_points")
async def lists(
    request: Request, response: Response, parts: TheParts, by: SignedIn, at: At, size: paging.Size = 30,
    after: paging.After = None,
) -> Lists:  # fmt: skip
    """The hospital's."""
    before = paging.keys_of(after, int)[0] if after else None
    async with parts.database.reading() as session:
        rows, last = await publishing.lists(session, before=before, size=size, by=by)
    rest = paging.cursor(last) if last is not None else None
    return Lists(items=[ListOut.of(one, at) for one in rows], next=paging.link_next(request, response, rest))


@router.post("", operation_id="publish_points", status_code=201, responses=may_refuse(409, 413, 415))
async def publish(body: PublishBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> ListOut:
    """Hang out everybody's points of a unit and those below, as they are now."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        made = await publishing.publish(session, **dict(body), by=by, at=at)
        found = await publishing.visible_list(session, made.id or 0, by=by)
        return 201, ListOut.of(found, at).model_dump(mode="json")

    return ListOut(**(await parts.work(once, key, by, at, work))[1])


@router.get("/{list_id}", operation_id="get_public_points", responses=may_refuse(404))
async def show(list_id: paging.Id, parts: TheParts, by: SignedIn, at: At) -> WholeList:
    """One list."""
    async with parts.database.reading() as session:
        return await _whole(session, list_id, by, at)


@router.post("/{list_id}/objections", operation_id="object_to_points", status_code=201,
             responses=may_refuse(404, 409, 413, 415))  # fmt: skip
async def object_to(
    list_id: paging.Id, body: TextBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly
) -> ObjectionOut:
    """Anybody may, while it hangs out."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        made = await publishing.object_to(session, list_id, body.text, by=by, at=at)
        return 201, ObjectionOut.of(made, by.name).model_dump(mode="json")

    return ObjectionOut(**(await parts.work(once, key, by, at, work))[1])


@router.post("/{list_id}/objections/{objection_id}/answer", operation_id="answer_objection",
             responses=may_refuse(404, 409, 413, 415))  # fmt: skip
async def answer(
    list_id: paging.Id, objection_id: paging.Id, body: TextBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly
) -> WholeList:
    """Once, and never one's own."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await publishing.answer(session, list_id, objection_id, body.text, by=by, at=at)
        return 200, (await _whole(session, list_id, by, at)).model_dump(mode="json")

    return WholeList(**(await parts.work(once, key, by, at, work))[1])


@router.post("/{list_id}/take-back", operation_id="take_back_points", responses=may_refuse(404, 409, 413, 415))
async def take_back(
    list_id: paging.Id, body: ReasonBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly
) -> WholeList:
    """It was wrong: it stays readable with the reason, and another may be published."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await publishing.take_back(session, list_id, body.why, by=by, at=at)
        return 200, (await _whole(session, list_id, by, at)).model_dump(mode="json")

    return WholeList(**(await parts.work(once, key, by, at, work))[1])


async def _whole(session: AsyncSession, list_id: int, by: Actor, at: At) -> WholeList:
    await session.flush()
    found = await publishing.visible_list(session, list_id, by=by)
    lines = await publishing.lines_of(session, found.list)
    seen = await publishing.objections_of(session, found.list, by=by)
    return WholeList(
        **ListOut.of(found, at).model_dump(),
        lines=[
            LineOut(name=one.person.name, minutes=one.minutes, centipoints=one.centipoints, star=one.star)
            for one in lines
        ],
        seen=[ObjectionOut.of(one, name) for one, name in seen],
    )
