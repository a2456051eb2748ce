"""`matching migrate --from sqlite:…`: everything arrives, or nothing."""

import os
import shutil
import sqlite3
import subprocess
import sys
from base64 import b64encode
from json import dumps
from pathlib import Path

import pytest
from sqlmodel import select

from matching import migrations
from matching.db import Database, Work
from matching.privacy.sealed import Sealer
from matching.requests import verify
from matching.units.model import Unit
from matching.upkeep.copying import CannotCopy, Secrets, copy
from matching.upkeep.summing import Sum
from tests.cast import UNITS
from tests.requests.scene import WAYS
from tests.upkeep.conftest import EACH, OLD, OLD_KEY, PEPPER

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
TOP = Path(__file__).parents[2]
RIGHT = Secrets(PEPPER, OLD)


@pytest.fixture
def source(filled_sqlite: Path, tmp_path: Path) -> Path:
    """A SQLite installation of one's own."""
    return Path(shutil.copyfile(filled_sqlite, tmp_path / "old.db"))


async def copied(source: Path, url: str, secrets: Secrets = RIGHT) -> list[str]:
    lines: list[str] = []
    old, new = Database(f"sqlite+aiosqlite:///{source}"), Database(url)
    try:
        await copy(old, new, secrets, lines.append)
    finally:
        await old.close()
        await new.close()
    return lines


async def rows(url: str) -> dict[str, int]:
    database = Database(url)
    async with database.reading() as session:
        counted = {
            table.name: len((await session.exec(table.select())).all())
            for table in migrations.all_tables().sorted_tables
        }
    await database.close()
    return counted


async def test_every_row_of_every_table_arrives_as_it_was(source, database_url):
    before = source.read_bytes()
    lines = await copied(source, database_url)
    assert len(lines) == len(migrations.all_tables().sorted_tables)
    counted = await rows(database_url)
    assert counted == await rows(f"sqlite+aiosqlite:///{source}")
    assert (
        min(
            counted[name]
            for name in ("unit", "person", "service_request", "step", "claim", "notice", "rating", "endpoint")
        )
        > 0
    )
    database = Database(database_url)
    async with database.reading() as session:
        assert [line async for line in verify.differences(session)] == []
    await database.close()
    assert source.read_bytes()[100:] == before[100:]


async def test_new_rows_get_ids_after_the_copied_ones(source, database_url):
    await copied(source, database_url)
    database = Database(database_url)
    async with database.reading() as session:
        known = max((await session.exec(select(Unit.id))).all())
        root = (await session.exec(select(Unit).limit(1))).one().root_id

    async def add(session) -> int:
        unit = Unit(root_id=root, code="NEW", name="新支部", kind="branch")
        session.add(unit)
        await session.flush()
        return unit.id

    assert await Work(database)(add) == known + 1
    await database.close()


async def test_steps_stay_for_ever_in_the_new_house(source, database_url, postgres_server):
    await copied(source, database_url)
    with pytest.raises(subprocess.CalledProcessError):
        postgres_server.psql("UPDATE step SET note = 'x'", database_url.rsplit("/", 1)[1])


async def test_a_child_may_stand_before_its_parent(source, database_url):
    line = sqlite3.connect(source)
    line.execute("UPDATE unit SET parent_id = (SELECT max(id) FROM unit) WHERE id = 2")
    line.commit()
    line.close()
    assert await copied(source, database_url)


async def test_a_target_that_holds_anything_is_refused_and_left_as_it_is(source, database_url):
    await copied(source, database_url)
    before = await rows(database_url)
    with pytest.raises(CannotCopy, match="not empty"):
        await copied(source, database_url)
    assert await rows(database_url) == before


@pytest.mark.parametrize(
    ("secrets", "says"),
    [(Secrets(b"x" * 40, OLD), "MATCHING_SECRET"), (Secrets(PEPPER, Sealer({"k": b"x" * 32})), "SEALING_KEYS")],
    ids=["signing", "sealing"],
)
async def test_other_secrets_than_the_old_ones_are_refused_before_anything_is_copied(
    source, database_url, secrets, says
):
    with pytest.raises(CannotCopy, match=says):
        await copied(source, database_url, secrets)
    assert not any((await rows(database_url)).values())


