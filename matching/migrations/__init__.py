"""Moving a database from one release's tables to the next, on SQLite and PostgreSQL alike.

Alembic is set up here and not in an .ini file, so that it works from an installed wheel. The functions are
synchronous and may be called while an event loop runs (in it they hold it up: give them to a thread there).
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from importlib import import_module
from pathlib import Path
from threading import Lock

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import MetaData, inspect, text
from sqlmodel import SQLModel
from sqlmodel.ext.asyncio.session import AsyncSession

HERE = Path(__file__).parent
ROOMS_WITH_TABLES = (  # a room that is not named here has no tables in any database
    "matching.units.model",
    "matching.units.calendar",
    "matching.people.model",
    "matching.services.model",
    "matching.requests.model",
    "matching.deadlines.model",
    "matching.notices.model",
    "matching.asks.model",
    "matching.asks.engagement",
    "matching.ratings.model",
    "matching.rights.model",
    "matching.partners.model",
    "matching.activities.model",
    "matching.recognition.model",
    "matching.reports.model",
    "matching.reports.counted",
    "matching.reports.assessment.model",
    "matching.api.idempotency",
)
_ALEMBIC = Lock()  # `alembic.context` and `alembic.op` are one for the whole process


def upgrade(url: str, to: str = "head") -> None:
    """Bring the database at `url` (an async SQLAlchemy address) to revision `to`. All of it happens, or nothing.

    Processes that start together take turns; those who come second find nothing left to do.
    """
    _aside(lambda: command.upgrade(_config(url), to))


def downgrade(url: str, to: str) -> None:
    """Take the database back to revision `to`, or to `base`: no tables and nothing in them."""
    _aside(lambda: command.downgrade(_config(url), to))


def check(url: str) -> None:
    """Raise alembic's CommandError unless the database is at the newest revision and equals the models."""
    _aside(lambda: command.check(_config(url)))


def write(url: str, message: str) -> None:
    """Write a new revision: the difference between the database at `url`, which is up to date, and the models."""
    _aside(lambda: command.revision(_config(url), message, autogenerate=True))


def all_tables() -> MetaData:
    """What the models say that a database of this release holds."""
    for room in ROOMS_WITH_TABLES:
        import_module(room)
    return SQLModel.metadata


@cache
def newest() -> str:
    """The revision that the tables of this release have."""
    return ScriptDirectory.from_config(_config("")).get_current_head() or ""


async def is_current(session: AsyncSession) -> bool:
    """Whether the database has the tables of this release. Raises DBAPIError or OSError when it is away."""
    connection = await session.connection()
    if not await connection.run_sync(lambda sync: inspect(sync).has_table("alembic_version")):
        return False
    return (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar() == newest()


def _config(url: str) -> Config:
    config = Config()
    config.set_main_option("script_location", str(HERE).replace("%", "%%"))
    config.set_main_option("file_template", "%%(year)d%%(month).2d%%(day).2d_%%(slug)s")
    config.set_main_option("path_separator", "os")
    config.attributes["url"] = url
    return config


def _aside(step: Callable[[], object]) -> None:
    """Run it in a thread of its own, because the drivers are asynchronous and env.py starts a loop for them."""
    with _ALEMBIC, ThreadPoolExecutor(1, "migrations") as pool:
        pool.submit(step).result()
