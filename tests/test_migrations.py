"""The tables that the migrations make are the ones that the models want, on both databases, there and back."""

import shutil
import subprocess
import sys

import pytest
from alembic.util.exc import CommandError
from sqlalchemy import inspect, text
from sqlalchemy.ext.asyncio import create_async_engine

from matching import migrations

STEP = """
from alembic import op
import sqlalchemy as sa
revision, down_revision, branch_labels, depends_on = {name!r}, {before!r}, None, None
def upgrade():
    op.create_table("made_by_{name}", sa.Column("id", sa.Integer))
    {then}
def downgrade():
    op.drop_table("made_by_{name}")
"""


async def tables(url: str) -> set[str]:
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        names = await connection.run_sync(lambda plain: inspect(plain).get_table_names())
    await engine.dispose()
    return set(names)


async def test_the_newest_revision_is_what_the_models_say(database_url):
    migrations.check(database_url)


async def test_the_way_back_leaves_nothing_and_the_way_up_can_be_taken_again(database_url):
    before = await tables(database_url)
    migrations.downgrade(database_url, "base")
    assert await tables(database_url) <= {"alembic_version"}
    migrations.upgrade(database_url)
    assert await tables(database_url) == before
    migrations.check(database_url)


async def test_processes_that_start_together_take_turns(database_url):
    migrations.downgrade(database_url, "base")
    command = [sys.executable, "-c", f"from matching import migrations; migrations.upgrade({database_url!r})"]
    starting = [subprocess.Popen(command) for _ in range(3)]
    assert [process.wait(60) for process in starting] == [0, 0, 0]
    migrations.check(database_url)


async def test_a_migration_that_breaks_changes_nothing(database_url, tmp_path, monkeypatch):
    migrations.downgrade(database_url, "base")
    broken = tmp_path / "migrations"
    shutil.copytree(migrations.HERE, broken, ignore=shutil.ignore_patterns("versions", "__pycache__"))
    (broken / "versions").mkdir()
    for name, before, then in (("one", None, "pass"), ("two", "one", "raise RuntimeError('half way')")):
        (broken / "versions" / f"{name}.py").write_text(STEP.format(name=name, before=before, then=then))
    monkeypatch.setattr(migrations, "HERE", broken)
    with pytest.raises(RuntimeError, match="half way"):
        migrations.upgrade(database_url)
    assert await tables(database_url) <= {"alembic_version"}


async def test_a_table_that_no_model_knows_is_named(database_url):
    engine = create_async_engine(database_url)
    async with engine.begin() as connection:
        await connection.execute(text("CREATE TABLE stray (id INTEGER PRIMARY KEY)"))
    await engine.dispose()
    with pytest.raises(CommandError, match="stray"):
        migrations.check(database_url)
