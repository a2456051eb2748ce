"""Requests for the working pages: filed now and led as far as a test needs, by the usual people."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from matching import clock
from matching.people.actor import Actor
from matching.privacy.sealed import Sealer
from matching.requests import requester_actions
from matching.requests.model import ServiceRequest
from matching.requests.queries import visible_request
from tests.cast import Doors
from tests.requests.scene import ACTS, filing_of


@dataclass
class Order:
    """One request; `path` is its page."""

    doors: Doors
    id: int
    number: str

    @property
    def path(self) -> str:
        return f"/requests/{self.number}"

    def do(self, act: str, *, by: str = "", at: datetime | None = None, **words: Any) -> "Order":
        """As it is usually done (tests/requests/scene.py), now."""
        usual, cast = ACTS[act], self.doors.cast
        said = usual.words | words
        if "person" in said:
            said["person"] = cast.people[said["person"]].member_no
        if usual.action is requester_actions.supplement:
            said["sealer"] = Sealer(cast.settings.keys)
        who = by or usual.by
        actor = Actor.requester(cast.root_id, self.id) if who == "patient" else cast[who]
        self.doors.work(usual.action, self.number, by=actor, at=at or clock.now(), **said)
        return self

    def now(self) -> ServiceRequest:
        """As it is in the database."""
        return self.doors.read(visible_request, self.number, Actor.system(self.doors.cast.root_id))


def order(doors: Doors, *acts: str, service: str = "wheelchair", at: datetime | None = None, **wish: Any) -> Order:
    """File one at S1 (which ZB1 looks after) and do these acts."""
    filed = doors.work(requester_actions.file, filing_of(doors.cast, service, at=at or clock.now(), **wish))
    number = doors.read(_number, filed.id)
    made = Order(doors, filed.id, number)
    for act in acts:
        made.do(act)
    return made


async def _number(session: Any, id_: int) -> str:
    return (await session.get_one(ServiceRequest, id_)).number
