"""A hospital a test, on a PostgreSQL and a Valkey that only these tests use: they end them."""

import itertools
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from redis import Redis

from matching import migrations
from tests import engines
from tests.cast import Cast, written
from tests.faults.hospital import Hospital, moved_to, programs
from tests.faults.running import Engine

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def own_postgres(keeper_folder: Path, worker_name: str) -> Engine:
    return Engine(keeper_folder, "postgres", engines.wheel_postgres(), f"faults {worker_name}")


@pytest.fixture(scope="session")
def own_valkey(keeper_folder: Path, worker_name: str) -> Engine:
    return Engine(keeper_folder, "valkey", engines.wheel_valkey(), f"faults {worker_name}")


@pytest.fixture(scope="session")
def templates(own_postgres: Engine, tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Cast]:
    """The cast with an API token each, in a database to copy: one on each engine, made when it is first asked for."""
    made: dict[str, Cast] = {}
    folder = tmp_path_factory.mktemp("faults")
    urls = {
        "sqlite": f"sqlite+aiosqlite:///{folder}/template.db",
        "postgresql": engines.Postgres(own_postgres.port, engines.wheel_postgres()).dsn("template_faults"),
    }

    def template(engine: str) -> Cast:
        if engine not in made:
            if engine == "postgresql":
                _psql(own_postgres, "CREATE DATABASE template_faults")
            migrations.upgrade(urls[engine])
            made[engine] = written(urls[engine], folder)
            programs(made[engine])
        return made[engine]

    return template


@pytest.fixture(params=["sqlite", "postgresql"])
def hospital(request: Any, templates: Callable[[str], Cast], tmp_path: Path) -> Iterator[Hospital]:
    """On SQLite and then on PostgreSQL with Valkey; `@on("postgresql")` for one of them."""
    if request.param == "sqlite":
        path = tmp_path / "test.db"
        cast = templates("sqlite")
        shutil.copyfile(cast.settings.var / "template.db", path)
        made = Hospital(moved_to(cast, f"sqlite+aiosqlite:///{path}", tmp_path), tmp_path)
        yield made
        made.end()
        return
    postgres, valkey = request.getfixturevalue("own_postgres"), request.getfixturevalue("own_valkey")
    cast, name = templates("postgresql"), f"faults_{next(_numbers)}"
    _psql(postgres, f"CREATE DATABASE {name} TEMPLATE template_faults")
    url = engines.Postgres(postgres.port, engines.wheel_postgres()).dsn(name)
    made = Hospital(moved_to(cast, url, tmp_path), tmp_path, f"redis://127.0.0.1:{valkey.port}/0")
    with Redis.from_url(made.redis_url) as redis:
        redis.flushall()  # what another hospital left there
    yield made
    made.end()


def _psql(postgres: Engine, sql: str) -> None:
    engines.Postgres(postgres.port, engines.wheel_postgres()).psql(sql)
