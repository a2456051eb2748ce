"""五化 assessment: the sheets of branches, scoring and signing them, and what they are assessed by."""

from datetime import date
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, Field, StringConstraints
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api.deps import At, OnceOnly, SignedIn, TheParts
from matching.api.fields import Readable, Reason
from matching.api.idempotency import once
from matching.api.v1.bodies import Body
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import private
from matching.api.v1.shapes import Named, Utc
from matching.reports.assessment import actions, queries
from matching.reports.assessment.queries import Sheet
from matching.reports.assessment.scheme import LONGEST, MOST_ITEMS, MOST_PROOFS, Dimension, Grade, Item, Scheme

router = private("figures", 403, prefix="/assessment")
Written = Annotated[str, Path(max_length=10, examples=["2026Q3"], description="A quarter or a year")]
UnitCode = Annotated[str, Path(max_length=40)]


class ItemBody(Body):
    """One line of the sheet."""

    code: Annotated[str, Field(max_length=20)]
    dimension: Dimension
    words: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=LONGEST), Readable]
    points: Annotated[int, Field(ge=1, le=100, description="The most it can bring; a dimension makes 100")]
    evidence: list[str] = Field(default=[], max_length=MOST_PROOFS, description="Codes of figures or meetings")


class SchemeBody(Body):
    """Items and the points from which each grade begins."""

    items: Annotated[list[ItemBody], Field(max_length=MOST_ITEMS)]
    cuts: dict[Grade, int] = Field(description="excellent, good, pass; out of 500")
    since: date = Field(description="For sheets not begun yet of periods that end on this day or later")


class SchemeOut(BaseModel):
    """`version` 0: the usual one."""

    version: int
    items: list[ItemBody]
    cuts: dict[Grade, int]

    @classmethod
    def of(cls, scheme: Scheme) -> "SchemeOut":
        """One version."""
        items = [
            ItemBody(code=one.code, dimension=Dimension(one.dimension), words=one.words, points=one.points,
                     evidence=list(one.evidence))
            for one in scheme.items
        ]  # fmt: skip
        return cls(version=scheme.version, items=items, cuts={Grade(grade): cut for grade, cut in scheme.cuts.items()})


class ScoreBody(Body):
    """Points for an item; a reason where it is less than all of them."""

    item: Annotated[str, Field(max_length=20)]
    points: Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
    reason: Reason = ""


class ScoresBody(Body):
    """What is not named stays as it was."""

    scores: Annotated[list[ScoreBody], Field(max_length=MOST_ITEMS)]


class WhyBody(Body):
    """Why a signed sheet is opened again."""

    why: Reason


class ScoreOut(BaseModel):
    """The newest of an item."""

    item: str
    points: float
    reason: str
    at: Utc


class SheetOut(BaseModel):
    """A branch's sheet. Until it is signed the branch itself sees no points."""

    unit: Named
    period: str
    scheme: int
    points: float | None
    by_dimension: dict[Dimension, float | None]
    grade: Grade | None
    signed_at: Utc | None
    open_items: list[str] | None = Field(description="Not scored yet; null for who does not see points")
    scores: list[ScoreOut]

    @classmethod
    def of(cls, sheet: Sheet) -> "SheetOut":
        """One sheet."""
        return cls(
            unit=Named(code=sheet.unit.code, name=sheet.unit.name), period=sheet.period, scheme=sheet.scheme.version,
            points=sheet.points(), by_dimension=dict(sheet.by_dimension()), grade=sheet.grade,
            signed_at=sheet.signed_at, open_items=[item.code for item in sheet.open_items] if sheet.shown else None,
            scores=[
                ScoreOut(item=one.item, points=one.tenths / 10, reason=one.reason, at=one.at)
                for one in sheet.scores.values()
            ],
        )  # fmt: skip


class SheetsOut(BaseModel):
    """Branches in the order of the tree."""

    items: list[SheetOut]


@router.get("/scheme", operation_id="get_assessment_scheme")
async def scheme(
    parts: TheParts, by: SignedIn, period: Annotated[str, Query(max_length=10, examples=["2026Q3"])]
) -> SchemeOut:
    """What sheets of that period are begun with. For the committee office and administrators of the hospital."""
    async with parts.database.reading() as session:
        return SchemeOut.of(await actions.managed_scheme(session, period, by=by))


@router.put("/scheme", operation_id="set_assessment_scheme", responses=may_refuse(409, 413, 415))
async def set_scheme(body: SchemeBody, parts: TheParts, by: SignedIn, at: At) -> SchemeOut:
    """A new version."""
    items = tuple(Item(one.code, one.dimension, one.words, one.points, tuple(one.evidence)) for one in body.items)
    cuts = {str(grade): cut for grade, cut in body.cuts.items()}
    made = await parts.work(actions.set_scheme, items, cuts, body.since, by=by, at=at)
    return SchemeOut.of(Scheme(made.version, items, made.cuts))


@router.get("/{period}", operation_id="list_assessments")
async def sheets(period: Written, parts: TheParts, by: SignedIn) -> SheetsOut:
    """All branches within the caller's units."""
    async with parts.database.reading() as session:
        return SheetsOut(items=[SheetOut.of(one) for one in await queries.sheets(session, period, by=by)])


@router.get("/{period}/{unit}", operation_id="get_assessment", responses=may_refuse(404))
async def sheet(period: Written, unit: UnitCode, parts: TheParts, by: SignedIn) -> SheetOut:
    """One branch's."""
    async with parts.database.reading() as session:
        return SheetOut.of(await queries.sheet(session, unit, period, by=by))


CHANGING = may_refuse(404, 409, 413, 415)


@router.post("/{period}/{unit}/scores", operation_id="score_assessment", responses=CHANGING)
async def score(
    period: Written, unit: UnitCode, body: ScoresBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly
) -> SheetOut:
    """Give points."""
    given = {one.item: (one.points, one.reason) for one in body.scores}

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        done = await actions.score(session, unit, period, given, by=by, at=at)
        return 200, SheetOut.of(done).model_dump(mode="json")

    return SheetOut(**(await parts.work(once, key, by, at, work))[1])


@router.post("/{period}/{unit}/sign", operation_id="sign_assessment", responses=CHANGING)
async def sign(period: Written, unit: UnitCode, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> SheetOut:
    """Fix points and grade."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        done = await actions.sign(session, unit, period, by=by, at=at)
        return 200, SheetOut.of(done).model_dump(mode="json")

    return SheetOut(**(await parts.work(once, key, by, at, work))[1])


@router.post("/{period}/{unit}/open", operation_id="open_assessment", responses=CHANGING)
async def open_again(
    period: Written, unit: UnitCode, body: WhyBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly
) -> SheetOut:
    """Make a signed sheet a draft again."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        done = await actions.open_again(session, unit, period, body.why, by=by, at=at)
        return 200, SheetOut.of(done).model_dump(mode="json")

    return SheetOut(**(await parts.work(once, key, by, at, work))[1])
