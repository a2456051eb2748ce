"""The demo's assessment of the last quarter: some branches signed, some begun, the others still to do."""

from datetime import datetime, timedelta
from random import Random

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.clock import SHANGHAI
from matching.demo import SEED
from matching.demo.cast import STAFF
from matching.people.model import Person, Role
from matching.people.queries import actor_of
from matching.reports.assessment import actions
from matching.reports.assessment.scheme import USUAL, Item
from matching.reports.periods import Period
from matching.units.model import Unit, UnitKind

SIGNED, BEGUN = 8, 3  # branches
OFF = 0.3  # share of items for which something is taken off
WHY = ("个别记录不完整，已要求补齐。", "有一次没有按期开展。", "公示晚了几天，已整改。", "现场查看时资料没有更新。")


async def assess(session: AsyncSession, now: datetime) -> int:
    """As the committee office does it three days ago; returns how many sheets there are."""
    office = (await session.exec(select(Person).where(Person.member_no == STAFF[Role.committee][0]))).one()
    by, at = await actor_of(session, office), now - timedelta(days=3)
    period = Period.quarter_of(at.astimezone(SHANGHAI).date()).before.code
    branches = select(Unit).where(Unit.root_id == office.root_id, Unit.kind == UnitKind.branch)
    chosen = list(await session.exec(branches.order_by(col(Unit.path)).limit(SIGNED + BEGUN)))
    for number, branch in enumerate(chosen):
        items = USUAL.items if number < SIGNED else USUAL.items[: len(USUAL.items) // 2]
        await actions.score(session, branch.code, period, _points(branch.code, items), by=by, at=at)
        if number < SIGNED:
            await actions.sign(session, branch.code, period, by=by, at=at)
    return len(chosen)


def _points(code: str, items: tuple[Item, ...]) -> dict[str, tuple[float, str]]:
    """Mostly all of them; what is taken off has a reason."""
    dice, given = Random(f"{SEED}/{code}/assessed"), {}
    strict = dice.random() * 0.5  # some branches are further than others
    for item in items:
        less = round(item.points * (0.1 + strict * dice.random()) * 2) / 2 if dice.random() < OFF + strict else 0
        given[item.code] = (item.points - less, dice.choice(WHY) if less else "")
    return given
