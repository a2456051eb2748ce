"""A hospital that knows nothing yet, and small files for it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlmodel import SQLModel, select

from matching.db import Database, Work
from matching.importing.importer import Tools
from matching.importing.report import Report
from matching.importing.running import import_file
from matching.privacy.sealed import Sealer

AT = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)
DATA = Path(__file__).parents[2] / "matching/demo/data"
Importing = Callable[..., Awaitable[Report]]


@pytest.fixture
def tools() -> Tools:
    return Tools(Sealer({"k1": b"k" * 32}), b"p" * 32)


@pytest.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = Database(database_url)
    yield opened
    await opened.close()


@pytest.fixture
def bring(database: Database, tools: Tools, tmp_path: Path) -> Importing:
    """`await bring("roster", "a,b\\n1,2\\n")`, or a path; `name=` is how the file is called."""

    async def run(kind: str, content: str | bytes | Path, *, name: str = "file.csv", partial: bool = False) -> Report:
        path = content if isinstance(content, Path) else tmp_path / name
        if isinstance(content, str | bytes):
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        return await import_file(Work(database), kind, path, tools, at=AT, partial=partial)

    return run


@pytest.fixture
def rows(database: Database) -> Callable[[type[SQLModel]], Awaitable[Sequence[Any]]]:
    """All rows of a table in their order."""

    async def read(model: type[Any]) -> Sequence[Any]:
        async with database.reading() as session:
            return list(await session.exec(select(model).order_by(*model.__table__.primary_key)))

    return read


def said(report: Report) -> list[tuple[int, str, str]]:
    """Row, column and code of each problem."""
    return [(one.row, one.column, one.refused.code) for one in report.problems]


def counts(report: Report) -> tuple[int, int, int, int]:
    return report.new, report.changed, report.unchanged, report.refused
