"""The ledger of activities, with exactly the columns of docs/domain.md §8: what was held, confirmed or not."""

from collections.abc import AsyncIterator, Collection
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_, tuple_
from sqlalchemy import select as sql_select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.model import ACTIVITY_KINDS, Activity, ActivityKind, ActivityState, Attendance
from matching.activities.queries import visible
from matching.clock import SHANGHAI
from matching.db import Database
from matching.documents.excel import Field, Form
from matching.documents.model import Cell
from matching.partners.model import Partner
from matching.people.model import Person, Role
from matching.reports.ledgers.kinds import BATCH, Batch, LedgerKind, Wanted, found_by
from matching.units.model import Unit

FIELDS = (
    Field("日期", 12, Form.day), Field("共建单位", 20), Field("活动名称", 26), Field("类别", 12), Field("地点", 18),
    Field("牵头支部", 18), Field("参加人员", 30, wrap=True), Field("参加人数", 9, Form.whole),
    Field("服务人次", 9, Form.whole), Field("发放资料(份)", 12, Form.whole), Field("时长(h)", 9, Form.one_place),
    Field("负责人", 10), Field("成效", 36, wrap=True), Field("备注", 20, wrap=True),
)  # fmt: skip
ROLES = (Role.committee, Role.dispatcher, Role.unit_lead, Role.auditor)
HELD = (ActivityState.held, ActivityState.confirmed)


async def count(database: Database, wanted: Wanted) -> int:
    """How many there are."""
    async with database.reading() as session:
        counted = sql_select(func.count(col(Activity.id))).join(Unit, col(Unit.id) == Activity.unit_id)
        counted = counted.where(*_which(wanted))
        return int((await found_by(session, counted)).scalar_one())


async def rows(database: Database, wanted: Wanted) -> AsyncIterator[Batch]:
    """By day, BATCH at a time."""
    key: ColumnElement[Any] = tuple_(col(Activity.starts_at), col(Activity.id))
    conditions = _which(wanted)
    while True:
        async with database.reading() as session:
            statement = (
                sql_select(Activity, col(Unit.name), col(Partner.name), col(Person.name))
                .join(Unit, col(Unit.id) == Activity.unit_id)
                .join(Person, col(Person.id) == Activity.lead_id)
                .outerjoin(Partner, col(Partner.id) == Activity.partner_id)
                .where(*conditions)
                .order_by(col(Activity.starts_at), col(Activity.id))
                .limit(BATCH)
            )
            found = (await found_by(session, statement)).all()
            if not found:
                return
            people = await _people(session, wanted, [one.id or 0 for one, *_rest in found])
            yield Batch([
                _row(wanted, one, unit, partner, lead, *people.get(one.id or 0, ([], 0)))
                for one, unit, partner, lead in found
            ])  # fmt: skip
            last = found[-1][0]
            conditions = [*_which(wanted), key > (last.starts_at, last.id)]


def _which(wanted: Wanted) -> list[ColumnElement[bool]]:
    """Of the units that they look after: of what they merely take part in they see no names (activities/policy.py)."""
    paths = wanted.by.paths(*ROLES)
    conditions = [
        visible(wanted.by), col(Activity.state).in_([str(state) for state in HELD]),
        col(Activity.starts_at) >= wanted.period.begins, col(Activity.starts_at) < wanted.period.ends,
    ]  # fmt: skip
    units = sql_select(col(Unit.id)).where(or_(false(), *(col(Unit.path).startswith(path) for path in paths)))
    conditions.append(col(Activity.unit_id).in_(units))
    if wanted.path:
        below = sql_select(col(Unit.id)).where(col(Unit.path).startswith(wanted.path))
        conditions.append(col(Activity.unit_id).in_(below))
    if wanted.partner_id is not None:
        conditions.append(col(Activity.partner_id) == wanted.partner_id)
    return conditions


def _row(
    wanted: Wanted, one: Activity, unit: str, partner: str | None, lead: str, names: list[str], minutes: int
) -> list[Cell]:
    came = [*names, f"共建单位志愿者{one.partner_volunteers}人"] if one.partner_volunteers else names
    return [
        one.starts_at.astimezone(SHANGHAI).date(), partner, one.title, ACTIVITY_KINDS[ActivityKind(one.kind)],
        one.place, unit, "、".join(came), len(names) + one.partner_volunteers, one.person_times, one.materials,
        minutes / 60, wanted.name(lead), one.effect, one.note,
    ]  # fmt: skip


async def _people(session: AsyncSession, wanted: Wanted, ids: Collection[int]) -> dict[int, tuple[list[str], int]]:
    """Who was there, and the minutes of all of them together; before it is confirmed who signed in, without minutes."""
    there = (col(Attendance.minutes) > 0) | (col(Attendance.minutes).is_(None) & col(Attendance.signed_at).is_not(None))
    statement = sql_select(col(Attendance.activity_id), col(Attendance.minutes), col(Person.name))
    statement = statement.join(Person, col(Person.id) == Attendance.person_id)
    found: dict[int, tuple[list[str], int]] = {}
    of_these = statement.where(col(Attendance.activity_id).in_(ids), there).order_by(col(Attendance.id))
    for activity_id, minutes, name in await found_by(session, of_these):
        names, total = found.get(activity_id, ([], 0))
        found[activity_id] = ([*names, wanted.name(name)], total + (minutes or 0))
    return found


KIND = LedgerKind("activities", "活动台账", ROLES, FIELDS, count, rows)
