"""Who was told and who has read, by name, for those whom the policy lets see it (docs/domain.md §9)."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, case, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.notices.model import Notice, Post
from matching.notices.policy import held
from matching.notices.queries import below
from matching.people.actor import Actor
from matching.people.model import Person
from matching.units.model import Unit, UnitKind
from matching.words import _


class Reading(StrEnum):
    """How far one person is with one notice. Who was never given a password can read nothing here."""

    read = "read"
    unread = "unread"
    no_account = "no_account"


READINGS = {Reading.read: _("已读"), Reading.unread: _("未读"), Reading.no_account: _("未开通账号")}


@dataclass(frozen=True)
class Reader:
    """Somebody who was told, with when they read it and how often they were reminded. `key`: the notice's id."""

    key: int
    name: str
    member_no: str
    unit: Unit
    reading: Reading
    read_at: datetime | None
    repeats: int
    repeated_at: datetime | None


@dataclass(frozen=True)
class Rate:
    """How many of those who can read it did. People without an account are in neither number."""

    told: int
    read: int
    no_account: int

    @classmethod
    def of(cls, readers: Iterable[Reader]) -> "Rate":
        """Counted from names."""
        found = [reader.reading for reader in readers]
        read = found.count(Reading.read)
        return cls(read + found.count(Reading.unread), read, found.count(Reading.no_account))

    @property
    def percent(self) -> int | None:
        """Whole per cent, rounded down so that 100 means everybody; None where nobody can read."""
        return self.read * 100 // self.told if self.told else None


@dataclass(frozen=True)
class Branch:
    """The readers of one branch; a group counts with the branch above it."""

    unit: Unit
    readers: list[Reader]

    @property
    def rate(self) -> Rate:
        """Of this branch."""
        return Rate.of(self.readers)


async def readers_of_steps(session: AsyncSession, steps: Collection[int | None]) -> dict[int, list[Reader]]:
    """Who was told of these Steps, by Step, in the order of their names."""
    told: dict[int, list[Reader]] = {}
    statement = (
        select(Notice, Person, Unit)
        .join(Person, col(Person.id) == Notice.person_id)
        .join(Unit, col(Unit.id) == Person.unit_id)
        .where(col(Notice.step_id).in_(steps))
    )
    for notice, person, unit in await session.exec(statement.order_by(Person.name, col(Person.id))):
        if (reader := _reader(notice, person, unit, None)) is not None:
            told.setdefault(notice.step_id or 0, []).append(reader)
    return told


async def readers_of_post(session: AsyncSession, post: Post, by: Actor) -> list[Reader]:
    """Those who were told, unit by unit in the order of the tree; only of units where `by` may see it."""
    statement = (
        select(Notice, Person, Unit)
        .join(Person, col(Person.id) == Notice.person_id)
        .join(Unit, col(Unit.id) == Person.unit_id)
        .where(Notice.post_id == post.id, below(held("see_post_readers", by)))
    )
    found = await session.exec(statement.order_by(Unit.path, Person.name, col(Person.id)))
    readers = [_reader(notice, person, unit, post.withdrawn_at) for notice, person, unit in found]
    return [reader for reader in readers if reader is not None]


async def rates_of(session: AsyncSession, posts: Collection[int | None], by: Actor) -> dict[int, Rate]:
    """The rate of each of these posts among the people whose reading `by` may see; none where there are none."""
    in_time = or_(col(Post.withdrawn_at).is_(None), col(Notice.read_at) <= Post.withdrawn_at)
    reading = case(
        (and_(col(Notice.read_at).is_not(None), in_time), Reading.read),
        (col(Person.status) == "left", ""),
        (~has_account(), Reading.no_account),
        else_=Reading.unread,
    )
    counted = (
        select(col(Notice.post_id), reading, func.count())
        .join(Post, col(Post.id) == Notice.post_id)
        .join(Person, col(Person.id) == Notice.person_id)
        .join(Unit, col(Unit.id) == Person.unit_id)
        .where(col(Notice.post_id).in_(posts), below(held("see_post_readers", by)))
        .group_by(col(Notice.post_id), reading)
    )
    found: dict[int, dict[str, int]] = {}
    for post_id, kind, number in await session.exec(counted):
        found.setdefault(post_id or 0, {})[kind] = number
    return {
        post_id: Rate(
            of.get(Reading.read, 0) + of.get(Reading.unread, 0), of.get(Reading.read, 0), of.get(Reading.no_account, 0)
        )
        for post_id, of in found.items()
    }


def has_account() -> ColumnElement[bool]:
    """That the statement's Person can sign in: an import gives names to sign in with, and no password."""
    return and_(col(Person.login).is_not(None), col(Person.password_hash).is_not(None))


def by_branch(readers: Sequence[Reader], units: Iterable[Unit]) -> list[Branch]:
    """The readers under their branch, in the order of the tree."""
    branches = {unit.path: unit for unit in units if unit.kind == UnitKind.branch}
    found: dict[str, Branch] = {}
    for reader in readers:
        parts = reader.unit.path.strip("/").split("/")
        above = ("/" + "/".join(parts[: n + 1]) + "/" for n in range(len(parts)))
        unit = next((branches[path] for path in above if path in branches), reader.unit)
        found.setdefault(unit.path, Branch(unit, [])).readers.append(reader)
    return list(found.values())


def _reader(notice: Notice, person: Person, unit: Unit, until: datetime | None) -> Reader | None:
    """None for somebody who left without reading: nobody waits for them. Reading after `until` came too late."""
    read_at = notice.read_at
    if until is not None and read_at is not None and read_at > until:
        read_at = None
    if read_at is None and person.status == "left":
        return None
    without = person.login is None or person.password_hash is None
    reading = Reading.read if read_at else Reading.no_account if without else Reading.unread
    return Reader(
        notice.id or 0, person.name, person.member_no, unit, reading, read_at, notice.repeats, notice.repeated_at
    )
