"""How often people were asked and said yes, kept with each ask and answer (docs/domain.md §11).

An ask counts as asked once it is answered or its time is over, never when it was withdrawn; what wears people out
(`recent`) and `last_asked` count from the moment they were asked, whatever became of it.
"""

from collections.abc import AsyncIterator, Collection, Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import case, func
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.model import Answer, Ask, AskCount
from matching.engine.scoring import fade

COUNTED = (Answer.accepted, Answer.declined, Answer.unanswered)
IN_ALL = ""  # the category of the row that counts all services
CLOSE = 1e-6  # two ways of adding up the same decay
BATCH = 500


async def note_asked(session: AsyncSession, root_id: int, people: Collection[int], at: datetime) -> None:
    """These people have just been asked."""
    for row in await _locked(session, root_id, people, (IN_ALL,)):
        row.recent = fade(row.recent, at - (row.recent_at or at)) + 1
        row.recent_at = at
        row.last_asked = max(row.last_asked or at, at)


async def note_answer(session: AsyncSession, ask: Ask, answer: Answer, at: datetime, reason: str = "") -> None:
    """Write what became of an ask and count it; nothing where it stands so already.

    Who did not answer in time and says yes or no after all was counted as asked then.
    """
    before, after = Answer(ask.answer), answer
    if before == after:
        return
    asked = (after in COUNTED) - (before in COUNTED)
    accepted = (after == Answer.accepted) - (before == Answer.accepted)
    ask.answer, ask.answered_at, ask.reason = after, at, reason
    if asked or accepted:
        for row in await _locked(session, ask.root_id, [ask.person_id], (IN_ALL, ask.category)):
            row.asked += asked
            row.accepted += accepted


async def _locked(
    session: AsyncSession, root_id: int, people: Collection[int], categories: Iterable[str]
) -> list[AskCount]:
    """Their rows, made where there are none yet and held until the commit; in one order, against deadlocks."""
    wanted = sorted({(person, category) for person in people for category in categories})
    if not wanted:
        return []
    connection = await session.connection()
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    fresh: list[dict[str, Any]] = [
        {"person_id": person, "category": category, "root_id": root_id, "asked": 0, "accepted": 0, "recent": 0.0}
        for person, category in wanted
    ]
    await connection.execute(insert(AskCount).on_conflict_do_nothing(), fresh)
    rows = (
        select(AskCount)
        .where(col(AskCount.person_id).in_(sorted(set(people))), col(AskCount.category).in_(list(categories)))
        .order_by(col(AskCount.person_id), col(AskCount.category))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(await session.exec(rows))


async def differences(session: AsyncSession) -> AsyncIterator[str]:
    """One line for each person whose counts are not what their asks say. Reads a batch of people at a time."""
    last = 0
    while people := list(await session.exec(_people_after(last))):
        last = people[-1]
        kept = {(row.person_id, row.category): row for row in await session.exec(_kept(people))}
        told = await _recounted(session, people)
        recent = await _wearing(session, people, kept)
        for key in sorted(kept.keys() | told.keys()):
            row = kept.get(key) or AskCount(person_id=key[0], category=key[1], root_id=0)
            asked, accepted, last_asked = told.get(key, (0, 0, None))
            found = (row.asked, row.accepted, row.last_asked)
            if found != (asked, accepted, last_asked) or abs(row.recent - recent.get(key, 0.0)) > CLOSE:
                yield f"person {key[0]} {key[1] or 'in all'}: counted {found}, the asks say {told.get(key)}"
        session.expunge_all()


def _people_after(last: int) -> Any:
    either = select(col(Ask.person_id)).union(select(col(AskCount.person_id))).subquery()
    return select(either.c.person_id).where(either.c.person_id > last).order_by(either.c.person_id).limit(BATCH)


def _kept(people: Collection[int]) -> Any:
    return select(AskCount).where(col(AskCount.person_id).in_(people))


async def _recounted(
    session: AsyncSession, people: Collection[int]
) -> dict[tuple[int, str], tuple[int, int, datetime | None]]:
    counted = func.sum(case((col(Ask.answer).in_(COUNTED), 1), else_=0))
    accepted = func.sum(case((col(Ask.answer) == Answer.accepted, 1), else_=0))
    told: dict[tuple[int, str], tuple[int, int, datetime | None]] = {}
    each = select(col(Ask.person_id), col(Ask.category), counted, accepted).where(col(Ask.person_id).in_(people))
    for person, category, asked, yes in await session.exec(each.group_by(col(Ask.person_id), col(Ask.category))):
        if asked:
            told[person, category] = (int(asked), int(yes), None)
    in_all = select(col(Ask.person_id), counted, accepted, func.max(col(Ask.asked_at)))
    in_all = in_all.where(col(Ask.person_id).in_(people)).group_by(col(Ask.person_id))
    for person, asked, yes, last_asked in await session.exec(in_all):
        told[person, IN_ALL] = (int(asked), int(yes), last_asked)
    return told


async def _wearing(
    session: AsyncSession, people: Collection[int], kept: dict[tuple[int, str], AskCount]
) -> dict[tuple[int, str], float]:
    recent: dict[tuple[int, str], float] = {}
    asks = select(col(Ask.person_id), col(Ask.asked_at)).where(col(Ask.person_id).in_(people))
    for person, asked_at in await session.exec(asks):
        row = kept.get((person, IN_ALL))
        if row is not None and row.recent_at is not None:
            recent[person, IN_ALL] = recent.get((person, IN_ALL), 0.0) + fade(1.0, row.recent_at - asked_at)
    return recent
