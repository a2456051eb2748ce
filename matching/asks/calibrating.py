"""Learning two numbers a week from what members answered, so that a stored log gives the same numbers, bit for bit.

What counts is what was known at the end of the week: an ask that was answered later, or settled later, counts as it
stood then. So the log of a version can be read again at any time, and `replayed` says whether it still leads there.
"""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime, timedelta

from sqlalchemy import select as sql_select
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.drivers import rows
from matching.asks.facts import weights_of
from matching.asks.model import Answer, Ask
from matching.asks.model import Weights as Learnt
from matching.clock import SHANGHAI
from matching.db import Database, Work
from matching.engine.learning import Logged, log_hash, recalibrate, rest_of
from matching.engine.scoring import BUILT_IN, Weights
from matching.units.model import Unit

LOOKED_BACK = timedelta(days=180)
TIME_TO_ANSWER = timedelta(days=1)  # whoever was asked later than this before the end may still be thinking
FEWEST = 50  # answers; fewer say nothing, and the version stays


async def recalibrate_weights(database: Database, work: Work, at: datetime) -> int:
    """For every hospital whose week is over and not learnt from yet. Returns how many new versions there are."""
    async with database.reading() as session:
        roots = [id_ or 0 for id_ in await session.exec(select(col(Unit.id)).where(col(Unit.root_id) == Unit.id))]
    made = 0
    for root_id in roots:
        made += await work(learn, root_id, at)
    return made


async def learn(session: AsyncSession, root_id: int, at: datetime) -> bool:
    """The version of the week that ended last; nothing the second time, and with few answers."""
    until = week_end(at)
    newest = select(Learnt).where(Learnt.root_id == root_id).order_by(col(Learnt.version).desc()).limit(1)
    held = (await session.exec(newest)).first()
    if held is not None and held.until >= until:
        return False
    since = until - LOOKED_BACK
    log = await log_between(session, root_id, since, until)
    answered = len(_answered(log))
    if answered < FEWEST:
        return False
    learnt = recalibrate(log, await weights_of(session, root_id))
    session.add(
        Learnt(root_id=root_id, **learnt._asdict(), asks=answered, log_hash=log_hash(log), since=since, until=until,
               made_at=at)
    )  # fmt: skip
    return True


async def replayed(session: AsyncSession, root_id: int, version: int) -> tuple[Weights, str]:
    """What the stored log leads to anew, and its hash: the same as in the row of that version, also where that was
    learnt when asks that others overtook were still left out."""
    versions = await _versions(session, root_id)
    row = (await session.exec(select(Learnt).where(Learnt.root_id == root_id, Learnt.version == version))).one()
    log = await log_between(session, root_id, row.since, row.until)
    if log_hash(log) != row.log_hash == log_hash(_answered(log)):
        log = _answered(log)
    return recalibrate(log, versions[version - 1]), log_hash(log)


async def differences(session: AsyncSession) -> AsyncIterator[str]:
    """One line for each version whose log is not what it was learnt from, or leads elsewhere; none when all is well."""
    for held in list(await session.exec(select(Learnt).order_by(col(Learnt.root_id), col(Learnt.version)))):
        try:
            weights, hashed = await replayed(session, held.root_id, held.version)
        except KeyError:
            yield f"weights {held.version} of hospital {held.root_id}: the version before it is missing"
            continue
        if hashed != held.log_hash:
            yield f"weights {held.version} of hospital {held.root_id}: its asks are not those it was learnt from"
        elif weights[1:] != (held.intercept, held.slope, held.rate):
            said = f"is {held.intercept}, {held.slope}, {held.rate}"
            yield f"weights {held.version} of hospital {held.root_id}: {said}, its log leads to {weights[1:]}"


async def log_between(session: AsyncSession, root_id: int, since: datetime, until: datetime) -> list[Logged]:
    """The asks of that time as they stood at `until`; those that were withdrawn count as overtaken."""
    statement = sql_select(
        col(Ask.id), col(Ask.parts), col(Ask.weights), col(Ask.answer), col(Ask.answered_at)
    ).where(
        col(Ask.root_id) == root_id, col(Ask.asked_at) >= since, col(Ask.asked_at) < until - TIME_TO_ANSWER
    )  # fmt: skip
    versions = await _versions(session, root_id)
    log = []
    for id_, parts, version, answer, answered_at in await rows(session, statement):
        answered = answered_at is not None and answered_at < until
        if parts and version in versions:
            accepted, overtaken = (answered and answer == one for one in (Answer.accepted, Answer.withdrawn))
            log.append(Logged(id_, rest_of(parts, versions[version]), accepted, overtaken))
    return sorted(log)


def _answered(log: list[Logged]) -> list[Logged]:
    return [ask for ask in log if not ask.overtaken]


def week_end(at: datetime) -> datetime:
    """The last midnight in Shanghai with which a Monday began."""
    local = at.astimezone(SHANGHAI).replace(hour=0, minute=0, second=0, microsecond=0)
    return (local - timedelta(days=local.weekday())).astimezone(at.tzinfo)


async def _versions(session: AsyncSession, root_id: int) -> Mapping[int, Weights]:
    columns = [col(getattr(Learnt, name)) for name in Weights._fields]
    found = await rows(session, sql_select(*columns).where(col(Learnt.root_id) == root_id))
    return {0: BUILT_IN} | {one[0]: Weights(*one) for one in found}
