"""Lists of points that hang out for 7 days: published, objected to, answered, taken back (docs/domain.md §7).

A list keeps its lines as they were. The day it is published does not count among the 7; it stands when they are over
and every objection has its answer. All of the hospital's own people may read it.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from sqlmodel import col, func, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.clock import SHANGHAI
from matching.errors import Invalid, NotAllowed, NotSeen, Refused, WrongState
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.people.model import Person
from matching.recognition.ledger import standings, this_year
from matching.recognition.model import Objection, PublicList
from matching.recognition.policy import may, refuse_outsiders
from matching.recognition.sources import picked
from matching.units.model import Unit
from matching.units.queries import unit_by_code
from matching.words import _

DAYS = 7
MOST_OBJECTIONS = 5  # of one person to one list


class Hanging(StrEnum):
    """Where a public list stands."""

    hanging = "hanging"
    open = "open"  # its days are over, an objection has no answer yet
    stands = "stands"
    taken_back = "taken_back"


HANGING = {
    Hanging.hanging: _("公示中"),
    Hanging.open: _("有异议待答复"),
    Hanging.stands: _("公示无异议"),
    Hanging.taken_back: _("已撤回"),
}


class Line(NamedTuple):
    """One line as it was published."""

    person: Person
    minutes: int
    centipoints: int
    star: int


class Published(NamedTuple):
    """A list with its unit, how many objections there are and how many have no answer."""

    list: PublicList
    unit: Unit
    objections: int
    unanswered: int

    def state(self, at: datetime) -> Hanging:
        """Where it stands at that moment."""
        if self.list.taken_back_at is not None:
            return Hanging.taken_back
        if self.list.hangs(at.astimezone(SHANGHAI).date()):
            return Hanging.hanging
        return Hanging.open if self.unanswered else Hanging.stands


async def publish(session: AsyncSession, unit: str, year: int, title: str, *, by: Actor, at: datetime) -> PublicList:
    """Hang out everybody's points of the unit and those below it, as they are now; people without any are left out.

    Raises NotAllowed, Invalid, Refused("list_hangs") while another of the same unit and year hangs out,
    Refused("nothing_to_publish").
    """
    chosen = await unit_by_code(session, by.root_id, unit)
    if not may("publish_points", by, chosen.path):
        raise NotAllowed("outside_your_units", field="unit")
    if not this_year(at) - 2 <= year <= this_year(at):
        raise Invalid.field_is("year", "not_a_choice")
    alone = select(Unit.id).where(Unit.id == chosen.id).with_for_update(key_share=True)  # one list at a time
    await session.exec(alone)
    today = at.astimezone(SHANGHAI).date()
    same = select(PublicList).where(PublicList.unit_id == chosen.id, PublicList.year == year)
    if any(one.hangs(today) for one in await session.exec(same)):
        raise Refused("list_hangs")
    having = [one for one in await standings(session, by.root_id, (chosen.path,), year) if one.minutes > 0]
    if not having:
        raise Refused("nothing_to_publish", field="unit")
    made = PublicList(
        root_id=by.root_id, unit_id=chosen.id or 0, title=title, year=year,
        lines=[[one.person.id, one.minutes, one.centipoints, one.star] for one in having],
        published_at=at, published_by=by.id, ends_on=today + timedelta(days=DAYS),
    )  # fmt: skip
    session.add(made)
    await session.flush()
    note(session, "publish_points", f"{chosen.code} {year} {len(having)}", by=by, at=at)
    return made


async def take_back(session: AsyncSession, list_id: int, why: str, *, by: Actor, at: datetime) -> PublicList:
    """It was wrong: it stays readable with the reason, and another may be published. Raises NotSeen, NotAllowed."""
    found = await _locked(session, list_id, by)
    await _refuse_unless_theirs(session, found, by)
    if found.taken_back_at is not None:
        raise WrongState("list_taken_back")
    found.taken_back_at, found.why = at, why
    note(session, "take_back_points", f"{list_id}", by=by, at=at)
    return found


async def object_to(session: AsyncSession, list_id: int, text: str, *, by: Actor, at: datetime) -> Objection:
    """Anybody of the hospital's own may, while it hangs out; the same words again, while they wait, are one.

    Raises NotSeen, NotAllowed, WrongState("list_over"), Refused("too_many_objections").
    """
    person_id = refuse_outsiders(by)
    found = await _locked(session, list_id, by)
    if not found.hangs(at.astimezone(SHANGHAI).date()):
        raise WrongState("list_over")
    mine = list(
        await session.exec(select(Objection).where(Objection.list_id == found.id, Objection.by_id == person_id))
    )
    if same := next((one for one in mine if one.text == text and one.answered_at is None), None):
        return same
    if len(mine) >= MOST_OBJECTIONS:
        raise Refused("too_many_objections", n=MOST_OBJECTIONS)
    made = Objection(root_id=by.root_id, list_id=found.id or 0, by_id=person_id, text=text, at=at)
    session.add(made)
    await session.flush()
    return made


async def answer(
    session: AsyncSession, list_id: int, objection_id: int, text: str, *, by: Actor, at: datetime
) -> Objection:
    """Once, by who may publish, and never one's own. Raises NotSeen, NotAllowed, WrongState."""
    found = await _locked(session, list_id, by)
    await _refuse_unless_theirs(session, found, by)
    objection = await session.get(Objection, objection_id)
    if objection is None or objection.list_id != found.id:
        raise NotSeen
    if objection.by_id == by.id:
        raise NotAllowed("own_objection")
    if objection.answered_at is not None:
        raise WrongState("objection_answered")
    objection.answer, objection.answered_by, objection.answered_at = text, by.id, at
    note(session, "answer_objection", f"{list_id} {objection_id}", by=by, at=at)
    return objection


