"""The ledger of points: each line as it was posted, reversals too."""

from collections.abc import AsyncIterator

from sqlalchemy import ColumnElement, false, func, or_
from sqlalchemy import select as sql_select
from sqlmodel import col

from matching.db import Database
from matching.documents.excel import Field, Form
from matching.people.model import Person, Role
from matching.recognition.model import ENTRY_KINDS, EntryKind, PointsEntry
from matching.reports.ledgers.kinds import BATCH, Batch, LedgerKind, Wanted, found_by, local
from matching.units.model import Unit

ROLES = (Role.committee, Role.unit_lead, Role.auditor)
FIELDS = (
    Field("服务日期", 12, Form.day), Field("编号", 12), Field("姓名", 10), Field("党支部", 20), Field("来源", 8),
    Field("内容", 28, wrap=True), Field("时长(分钟)", 10, Form.whole), Field("系数", 7, Form.one_place),
    Field("积分", 9, Form.two_places), Field("规则版本", 9, Form.whole), Field("说明", 26, wrap=True),
    Field("记入时间", 16, Form.moment),
)  # fmt: skip


async def count(database: Database, wanted: Wanted) -> int:
    """How many there are."""
    statement = sql_select(func.count(col(PointsEntry.id))).join(Unit, col(Unit.id) == PointsEntry.unit_id)
    async with database.reading() as session:
        return int((await found_by(session, statement.where(*_which(wanted)))).scalar_one())


async def rows(database: Database, wanted: Wanted) -> AsyncIterator[Batch]:
    """In the order they were posted, BATCH at a time."""
    last = 0
    while True:
        statement = (
            sql_select(PointsEntry, col(Person.member_no), col(Person.name), col(Unit.name))
            .join(Person, col(Person.id) == PointsEntry.person_id)
            .join(Unit, col(Unit.id) == PointsEntry.unit_id)
            .where(*_which(wanted), col(PointsEntry.id) > last)
            .order_by(col(PointsEntry.id))
            .limit(BATCH)
        )
        async with database.reading() as session:
            found = (await found_by(session, statement)).all()
        if not found:
            return
        last = found[-1][0].id or 0
        yield Batch([
            [
                one.on, member_no, wanted.name(name), unit, ENTRY_KINDS[EntryKind(one.kind)], one.title, one.minutes,
                one.coefficient, one.centipoints / 100, one.rules, one.why, local(one.at),
            ]
            for one, member_no, name, unit in found
        ])  # fmt: skip


def _which(wanted: Wanted) -> list[ColumnElement[bool]]:
    paths = or_(false(), *(col(Unit.path).startswith(path) for path in wanted.by.paths(*ROLES)))
    conditions = [
        col(PointsEntry.root_id) == wanted.by.root_id, paths,
        col(PointsEntry.on).between(wanted.period.first, wanted.period.last),
    ]  # fmt: skip
    if wanted.path:
        conditions.append(col(Unit.path).startswith(wanted.path))
    return conditions


KIND = LedgerKind("points", "积分台账", ROLES, FIELDS, count, rows)
