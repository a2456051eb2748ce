"""When one can be asked: weekly free hours, leave, 'not now', a cap of hours. Everybody reads and sets their own."""

import re
from datetime import date
from typing import Annotated, Any

from pydantic import AfterValidator, AwareDatetime, BaseModel, Field
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api.clocks import clock, minutes
from matching.api.deps import At, OnceOnly, SignedIn, TheParts
from matching.api.free_hours import HoursCap
from matching.api.idempotency import once
from matching.api.paging import Id
from matching.api.v1.bodies import Body
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import private
from matching.api.v1.shapes import Utc
from matching.asks import actions, availability
from matching.asks.availability import Own
from matching.asks.model import Leave
from matching.asks.weekly import MIDNIGHT, MOST_A_DAY, Free, WrongHours
from matching.errors import Invalid

router = private("me", prefix="/me")
CLOCK, MIDNIGHT_TOO = r"^([01]\d|2[0-3]):[0-5]\d$", r"^(([01]\d|2[0-3]):[0-5]\d|24:00)$"


def _written_as(pattern: str) -> tuple[AfterValidator, Any]:
    def check(typed: str) -> str:
        if not re.fullmatch(pattern, typed, re.ASCII):
            raise ValueError("bad_clock")
        return typed

    return AfterValidator(check), Field(json_schema_extra={"pattern": pattern})


Start = Annotated[str, *_written_as(CLOCK)]
End = Annotated[str, *_written_as(MIDNIGHT_TOO)]


class FreeSpan(Body):
    """Free hours of one weekday, on the hospital's clock. A night is stated on both of its days."""

    weekday: Annotated[int, Field(ge=0, le=6, description="0 is Monday")]
    start: Start = Field(examples=["18:00"])
    end: End = Field(examples=["20:30"])

    def free(self) -> Free:
        """In minutes after midnight."""
        return Free(self.weekday, minutes(self.start), MIDNIGHT if self.end == "24:00" else minutes(self.end))

    @classmethod
    def of(cls, free: Free) -> "FreeSpan":
        """As written on a clock."""
        return cls(weekday=free.weekday, start=clock(free.start), end=clock(free.end))


class LeaveBody(Body):
    """Whole days, both included."""

    first_on: date
    last_on: date


class LeaveOut(BaseModel):
    """Days on which the person is not asked."""

    id: int
    first_on: date
    last_on: date

    @classmethod
    def of(cls, leave: Leave) -> "LeaveOut":
        """One leave."""
        return cls(id=leave.id or 0, first_on=leave.first_on, last_on=leave.last_on)


class AvailabilityBody(Body):
    """All of it at once; what is left out is as for somebody who never said anything."""

    weekly: Annotated[list[FreeSpan], Field(max_length=7 * MOST_A_DAY)] | None = Field(
        default=None, description="null: the usual hours of the shift pattern"
    )
    hours_cap: HoursCap = Field(default=None, description="Served in 14 days at most; null: the hospital's cap")
    muted_until: AwareDatetime | None = Field(default=None, description="Asked nothing before; null: asked as usual")


class AvailabilityOut(BaseModel):
    """What the person has said; `leaves` are those that are not over."""

    pattern: str = Field(description="The shift pattern of the roster")
    weekly: list[FreeSpan] | None
    hours_cap: float | None
    muted_until: Utc | None
    leaves: list[LeaveOut]

    @classmethod
    def of(cls, own: Own) -> "AvailabilityOut":
        """One's own."""
        weekly = None if own.weekly is None else [FreeSpan.of(one) for one in own.weekly]
        leaves = [LeaveOut.of(one) for one in own.leaves]
        return cls(
            pattern=own.pattern, weekly=weekly, hours_cap=own.hours_cap, muted_until=own.muted_until, leaves=leaves
        )  # fmt: skip


@router.get("/availability", operation_id="get_availability")
async def show(parts: TheParts, by: SignedIn, at: At) -> AvailabilityOut:
    """As it stands now."""
    async with parts.database.reading() as session:
        return AvailabilityOut.of(await availability.own(session, by=by, at=at))


@router.put("/availability", operation_id="set_availability", responses=may_refuse(409, 413, 415))
async def put(body: AvailabilityBody, parts: TheParts, by: SignedIn, at: At) -> AvailabilityOut:
    """Set weekly hours, cap and mute, which answers an open ask with no. Leaves have an address of their own."""

    async def work(session: AsyncSession) -> AvailabilityOut:
        weekly = None if body.weekly is None else [one.free() for one in body.weekly]
        try:
            await availability.set_hours(session, weekly, body.hours_cap, by=by, at=at)
        except WrongHours as refused:
            raise Invalid({"weekly": refused}) from refused
        try:
            await actions.mute(session, body.muted_until, by=by, at=at)
        except Invalid as refused:
            raise Invalid({"muted_until": refused.fields["until"]}) from refused
        return AvailabilityOut.of(await availability.own(session, by=by, at=at))

    return await parts.work(work)


@router.post("/leaves", operation_id="add_leave", status_code=201, responses=may_refuse(409, 413, 415))
async def add_leave(body: LeaveBody, parts: TheParts, by: SignedIn, at: At, key: OnceOnly) -> LeaveOut:
    """Away for whole days. What touches a leave stated before becomes one with it, which is the answer then."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        leave = await availability.add_leave(session, body.first_on, body.last_on, by=by, at=at)
        return 201, LeaveOut.of(leave).model_dump(mode="json")

    return LeaveOut(**(await parts.work(once, key, by, at, work))[1])


@router.delete("/leaves/{leave_id}", operation_id="remove_leave", status_code=204, responses=may_refuse(404))
async def remove_leave(leave_id: Id, parts: TheParts, by: SignedIn) -> None:
    """There after all."""
    await parts.work(availability.remove_leave, leave_id, by=by)
