"""`matching reseal`: afterwards the newest key alone opens everything."""

import json
import shutil
from base64 import b64encode
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlmodel import col, select, update

from matching.db import Database, Work
from matching.notices.model import Endpoint, Follower, Preference
from matching.notices.receiving import endpoint_context, follower_context, mail_context
from matching.people.model import Person
from matching.people.phones import phone_context
from matching.privacy.sealed import Sealer, Unreadable
from matching.requests.drawing import Photo
from matching.requests.model import RequestSecret, ServiceRequest
from matching.requests.photos import Photos
from matching.upkeep import resealing
from matching.upkeep.copying import Secrets, copy
from tests.cast import PEOPLE
from tests.commanding import Done
from tests.requests.scene import WAYS
from tests.upkeep.conftest import EACH, NEW_KEY, OLD, OLD_KEY, PEPPER

BOTH = Sealer({"new": NEW_KEY, "k1": OLD_KEY})
NEW = Sealer({"new": NEW_KEY})
SEALED = len(WAYS) * EACH + len(PEOPLE) + 3  # contacts of requests, phones, and what conftest.py adds
JPEG = Photo("a" * 64, b"pixels")


@pytest.fixture
async def database(filled_sqlite: Path, tmp_path: Path) -> AsyncIterator[Database]:
    opened = Database(f"sqlite+aiosqlite:///{shutil.copyfile(filled_sqlite, tmp_path / 'own.db')}")
    yield opened
    await opened.close()


@pytest.fixture
def photos(tmp_path: Path) -> Photos:
    return Photos(tmp_path / "files", BOTH)


async def resealed(database: Database, photos: Photos, sealer: Sealer = BOTH) -> tuple[list[str], list[str]]:
    lines: list[str] = []
    return await resealing.reseal(Work(database), sealer, photos, lines.append), lines


async def all_open_with(sealer: Sealer, database: Database) -> int:
    """Opens every sealed value; Unreadable when one does not open."""
    count = 0
    async with database.reading() as session:
        join = col(ServiceRequest.id) == RequestSecret.request_id
        for sealed, key in await session.exec(
            select(RequestSecret.sealed, ServiceRequest.filing_key).join(ServiceRequest, join)
        ):
            count += bool(sealer.open(sealed, key))
        for person in await session.exec(select(Person).where(col(Person.sealed_phone).is_not(None))):
            count += bool(sealer.open(person.sealed_phone, phone_context(person)))
        for endpoint in await session.exec(select(Endpoint)):
            count += bool(sealer.open(endpoint.sealed, endpoint_context(endpoint.root_id)))
        for wish in await session.exec(select(Preference)):
            count += bool(sealer.open(wish.sealed_mail, mail_context(wish.person_id)))
        for follower in await session.exec(select(Follower)):
            count += bool(sealer.open(follower.sealed, follower_context(follower.request_id)))
    return count


async def test_afterwards_the_new_key_alone_opens_everything(database, photos):
    await Photos(photos.folder, OLD).keep("260302-00001", JPEG)
    before = await all_open_with(OLD, database)
    assert before == SEALED
    assert (await resealed(database, photos))[0] == []
    assert await all_open_with(NEW, database) == before
    assert await Photos(photos.folder, NEW).open("260302-00001", JPEG.digest) == JPEG.jpeg
    with pytest.raises(Unreadable):
        await all_open_with(OLD, database)


def test_the_command_says_what_it_did_and_ends_with_1_when_something_does_not_open(filled_sqlite, tmp_path, command):
    path = shutil.copyfile(filled_sqlite, tmp_path / "own.db")

    def reseal(**keys: bytes) -> Done:
        return command(
            "reseal", MATCHING_MODE="production", MATCHING_SECRET=PEPPER.decode(),
            MATCHING_SEALING_KEYS=json.dumps({name: b64encode(key).decode() for name, key in keys.items()}),
            MATCHING_DATABASE_URL=f"sqlite+aiosqlite:///{path}", MATCHING_FILES=tmp_path / "files",
        )  # fmt: skip

    done = reseal(new=NEW_KEY)
    assert done.code == 1
    assert "request_secret.sealed 1" in done.err
    done = reseal(new=NEW_KEY, k1=OLD_KEY)
    assert (done.code, done.err) == (0, "")
    assert "person.sealed_phone：重新密封" in done.out
    assert reseal(new=NEW_KEY).code == 0


