"""The ledger of requests, with exactly the columns of docs/domain.md §8."""

import json
from collections.abc import AsyncIterator, Collection, Sequence
from typing import Any

from sqlalchemy import ColumnElement, func
from sqlalchemy import select as sql_select
from sqlmodel import col
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import Database
from matching.documents.excel import Field, Form
from matching.documents.model import Cell
from matching.partners.model import Partner, PartnerRequest
from matching.people.model import Person, Role
from matching.ratings.model import Rating
from matching.reports.ledgers.kinds import BATCH, Batch, LedgerKind, Wanted, found_by, local, stamp
from matching.requests.claims import Claim, ClaimStatus
from matching.requests.model import RequestSecret, ServiceRequest
from matching.requests.policy import RESPONSIBLE
from matching.requests.queries import led
from matching.requests.row import number_of
from matching.requests.states import CHANNELS, LEVELS, OUTCOMES, RESULTS, UNFINISHED, Channel, Outcome, Result, State
from matching.requests.steps import Step
from matching.services.model import TIERS, Tier
from matching.services.model import Service as Catalogue
from matching.units.model import Spot, Unit

R = ServiceRequest
WHO = {"accept": "审核", "reject": "审核", "dispatch": "派单", "final_ruling": "派单"}
TOLD = (*WHO, "complete", "rectify")
FIELDS = (
    Field("工单号", 15), Field("来源", 14), Field("提交时间", 16, Form.moment), Field("类别", 14),
    Field("诉求内容", 40, wrap=True), Field("地点", 18), Field("期望时间", 24), Field("紧急程度", 9),
    Field("审核", 22), Field("派单", 22), Field("承办支部", 18), Field("接单人", 18),
    Field("首次联系", 16, Form.moment), Field("办理过程", 40, wrap=True), Field("办结时间", 16, Form.moment),
    Field("办结结果", 10), Field("是否超时", 9), Field("评价等级", 10), Field("评价内容", 30, wrap=True),
    Field("回访", 14), Field("整改", 26, wrap=True), Field("归档", 16, Form.moment),
)  # fmt: skip
COLUMNS: tuple[Any, ...] = (
    R.id, R.filed_at, R.channel, R.need, R.wanted_from, R.wanted_to, R.tier, R.state, R.state_since, R.contacted_at,
    R.completed_at, R.handle_due_at, R.result, R.filing_key, col(Catalogue.name).label("service"),
    col(Unit.name).label("unit"), col(Unit.path).label("path"), col(Spot.name).label("spot"),
    col(Partner.name).label("partner"), col(PartnerRequest.venue).label("venue"),
)  # fmt: skip


async def count(database: Database, wanted: Wanted) -> int:
    """How many there are."""
    async with database.reading() as session:
        counted = sql_select(func.count(col(R.id))).where(*_which(wanted))
        return int((await found_by(session, counted)).scalar_one())


async def rows(database: Database, wanted: Wanted) -> AsyncIterator[Batch]:
    """By number, BATCH at a time."""
    last = 0
    while True:
        async with database.reading() as session:
            found = await _page(session, wanted, last)
            if not found:
                return
            last = found[-1].id
            yield await _batch(session, wanted, found)


def _which(wanted: Wanted) -> list[ColumnElement[bool]]:
    conditions = [
        led(wanted.by), col(R.filed_at) >= wanted.period.begins, col(R.filed_at) < wanted.period.ends,
    ]  # fmt: skip
    if wanted.path:
        conditions.append(col(R.unit_id).in_(sql_select(col(Unit.id)).where(col(Unit.path).startswith(wanted.path))))
    if wanted.partner_id is not None:
        conditions.append(col(R.partner_id) == wanted.partner_id)
    return conditions


async def _page(session: AsyncSession, wanted: Wanted, last: int) -> Sequence[Any]:
    """Columns, not objects: a hundred thousand of them are read one after the other."""
    statement = (
        sql_select(*COLUMNS)
        .join(Catalogue, col(Catalogue.id) == R.service_id)
        .join(Unit, col(Unit.id) == R.unit_id)
        .outerjoin(Spot, col(Spot.id) == R.spot_id)
        .outerjoin(Partner, col(Partner.id) == R.partner_id)
        .outerjoin(PartnerRequest, col(PartnerRequest.request_id) == R.id)
        .where(*_which(wanted), col(R.id) > last)
        .order_by(col(R.id))
        .limit(BATCH)
    )
    return list((await found_by(session, statement)).all())


async def _batch(session: AsyncSession, wanted: Wanted, found: Sequence[Any]) -> Batch:
    ids = [row.id for row in found]
    steps = await _steps(session, wanted, ids)
    takers = await _takers(session, wanted, ids)
    rated = await _ratings(session, ids)
    opened = await _opened(session, wanted, found)
    made = [
        _row(row, wanted, steps.get(row.id, {}), takers.get(row.id, ""), rated.get(row.id), opened) for row in found
    ]
    return Batch(made, sorted(opened))


