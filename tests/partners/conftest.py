"""Two partners of the cast's hospital: P01 with the branch ZB1 (liaisons ke and qu), P02 with ZB2 (liaison ou)."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

import pytest

from matching import clock
from matching.clock import SHANGHAI
from matching.db import Work
from matching.partners import keeping, orders
from matching.partners.liaisons import new_liaison
from matching.partners.model import Partner, PartnerKind
from matching.partners.orders import Details, Order
from matching.people.actor import Actor
from matching.people.queries import actor_of
from matching.privacy.sealed import Sealer
from matching.requests import requester_actions
from matching.requests.model import ServiceRequest
from tests.cast import AT, PASSWORD_HASH, Cast, Doors
from tests.requests.scene import filing_of

LIAISONS = {"ke": ("P01", "柯红梅"), "qu": ("P01", "屈文"), "ou": ("P02", "欧阳平")}
NEED = "车间班组长学心肺复苏，每人按一遍"
VENUE = "江北路 12 号三楼多功能厅"


async def two_partners(session: Any, cast: Cast, at: datetime) -> dict[str, Partner]:
    """Write them; the liaisons join the cast's people and actors."""
    made = {}
    for code, unit in (("P01", "ZB1"), ("P02", "ZB2")):
        known = keeping.Known(f"{code}精密铸造厂", PartnerKind.enterprise, unit)
        made[code] = await keeping.add_partner(session, code, known, by=cast["wei"], at=at)
    for login, (code, name) in LIAISONS.items():
        sealer = Sealer(cast.settings.keys)
        person = await new_liaison(session, made[code], name, "13700137000", "工会", sealer=sealer, by=None, at=at)
        person.login, person.password_hash = login, PASSWORD_HASH
        await session.flush()
        cast.people[login], cast.actors[login] = person, await actor_of(session, person)
    return made


def asked(**other: Any) -> Order:
    """A training ten days after AT, for 40 people."""
    usual: dict[str, Any] = {
        "service": "first_aid", "need": NEED, "day": date(2026, 3, 12), "begins": time(14), "ends": time(16),
        "details": Details(VENUE, 40, "模拟人 4 具", "膝盖跪地，备垫子"), "name": "柯红梅", "phone": "13700137000",
        "filing_key": "order-key-000001", "slots": 1,
    }  # fmt: skip
    return Order(**usual | other)


@dataclass
class Room:
    """The hospital with its partners, and a unit of work."""

    cast: Cast
    work: Work
    partners: dict[str, Partner]

    @property
    def sealer(self) -> Sealer:
        """Of the hospital."""
        return Sealer(self.cast.settings.keys)

    async def order(self, by: str = "ke", at: datetime = AT, **other: Any) -> str:
        """Ask for something; returns its number."""
        made = await self.work(orders.order, asked(**other), sealer=self.sealer, pepper=self.cast.settings.pepper,
                               by=self.cast[by], at=at)  # fmt: skip
        return str(made.number)


@pytest.fixture
async def room(cast: Cast, work: Work) -> Room:
    """On a fresh database."""
    return Room(cast, work, await work(two_partners, cast, AT))


@pytest.fixture
def partners(doors: Doors) -> dict[str, Partner]:
    """In the running application, since half a year."""
    return dict(doors.work(two_partners, doors.cast, clock.now() - timedelta(days=180)))


@pytest.fixture
def order_now(doors: Doors, partners: dict[str, Partner]) -> Callable[..., str]:
    """`order_now("ke")` files in the running application for a day in ten days; returns the number."""
    keys = iter(range(1000))

    async def file(session: Any, by: Actor, other: dict[str, Any]) -> str:
        parts, at = doors.app.state.parts, clock.now()
        day = at.astimezone(SHANGHAI).date() + timedelta(days=10)
        order = asked(**{"day": day, "filing_key": f"order-key-{next(keys):06}"} | other)
        return (
            await orders.order(session, order, sealer=parts.sealer, pepper=parts.settings.pepper, by=by, at=at)
        ).number

    return lambda login, **other: str(doors.work(file, doors.cast[login], other))


async def patients_wish(session: Any, cast: Cast, need: str) -> str:
    """A wish by QR, nobody's partner's; returns its number."""
    filed = await requester_actions.file(session, filing_of(cast, need=need))
    return (await session.get_one(ServiceRequest, filed.id)).number