async def test_the_second_time_nothing_is_left_to_do(database, photos):
    await resealed(database, photos)
    _unreadable, lines = await resealed(database, photos)
    assert all("重新密封 0" in line for line in lines)


async def test_who_is_interrupted_starts_again_and_passes_over_what_is_done(database, photos, monkeypatch):
    class Stopped(Exception):
        pass

    batches = 0

    async def some(*args):
        nonlocal batches
        batches += 1
        if batches > 2:
            raise Stopped
        return await whole(*args)

    whole = resealing._batch
    monkeypatch.setattr(resealing, "BATCH", 5)
    monkeypatch.setattr(resealing, "_batch", some)
    with pytest.raises(Stopped):
        await resealed(database, photos)
    assert await all_open_with(BOTH, database) == SEALED
    monkeypatch.setattr(resealing, "_batch", whole)
    _unreadable, lines = await resealed(database, photos)
    assert "已是最新 10，" in lines[0]
    assert await all_open_with(NEW, database) == SEALED


async def test_what_no_key_opens_is_named_and_the_rest_is_done(database, photos):
    async def spoil(session) -> None:
        await session.exec(update(Person).where(col(Person.id) == 7).values(sealed_phone=b"\x01\x02k9" + b"x" * 40))

    await Work(database)(spoil)
    await Photos(photos.folder, Sealer({"lost": b"l" * 32})).keep("260302-00001", JPEG)
    unreadable, _lines = await resealed(database, photos)
    assert unreadable == ["person.sealed_phone 7", f"photos 260302-00001/{JPEG.digest}"]


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
async def test_a_row_that_changes_meanwhile_keeps_what_it_was_changed_to(
    filled_sqlite, database_url, postgres_server, photos
):
    source, database = Database(f"sqlite+aiosqlite:///{filled_sqlite}"), Database(database_url)
    await copy(source, database, Secrets(PEPPER, OLD), lambda _line: None)
    await source.close()
    async with database.reading() as session:
        first = select(ServiceRequest.id, ServiceRequest.filing_key).order_by(col(ServiceRequest.id)).limit(1)
        id_, key = (await session.exec(first)).one()
    fresh = BOTH.seal("corrected meanwhile", key)

    class Slow(Sealer):
        """Between the batch's read and its write somebody corrects the contact."""

        def open_bytes(self, blob: bytes, context: str) -> bytes:
            if context == key:
                postgres_server.psql(
                    f"UPDATE request_secret SET sealed = '\\x{fresh.hex()}' WHERE request_id = {id_}",
                    database_url.rsplit("/", 1)[1],
                )
            return super().open_bytes(blob, context)

    unreadable, _lines = await resealed(database, photos, Slow({"new": NEW_KEY, "k1": OLD_KEY}))
    assert unreadable == []
    async with database.reading() as session:
        assert (await session.get_one(RequestSecret, id_)).sealed == fresh
    await database.close()


async def test_a_photo_erased_meanwhile_does_not_come_back(photos):
    await Photos(photos.folder, OLD).keep("260302-00001", JPEG)

    class Slow(Sealer):
        def seal_bytes(self, plain: bytes, context: str) -> bytes:
            (photos.folder / "260302-00001" / JPEG.digest).unlink()
            return super().seal_bytes(plain, context)

    photos.sealer = Slow({"new": NEW_KEY, "k1": OLD_KEY})
    assert await photos.reseal("260302-00001", JPEG.digest) is False
    assert list((photos.folder / "260302-00001").iterdir()) == []
