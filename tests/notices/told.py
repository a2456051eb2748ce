"""Notices for tests: people told of Steps without the announcing, posts published as their authors do."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlmodel import col, select

from matching.db import Work
from matching.notices import actions
from matching.notices.model import Notice, Post, PostKind
from matching.notices.queries import unread_count
from matching.people.model import Person
from matching.requests import requester_actions
from matching.requests.model import ServiceRequest
from matching.requests.steps import Step
from tests.cast import AT, Cast
from tests.requests.scene import filing_of

WORDS = "dispatch.leads"


@dataclass
class Hall:
    """The cast's database with what tests of notices do in it."""

    cast: Cast
    work: Work
    numbers: dict[int, str] = field(default_factory=dict)  # of requests

    async def read(self, query: Callable[..., Awaitable[Any]], *args: Any, **kwargs: Any) -> Any:
        """Run a query in a reading session."""
        async with self.work.database.reading() as session:
            return await query(session, *args, **kwargs)

    async def step(self) -> tuple[int, int]:
        """File a wish at S1; the ids of its first Step and of the request."""
        filed = await self.work(requester_actions.file, filing_of(self.cast))

        async def first(session: Any) -> tuple[int, int]:
            request = await session.get_one(ServiceRequest, filed.id)
            self.numbers[filed.id] = request.number
            return (await session.exec(select(Step.id).where(Step.request_id == filed.id))).one(), filed.id

        found: tuple[int, int] = await self.read(first)
        return found

    async def told(self, *logins: str, of: tuple[int, int] | None = None, at: datetime = AT) -> int:
        """Tell these of one Step, of a new wish unless it is named; the id of the last notice."""
        step, request = of or await self.step()

        async def tell(session: Any) -> int:
            rows = [
                Notice(root_id=self.cast.root_id, person_id=self.cast.people[login].id, step_id=step,
                       request_id=request, words=WORDS, at=at)
                for login in logins
            ]  # fmt: skip
            session.add_all(rows)
            await session.flush()
            return rows[-1].id

        told: int = await self.work(tell)
        return told

    async def publish(
        self, by: str, unit: str, *, kind: PostKind = PostKind.announcement, at: datetime = AT, **words: Any
    ) -> int:
        """Publish a post; its id."""
        said = {"title": "关于召开支部大会的通知", "text": "周五 16:00，示教室。"} | words
        return (await self.work(actions.publish, kind, unit, **said, by=self.cast[by], at=at)).id

    async def fill(self, login: str, number: int) -> None:
        """So many posts that they were told of."""
        unit, by = self.cast.units["DW"].id, self.cast.people["wei"].id

        async def fill(session: Any) -> None:
            posts = [
                Post(root_id=self.cast.root_id, unit_id=unit, by_id=by, kind="announcement", title=f"通知 {n}", at=AT)
                for n in range(number)
            ]
            session.add_all(posts)
            await session.flush()
            person = self.cast.people[login].id
            session.add_all(
                Notice(root_id=self.cast.root_id, person_id=person, post_id=post.id, words="post.announcement", at=AT)
                for post in posts
            )

        await self.work(fill)

    async def notice(self, id_: int) -> Notice:
        """One notice as it is in the database."""
        found: Notice = await self.read(lambda session: session.get_one(Notice, id_))
        return found

    async def notices_of_post(self, post: int) -> list[Notice]:
        """All of a post."""

        async def every(session: Any) -> list[Notice]:
            return list(await session.exec(select(Notice).where(Notice.post_id == post).order_by(col(Notice.id))))

        found: list[Notice] = await self.read(every)
        return found

    async def own(self, post: int, login: str) -> Notice:
        """That person's notice of a post."""
        return next(one for one in await self.notices_of_post(post) if one.person_id == self.cast.people[login].id)

    async def unread(self, login: str) -> int:
        """What their menu counts."""
        found: int = await self.read(unread_count, self.cast[login])
        return found

    async def add_people(self, number: int, unit: str, **columns: Any) -> list[int]:
        """So many more people of a unit as an import leaves them, with a login and no password; their ids."""

        async def add(session: Any) -> list[int]:
            rows = [
                Person(root_id=self.cast.root_id, unit_id=self.cast.units[unit].id, member_no=f"X{unit}-{n:04}",
                       name=f"党员{n}", login=f"{unit}-{n}",
                       **{name: of(n) if callable(of) else of for name, of in columns.items()})
                for n in range(number)
            ]  # fmt: skip
            session.add_all(rows)
            await session.flush()
            return [row.id for row in rows]

        added: list[int] = await self.work(add)
        return added
