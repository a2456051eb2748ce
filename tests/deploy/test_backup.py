"""deploy/backup.sh and deploy/restore.sh against a real PostgreSQL: lose everything, and have it back."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from matching import migrations
from matching.db import Database
from matching.requests import verify
from matching.requests.drawing import Photo
from matching.upkeep.summing import Sum
from tests.api.pages.filing_form import filed
from tests.cast import Doors
from tests.engines import Postgres

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
DEPLOY = Path(__file__).parents[2] / "deploy"
PHOTO = Photo("a" * 64, b"pixels" * 1000)


@dataclass
class House:
    """An installation with its folders, and the scripts as its containers run them."""

    server: Postgres
    name: str
    folder: Path

    @property
    def files(self) -> Path:
        return self.folder / "files"

    @property
    def backups(self) -> list[Path]:
        return sorted((self.folder / "backups").glob("20*"))

    def run(self, script: str, *words: str, **more: str) -> subprocess.CompletedProcess[str]:
        environment = {
            "PATH": f"{self.server.bin}:{os.environ['PATH']}",
            "PGHOST": "127.0.0.1",
            "PGPORT": str(self.server.port),
            "PGUSER": "postgres",
            "PGDATABASE": self.name,
            "FILES": str(self.files),
            "BACKUPS": str(self.folder / "backups"),
        }
        command = ["bash", DEPLOY / script, *words]
        return subprocess.run(command, env=environment | more, capture_output=True, text=True, timeout=120)

    def lose_the_database(self) -> None:
        self.server.psql(f"DROP DATABASE {self.name} WITH (FORCE)")
        self.server.psql(f"CREATE DATABASE {self.name}")


@pytest.fixture
def house(postgres_server: Postgres, database_url: str, tmp_path: Path) -> Iterator[House]:
    made = House(postgres_server, database_url.rsplit("/", 1)[1], tmp_path)
    (tmp_path / "backups").mkdir()
    made.files.mkdir()
    return made


async def sums(url: str) -> dict[str, str]:
    """What each table holds."""
    database = Database(url)
    found = {}
    async with database.reading() as session:
        for table in migrations.all_tables().sorted_tables:
            added = Sum()
            for row in await session.exec(table.select()):
                added.add(tuple(row))
            found[table.name] = str(added)
    await database.close()
    return found


async def differences(url: str) -> list[str]:
    database = Database(url)
    async with database.reading() as session:
        found = [line async for line in verify.differences(session)]
    await database.close()
    return found


def test_what_was_lost_comes_back_whole(house: House, doors: Doors, database_url):
    parts = doors.app.state.parts
    for _ in range(3):
        filed(doors.anybody())
    parts.photos.folder = house.files
    doors.call(parts.photos.keep, "260302-00001", PHOTO)
    (house.files / "260302-00001" / ".half-written").touch()
    before = doors.call(sums, database_url)
    done = house.run("backup.sh")
    assert done.returncode == 0, done.stderr
    [backup] = house.backups
    assert {path.name for path in backup.iterdir()} == {"database.dump", "files.tar.gz", "SHA256SUMS"}
    assert backup.stat().st_mode & 0o077 == 0

    doors.call(parts.database.engine.dispose)
    house.lose_the_database()
    shutil.rmtree(house.files)
    house.files.mkdir()
    done = house.run("restore.sh", backup.name)
    assert done.returncode == 0, done.stderr
    assert doors.call(sums, database_url) == before
    assert doors.call(differences, database_url) == []
    assert doors.call(parts.photos.open, "260302-00001", PHOTO.digest) == PHOTO.jpeg
    assert [path.name for path in house.files.rglob("*") if path.is_file()] == [PHOTO.digest]
    with pytest.raises(subprocess.CalledProcessError):  # the triggers came back too
        house.server.psql("DELETE FROM step", house.name)
    filed(doors.anybody())
    assert house.run("backup.sh", "--check").returncode == 0


def test_nothing_is_restored_over_what_is_there_or_from_what_is_damaged(house: House):
    assert house.run("backup.sh").returncode == 0
    [backup] = house.backups
    done = house.run("restore.sh", backup.name)
    assert (done.returncode, "holds" in done.stderr) == (1, True)
    house.lose_the_database()
    (house.files / "somebody's").touch()
    done = house.run("restore.sh", backup.name)
    assert (done.returncode, "not empty" in done.stderr) == (1, True)
    (house.files / "somebody's").unlink()
    dump = backup / "database.dump"
    dump.write_bytes(dump.read_bytes()[:-100])
    done = house.run("restore.sh", backup.name)
    assert (done.returncode, "damaged" in done.stderr) == (1, True)
    assert house.server.psql("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", house.name) == "0"


def test_a_backup_that_fails_leaves_no_half_one_and_keeps_the_old_ones(house: House):
    assert house.run("backup.sh").returncode == 0
    [first] = house.backups
    assert house.run("backup.sh", PGDATABASE="nowhere").returncode != 0
    assert house.backups == [first]
    (house.folder / "backups" / ".2026-01-01T023000").mkdir(exist_ok=True)
    os.rename(first, first.with_name("2026-01-01T023000"))
    assert house.run("backup.sh").returncode == 0
    assert not list((house.folder / "backups").glob(".20*"))


def test_old_backups_go_and_the_one_just_made_stays(house: House):
    for days in (40, 31, 2):
        then = datetime.now(UTC) - timedelta(days=days)
        old = house.folder / "backups" / then.strftime("%Y-%m-%dT023000")
        old.mkdir()
        os.utime(old, (then.timestamp(), then.timestamp()))
    assert house.run("backup.sh", "--check").returncode == 1
    assert house.run("backup.sh", KEEP_DAYS="30").returncode == 0
    assert len(house.backups) == 2
    assert house.run("backup.sh", "--check").returncode == 0
