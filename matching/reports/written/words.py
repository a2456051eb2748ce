"""What people wrote into a chapter of a report. Every text is kept; the newest of a chapter counts."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.errors import Invalid, NotAllowed, NotSeen
from matching.partners.model import Partner
from matching.people.actor import Actor
from matching.people.model import Role
from matching.privacy.readable import readable
from matching.reports.model import ReportWords
from matching.reports.periods import Period
from matching.reports.written.material import WRITTEN, About
from matching.units.model import Unit

MOST = 4000


def about_of(about: About, code: str) -> str:
    """How a report is named in the table: 'hospital', 'branch B01', 'partner P01'."""
    return about if about is About.hospital else f"{about} {code}"


async def words_of(session: AsyncSession, root_id: int, about: str, period: str) -> dict[str, ReportWords]:
    """The newest words by chapter."""
    statement = select(ReportWords).where(
        ReportWords.root_id == root_id, ReportWords.about == about, ReportWords.period == period
    )
    return {row.chapter: row for row in await session.exec(statement.order_by(col(ReportWords.id)))}


async def writable(session: AsyncSession, about: About, code: str, *, by: Actor) -> str:
    """The name of the unit or partner whose report `by` may write in. Raises NotSeen, NotAllowed."""
    unit: Unit | None
    if "\0" in code:  # PostgreSQL refuses to look for that
        raise NotSeen
    if about is About.partner:
        known = select(Partner).where(Partner.root_id == by.root_id, Partner.code == code)
        partner = (await session.exec(known)).first()
        unit, name = (await session.get(Unit, partner.unit_id), partner.name) if partner else (None, "")
    else:
        wanted = Unit.id == by.root_id if about is About.hospital else Unit.code == code
        unit = (await session.exec(select(Unit).where(Unit.root_id == by.root_id, wanted))).first()
        name = unit.name if unit else ""
    if unit is None:
        raise NotSeen
    if not by.holds(Role.committee, Role.unit_lead, path=unit.path):
        raise NotAllowed
    return name


async def write_words(
    session: AsyncSession, about: About, code: str, period: str, texts: Mapping[str, str], *, by: Actor, at: datetime
) -> int:
    """Keep the words of some chapters, those that changed; an empty text takes them away. Returns how many changed.

    Raises NotSeen, NotAllowed, and Invalid at the chapter whose text cannot be kept.
    """
    await writable(session, about, code, by=by)
    named, period = about_of(about, code), Period.parse(period).code
    known = await words_of(session, by.root_id, named, period)
    changed = 0
    for chapter, text in texts.items():
        before = known[chapter].text if chapter in known else ""
        if (clean := _readable(chapter, text)) != before:
            session.add(
                ReportWords(
                    root_id=by.root_id, about=named, period=period, chapter=chapter, text=clean, by_id=by.id, at=at
                )
            )
            changed += 1
    return changed


def _readable(chapter: str, text: str) -> str:
    if chapter not in WRITTEN:
        raise Invalid.field_is("chapter", "not_a_choice")
    try:
        text = readable(text).strip()
    except ValueError as refused:
        raise Invalid.field_is(chapter, str(refused)) from None
    if len(text) > MOST:
        raise Invalid.field_is(chapter, "too_long", max=MOST, n=len(text))
    return text
