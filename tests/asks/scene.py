"""A hospital in which many could be asked: the cast's with a crowd in ZB1, and what tests of asks say and see."""

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlmodel import col, select

from matching.activities import engaging
from matching.asks import counts
from matching.asks.model import Ask, AskCount, Waiting, Wave
from matching.asks.tending import tend
from matching.asks.waves import run_waves
from matching.people.actor import Actor
from matching.people.model import Grant, Person, Role
from matching.people.queries import actor_of
from matching.requests import verify
from tests.cast import AT
from tests.requests.scene import Story

MINUTE = timedelta(minutes=1)


@dataclass
class Crowd(Story):
    """A story whose members are asked."""

    async def crowd(self, n: int, **person: Any) -> list[str]:
        """So many more members of ZB1; returns their numbers."""
        numbers = [f"C{number:03}" for number in range(n)]

        async def come(session: Any) -> None:
            unit = self.cast.units["ZB1"]
            people = [
                Person(root_id=self.cast.root_id, unit_id=unit.id, member_no=no, name=no, **person) for no in numbers
            ]
            session.add_all(people)
            await session.flush()
            session.add_all(
                Grant(root_id=one.root_id, person_id=one.id, unit_id=unit.id, role=Role.member, granted_at=AT)
                for one in people
            )

        await self.work(come)
        return numbers

    async def run(self, at: datetime | None = None) -> int:
        """One round of the job."""
        return await run_waves(self.database, self.work, at or self.at)

    async def tend(self, at: datetime) -> bool:
        """The same for this request alone."""
        return await self.work(tend, self.id, at)

    async def asks(self) -> list[Ask]:
        """Everybody who was asked for it, in the order of the asking."""
        return await self.rows(select(Ask).where(Ask.request_id == self.id).order_by(col(Ask.id)))

    async def answers(self) -> Counter[str]:
        """How many asks stand how."""
        return Counter(ask.answer for ask in await self.asks())

    async def ask_of(self, by: Actor) -> Ask:
        """What somebody was asked for last."""
        return (await self.rows(select(Ask).where(Ask.person_id == by.id).order_by(col(Ask.id))))[-1]

    async def wave(self, purpose: str = "slot") -> Wave:
        """Where its waves stand."""
        (found,) = await self.rows(select(Wave).where(Wave.request_id == self.id, Wave.purpose == purpose))
        return found

    async def line(self) -> list[Waiting]:
        """Its waiting list, with those who left it."""
        return await self.rows(select(Waiting).where(Waiting.request_id == self.id).order_by(col(Waiting.id)))

    async def counted(self, by: Actor, category: str = "") -> tuple[int, int]:
        """How often somebody was asked, and said yes."""
        found = await self.rows(select(AskCount).where(AskCount.person_id == by.id, AskCount.category == category))
        return (found[0].asked, found[0].accepted) if found else (0, 0)

    async def verbs(self) -> list[str]:
        """What happened to it, since it was dispatched."""
        verbs = [step.verb for step in await self.steps()]
        return verbs[verbs.index("dispatch") + 1 :]

    async def actor(self, member_no: str) -> Actor:
        """Somebody of the crowd."""
        async with self.database.reading() as session:
            person = (await session.exec(select(Person).where(Person.member_no == member_no))).one()
            return await actor_of(session, person)

    async def who_was_asked(self) -> list[Actor]:
        """Those who were asked for it, in the order of their ids."""
        async with self.database.reading() as session:
            people = select(Person).join(Ask, col(Ask.person_id) == col(Person.id)).where(Ask.request_id == self.id)
            return [await actor_of(session, one) for one in await session.exec(people.order_by(col(Person.id)))]

    async def rows(self, statement: Any) -> list[Any]:
        """What the database holds."""
        async with self.database.reading() as session:
            return list(await session.exec(statement))

    async def differences(self) -> list[str]:
        """What `matching verify` finds: requests that are not what their Steps say, counts that no ask explains, hours
        of activities that no list does."""
        async with self.database.reading() as session:
            found = [line async for line in verify.differences(session)]
        for look in (counts.differences, engaging.differences):
            async with self.database.reading() as session:
                found += [line async for line in look(session)]
        return found
