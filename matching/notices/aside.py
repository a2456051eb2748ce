"""Telling of what stands in `apart.py`: a Notice each, and a Delivery by each way that the person chose."""

from collections.abc import Collection
from datetime import datetime

from sqlmodel import col, delete, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.notices.apart import About
from matching.notices.model import Delivery, Fate, Notice
from matching.notices.sending import send
from matching.people.model import Person

TOGETHER = 1000  # people in one statement


async def tell(
    session: AsyncSession, root_id: int, people: Collection[int], words: str, about: About, *, at: datetime
) -> None:
    """Each of them once by these words, and anew where it happens again: what still waits to be sent of before is not.
    Who has left is told nothing."""
    mine = col(Notice.declared_id) == about.declared_id
    of = (mine if about.declared_id else col(Notice.activity_id) == about.activity_id) & (col(Notice.words) == words)
    room, _dot, happened = words.partition(".")
    said, thing = about.subject.kept() | {"page": about.page}, f"{room}:{about.declared_id or about.activity_id}/"
    for some in _by(sorted(people), TOGETHER):
        here = set(await session.exec(select(Person.id).where(col(Person.id).in_(some), Person.status != "left")))
        before = delete(Notice).where(of, col(Notice.person_id).in_(here))
        await session.exec(before.execution_options(synchronize_session=False))
        await _drop_waiting(session, thing if words == "activity.cancelled" else f"{thing}{happened}:", here)
        session.add_all(
            Notice(root_id=root_id, person_id=one, words=words, declared_id=about.declared_id,
                   activity_id=about.activity_id, at=at)
            for one in some
            if one in here
        )  # fmt: skip
        await session.flush()
        await send(session, of & col(Notice.person_id).in_(here), said, at)


async def forget_activity(session: AsyncSession, activity_id: int, person_id: int) -> None:
    """They are off its list: what they were told of it leads nowhere any more, and what waits is not sent."""
    theirs = delete(Notice).where(col(Notice.activity_id) == activity_id, col(Notice.person_id) == person_id)
    await session.exec(theirs.execution_options(synchronize_session=False))
    await _drop_waiting(session, f"activity:{activity_id}/", [person_id])


async def _drop_waiting(session: AsyncSession, begins: str, people: Collection[int | None]) -> None:
    """What still waits to be sent to these people under keys that begin so: an index keeps what waits apart."""
    waits = (col(Delivery.fate) == Fate.waiting) & col(Delivery.next_try_at).is_not(None)
    theirs = waits & col(Delivery.person_id).in_(people) & col(Delivery.key).startswith(begins)
    await session.exec(delete(Delivery).where(theirs).execution_options(synchronize_session=False))


def _by(people: list[int], size: int) -> list[list[int]]:
    return [people[start : start + size] for start in range(0, len(people), size)]
