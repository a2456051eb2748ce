"""What people wrote into a chapter of a report. Every text is kept; the newest of a chapter counts."""

from datetime import datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.errors import Invalid
from matching.people.actor import Actor
from matching.privacy.readable import readable
from matching.reports.model import ReportWords
from matching.reports.written.material import WRITTEN, About, Chapter

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


async def write_words(
    session: AsyncSession, about: str, period: str, chapter: str, text: str, *, by: Actor, at: datetime
) -> ReportWords:
    """Keep a chapter's words; an empty text takes them away. The caller has asked whether `by` may.

    Raises Invalid at `chapter` and `text`.
    """
    if chapter not in WRITTEN:
        raise Invalid.field_is("chapter", "not_a_choice")
    try:
        text = readable(text).strip()
    except ValueError as refused:
        raise Invalid.field_is("text", str(refused)) from None
    if len(text) > MOST:
        raise Invalid.field_is("text", "too_long", max=MOST, n=len(text))
    row = ReportWords(
        root_id=by.root_id, about=about, period=period, chapter=Chapter(chapter), text=text, by_id=by.id, at=at
    )
    session.add(row)
    await session.flush()
    return row
