"""Sealing everything anew with the newest key, so that an older one can be thrown away.

Batch by batch while everybody works on: a row that changes meanwhile is left to whoever changed it, who seals with the
newest key anyway. Whoever is interrupted starts again and passes over what is done.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import update
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.codes import sealed_for
from matching.activities.model import Activity
from matching.db import Work
from matching.notices.model import Endpoint, Follower, Preference
from matching.notices.receiving import endpoint_context, follower_context, mail_context
from matching.partners.model import Pairing
from matching.partners.pairings import pairing_context
from matching.people.model import Person
from matching.people.phones import phone_context
from matching.privacy.sealed import Sealer, Unreadable
from matching.requests.model import RequestSecret, ServiceRequest
from matching.requests.photos import Photos

BATCH = 200


@dataclass(frozen=True)
class Place:
    """A column that holds sealed values; `context` names what the value of a row was sealed for."""

    key: Any
    sealed: Any
    rows: Any  # a select: the table's row, and what else `context` wants
    context: Callable[..., str]

    @property
    def name(self) -> str:
        """As it is told: table and column."""
        return f"{self.sealed.class_.__tablename__}.{self.sealed.key}"


PLACES = (
    Place(
        RequestSecret.request_id,
        RequestSecret.sealed,
        select(RequestSecret, ServiceRequest.filing_key).join(
            ServiceRequest, col(ServiceRequest.id) == RequestSecret.request_id
        ),
        lambda _row, filing_key: str(filing_key),
    ),
    Place(Person.id, Person.sealed_phone, select(Person, Person.id), lambda row, _id: phone_context(row)),
    Place(Pairing.id, Pairing.sealed, select(Pairing, Pairing.id), lambda row, _id: pairing_context(row)),
    Place(Endpoint.id, Endpoint.sealed, select(Endpoint, Endpoint.root_id), lambda _row, root: endpoint_context(root)),
    Place(
        Preference.person_id,
        Preference.sealed_mail,
        select(Preference, Preference.person_id),
        lambda _row, person: mail_context(person),
    ),
    Place(Activity.id, Activity.sealed_key, select(Activity, Activity.id), lambda _row, id_: sealed_for(id_)),
    Place(
        Follower.id, Follower.sealed, select(Follower, Follower.request_id), lambda _row, asked: follower_context(asked)
    ),
)


@dataclass
class Resealed:
    """What was done in one place; `unreadable` names the rows that no key opens."""

    changed: int = 0
    newest: int = 0
    unreadable: list[str] = field(default_factory=list)

    def add(self, more: "Resealed") -> None:
        """Both together."""
        self.changed, self.newest = self.changed + more.changed, self.newest + more.newest
        self.unreadable += more.unreadable


async def reseal(work: Work, sealer: Sealer, photos: Photos, progress: Callable[[str], None]) -> list[str]:
    """Do all of it; returns what could not be opened, each as 'table.column key'."""
    unreadable = []
    for place in PLACES:
        done = Resealed()
        last: int | None = 0
        while last is not None:
            batch, last = await work(_batch, place, sealer, last)
            done.add(batch)
        progress(_told(place.name, done))
        unreadable += [f"{place.name} {key}" for key in done.unreadable]
    done = Resealed()
    for number, digest in await photos.all():
        try:
            done.changed += await photos.reseal(number, digest)
        except Unreadable:
            done.unreadable.append(f"{number}/{digest}")
    progress(_told("photos", done))
    return unreadable + [f"photos {path}" for path in done.unreadable]


async def _batch(session: AsyncSession, place: Place, sealer: Sealer, last: int) -> tuple[Resealed, int | None]:
    """The next rows after the key `last`; returns what was done and the key to go on from, None at the end."""
    done = Resealed()
    statement = place.rows.where(col(place.sealed).is_not(None), col(place.key) > last)
    rows = (await session.exec(statement.order_by(col(place.key)).limit(BATCH))).all()
    for row, part in rows:
        key, old = getattr(row, place.key.key), getattr(row, place.sealed.key)
        if sealer.is_newest(old):
            done.newest += 1
            continue
        context = place.context(row, part)
        try:
            fresh = sealer.seal_bytes(sealer.open_bytes(old, context), context)
        except Unreadable:
            done.unreadable.append(str(key))
            continue
        guarded = update(place.key.class_).where(col(place.key) == key, col(place.sealed) == old)
        result = await session.exec(guarded.values({place.sealed.key: fresh}))
        done.changed += result.rowcount
    return done, getattr(rows[-1][0], place.key.key) if rows else None


def _told(name: str, done: Resealed) -> str:
    return f"{name}：重新密封 {done.changed}，已是最新 {done.newest}，打不开 {len(done.unreadable)}"
