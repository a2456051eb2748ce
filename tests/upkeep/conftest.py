"""A hospital with something in every table that an operator's commands must carry along."""

from pathlib import Path

import anyio.from_thread
import pytest
from sqlmodel import col, select

from matching.db import Database, Work
from matching.notices.announcing import announce
from matching.notices.model import Endpoint, Follower, Preference
from matching.notices.receiving import endpoint_context, follower_context, mail_context
from matching.people.model import Person
from matching.people.phones import phone_context
from matching.privacy.sealed import Sealer
from matching.requests.model import ServiceRequest
from tests.cast import AT, Cast, written
from tests.requests.scene import DAY, WAYS, Story

OLD_KEY, NEW_KEY = b"k" * 32, b"n" * 32
PEPPER = b"s" * 40
OLD = Sealer({"k1": OLD_KEY})
EACH = 2  # requests in each state


async def fill(cast: Cast) -> None:
    """Requests in every state with what was told of them, phones, a robot, a mail address and a follower."""
    database = Database(cast.settings.database_url)
    work = Work(database)
    for way in [*WAYS.values()] * EACH:
        await (await Story(cast, database, work).begin()).go(*way)
    while await announce(database, work, AT + 40 * DAY):
        pass

    async def more(session) -> None:
        people = list(await session.exec(select(Person).order_by(col(Person.id))))
        request = (await session.exec(select(ServiceRequest).order_by(col(ServiceRequest.id)).limit(1))).one()
        for person in people:
            person.sealed_phone = OLD.seal("13900000001", phone_context(person))
        first, root = people[0], cast.root_id
        mail = OLD.seal("lin@example.org", mail_context(first.id))
        session.add(
            Endpoint(root_id=root, unit_id=first.unit_id, way="feishu", name="群", added_at=AT,
                     sealed=OLD.seal('{"url": "https://robot.example/1"}', endpoint_context(root)))
        )  # fmt: skip
        session.add(Preference(person_id=first.id, root_id=root, sealed_mail=mail))
        session.add(
            Follower(root_id=root, request_id=request.id, way="mail", address_hash="0" * 64, at=AT,
                     sealed=OLD.seal("patient@example.org", follower_context(request.id)))
        )  # fmt: skip

    await work(more)
    await database.close()


@pytest.fixture(scope="session")
def filled_sqlite(fresh_database, tmp_path_factory) -> Path:
    """The file of such a hospital; copy it before changing it."""
    folder = tmp_path_factory.mktemp("filled")
    with fresh_database("sqlite", folder) as url, anyio.from_thread.start_blocking_portal() as portal:
        portal.call(fill, written(url, folder))
    return folder / "test.db"
