"""What every test may ask for: fresh databases, a queue, a browser. Nothing reaches an outside network.

`TEST_POSTGRES=debian` takes Debian's newest PostgreSQL instead of the wheel's; `TEST_POSTGRES=/folder/bin` any other.
"""

import itertools
import os
import shutil
import socket
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from matching import migrations
from tests import engines

pytest_plugins = ["tests.browsing", "tests.cast", "tests.commanding", "tests.requests.scene"]

KEEPER_FOLDER = "DIANLIANG_TEST_KEEPER"  # how the workers find the run's keeper
FreshDatabase = Callable[..., AbstractContextManager[str]]  # engine, folder, template
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
        return engines.postgres(keeper_folder, engines.debian_postgres()[-1], syncs=False)
    return engines.postgres(keeper_folder, Path(chosen) if chosen else engines.wheel_postgres(), syncs=False)


@pytest.fixture(scope="session")
def valkey_url(keeper_folder: Path) -> str:
    """The run's Valkey, shared by all workers: name keys by test."""
    return engines.valkey(keeper_folder)


@pytest.fixture(scope="session")
def new_template(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, worker_name: str
) -> Callable[[str, str], tuple[str, str]]:
    """`new_template(engine, of)` copies the template `of` ("" for nothing at all) to one that may be written into and
    then copied, by one worker: returns its name and its address. Nobody may be connected while it is copied."""

    def made(engine: str, of: str) -> tuple[str, str]:
        if engine == "sqlite":
            path = str(tmp_path_factory.mktemp("template") / "template.db")
            if of:
                shutil.copyfile(of, path)
            return path, f"sqlite+aiosqlite:///{path}"
        server: engines.Postgres = request.getfixturevalue("postgres_server")
        name = f"template_{worker_name}_{next(_numbers)}"
        server.psql(f"CREATE DATABASE {name}{_like(of)}")
        return name, server.dsn(name)

    return made


@pytest.fixture(scope="session")
def empty_template(new_template: Callable[[str, str], tuple[str, str]]) -> Callable[[str], str]:
    """`empty_template("sqlite")` gives a migrated, empty template; made once a worker."""

    @cache
    def made(engine: str) -> str:
        template, url = new_template(engine, "")
        migrations.upgrade(url)
        return template

    return made


@pytest.fixture(scope="session")
def worker_name() -> str:
    return os.environ.get("PYTEST_XDIST_WORKER", "alone")


_numbers = itertools.count(1)


def _like(template: str) -> str:
    """Copied as files: of databases as small as these that takes half the time of copying them through the log."""
    return f" TEMPLATE {template} STRATEGY FILE_COPY" if template else ""


@pytest.fixture(scope="session")
def fresh_database(
    request: pytest.FixtureRequest, worker_name: str, empty_template: Callable[[str], str]
) -> FreshDatabase:
    """`with fresh_database("sqlite", folder) as url:` gives a migrated, empty database while the block lasts.

    A third argument names another template than the empty one.
    """

    @contextmanager
    def fresh(engine: str, folder: Path, template: str = "") -> Iterator[str]:
        template = template or empty_template(engine)
        if engine == "sqlite":
            path = folder / "test.db"
            shutil.copyfile(template, path)
            yield f"sqlite+aiosqlite:///{path}"
            return
        server: engines.Postgres = request.getfixturevalue("postgres_server")
        name = f"test_{worker_name}_{next(_numbers)}"
        server.psql(f"CREATE DATABASE {name}{_like(template)}")
        yield server.dsn(name)
        server.psql(f"DROP DATABASE {name} WITH (FORCE)")

    return fresh


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, fresh_database: FreshDatabase, tmp_path: Path) -> Iterator[str]:
    """A fresh migrated database, on SQLite and then on PostgreSQL; with the hospital in it for tests that use `cast`.

    For one of them: `@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)`.
    """
    template = ""
    if "cast" in request.fixturenames:
        template = request.getfixturevalue("template_cast")(request.param)[0]
    with fresh_database(request.param, tmp_path, template) as url:
        yield url
