"""One answer for one key: a form or a call that arrives twice does its work once (DESIGN invariant 5)."""

import hashlib
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON
from sqlalchemy.orm.exc import StaleDataError
from sqlmodel import Field, SQLModel, col, delete
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import BIG, UtcDateTime, Work
from matching.errors import Refused
from matching.people.actor import Actor
from matching.privacy.codes import new_token

KEPT_FOR = timedelta(hours=48)


class KeptAnswer(SQLModel, table=True):
    """What was answered to a key. Written in the transaction of the work itself: both are there, or neither."""

    __tablename__ = "kept_answer"

    key: str = Field(primary_key=True, max_length=64)  # hash of the actor and the key they chose
    root_id: int = Field(sa_type=BIG)
    fingerprint: str = Field(max_length=64)  # hash of the path and body
    status: int
    body: dict[str, Any] = Field(default_factory=dict, sa_type=JSON)
    at: datetime = Field(sa_type=UtcDateTime, index=True)


@dataclass(frozen=True)
class Once:
    """The key a caller chose and what they sent with it."""

    key: str
    sent: str


async def once(
    session: AsyncSession,
    ask: Once | None,
    by: Actor,
    at: datetime,
    work: Callable[[AsyncSession], Awaitable[tuple[int, dict[str, Any]]]],
) -> tuple[int, dict[str, Any]]:
    """Do `work` unless the key was answered before; return status and body, the same for every repeat.

    Raises Refused("key_reused") when the key came with something else the first time.
    """
    if ask is None:
        return await work(session)
    kept = await answered(session, ask, by)
    if kept is not None:
        return kept
    key = _key(ask, by)
    try:
        status, body = await work(session)
    except Refused as refused:
        with session.no_autoflush:
            meanwhile = await session.get(KeptAnswer, key)
        if meanwhile is not None:  # the same call was done between our two reads: start again and give its answer
            raise StaleDataError from refused
        raise
    kept_answer = KeptAnswer(key=key, root_id=by.root_id, fingerprint=_hash(ask.sent), status=status, body=body, at=at)
    session.add(kept_answer)
    return status, body


async def answered(session: AsyncSession, ask: Once | None, by: Actor) -> tuple[int, dict[str, Any]] | None:
    """Status and body that the key was answered with before: to be asked first by what is done in several transactions,
    or takes long. Raises Refused("key_reused")."""
    kept = await session.get(KeptAnswer, _key(ask, by)) if ask is not None else None
    if ask is None or kept is None:
        return None
    if kept.fingerprint != _hash(ask.sent):
        raise Refused("key_reused")
    return kept.status, kept.body


async def first(unit: Work, ask: Once | None, by: Actor, at: datetime) -> bool:
    """Whether nobody has called with this key before: for what leaves the building, which no transaction takes back."""
    mine = {"call": new_token()}

    async def work(_session: AsyncSession) -> tuple[int, dict[str, Any]]:
        return 200, mine

    return (await unit(once, ask, by, at, work))[1] == mine


async def forget_old(session: AsyncSession, *, at: datetime) -> None:
    """Drop answers that nobody repeats any more."""
    await session.exec(delete(KeptAnswer).where(col(KeptAnswer.at) < at - KEPT_FOR))


def _key(ask: Once, by: Actor) -> str:
    return _hash([by.kind, by.id, by.request_id, ask.key])


def _hash(content: Any) -> str:
    return hashlib.sha256(json.dumps(content, ensure_ascii=False, default=str).encode()).hexdigest()
