"""What stands beside the items of a sheet, figures and the rhythm of meetings: as it is, or as it was when signed."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.rhythm import Quarter, kept_over
from matching.people.actor import Actor
from matching.reports.assessment.scheme import EVIDENCE
from matching.reports.figures import Period, Scope, ScopeKind, figures
from matching.reports.values import NOTHING
from matching.units.model import Unit


class Proof(NamedTuple):
    """One piece of evidence: its words, the text it is shown as, its n, and whether that is few."""

    words: str
    text: str
    n: int | None
    few: bool


async def proof_of(
    session: AsyncSession, unit: Unit, period: Period, *, by: Actor, kept: Mapping[str, Any] | None = None
) -> dict[str, Proof]:
    """All of a branch in a quarter or a year by their codes; those that were `kept` as they are. Raises NotAllowed."""
    if kept:
        return {code: Proof(EVIDENCE[code], *said) for code, said in kept.items() if code in EVIDENCE}
    found = await figures(session, unit.root_id, Scope(ScopeKind.unit, unit.id or 0), period, by=by)
    proof = {code: Proof(one.name, one.text, one.n, one.few) for code, one in found.items() if code in EVIDENCE}
    until = Quarter.of(period.last).number
    quarters = [Quarter(period.first.year, n) for n in range(Quarter.of(period.first).number, until + 1)]
    for kind, one in (await kept_over(session, unit, quarters)).items():
        said = f"{one.held}/{one.asked}" if one.asked else NOTHING
        proof[f"kept_{kind}"] = Proof(EVIDENCE[f"kept_{kind}"], said, None, False)
    return proof