async def lists(
    session: AsyncSession, *, before: int | None = None, size: int = 30, by: Actor
) -> tuple[list[Published], int | None]:
    """The hospital's, the newest first; and the id before which the rest lies, None at the end."""
    refuse_outsiders(by)
    statement = _counted(by.root_id).order_by(col(PublicList.id).desc()).limit(size + 1)
    if before is not None:
        statement = statement.where(col(PublicList.id) < before)
    rows = [Published(*row) for row in await session.exec(statement)]
    return rows[:size], rows[size - 1].list.id if len(rows) > size else None


async def visible_list(session: AsyncSession, list_id: int, *, by: Actor) -> Published:
    """One of the hospital's. Raises NotSeen, NotAllowed."""
    refuse_outsiders(by)
    found = (await session.exec(_counted(by.root_id).where(PublicList.id == list_id))).first()
    if found is None:
        raise NotSeen
    return Published(*found)


async def lines_of(session: AsyncSession, shown: PublicList) -> list[Line]:
    """Its lines in their order, with the people."""
    ids = [line[0] for line in shown.lines]
    people = {one.id: one for one in await session.exec(select(Person).where(col(Person.id).in_(ids)))}
    return [Line(people[id_], minutes, amount, stars) for id_, minutes, amount, stars in shown.lines if id_ in people]


async def objections_of(session: AsyncSession, shown: PublicList, *, by: Actor) -> list[tuple[Objection, str]]:
    """Those that one may see, with the name of who raised them: all for who may answer, else one's own."""
    unit = await session.get_one(Unit, shown.unit_id)
    statement = select(Objection, Person.name).join(Person, col(Person.id) == Objection.by_id)
    statement = statement.where(Objection.list_id == shown.id).order_by(col(Objection.id))
    if not may("publish_points", by, unit.path):
        statement = statement.where(Objection.by_id == by.id)
    return list(await session.exec(statement))


def _counted(root_id: int) -> Any:
    unanswered = func.count(col(Objection.id)).filter(col(Objection.answered_at).is_(None))
    counts = (
        select(Objection.list_id, func.count(col(Objection.id)).label("all"), unanswered.label("open"))
        .group_by(col(Objection.list_id))
        .subquery()
    )
    return (
        picked(PublicList, Unit, func.coalesce(counts.c.all, 0), func.coalesce(counts.c.open, 0))
        .join(Unit, col(Unit.id) == PublicList.unit_id)
        .outerjoin(counts, counts.c.list_id == PublicList.id)
        .where(col(PublicList.root_id) == root_id)
    )


async def _locked(session: AsyncSession, list_id: int, by: Actor) -> PublicList:
    refuse_outsiders(by)
    statement = select(PublicList).where(PublicList.root_id == by.root_id, PublicList.id == list_id)
    found = (await session.exec(statement.with_for_update())).first()
    if found is None:
        raise NotSeen
    return found


async def _refuse_unless_theirs(session: AsyncSession, shown: PublicList, by: Actor) -> None:
    unit = await session.get_one(Unit, shown.unit_id)
    if not may("publish_points", by, unit.path):
        raise NotAllowed
