"""The figures that stand beside the items of a sheet: as they are, or as they were when it was signed."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.people.actor import Actor
from matching.reports.assessment.scheme import EVIDENCE
from matching.reports.figures import Period, Scope, ScopeKind, figures
from matching.units.model import Unit


class Proof(NamedTuple):
    """A figure as evidence: its words, the text it is shown as, its n, and whether that is few."""

    words: str
    text: str
    n: int | None
    few: bool


async def proof_of(
    session: AsyncSession, unit: Unit, period: Period, *, by: Actor, kept: Mapping[str, Any] | None = None
) -> dict[str, Proof]:
    """All figures of a branch in a period by their codes; those that were `kept` as they are. Raises NotAllowed."""
    if kept:
        return {code: Proof(EVIDENCE[code], *said) for code, said in kept.items() if code in EVIDENCE}
    found = await figures(session, unit.root_id, Scope(ScopeKind.unit, unit.id or 0), period, by=by)
    return {code: Proof(one.name, one.text, one.n, one.few) for code, one in found.items() if code in EVIDENCE}
