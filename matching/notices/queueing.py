"""The queue of Deliveries: taken by a guarded update under a lease, settled by what the channel answered.

No transaction lasts while a channel is called. A lease that runs out in the middle of a call says that the process
died there: the message may have been taken, so it becomes unsure; not so for webhooks, whose key makes a repeat
harmless.
"""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, case, or_, update
from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import Database, Work
from matching.notices.model import Delivery, Endpoint, Fate, Follower, Way
from matching.notices.ways.answer import Answer, Outcome
from matching.notices.ways.carrying import ROBOTS

LEASE = timedelta(seconds=90)  # longer than any call lasts (ways/: 10 s by HTTP, a token before it, 20 s by mail)
MOST_TRIES = 8
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=10), timedelta(hours=1)
A_MINUTE, A_ROBOTS_MINUTE = timedelta(minutes=1), 20  # docs/domain.md §9
TOGETHER = 50  # Deliveries in one message at most
KEPT_FOR = timedelta(days=90)  # long enough to answer 'was I told?'; Notices stay longer
BATCH, MOST_BATCHES = 500, 40
LOST_LEASE = "lease_ran_out"


async def lapse(session: AsyncSession, at: datetime) -> int:
    """Settle what was being sent by a process that died. Returns how many."""
    lost = and_(col(Delivery.fate) == Fate.sending, col(Delivery.next_try_at) <= at)
    again = case((col(Delivery.way) == Way.webhook, Fate.waiting.value), else_=Fate.unsure.value)
    then = case((col(Delivery.way) == Way.webhook, at), else_=None)
    settled = update(Delivery).where(lost).values(fate=again, next_try_at=then, trouble=LOST_LEASE)
    return int((await session.exec(settled)).rowcount)


async def due(session: AsyncSession, at: datetime, most: int) -> tuple[int, int]:
    """How many could be sent now (counted up to `most`), and how many leases have run out."""
    found = select(Delivery.fate).where(col(Delivery.next_try_at) <= at)
    waiting = (await session.exec(found.where(Delivery.fate == Fate.waiting).limit(most))).all()
    lost = (await session.exec(found.where(Delivery.fate == Fate.sending).limit(1))).all()
    return len(waiting), len(lost)


async def take(session: AsyncSession, busy: Collection[int], at: datetime) -> list[Delivery] | None:
    """The next message to send, now under our lease; more than one Delivery for a person's digest.

    `busy` are the Endpoints this process is calling: a group reads its messages in their order, and one that hangs
    holds up nobody else. [] when the first in line must wait for its robot's minute; None when nothing is due.
    """
    line = select(Delivery).where(col(Delivery.fate) == Fate.waiting, col(Delivery.next_try_at) <= at)
    if busy:
        line = line.where(or_(col(Delivery.endpoint_id).is_(None), col(Delivery.endpoint_id).not_in(busy)))
    first = (
        await session.exec(
            line.order_by(col(Delivery.next_try_at), col(Delivery.id)).limit(1).with_for_update(skip_locked=True)
        )
    ).first()
    if first is None:
        return None
    if first.endpoint_id is not None and first.way in ROBOTS and not await _fits(session, first.endpoint_id, at):
        return []
    rows = [first]
    if first.person_id is not None:
        if await _has_an_elder(session, first):
            return []
        rows += await _with(session, first)
    return [row for row in rows if await _taken(session, row, at)]


async def settle(session: AsyncSession, rows: Sequence[Delivery], answer: Answer, at: datetime) -> None:
    """Write what became of a message; nothing where somebody else has settled it since."""
    for row in rows:
        fate, again = _fate(row, answer, at)
        ours = and_(
            col(Delivery.id) == row.id, col(Delivery.tries) == row.tries,
            col(Delivery.fate).in_((Fate.sending, Fate.unsure)),
        )  # fmt: skip
        await session.exec(
            update(Delivery).where(ours).values(
                fate=fate.value, next_try_at=again, trouble=answer.why, sent_at=at if fate is Fate.sent else None
            )
        )  # fmt: skip
    first = rows[0]
    if answer.away:
        await _hold(session, first, at + pause(first.tries, answer))
    if answer.gone and first.follower_id is not None:
        await drop(session, rows)
        await session.exec(delete(Follower).where(col(Follower.id) == first.follower_id))


async def drop(session: AsyncSession, rows: Sequence[Delivery]) -> None:
    """Nobody wants these any more."""
    await session.exec(delete(Delivery).where(col(Delivery.id).in_([row.id for row in rows])))


