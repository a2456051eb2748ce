"""What leaves the building besides announced Steps: posts, reminders, activities, declarations and agreements that end,
by each person's own wishes."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import NEWS, News
from matching.notices.model import Delivery, Notice, Preference, Way
from matching.notices.quiet import may_leave_at
from matching.notices.step_rows import unit_told
from matching.people.model import Person
from matching.requests.model import ServiceRequest
from matching.requests.steps import Step
from matching.units.model import Unit


async def send(session: AsyncSession, notices: ColumnElement[bool], said: Mapping[str, Any], at: datetime) -> None:
    """Queue a Delivery of these Notices for each way their people use, and have their open pages count again.

    `said` holds nothing that points at a person (docs/domain.md §9). A reminder's key carries its number.
    """
    told = select(Notice.root_id, Notice.person_id).where(notices)
    people = [(root_id, person_id) for root_id, person_id in await session.exec(told)]
    wishes = (
        select(Notice, Person.wecom_id, Preference)
        .join(Person, col(Person.id) == Notice.person_id)
        .join(Preference, col(Preference.person_id) == Person.id)
        .where(notices, col(Person.status) != "left", or_(col(Preference.by_mail), col(Preference.by_wecom)))
    )
    for notice, wecom_id, wish in await session.exec(wishes):
        leaves = may_leave_at(at, wish.quiet_from, wish.quiet_to, wish.digest_at)
        if wish.by_mail and wish.sealed_mail:
            session.add(_delivery(notice, Way.mail, said, at, leaves))
        if wish.by_wecom and wecom_id:
            session.add(_delivery(notice, Way.wecom_app, said, at, leaves))
    if people:
        reached = tuple(person_id for _root_id, person_id in people)
        session.info.setdefault(NEWS, []).append(News(people[0][0], 0, "notice", (), reached))


async def said_of(session: AsyncSession, request: ServiceRequest, step: Step) -> dict[str, Any]:
    """What a Delivery of that Step may say, as when it was announced."""
    unit = await session.get(Unit, unit_told(step.verb, step.unit_id, step.detail, request.unit_id))
    return {
        "number": request.number, "service": request.service.name, "service_en": request.service.name_en,
        "unit": unit.name if unit else "", "state": step.to_state, "verb": step.verb,
    }  # fmt: skip


def key_of(notice: Notice) -> str:
    """What a Delivery of it is of; of what may happen again to the same thing with what happened, and when."""
    if notice.post_id or notice.step_id:
        return f"post:{notice.post_id}" if notice.post_id else f"step:{notice.step_id}"
    thing, _dot, happened = notice.words.partition(".")
    id_ = notice.activity_id or notice.declared_id or notice.agreement_id
    return f"{thing}:{id_}/{happened}:{int(notice.at.timestamp() * 1000)}"


def _delivery(notice: Notice, way: Way, said: Mapping[str, Any], at: datetime, leaves: datetime) -> Delivery:
    about = key_of(notice)
    again = f"/{notice.repeats}" if notice.repeats else ""
    return Delivery(
        root_id=notice.root_id, key=f"{about}/person:{notice.person_id}/{way}{again}", way=way,
        person_id=notice.person_id, step_id=notice.step_id, post_id=notice.post_id, words=notice.words,
        said=dict(said), at=at, next_try_at=leaves,
    )  # fmt: skip
