"""What recognition holds about somebody, for the copy that is theirs to have (PIPL art. 45)."""

from typing import Any

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.people.actor import Actor
from matching.recognition.model import Certificate, Declared, PointsEntry


async def copy_of(session: AsyncSession, *, by: Actor) -> dict[str, Any]:
    """What they declared with its evidence, the lines of their ledger, their certificates. JSON values; moments in
    ISO 8601, UTC; `evidence` is where the photo is shown to them, '' once it is erased."""
    declared = await session.exec(select(Declared).where(Declared.person_id == by.id).order_by(col(Declared.id)))
    lines = await session.exec(select(PointsEntry).where(PointsEntry.person_id == by.id).order_by(col(PointsEntry.id)))
    papers = select(Certificate).where(Certificate.person_id == by.id).order_by(col(Certificate.id))
    return {
        "declared": [
            {
                "title": one.title, "on": one.on.isoformat(), "minutes": one.minutes, "organiser": one.organiser,
                "said": one.said, "evidence": f"/points/declared/{one.id}/photo" if one.evidence else "",
                "made_at": one.made_at.isoformat(), "state": one.state, "why": one.why,
                "reviewed_at": one.reviewed_at and one.reviewed_at.isoformat(),
            }
            for one in declared
        ],
        "points": [
            {
                "year": line.year, "on": line.on.isoformat(), "kind": line.kind, "title": line.title,
                "about": line.about, "minutes": line.minutes, "centipoints": line.centipoints, "why": line.why,
            }
            for line in lines
        ],
        "certificates": [
            {
                "no": paper.no, "first_on": paper.first_on.isoformat(), "last_on": paper.last_on.isoformat(),
                "minutes": paper.minutes, "content": paper.content, "issued_at": paper.issued_at.isoformat(),
                "revoked_at": paper.revoked_at and paper.revoked_at.isoformat(), "why": paper.why,
                "replaced_by": paper.replaced_by,
            }
            for paper in await session.exec(papers)
        ],
    }  # fmt: skip