async def test_a_source_of_another_release_is_refused(source, database_url):
    migrations.downgrade(f"sqlite+aiosqlite:///{source}", "0001")
    with pytest.raises(CannotCopy, match="not migrated"):
        await copied(source, database_url)


async def test_a_row_that_does_not_fit_leaves_nothing_behind_and_is_not_quoted(source, database_url):
    line = sqlite3.connect(source)
    line.execute("UPDATE person SET post = ? WHERE id = 5", ("书" * 200,))
    line.commit()
    line.close()
    with pytest.raises(CannotCopy, match="person") as refused:
        await copied(source, database_url)
    assert "书" not in str(refused.value)
    assert not any((await rows(database_url)).values())


async def test_what_arrives_differently_is_noticed_and_taken_back(source, database_url, postgres_server):
    name = database_url.rsplit("/", 1)[1]
    postgres_server.psql(
        "CREATE FUNCTION spoil() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN NEW.note = NEW.note || '!'; RETURN NEW; END $$",
        name,
    )
    postgres_server.psql("CREATE TRIGGER spoil BEFORE INSERT ON step FOR EACH ROW EXECUTE FUNCTION spoil()", name)
    with pytest.raises(CannotCopy, match="step"):
        await copied(source, database_url)
    assert not any((await rows(database_url)).values())


def environment(url: str, var: Path) -> dict[str, str]:
    keys = dumps({"k1": b64encode(OLD_KEY).decode()})
    return {
        "MATCHING_DATABASE_URL": url, "MATCHING_VAR": str(var), "MATCHING_MODE": "production",
        "MATCHING_SECRET": PEPPER.decode(), "MATCHING_SEALING_KEYS": keys,
    }  # fmt: skip


def test_a_copy_killed_in_the_middle_leaves_nothing_half_and_can_be_repeated(
    command, source, database_url, postgres_server, tmp_path
):
    own, words = environment(database_url, tmp_path), ["migrate", "--from", f"sqlite:///{source}"]
    name = database_url.rsplit("/", 1)[1]
    migrations.upgrade(database_url)
    # This lock lets the copy go as far as the requests and holds it before their Steps.
    address = database_url.replace("+asyncpg", "")
    psql = [postgres_server.bin / "psql", "-XqAt", address]
    holder = subprocess.Popen(psql, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdin is not None
    assert holder.stdout is not None
    holder.stdin.write("BEGIN; LOCK TABLE step IN SHARE MODE; SELECT 'held';\n")
    holder.stdin.flush()
    assert holder.stdout.readline() == "held\n"
    process = subprocess.Popen(
        [sys.executable, "-m", "matching", *words], env=os.environ | own | {"PYTHONPATH": str(TOP)},
        stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert any(line.startswith("service_request ") for line in process.stdout)
    process.kill()
    process.communicate()
    holder.communicate("ROLLBACK;\n")
    count = "SELECT (SELECT count(*) FROM service_request) + (SELECT count(*) FROM unit)"
    assert postgres_server.psql(count, name) == "0"
    done = command(*words, **own)
    assert done.code == 0, done.err
    assert "全部一致" in done.out
    assert int(postgres_server.psql(count, name)) == len(WAYS) * EACH + len(UNITS)


def test_a_source_that_is_not_there_is_said_and_nothing_is_made(command, database_url, tmp_path):
    done = command("migrate", "--from", f"sqlite:///{tmp_path}/nowhere.db", **environment(database_url, tmp_path))
    assert done.code == 2
    assert "nowhere.db" in done.err
    assert not (tmp_path / "nowhere.db").exists()


def test_a_sum_is_of_what_rows_say_in_whatever_order(database_url):
    one, two, three = Sum(), Sum(), Sum()
    for row in ([1, "a"], [2, None]):
        one.add(row)
    for row in ([2, None], [1, "a"]):
        two.add(row)
    for row in ([1, "a"], [2, ""]):
        three.add(row)
    assert one == two
    assert one != three
