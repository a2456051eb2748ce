"""One fixed cast for tests: a small hospital with its people, places and services, on a fresh database.

`cast` is the hospital (data, actors, passwords); `doors` is the application running on it, with `doors.of("lin")`
a browser in which that person is signed in. Everything is made up.
"""

import json
import pickle
import re
from base64 import b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import anyio.from_thread
import pytest
from fastapi import FastAPI
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from starlette.testclient import TestClient

from matching import clock
from matching.app import create_app
from matching.db import Database, Work
from matching.people import sign_in
from matching.people.actor import Actor
from matching.people.model import ApiToken, Grant, Person, Role
from matching.people.queries import actor_of
from matching.privacy.codes import new_token, token_hash
from matching.services.model import Audience, Service, ServiceKind, Tier
from matching.settings import Settings
from matching.units.model import OldSlug, Spot, Unit, UnitKind

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)  # Monday 10:00 in Shanghai
PASSWORD = "Lamp-light-7"
# Hashed with little work: a test signs in thousands of people, and checking takes the work that the hash names.
PASSWORD_HASH = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=8, parallelism=1),)).hash(PASSWORD)

UNITS = {  # code: (name, kind, the code above it)
    "DW": ("仁和医院党委", UnitKind.committee, ""),
    "ZZ1": ("门诊党总支", UnitKind.general_branch, "DW"),
    "ZB1": ("门诊一支部", UnitKind.branch, "ZZ1"),
    "ZB2": ("急诊支部", UnitKind.branch, "ZZ1"),
    "ZB3": ("行政支部", UnitKind.branch, "DW"),
}
SPOTS = {  # code: (slug, name, unit, open)
    "S1": ("menzhen-dating", "门诊大厅", "ZB1", True),
    "S2": ("jizhen-fenzhen", "急诊分诊台", "ZB2", True),
    "S3": ("jiu-lou", "旧楼一层", "ZB3", False),
}
OLD_SLUG = "menzhen-jiu"  # S1's address before its poster was changed
SERVICES = [
    Service(root_id=0, code="wheelchair", name="轮椅推送", group="就医帮助", tier=Tier.T1, dispatch_limit="1h",
            claim_limit="30min", handle_limit="2h", position=1),
    Service(root_id=0, code="escort", name="陪诊", group="就医帮助", tier=Tier.T2, dispatch_limit="2h",
            claim_limit="4h", handle_limit="24h", slots=2, needs_phone=True, position=2),
    Service(root_id=0, code="books", name="赠阅图书", group="暖心物品", kind=ServiceKind.item,
            audience=Audience.patient, item_cap_yuan=100, position=3),
    Service(root_id=0, code="first_aid", name="急救培训", group="共建", audience=Audience.partner, tier=Tier.T4,
            handle_limit="15d", position=4),
]  # fmt: skip
PEOPLE = {  # login: (name, unit, roles on units)
    "root": ("管方正", "ZB3", [("administrator", "DW")]),
    "wei": ("魏书明", "DW", [("committee", "DW")]),
    "di": ("狄小满", "ZB3", [("dispatcher", "DW")]),
    "lead": ("雷秀英", "ZB1", [("unit_lead", "ZB1"), ("member", "ZB1")]),
    "lead2": ("罗启航", "ZB2", [("unit_lead", "ZB2"), ("member", "ZB2")]),
    "lin": ("林晓云", "ZB1", [("member", "ZB1")]),
    "zhao": ("赵一鸣", "ZB1", [("member", "ZB1")]),
    "sun": ("孙可欣", "ZB2", [("member", "ZB2")]),
    "audit": ("沈明鉴", "DW", [("auditor", "DW")]),
}


@dataclass
class Cast:
    """Ids and actors by code or login; the password of everybody is PASSWORD."""

    settings: Settings
    root_id: int = 0
    units: dict[str, Unit] = field(default_factory=dict)
    spots: dict[str, Spot] = field(default_factory=dict)
    services: dict[str, Service] = field(default_factory=dict)
    people: dict[str, Person] = field(default_factory=dict)
    actors: dict[str, Actor] = field(default_factory=dict)
    password: str = PASSWORD

    def __getitem__(self, login: str) -> Actor:
        return self.actors[login]


async def play(session: Any, cast: Cast) -> None:
    """Write the cast into an empty database."""
    for code, (name, kind, above) in UNITS.items():
        unit = Unit(root_id=cast.root_id, code=code, name=name, kind=kind)
        if above:
            unit.parent_id = cast.units[above].id
        session.add(unit)
        await session.flush()
        cast.root_id = cast.root_id or unit.id
        unit.root_id = cast.root_id
        unit.path = f"{cast.units[above].path if above else '/'}{unit.id}/"
        cast.units[code] = unit
    cast.units["DW"].desk_phone = "0755-12345678"
    for code, (slug, name, unit, is_open) in SPOTS.items():
        cast.spots[code] = Spot(
            root_id=cast.root_id, code=code, slug=slug, name=name, building="门诊楼", floor=1,
            unit_id=cast.units[unit].id, open=is_open,
        )  # fmt: skip
    for service in SERVICES:
        cast.services[service.code] = Service(**service.model_dump() | {"root_id": cast.root_id})
    for number, (login, (name, unit, _roles)) in enumerate(PEOPLE.items(), 1):
        cast.people[login] = Person(
            root_id=cast.root_id, unit_id=cast.units[unit].id, member_no=f"M{number:04}", name=name, login=login,
            password_hash=PASSWORD_HASH,
        )  # fmt: skip
    session.add_all([*cast.spots.values(), *cast.services.values(), *cast.people.values()])
    await session.flush()
    session.add(OldSlug(slug=OLD_SLUG, root_id=cast.root_id, spot_id=cast.spots["S1"].id, retired_at=AT))
    for login, (_name, _unit, roles) in PEOPLE.items():
        for role, unit in roles:
            person, at = cast.people[login], cast.units[unit]
            session.add(Grant(root_id=cast.root_id, person_id=person.id, unit_id=at.id, role=Role(role), granted_at=AT))
    await session.flush()
    for login, person in cast.people.items():
        cast.actors[login] = await actor_of(session, person)


