"""The cast's hospital with channels to stand-ins on this machine, and what waits to be sent by them."""

import json
from collections import Counter
from datetime import timedelta
from typing import Any

from sqlmodel import col, select

from matching.api.i18n import translate
from matching.db import Work
from matching.notices.delivering import Courier
from matching.notices.model import Delivery, Endpoint, Preference, Way
from matching.notices.receiving import endpoint_context, mail_context
from matching.notices.ways.carrying import Ways
from matching.privacy.sealed import Sealer
from tests.cast import AT, Cast

SAID = {"number": "260302-00017", "service": "轮椅推送", "service_en": "Wheelchair", "unit": "门诊一支部",
        "state": "dispatched", "verb": "dispatch"}  # fmt: skip
SECOND, MINUTE = timedelta(seconds=1), timedelta(minutes=1)


class Scene:
    """The hospital, a courier, and what it did."""

    def __init__(self, cast: Cast, work: Work, **settings: Any) -> None:
        self.cast, self.work, self.database = cast, work, work.database
        self.sealer = Sealer(cast.settings.keys)
        self.settings = cast.settings.model_copy(
            update={"private_networks": "127.0.0.0/8", "base_url": "https://d.example", **settings}
        )
        self.courier = self.another()
        self.count = 0

    def another(self) -> Courier:
        """What another process would have."""
        return Courier(Ways(self.settings), self.sealer, translate, self.settings.base_url)

    async def add(self, *rows: Any) -> None:
        async def write(session: Any) -> None:
            session.add_all(rows)

        await self.work(write)

    async def endpoint(self, url: str, way: Way = Way.wecom_robot) -> int:
        sealed = self.sealer.seal(json.dumps({"url": url, "secret": "s"}), endpoint_context(self.cast.root_id))
        made = Endpoint(root_id=self.cast.root_id, unit_id=self.cast.units["ZB1"].id, way=way, name="群",
                        sealed=sealed, added_at=AT)  # fmt: skip
        await self.add(made)
        return made.id or 0

    async def wants_mail(self, login: str, address: str = "lin@example.com") -> int:
        person_id = self.cast.people[login].id or 0
        sealed = self.sealer.seal(address, mail_context(person_id))
        await self.add(Preference(person_id=person_id, root_id=self.cast.root_id, sealed_mail=sealed, by_mail=True))
        return person_id

    async def waiting(self, way: Way, count: int = 1, at: Any = AT, **to: Any) -> None:
        rows = []
        for _ in range(count):
            self.count += 1
            said = SAID | {"number": f"260302-{self.count:05}"}
            rows.append(Delivery(root_id=self.cast.root_id, key=f"step:{self.count}/x/{way}", way=way, said=said,
                                 words="dispatch.leads", at=at, next_try_at=at, **to))  # fmt: skip
        await self.add(*rows)

    async def deliver(self, at: Any = AT, courier: Courier | None = None) -> int:
        return await (courier or self.courier).deliver(self.database, self.work, at)

    async def rows(self) -> list[Delivery]:
        async with self.database.reading() as session:
            return list(await session.exec(select(Delivery).order_by(col(Delivery.id))))

    async def fates(self) -> dict[str, int]:
        return dict(Counter(row.fate for row in await self.rows()))
