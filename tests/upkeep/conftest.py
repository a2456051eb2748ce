"""A hospital with something in every table that an operator's commands must carry along."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlmodel import col, select

from matching.db import Database, Work
from matching.demo.loading import load
from matching.importing.importer import Tools
from matching.notices.model import Endpoint, Follower, Preference
from matching.notices.receiving import endpoint_context, follower_context, mail_context
from matching.people.model import Person
from matching.privacy.sealed import Sealer
from matching.requests.model import ServiceRequest

NOW = datetime(2026, 11, 21, 20, 30, tzinfo=UTC)
OLD_KEY, NEW_KEY = b"o" * 32, b"n" * 32
PEPPER = b"s" * 40
OLD = Sealer({"old": OLD_KEY})


async def fill(url: str) -> None:
    """The demo hospital, with a robot, a mail address and a follower."""
    database = Database(url)
    work = Work(database)
    await load(work, Tools(OLD, PEPPER), now=NOW, progress=lambda _line: None)

    async def more(session) -> None:
        person = (await session.exec(select(Person).order_by(col(Person.id)).limit(1))).one()
        request = (await session.exec(select(ServiceRequest).order_by(col(ServiceRequest.id)).limit(1))).one()
        root = person.root_id
        session.add(
            Endpoint(root_id=root, unit_id=person.unit_id, way="feishu", name="群", added_at=NOW,
                     sealed=OLD.seal('{"url": "https://robot.example/1"}', endpoint_context(root)))
        )  # fmt: skip
        session.add(
            Preference(person_id=person.id, root_id=root,
                       sealed_mail=OLD.seal("lin@example.org", mail_context(person.id)))
        )  # fmt: skip
        session.add(
            Follower(root_id=root, request_id=request.id, way="mail", address_hash="0" * 64, at=NOW,
                     sealed=OLD.seal("patient@example.org", follower_context(request.id)))
        )  # fmt: skip

    await work(more)
    await database.close()


@pytest.fixture(scope="session")
async def filled_sqlite(fresh_database, tmp_path_factory) -> Path:
    """The file of such a hospital; copy it before changing it."""
    folder = tmp_path_factory.mktemp("filled")
    with fresh_database("sqlite", folder) as url:
        await fill(url)
    return folder / "test.db"
