"""What every test may ask for: fresh databases, a queue, a browser. Nothing reaches an outside network.

`TEST_POSTGRES=debian` takes Debian's newest PostgreSQL instead of the wheel's; `TEST_POSTGRES=/folder/bin` any other.
"""

import itertools
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from matching import migrations
from tests import engines

pytest_plugins = ["tests.browsing", "tests.cast", "tests.requests.scene"]

KEEPER_FOLDER = "DIANLIANG_TEST_KEEPER"  # how the workers find the run's keeper
FreshDatabase = Callable[[str, Path], AbstractContextManager[str]]  # engine, folder
HERE = {"127.0.0.1", "::1", "localhost", "", None}

hypothesis.settings.register_profile("house", derandomize=True, deadline=None, print_blob=True)
hypothesis.settings.load_profile("house")


def pytest_configure(config: pytest.Config) -> None:
    """The run has one keeper, however many workers it has."""
    _stay_at_home()
    if not hasattr(config, "workerinput"):
        keeper = engines.Keeper()
        os.environ[KEEPER_FOLDER] = str(keeper.folder)
        config.add_cleanup(keeper.close)


def _stay_at_home() -> None:
    """A test that would speak to another machine fails and names it."""
    connect = socket.socket.connect

    def connect_here(line: socket.socket, address: Any) -> None:
        if line.family != socket.AF_UNIX and address[0] not in HERE:
            raise RuntimeError(f"a test may not reach {address[0]}")
        connect(line, address)

    socket.socket.connect = connect_here  # type: ignore[method-assign]


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="session")
def keeper_folder() -> Path:
    return Path(os.environ[KEEPER_FOLDER])


@pytest.fixture(scope="session")
def postgres_server(keeper_folder: Path) -> engines.Postgres:
    """The run's PostgreSQL: `.dsn(name)` is an address, `.psql(sql, name)` asks it without a driver."""
    chosen = os.environ.get("TEST_POSTGRES", "")
    if chosen == "debian":
        return engines.postgres(keeper_folder, engines.debian_postgres()[-1])
    return engines.postgres(keeper_folder, Path(chosen) if chosen else engines.wheel_postgres())


@pytest.fixture(scope="session")
def valkey_url(keeper_folder: Path) -> str:
    """The run's Valkey, shared by all workers: name keys by test."""
    return engines.valkey(keeper_folder)


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A migrated, empty database file to copy."""
    path = tmp_path_factory.mktemp("template") / "template.db"
    migrations.upgrade(f"sqlite+aiosqlite:///{path}")
    return path


@pytest.fixture(scope="session")
def postgres_template(postgres_server: engines.Postgres, worker_name: str) -> str:
    """The name of a migrated, empty database to copy; one for each worker, since nobody may be connected to it."""
    name = f"template_{worker_name}"
    postgres_server.psql(f"CREATE DATABASE {name}")
    migrations.upgrade(postgres_server.dsn(name))
    return name


@pytest.fixture(scope="session")
def worker_name() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "alone")


_numbers = itertools.count(1)


@pytest.fixture(scope="session")
def fresh_database(request: pytest.FixtureRequest, worker_name: str) -> FreshDatabase:
    """`with fresh_database("sqlite", folder) as url:` gives a migrated, empty database while the block lasts."""

    @contextmanager
    def fresh(engine: str, folder: Path) -> Iterator[str]:
        if engine == "sqlite":
            path = folder / "test.db"
            shutil.copyfile(request.getfixturevalue("sqlite_template"), path)
            yield f"sqlite+aiosqlite:///{path}"
            return
        template = request.getfixturevalue("postgres_template")
        server: engines.Postgres = request.getfixturevalue("postgres_server")
        name = f"test_{worker_name}_{next(_numbers)}"
        server.psql(f"CREATE DATABASE {name} TEMPLATE {template}")
        yield server.dsn(name)
        server.psql(f"DROP DATABASE {name} WITH (FORCE)")

    return fresh


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, fresh_database: FreshDatabase, tmp_path: Path) -> Iterator[str]:
    """A fresh migrated database, on SQLite and then on PostgreSQL.

    For one of them: `@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)`.
    """
    with fresh_database(request.param, tmp_path) as url:
        yield url