async def forget_old(database: Database, work: Work, at: datetime) -> int:
    """Drop what was settled KEPT_FOR ago, the oldest first; returns how many. What still waits is never dropped."""
    count = 0
    for _batch in range(MOST_BATCHES):
        dropped = await work(_forget_batch, at - KEPT_FOR)
        count += dropped
        if dropped < BATCH:
            break
    return count


async def _forget_batch(session: AsyncSession, before: datetime) -> int:
    """They stand in the order of their ids, so that the oldest are found without looking at the others."""
    oldest = select(Delivery.id, Delivery.at, Delivery.fate).order_by(col(Delivery.id)).limit(BATCH)
    settled = {Fate.sent, Fate.unsure, Fate.dead}
    ids = [id_ for id_, since, fate in await session.exec(oldest) if since < before and fate in settled]
    await session.exec(delete(Delivery).where(col(Delivery.id).in_(ids)))
    return len(ids)


def pause(tries: int, answer: Answer) -> timedelta:
    """10 s, 40 s, 160 s … an hour; longer where the channel asks for it."""
    own: timedelta = min(FIRST_PAUSE * 4 ** (tries - 1), LONGEST_PAUSE)
    return max(own, timedelta(seconds=answer.after or 0))


def _fate(row: Delivery, answer: Answer, at: datetime) -> tuple[Fate, datetime | None]:
    match answer.outcome:
        case Outcome.sent:
            return Fate.sent, None
        case Outcome.unsure:
            return Fate.unsure, None
        case Outcome.later if row.tries < MOST_TRIES:
            return Fate.waiting, at + pause(row.tries, answer)
    return Fate.dead, None


async def _taken(session: AsyncSession, row: Delivery, at: datetime) -> bool:
    mine = and_(col(Delivery.id) == row.id, col(Delivery.fate) == Fate.waiting, col(Delivery.tries) == row.tries)
    values = {"fate": Fate.sending.value, "tries": row.tries + 1, "next_try_at": at + LEASE}
    taken = (await session.exec(update(Delivery).where(mine).values(**values))).rowcount == 1
    if taken:
        await session.refresh(row)
    return taken


async def _with(session: AsyncSession, first: Delivery) -> Sequence[Delivery]:
    """What else goes to this person by the same way at the same time."""
    others = select(Delivery).where(_of_one_message(first), col(Delivery.id) > first.id)
    return (await session.exec(others.order_by(col(Delivery.id)).limit(TOGETHER - 1).with_for_update())).all()


async def _has_an_elder(session: AsyncSession, first: Delivery) -> bool:
    """Whether another process holds the head of this digest: it waits for this row, and we leave it to them."""
    elder = select(Delivery.id).where(_of_one_message(first), col(Delivery.id) < first.id).limit(1)
    return (await session.exec(elder)).first() is not None


def _of_one_message(first: Delivery) -> ColumnElement[bool]:
    return and_(
        col(Delivery.person_id) == first.person_id, col(Delivery.way) == first.way,
        col(Delivery.fate) == Fate.waiting, col(Delivery.next_try_at) == first.next_try_at,
    )  # fmt: skip


async def _fits(session: AsyncSession, endpoint_id: int, at: datetime) -> bool:
    """Count one message to a robot, or put all that wait for it off until it may hear again.

    Twenty may go in a row; then a minute must pass after the last. So no minute, wherever it begins, holds more.
    """
    rested = or_(col(Endpoint.window_at).is_(None), col(Endpoint.window_at) <= at - A_MINUTE)
    room = update(Endpoint).where(
        col(Endpoint.id) == endpoint_id, or_(rested, col(Endpoint.window_sent) < A_ROBOTS_MINUTE)
    )
    sent = case((rested, 1), else_=col(Endpoint.window_sent) + 1)
    if (await session.exec(room.values(window_at=at, window_sent=sent))).rowcount == 1:
        return True
    last = (await session.exec(select(Endpoint.window_at).where(Endpoint.id == endpoint_id))).one()
    await _put_off(session, col(Delivery.endpoint_id) == endpoint_id, (last or at) + A_MINUTE)
    return False


async def _hold(session: AsyncSession, first: Delivery, until: datetime) -> None:
    """A channel that is away need not be asked for each message that waits for it."""
    if first.endpoint_id is not None:
        await _put_off(session, col(Delivery.endpoint_id) == first.endpoint_id, until)
    elif first.way in {Way.mail, Way.wecom_app}:
        await _put_off(session, and_(col(Delivery.way) == first.way, col(Delivery.root_id) == first.root_id), until)


async def _put_off(session: AsyncSession, which: ColumnElement[bool], until: datetime) -> None:
    early = and_(which, col(Delivery.fate) == Fate.waiting, col(Delivery.next_try_at) < until)
    await session.exec(update(Delivery).where(early).values(next_try_at=until))
