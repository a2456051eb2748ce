"""Versions of the rules of points: read, and set for days to come. A rule never changes what was posted before."""

from datetime import date, datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.clock import SHANGHAI
from matching.errors import Invalid, NotAllowed, WrongState
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.recognition.model import PointsRules
from matching.recognition.points import in_force
from matching.recognition.policy import held, may
from matching.units.model import Unit

MOST_AN_HOUR, LONGEST_CAP = 1000, 1440  # centipoints, minutes
FARTHEST = 366  # days ahead


async def versions(session: AsyncSession, root_id: int) -> list[PointsRules]:
    """All of a hospital's, the oldest first."""
    statement = select(PointsRules).where(PointsRules.root_id == root_id).order_by(col(PointsRules.version))
    return list(await session.exec(statement))


async def set_rules(
    session: AsyncSession, since: date, centipoints_an_hour: int, cap_minutes: int, *, by: Actor, at: datetime
) -> PointsRules:
    """A new version from tomorrow or later on, so that no day that was counted changes.

    Raises NotAllowed, Invalid; WrongState("rules_unchanged") where it would say what holds from that day anyway.
    """
    root = (await session.exec(select(Unit).where(Unit.id == by.root_id).with_for_update(key_share=True))).one()
    if not may("set_points_rules", by, root.path):
        raise NotAllowed
    today = at.astimezone(SHANGHAI).date()
    if since <= today:
        raise Invalid.field_is("since", "from_tomorrow")
    if (since - today).days > FARTHEST:
        raise Invalid.field_is("since", "time_too_far", days=FARTHEST)
    if not 1 <= centipoints_an_hour <= MOST_AN_HOUR:
        raise Invalid.field_is("points_an_hour", "out_of_range", min="0.01", max=MOST_AN_HOUR // 100)
    if not 1 <= cap_minutes <= LONGEST_CAP:
        raise Invalid.field_is("cap_minutes", "out_of_range", min=1, max=LONGEST_CAP)
    known = await versions(session, by.root_id)
    holds = in_force(known, since)
    if (holds.centipoints_an_hour, holds.cap_minutes) == (centipoints_an_hour, cap_minutes):
        raise WrongState("rules_unchanged", day=since)
    version = 1 + max((one.version for one in known), default=0)
    made = PointsRules(
        root_id=by.root_id, version=version, since=since, centipoints_an_hour=centipoints_an_hour,
        cap_minutes=cap_minutes, made_by=by.id, made_at=at,
    )  # fmt: skip
    session.add(made)
    note(session, "set_points_rules", f"{since} {centipoints_an_hour / 100:g}/h {cap_minutes}min", by=by, at=at)
    await session.flush()
    return made


def may_set_rules(by: Actor) -> bool:
    """Whether the form is worth showing."""
    return bool(held("set_points_rules", by))