def _row(
    row: Any, wanted: Wanted, steps: dict[str, str], takers: str, rated: tuple[int, str] | None, opened: dict[int, str]
) -> list[Cell]:
    source = row.partner or CHANNELS[Channel(row.channel)]
    ended = row.completed_at or (wanted.at if row.state in UNFINISHED else None)
    late = bool(row.handle_due_at and ended and ended > row.handle_due_at)
    level, comment = rated or (0, "")
    return [
        number_of(row.id, row.filed_at), source, local(row.filed_at), row.service, opened.get(row.id, row.need),
        row.venue or row.spot, _span(row), TIERS[Tier(row.tier)], steps.get("审核"), steps.get("派单"),
        row.unit if steps.get("派单") else "", takers, local(row.contacted_at), steps.get("complete"),
        local(row.completed_at), RESULTS[Result(row.result)] if row.result else "",
        "" if row.handle_due_at is None else "是" if late else "否",
        LEVELS.get(level, ""), comment, "", steps.get("rectify"),
        local(row.state_since) if row.state == State.archived else None,
    ]  # fmt: skip


def _span(row: Any) -> str:
    """'2026-10-08 14:00 至 16:00'; the end with its day where that is another."""
    first, last = local(row.wanted_from), local(row.wanted_to)
    if first is None:
        return ""
    if last is None:
        return f"{first:%Y-%m-%d %H:%M}"
    return f"{first:%Y-%m-%d %H:%M} 至 " + (
        f"{last:%H:%M}" if last.date() == first.date() else f"{last:%Y-%m-%d %H:%M}"
    )


async def _steps(session: AsyncSession, wanted: Wanted, ids: Collection[int]) -> dict[int, dict[str, str]]:
    """Of each request who reviewed and dispatched it and when, what was done, how a bad rating was put right."""
    statement = (
        sql_select(
            col(Step.request_id), col(Step.verb), col(Step.at), col(Step.reason), col(Step.note), col(Person.name)
        )
        .outerjoin(Person, col(Person.id) == Step.by_id)
        .where(col(Step.request_id).in_(ids), col(Step.verb).in_(TOLD))
        .order_by(col(Step.request_id), col(Step.seq))
    )  # fmt: skip
    found: dict[int, dict[str, str]] = {}
    for request_id, verb, at, reason, note, name in await found_by(session, statement):
        told = found.setdefault(request_id or 0, {})
        if verb in WHO:
            told[WHO[verb]] = stamp(at, wanted.name(name or ""))
        elif verb == "rectify":
            word = OUTCOMES[Outcome(reason)] if reason in set(Outcome) else reason
            told[verb] = "：".join(filter(None, (word, note)))
        else:
            told[verb] = note
    return found


async def _takers(session: AsyncSession, wanted: Wanted, ids: Collection[int]) -> dict[int, str]:
    """Who has or had it to the end; a whole branch or department under its own name."""
    held = (ClaimStatus.active, ClaimStatus.done)
    statement = sql_select(col(Claim.request_id), col(Claim.kind), col(Claim.name), col(Person.name))
    statement = statement.join(Person, col(Person.id) == Claim.person_id)
    statement = statement.where(col(Claim.request_id).in_(ids), col(Claim.status).in_(held)).order_by(col(Claim.id))
    found: dict[int, list[str]] = {}
    for request_id, kind, name, person in await found_by(session, statement):
        shown = name if kind in {"unit", "department"} else wanted.name(person)
        found.setdefault(request_id or 0, []).append(shown)
    return {request_id: "、".join(names) for request_id, names in found.items()}


async def _ratings(session: AsyncSession, ids: Collection[int]) -> dict[int, tuple[int, str]]:
    """The level that counts, and everything that was said."""
    statement = sql_select(col(Rating.request_id), col(Rating.level), col(Rating.comment))
    statement = statement.where(col(Rating.request_id).in_(ids)).order_by(col(Rating.request_id), col(Rating.turn))
    found: dict[int, tuple[int, str]] = {}
    for request_id, level, comment in await found_by(session, statement):
        before = found.get(request_id, (0, ""))[1]
        found[request_id] = (level, "；".join(filter(None, (before, comment))))
    return found


async def _opened(session: AsyncSession, wanted: Wanted, found: Sequence[Any]) -> dict[int, str]:
    """The need as it was typed, of requests whose contact `by` could reveal one by one (requests/policy.py); none when
    the ledger is masked. Phones and names of requesters are never opened here."""
    if wanted.masked or wanted.sealer is None:
        return {}
    leads = {
        row.id: row for row in found
        if row.state in RESPONSIBLE and wanted.by.holds(Role.unit_lead, path=row.path)
    }  # fmt: skip
    statement = sql_select(RequestSecret).where(col(RequestSecret.request_id).in_(leads))
    opened = {}
    for secret in (await found_by(session, statement)).scalars():
        row = leads[secret.request_id or 0]
        typed = json.loads(wanted.sealer.open(secret.sealed, row.filing_key))
        opened[row.id] = typed.get("need") or row.need
    return opened


KIND = LedgerKind(
    "requests", "需求台账", (Role.committee, Role.dispatcher, Role.unit_lead, Role.auditor), FIELDS, count, rows
)