def settings_for(url: str, folder: Path) -> Settings:
    """The hospital's settings: the same secrets in every process of a test."""
    keys = json.dumps({"k1": b64encode(b"k" * 32).decode()})
    return Settings(var=folder, database_url=url, secret="s" * 40, sealing_keys=keys, demo=False)


def written(url: str, folder: Path) -> Cast:
    """The hospital, written into the empty database at `url`; no connection is left open."""
    made = Cast(settings_for(url, folder))

    async def write() -> None:
        database = Database(url)
        await Work(database)(play, made)
        await database.close()

    with anyio.from_thread.start_blocking_portal() as portal:  # a loop of its own: tests may or may not have one
        portal.call(write)
    return made


@pytest.fixture(scope="session")
def template_cast(
    empty_template: Callable[[str], str], new_template: Any, tmp_path_factory: Any
) -> Callable[[str], Any]:
    """`template_cast("sqlite")` gives a template with the hospital in it and the pickled Cast, made once a worker."""

    @cache
    def made(engine: str) -> tuple[str, bytes]:
        template, url = new_template(engine, empty_template(engine))
        return template, pickle.dumps(written(url, tmp_path_factory.mktemp("hospital")))

    return made


@pytest.fixture
def cast(database_url: str, template_cast: Callable[[str], Any], tmp_path: Path) -> Cast:
    """The hospital on a fresh database, which was copied with it (see `database_url`)."""
    made: Cast = pickle.loads(template_cast(database_url.partition("+")[0])[1])
    return replace(made, settings=settings_for(database_url, tmp_path))


@pytest.fixture(scope="session", params=["sqlite", "postgresql"])
def shared_cast(request: Any, fresh_database: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cast]:
    """The hospital on one database for all tests of a worker that ask for it: each files requests of its own there."""
    folder = tmp_path_factory.mktemp("shared")
    with fresh_database(request.param, folder) as url:
        yield written(url, folder)


@pytest.fixture
async def work(cast: Cast, anyio_backend: str) -> Any:
    """The cast's database for tests of actions: `await work(action, …, by=cast["di"], at=AT)`."""
    database = Database(cast.settings.database_url)
    yield Work(database)
    await database.close()


class Visitor(TestClient):
    """A browser: cookies of its own; the forms that a signed-in person sends carry their key."""

    form_key = ""

    def submit(self, path: str, **form: Any) -> Any:
        """POST a form as a page does, and return the answer without following it."""
        return self.post(path, data=form | {"csrf": self.form_key}, follow_redirects=False)


@dataclass
class Doors:
    """The running application."""

    app: FastAPI
    cast: Cast
    first: Visitor
    call: Callable[..., Any]

    def anybody(self) -> Visitor:
        """A browser in which nobody is signed in."""
        visitor = Visitor(self.app, base_url="http://testserver")
        visitor.portal = self.first.portal  # one event loop for all, as in one process
        return visitor

    def of(self, login: str) -> Visitor:
        """A browser in which that person is signed in, now."""
        visitor, parts = self.anybody(), self.app.state.parts
        token = self.call(sign_in.sign_in, parts.database, parts.work, login, PASSWORD, clock.now())
        visitor.cookies.set("session", token, domain="testserver.local")  # as the jar names this host
        visitor.form_key = self.call(_form_key, parts, token)
        return visitor

    def program(self, login: str) -> Visitor:
        """A program that holds an API token of that person."""
        visitor = self.anybody()
        visitor.headers["authorization"] = f"Bearer {self.call(_api_token, self.app.state.parts, self.cast, login)}"
        return visitor

    def work(self, action: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run an action in the application's unit of work."""

        async def run() -> Any:
            return await self.app.state.parts.work(action, *args, **kwargs)

        return self.call(run)

    def read(self, query: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Run a query in a reading session."""

        async def run() -> Any:
            async with self.app.state.parts.database.reading() as session:
                return await query(session, *args, **kwargs)

        return self.call(run)


async def _form_key(parts: Any, token: str) -> str:
    async with parts.database.reading() as session:
        return (await session.get_one(sign_in.SignIn, token_hash(token))).form_key


async def _api_token(parts: Any, cast: Cast, login: str) -> str:
    token = new_token()

    async def make(session: Any) -> None:
        person = cast.people[login]
        session.add(
            ApiToken(root_id=cast.root_id, person_id=person.id, name="test", token_hash=token_hash(token), made_at=AT)
        )

    await parts.work(make)
    return token


@pytest.fixture
def doors(cast: Cast) -> Iterator[Doors]:
    """The application on the cast's database."""
    app = create_app(cast.settings)
    with Visitor(app) as first:
        yield Doors(app, cast, first, first.portal.call)


def field_value(html: str, name: str) -> str:
    """What an input of a page holds."""
    found = re.search(rf'name="{re.escape(name)}"[^>]*?value="([^"]*)"', html)
    assert found, f"no field {name}"
    return found[1]
