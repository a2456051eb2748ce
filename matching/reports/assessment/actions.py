"""Scoring, signing and opening a sheet again; setting what is assessed. Each act stands in the audit log."""

from collections.abc import Mapping, Sequence
from datetime import date, datetime

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.errors import Invalid, NotAllowed, Refused
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.reports.assessment.evidence import proof_of
from matching.reports.assessment.model import Assessment, AssessmentScheme, AssessmentScore
from matching.reports.assessment.policy import may
from matching.reports.assessment.queries import Sheet, period_of, scheme_for, sheet
from matching.reports.assessment.scheme import CUTS, Item, Scheme, checked
from matching.units.model import Unit

LEAST_WHY, MOST_WHY = 4, 300  # characters of a reason


async def score(
    session: AsyncSession, unit: str, period: str, given: Mapping[str, tuple[float, str]], *, by: Actor, at: datetime
) -> Sheet:
    """Give points for items (code → points with one decimal, reason); what is not named stays as it was.

    Less than all the points of an item needs a reason. Raises NotAllowed, Refused("assessment_signed"), Invalid by
    `points-<item>` and `reason-<item>`.
    """
    found = await _mine(session, unit, period, by)
    if found.signed_at is not None:
        raise Refused("assessment_signed")
    _refuse(found.scheme, given)
    row = found.row
    if row is None:
        row = Assessment(root_id=by.root_id, unit_id=found.unit.id or 0, period=period, scheme=found.scheme.version)
        session.add(row)
        await session.flush()
    changed = []
    for code, (points, reason) in given.items():
        held, tenths = found.scores.get(code), round(points * 10)
        if held is None or (held.tenths, held.reason) != (tenths, reason.strip()):
            changed.append(code)
            session.add(AssessmentScore(
                root_id=by.root_id, assessment_id=row.id or 0, item=code, tenths=tenths, reason=reason.strip(),
                by_id=by.id, at=at,
            ))  # fmt: skip
    if changed:
        note(session, "score_branch", f"{unit} {period} {' '.join(changed)}", by=by, at=at)
        await session.flush()
    return await sheet(session, unit, period, by=by)


async def sign(session: AsyncSession, unit: str, period: str, *, by: Actor, at: datetime) -> Sheet:
    """Fix sum, grade and the figures beside the items as they are now; twice is once.

    Raises NotAllowed, Refused("assessment_incomplete") while an item has no points.
    """
    found = await _mine(session, unit, period, by)
    if found.signed_at is not None:
        return found
    if found.row is None or found.open_items:
        raise Refused("assessment_incomplete", n=len(found.open_items))
    total = found.points() or 0.0
    row = found.row
    row.tenths, row.grade, row.signed_by, row.signed_at = round(total * 10), found.scheme.grade(total), by.id, at
    proof = await proof_of(session, found.unit, period_of(period), by=by)
    row.proof = {code: list(one[1:]) for code, one in proof.items()}
    note(session, "sign_assessment", f"{unit} {period} {total:g} {row.grade}", by=by, at=at)
    return found


async def open_again(session: AsyncSession, unit: str, period: str, why: str, *, by: Actor, at: datetime) -> Sheet:
    """Make a signed sheet a draft again; the reason goes into the audit log. Raises NotAllowed, Invalid on `why`."""
    found = await _mine(session, unit, period, by)
    if len(why.strip()) < LEAST_WHY:
        raise Invalid.field_is("why", "note_too_short", min=LEAST_WHY)
    if found.row is None or found.signed_at is None:
        return found
    row = found.row
    row.tenths, row.grade, row.signed_by, row.signed_at, row.proof = None, "", None, None, {}
    note(session, "open_assessment", f"{unit} {period} {why.strip()}", by=by, at=at)
    return found


async def set_scheme(
    session: AsyncSession, items: Sequence[Item], cuts: Mapping[str, int], since: date, *, by: Actor, at: datetime
) -> AssessmentScheme:
    """A new version, for sheets of periods that end on `since` or later and are not begun yet.

    Raises NotAllowed, Invalid on `items` or a grade.
    """
    # two versions do not get one number
    root = await session.get_one(Unit, by.root_id, with_for_update={"key_share": True})
    if not may("set", by, root.path):
        raise NotAllowed
    checked(items, cuts)
    newest = select(AssessmentScheme.version).where(AssessmentScheme.root_id == by.root_id)
    version = (await session.exec(newest.order_by(col(AssessmentScheme.version).desc()).limit(1))).first() or 0
    made = AssessmentScheme(
        root_id=by.root_id, version=version + 1, since=since, made_by=by.id, made_at=at,
        items=[[*item[:4], list(item.evidence)] for item in items], cuts={grade: cuts[grade] for grade in CUTS},
    )  # fmt: skip
    session.add(made)
    note(session, "set_scheme", f"version={made.version} since={since}", by=by, at=at)
    return made


async def managed_scheme(session: AsyncSession, period: str, *, by: Actor) -> Scheme:
    """The scheme for a period, for who may set it. Raises NotAllowed."""
    if not may("set", by, (await session.get_one(Unit, by.root_id)).path):
        raise NotAllowed
    return await scheme_for(session, by.root_id, period)


async def _mine(session: AsyncSession, unit: str, period: str, by: Actor) -> Sheet:
    # one first score makes one sheet, while others file at the hospital's own places
    root = await session.get_one(Unit, by.root_id, with_for_update={"key_share": True})
    if not may("assess", by, root.path):
        raise NotAllowed
    return await sheet(session, unit, period, by=by, lock=True)


def _refuse(scheme: Scheme, given: Mapping[str, tuple[float, str]]) -> None:
    most = {item.code: item.points for item in scheme.items}
    wrong: dict[str, Refused] = {}
    for code, (points, reason) in given.items():
        if code not in most:
            wrong["items"] = Refused("not_a_choice", field="items")
        elif not 0 <= points <= most[code]:
            wrong[f"points-{code}"] = Refused("out_of_range", field=f"points-{code}", min=0, max=most[code])
        elif points < most[code] and len(reason.strip()) < LEAST_WHY:
            wrong[f"reason-{code}"] = Refused("note_too_short", field=f"reason-{code}", min=LEAST_WHY)
        if len(reason) > MOST_WHY:
            wrong[f"reason-{code}"] = Refused("too_long", field=f"reason-{code}", max=MOST_WHY, n=len(reason))
    if wrong:
        raise Invalid(wrong)
