"""What everybody may read: the wall with reviewed, de-identified wording only, and what the codes of errors mean."""

from datetime import datetime

from fastapi import Request, Response
from pydantic import BaseModel, Field

from matching.api import i18n, paging
from matching.api.deps import At, TheParts
from matching.api.v1.routing import Lang, public
from matching.api.wall import shown
from matching.errors import CODES
from matching.requests.queries import on_the_wall
from matching.units.queries import hospital

router = public("house")


class Shown(BaseModel):
    """A wish on the wall, as strangers see it: no number, no name, no place."""

    service: str
    words: str = Field(description="The wording that a reviewer approved")
    unit: str = Field(description="Who does it; empty while nobody does")
    standing: str
    lit: int = Field(ge=1, le=5, description="How many of 点单 派单 接单 办结 评价 are lit")
    days: int = Field(description="From filing to the end, or until now")


class Wall(BaseModel):
    """Some of the wall, the newest first."""

    items: list[Shown]
    next: str | None


class Meaning(BaseModel):
    """One code of an error."""

    code: str
    status: int
    detail: str


class Meanings(BaseModel):
    """All codes that a `Problem` may carry."""

    items: list[Meaning]


@router.get("/problems", operation_id="list_problems")
async def problems(lang: Lang) -> Meanings:
    """What each code of an error means; `{names}` in a sentence are filled in when it is given."""
    said = {code: (status, i18n.translate(lang, sentence)) for code, (status, sentence) in CODES.items()}
    return Meanings(items=[Meaning(code=code, status=status, detail=detail) for code, (status, detail) in said.items()])


@router.get("/wall", operation_id="get_wall")
async def wall(
    request: Request, response: Response, parts: TheParts, at: At, lang: Lang, size: paging.Size = 20,
    after: paging.After = None,
) -> Wall:  # fmt: skip
    """Wishes whose requesters agreed to be shown, in the wording a reviewer approved."""
    key = paging.keys_of(after, datetime, int) if after else None
    async with parts.database.reading() as session:
        root = await hospital(session)
        page = await on_the_wall(session, root.id or 0 if root else 0, after=key, size=size)
    rest = paging.cursor(*page.next) if page.next else None
    return Wall(
        items=[Shown.model_validate(shown(row, lang, at), extra="ignore") for row in page.rows],
        next=paging.link_next(request, response, rest),
    )
