"""The sheets: one branch's with its evidence, or all branches of a period."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.errors import NotAllowed, NotSeen, Refused
from matching.people.actor import Actor
from matching.reports.assessment.model import Assessment, AssessmentScheme, AssessmentScore
from matching.reports.assessment.policy import MAY, may
from matching.reports.assessment.scheme import USUAL, Dimension, Grade, Item, Scheme
from matching.reports.periods import Period
from matching.units.model import Unit, UnitKind
from matching.units.queries import units_under

WRITTEN = re.compile(r"20\d\d(Q[1-4])?")  # quarterly and yearly (docs/domain.md §8)


@dataclass
class Sheet:
    """A branch's sheet of a period. `scores`: the newest of each item, none while they are not for this reader."""

    unit: Unit
    period: str
    scheme: Scheme
    row: Assessment | None = None
    scores: Mapping[str, AssessmentScore] = field(default_factory=dict)
    shown: bool = True  # whether this reader sees what was given

    @property
    def signed_at(self) -> datetime | None:
        """When it was signed; None while it is a draft."""
        return self.row.signed_at if self.row else None

    @property
    def open_items(self) -> list[Item]:
        """Nobody has scored them yet."""
        return [item for item in self.scheme.items if item.code not in self.scores]

    def points(self, dimension: str | None = None) -> float | None:
        """What was given, of one dimension or of all; None where nothing was."""
        given = [
            self.scores[item.code].tenths
            for item in self.scheme.items
            if item.code in self.scores and (dimension is None or item.dimension == dimension)
        ]
        return sum(given) / 10 if given else None

    @property
    def grade(self) -> Grade | None:
        """Once it is signed."""
        return Grade(self.row.grade) if self.row and self.row.grade and self.shown else None

    def by_dimension(self) -> list[tuple[Dimension, float | None]]:
        """What each of the five brought."""
        return [(dimension, self.points(dimension)) for dimension in Dimension]


def period_of(written: str) -> Period:
    """A quarter or a year. Raises Refused("bad_period") for anything else."""
    if not WRITTEN.fullmatch(written):
        raise Refused("bad_period")
    return Period.parse(written)


async def scheme_for(session: AsyncSession, root_id: int, period: str, version: int | None = None) -> Scheme:
    """The one that a sheet was begun with, or the newest that holds for the period; the usual one where none does."""
    wanted = select(AssessmentScheme).where(AssessmentScheme.root_id == root_id)
    if version is not None:
        wanted = wanted.where(AssessmentScheme.version == version)
    else:
        wanted = wanted.where(col(AssessmentScheme.since) <= period_of(period).last)
    row = (await session.exec(wanted.order_by(col(AssessmentScheme.version).desc()).limit(1))).first()
    if row is None:
        return USUAL
    items = tuple(Item(code, dim, words, points, tuple(proof)) for code, dim, words, points, proof in row.items)
    return Scheme(row.version, items, row.cuts)


async def sheet(session: AsyncSession, unit: str, period: str, *, by: Actor, lock: bool = False) -> Sheet:
    """One branch's. `lock` takes its row for writing. Raises NotSeen, NotAllowed, Refused("bad_period")."""
    period_of(period)
    found = await _branch(session, unit, by)
    wanted = select(Assessment).where(
        Assessment.root_id == by.root_id, Assessment.period == period, Assessment.unit_id == found.id
    )
    row = (await session.exec(wanted.with_for_update() if lock else wanted)).first()
    made = await _filled(session, [(found, row)], period, by)
    return made[0]


async def sheets(session: AsyncSession, period: str, *, by: Actor) -> list[Sheet]:
    """Of all branches that this reader may see, in the order of the tree. Raises NotAllowed, Refused("bad_period")."""
    period_of(period)
    if not by.holds(*MAY["see"]):
        raise NotAllowed
    units = await units_under(session, by.root_id, by.paths(*MAY["see"]))
    branches = [unit for unit in units if unit.kind == UnitKind.branch]
    wanted = select(Assessment).where(Assessment.root_id == by.root_id, Assessment.period == period)
    rows = {row.unit_id: row for row in await session.exec(wanted)}
    return await _filled(session, [(unit, rows.get(unit.id or 0)) for unit in branches], period, by)


async def _branch(session: AsyncSession, code: str, by: Actor) -> Unit:
    wanted = select(Unit).where(Unit.root_id == by.root_id, Unit.code == code, Unit.kind == UnitKind.branch)
    unit = (await session.exec(wanted)).first() if "\0" not in code else None
    if unit is None:
        raise NotSeen
    if not may("see", by, unit.path):
        raise NotAllowed("outside_your_units")
    return unit


async def _filled(
    session: AsyncSession, pairs: Sequence[tuple[Unit, Assessment | None]], period: str, by: Actor
) -> list[Sheet]:
    now = await scheme_for(session, by.root_id, period)
    ids = [row.id for _unit, row in pairs if row is not None]
    given = select(AssessmentScore).where(col(AssessmentScore.assessment_id).in_(ids))
    scores: dict[int, dict[str, AssessmentScore]] = {}
    for score in await session.exec(given.order_by(col(AssessmentScore.id))) if ids else ():
        scores.setdefault(score.assessment_id, {})[score.item] = score
    made = []
    for unit, row in pairs:
        held = now
        if row is not None and row.scheme != now.version:
            held = await scheme_for(session, by.root_id, period, row.scheme)
        signed = row is not None and row.signed_at is not None
        shown = signed or may("see_drafts", by, unit.path)
        made.append(Sheet(unit, period, held, row, scores.get(row.id or 0, {}) if row and shown else {}, shown))
    return made


async def may_change(session: AsyncSession, by: Actor) -> bool:
    """Whether this reader scores and signs."""
    return may("assess", by, (await session.get_one(Unit, by.root_id)).path)
