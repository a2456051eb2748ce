"""The ledger of volunteers: who they are, how to reach them, what they served in the period's year."""

from collections.abc import AsyncIterator

from matching.db import Database
from matching.documents.excel import Field, Form
from matching.documents.model import Cell
from matching.people.model import Role
from matching.recognition.ledger import Standing, standings
from matching.reports.ledgers.kinds import BATCH, Batch, LedgerKind, Wanted

ROLES = (Role.committee, Role.unit_lead)
STATUS = {"serving": "在职", "retired": "退休"}
GENDERS = {"f": "女", "m": "男"}
FIELDS = (
    Field("编号", 12), Field("姓名", 10), Field("性别", 6), Field("党支部", 20), Field("科室", 16), Field("职称", 12),
    Field("状态", 8), Field("特长", 30, wrap=True), Field("联系电话", 15), Field("服务次数", 9, Form.whole),
    Field("服务时长(h)", 11, Form.one_place), Field("积分", 9, Form.two_places),
    Field("累计时长(h)", 11, Form.one_place), Field("星级", 7, Form.whole),
)  # fmt: skip


async def count(database: Database, wanted: Wanted) -> int:
    """How many there are."""
    return len(await _all(database, wanted))


async def rows(database: Database, wanted: Wanted) -> AsyncIterator[Batch]:
    """By number; as many as a hospital has people, so they are read at once."""
    found = await _all(database, wanted)
    for first in range(0, len(found), BATCH):
        yield Batch([_row(wanted, one) for one in found[first : first + BATCH]])


async def _all(database: Database, wanted: Wanted) -> list[Standing]:
    paths = [path for path in wanted.by.paths(*ROLES) if path.startswith(wanted.path) or wanted.path.startswith(path)]
    within = [path if path.startswith(wanted.path) else wanted.path for path in paths]
    async with database.reading() as session:
        found = await standings(session, wanted.by.root_id, within, wanted.period.last.year)
    return sorted(found, key=lambda one: one.person.member_no)


def _row(wanted: Wanted, one: Standing) -> list[Cell]:
    person = one.person
    return [
        person.member_no, wanted.name(person.name), GENDERS.get(person.gender, ""), one.unit.name, person.department,
        person.job_title, STATUS.get(person.status, person.status), "、".join(person.skills),
        wanted.phone(person), one.times, one.minutes / 60, one.centipoints / 100,
        one.all_minutes / 60, one.star,
    ]  # fmt: skip


KIND = LedgerKind("volunteers", "志愿者台账", ROLES, FIELDS, count, rows)
