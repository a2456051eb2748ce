"""Reads everything that a report is made of, through the eyes of whoever asks for it."""

from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.clock import SHANGHAI
from matching.people.actor import Actor
from matching.people.model import Person
from matching.reports.chosen import Chosen, ScopeKind, scope_by_code
from matching.reports.figures import Group, by_group, figures, league, series
from matching.reports.periods import Period
from matching.reports.reading import reading_of
from matching.reports.written import listing
from matching.reports.written.material import About, Material
from matching.reports.written.partnerships import partnerships
from matching.reports.written.periods import step_of
from matching.reports.written.words import about_of, words_of
from matching.units.model import Unit

SCOPES = {About.hospital: ScopeKind.hospital, About.branch: ScopeKind.unit, About.partner: ScopeKind.partner}


async def gather(
    session: AsyncSession, about: About, code: str, period: Period, *, by: Actor, at: datetime
) -> Material:
    """Raises NotSeen, NotAllowed as the figures do."""
    scope = await scope_by_code(session, by.root_id, SCOPES[about], code)
    chosen = await reading_of(session, by.root_id, by).choose(scope, period)
    root = await session.get_one(Unit, by.root_id)
    step = step_of(period)
    points = await series(session, by.root_id, scope, period, step, by=by)
    today = at.astimezone(SHANGHAI).date()
    rows: dict[str, Any] = {}
    if about is About.hospital:
        rows["league"] = await league(session, by.root_id, period, by=by)
        rows["branches"] = await by_group(session, by.root_id, Group.branch, period, by=by)
    elif about is About.partner or len(chosen.ids) > 1:
        rows["branches"] = await by_group(session, by.root_id, Group.branch, period, by=by, scope=scope)
    asked, asked_all = await listing.asked(session, chosen, by)
    held, held_all = await listing.held(session, chosen, by)
    words = await words_of(session, by.root_id, about_of(about, code), period.code)
    return Material(
        about=about, code=chosen.code, name=chosen.name, issuer=root.name, on=today, period=period,
        figures=await figures(session, by.root_id, scope, period, by=by),
        before=await figures(session, by.root_id, scope, period.before, by=by),
        step=step, points=[point for point in points if point.period.first <= today],
        services=await by_group(session, by.root_id, Group.service, period, by=by, scope=scope),
        partners=await partnerships(session, scope, chosen, by, today),
        cases=await listing.cases(session, chosen, by),
        asked=asked, asked_all=asked_all, held=held, held_all=held_all,
        words={chapter: row.text for chapter, row in words.items()},
        members=await _members(session, chosen), **rows,
    )  # fmt: skip


async def _members(session: AsyncSession, chosen: Chosen) -> int:
    """Of the hospital or unit; 0 for a partner."""
    if chosen.column == "partner_id":
        return 0
    own = [col(Person.root_id) == chosen.root_id, col(Person.status) != "left", col(Person.partner_id).is_(None)]
    if chosen.column:
        own.append(col(Person.unit_id).in_(chosen.ids))
    return (await session.exec(select(func.count()).select_from(Person).where(*own))).one()
