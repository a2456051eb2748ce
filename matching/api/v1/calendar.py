"""The hospital's working calendar."""

from datetime import date
from typing import Annotated, Any

from fastapi import Path, Query
from pydantic import BaseModel, Field, StringConstraints
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api.deps import At, OnceOnly, SignedIn, TheParts
from matching.api.fields import Readable
from matching.api.idempotency import once
from matching.api.v1.bodies import Body
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import private
from matching.api.v1.shapes import Utc
from matching.api.working_year import LAST_YEAR, Year, working_year
from matching.clock import FIRST_PUBLISHED_YEAR, SHANGHAI
from matching.people.working_days import MOST_AT_ONCE, amend_days, restore_day
from matching.units.calendar import AmendedDay

router = private("calendar", prefix="/calendar")


class AmendedOut(BaseModel):
    """A day that the hospital made different."""

    day: date
    works: bool
    note: str
    at: Utc

    @classmethod
    def of(cls, row: AmendedDay) -> "AmendedOut":
        """One day."""
        return cls(day=row.day, works=row.works, note=row.note, at=row.at)


class YearOut(BaseModel):
    """What is not as in every week: other weekdays are worked, other weekends are not."""

    year: int
    published: bool = Field(description="Whether the State Council's days are known; else Monday to Friday count")
    off: list[date] = Field(description="Days from Monday to Friday that are not worked")
    worked: list[date] = Field(description="Saturdays and Sundays that are")
    amendments: list[AmendedOut] = Field(description="Contained in both lists already")
    missing_years: list[int] = Field(description="Needed by now and not published; from October on the next year")
    counting: bool = Field(description="Whether clocks are still being counted anew after a change")
    changed: int = Field(description="How many requests the last change has moved so far")

    @classmethod
    def of(cls, year: Year) -> "YearOut":
        """One year."""
        return cls(
            year=year.year, published=year.published, off=year.off, worked=year.worked, missing_years=year.missing,
            amendments=[AmendedOut.of(row) for row in year.amendments], counting=year.counting,
            changed=year.changed,
        )  # fmt: skip


class DaysBody(Body):
    """A day, or all from `day` to `until`."""

    day: date
    until: date | None = Field(default=None, description=f"At most {MOST_AT_ONCE} days at once")
    works: bool
    note: Annotated[str, StringConstraints(strip_whitespace=True, max_length=100), Readable] = ""


class DaysOut(BaseModel):
    """The days as they are now."""

    items: list[AmendedOut]


@router.get("", operation_id="get_calendar")
async def calendar(
    parts: TheParts, by: SignedIn, at: At,
    year: Annotated[int | None, Query(ge=FIRST_PUBLISHED_YEAR, le=LAST_YEAR)] = None,
) -> YearOut:  # fmt: skip
    """A year as the hospital counts it, this one unless named."""
    async with parts.database.reading() as session:
        return YearOut.of(await working_year(session, by.root_id, year or at.astimezone(SHANGHAI).year, at))


@router.post("/days", operation_id="amend_days", responses=may_refuse(403, 409, 413, 415))
async def amend(body: DaysBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> DaysOut:
    """Make days worked or free, whatever was published. Open requests are counted anew within minutes."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        rows = await amend_days(session, body.day, body.works, body.note, body.until, by=by, at=at)
        return 200, DaysOut(items=[AmendedOut.of(row) for row in rows]).model_dump(mode="json")

    return DaysOut(**(await parts.work(once, key, by, at, work))[1])


@router.delete("/days/{day}", operation_id="restore_day", status_code=204, responses=may_refuse(403, 404))
async def restore(day: Annotated[date, Path()], parts: TheParts, by: SignedIn, at: At) -> None:
    """As published again."""
    await parts.work(restore_day, day, by=by, at=at)
