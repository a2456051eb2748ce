"""Announcements and lessons of the demo: published by its committee and a lead, read by more in some branches."""

import json
from datetime import datetime, time, timedelta
from random import Random
from typing import Any

from sqlmodel import col, select, update
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.clock import SHANGHAI
from matching.demo import DATA, SEED
from matching.demo.cast import STAFF, Cast
from matching.notices import actions
from matching.notices.model import Notice, PostKind
from matching.people.actor import Actor
from matching.people.model import Person, Role
from matching.people.passwords import hashed, one_time_password
from matching.units.model import Unit

MORNING = time(10)


async def open_accounts(session: AsyncSession, root_id: int) -> None:
    """Everybody has an account, so that reading can be measured; their one password is known to nobody."""
    password = await hashed(one_time_password())
    theirs = update(Person).where(col(Person.root_id) == root_id, col(Person.password_hash).is_(None))
    await session.exec(theirs.values(password_hash=password))


async def publish_posts(session: AsyncSession, people: Cast, now: datetime) -> int:
    """Publish all of `posts.json` in the days before `now`; returns how many."""
    posts = json.loads((DATA / "posts.json").read_text("utf-8"))
    for said in posts:
        by, unit = _from(people, said["by"])
        at = datetime.combine((now - timedelta(days=said["days"])).astimezone(SHANGHAI).date(), MORNING, SHANGHAI)
        post = await actions.publish(
            session, PostKind(said["kind"]), unit.code, said["title"], said["text"], said.get("link", ""),
            said["minutes"], by=by, at=at,
        )  # fmt: skip
        await _read(session, post.id or 0, people, said, now)
        if "withdrawn" in said:
            await actions.withdraw(session, post.id or 0, by=by, at=at + timedelta(hours=said["withdrawn"]))
    return len(posts)


def _from(people: Cast, by: str) -> tuple[Actor, Unit]:
    """Who publishes, and to which unit: the demo's own lead to their branch, the committee to anybody."""
    if by == "lead":
        lead = next(one for one in people.people.values() if one.member_no == STAFF[Role.unit_lead][0])
        return people.actors[lead.id or 0], people.units[lead.unit_id]
    return people.committee[0], next(unit for unit in people.units.values() if unit.code == by)


async def _read(session: AsyncSession, post_id: int, people: Cast, said: dict[str, Any], now: datetime) -> None:
    """Most read it within a day, in some branches more than in others."""
    for notice in await session.exec(select(Notice).where(Notice.post_id == post_id)):
        keen = Random(f"{SEED}/{people.people[notice.person_id].unit_id}/keen").uniform(-0.2, 0.1)
        dice = Random(f"{SEED}/{notice.person_id}/{said['title']}")
        read_at = notice.at + timedelta(minutes=dice.randint(3, 24 * 60))
        if dice.random() < said["read"] + keen and read_at < now:
            notice.read_at = read_at
