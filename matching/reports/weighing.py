"""Setting what each of the three rates counts in the composite, from a day on."""

from collections.abc import Sequence
from datetime import date, datetime
from fractions import Fraction

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.errors import Invalid, NotAllowed, Refused
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.reports.assessment.policy import may
from matching.reports.model import RateWeights
from matching.reports.weights import Weights, all_weights
from matching.units.model import Unit


async def weights_set(session: AsyncSession, *, by: Actor) -> Sequence[RateWeights]:
    """All that were ever set, the newest day first. Raises NotAllowed."""
    if not may("set", by, (await session.get_one(Unit, by.root_id)).path):
        raise NotAllowed
    return await all_weights(session, by.root_id)


async def weigh(session: AsyncSession, weights: Weights, since: date, *, by: Actor, at: datetime) -> RateWeights:
    """From `since` on; figures of periods that end before it keep what they were weighed with.

    What was set for the same day is replaced. Raises NotAllowed, Invalid by field: shares from 0 to 1 that make 1.
    """
    # two for the same day do not both insert
    root = await session.get_one(Unit, by.root_id, with_for_update={"key_share": True})
    if not may("set", by, root.path):
        raise NotAllowed
    shares = {name: getattr(weights, name) for name in ("response", "resolution", "satisfaction")}
    wrong = {name: Refused("out_of_range", field=name, min=0, max=100) for name, s in shares.items() if not 0 <= s <= 1}
    if wrong:
        raise Invalid(wrong)
    total = sum(shares.values(), Fraction())
    if total != 1:
        raise Invalid.field_is("satisfaction", "not_all", n=f"{float(total * 100):g}")
    known = select(RateWeights).where(RateWeights.root_id == by.root_id, RateWeights.since == since)
    row = (await session.exec(known)).first()
    if row is None:
        row = RateWeights(root_id=by.root_id, since=since, response=0, resolution=0, satisfaction=0, made_at=at)
        session.add(row)
    for name, share in shares.items():
        setattr(row, name, float(share))
    row.made_by, row.made_at = by.id, at
    note(session, "set_rates", f"since={since} {' '.join(weights.words.values())}", by=by, at=at)
    return row
