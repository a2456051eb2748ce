"""Documents that somebody asks for and fetches a little later: asked here, made by a job, gone after a day.

The file lies below the installation's files, readable by nobody else (0600). The table says whose it is and how far.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sqlalchemy import func
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.errors import Invalid, NotAllowed, NotSeen, Refused
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.people.model import Person, Role
from matching.people.queries import actor_of
from matching.privacy.readable import readable
from matching.reports.chosen import choose, scope_by_code
from matching.reports.ledgers.writing import LEDGERS
from matching.reports.model import Export, ExportState
from matching.reports.periods import Period
from matching.reports.written.gathering import SCOPES
from matching.reports.written.making import FORMATS
from matching.reports.written.material import About
from matching.requests.acting import clean
from matching.units.queries import unit_by_code

KEPT = timedelta(hours=24)
LINK_LASTS = timedelta(minutes=30)
LAST_ID = 2**63 - 1
MOST_WAITING = 5  # of one person at once (our own)
MOST_A_DAY = 50  # of one person within KEPT, while their files lie on the disk (our own)
REASON = 6  # characters at least, for a ledger that is not masked (our own)
UNMASK = (Role.committee, Role.unit_lead)
KINDS = (*About, *LEDGERS)
BUSY = (ExportState.waiting, ExportState.making)


@dataclass(frozen=True)
class Wish:
    """What is asked for. `code`: of the unit or partner a report is about, or of the unit a ledger is narrowed to."""

    kind: str
    form: str
    period: str
    code: str = ""
    masked: bool = True
    reason: str = ""


async def ask(session: AsyncSession, wish: Wish, *, by: Actor, at: datetime) -> Export:
    """Put it in the queue. Raises Invalid on the field that is wrong, NotAllowed, NotSeen, Refused for too many."""
    period = Period.parse(wish.period)
    if wish.kind not in KINDS:
        raise Invalid.field_is("kind", "not_a_choice")
    try:
        reason = clean(readable(wish.reason))
    except ValueError as strange:
        raise Invalid.field_is("reason", str(strange)) from None
    await _allowed(session, replace(wish, reason=reason), period, by)
    alone = select(Person.id).where(Person.id == by.id).with_for_update(key_share=True)  # two at once count each other
    await session.exec(alone)
    busy = select(func.count()).select_from(Export).where(Export.by_id == by.id, col(Export.state).in_(BUSY))
    if (await session.exec(busy)).one() >= MOST_WAITING:
        raise Refused("too_many_exports", n=MOST_WAITING)
    lately = select(func.count()).select_from(Export).where(Export.by_id == by.id, col(Export.asked_at) > at - KEPT)
    if (await session.exec(lately)).one() >= MOST_A_DAY:
        raise Refused("too_many_exports_a_day", n=MOST_A_DAY)
    unmasked = not wish.masked and wish.kind in LEDGERS
    row = Export(
        root_id=by.root_id, by_id=by.id or 0, kind=wish.kind, format=wish.form,
        params={"period": period.code, "code": wish.code, "reach": _reach(wish, by)}, masked=not unmasked,
        reason=reason[:300] if unmasked else "", asked_at=at,
    )  # fmt: skip
    session.add(row)
    await session.flush()
    about = f"{wish.kind} {wish.code} {period.code} {wish.form}".replace("  ", " ")
    note(session, "export", about + (f"：未脱敏，{reason}" if unmasked else ""), by=by, at=at)
    return row


async def own_exports(session: AsyncSession, *, by: Actor, before: int = LAST_ID, size: int = 20) -> list[Export]:
    """What somebody asked for before the one with that id, the newest first."""
    theirs = select(Export).where(Export.by_id == by.id, col(Export.id) < before).order_by(col(Export.id).desc())
    return list(await session.exec(theirs.limit(size)))


async def own_export(session: AsyncSession, export_id: int, *, by: Actor) -> Export:
    """One of them. Raises NotSeen."""
    row = await session.get(Export, export_id)
    if row is None or row.by_id != by.id:
        raise NotSeen
    return row


async def export_to_fetch(session: AsyncSession, export_id: int, *, by: Actor, at: datetime) -> Export:
    """One of them whose file is there, for who may still have what stands in it. Raises NotSeen, NotAllowed."""
    row = await own_export(session, export_id, by=by)
    if not is_there(row, at):
        raise NotSeen("export_gone")
    await _still_allowed(session, row, by)
    return row


async def export_for_link(session: AsyncSession, export_id: int, *, at: datetime) -> Export:
    """The one that a link names; what is not masked needs its owner's sign-in. Raises NotSeen, also once its owner has
    left or may not have it any more."""
    row = await session.get(Export, export_id)
    if row is None or not row.masked or not is_there(row, at):
        raise NotSeen("export_gone")
    owner = await session.get_one(Person, row.by_id)
    if owner.status == "left":
        raise NotSeen("export_gone")
    try:
        await _still_allowed(session, row, await actor_of(session, owner))
    except Refused:
        raise NotSeen("export_gone") from None
    return row


def is_there(row: Export, at: datetime) -> bool:
    """Whether its file can be fetched."""
    return row.state == ExportState.ready and row.until is not None and at < row.until


def _reach(wish: Wish, by: Actor) -> list[str]:
    """The subtrees that a ledger of all of one's units is about."""
    if wish.kind not in LEDGERS or wish.code:
        return []
    return list(by.paths(*(LEDGERS[wish.kind].roles if wish.masked else UNMASK)))


async def _still_allowed(session: AsyncSession, row: Export, by: Actor) -> None:
    """Raises what asking for it now would; a role that was lost takes along what was made with it."""
    said = row.params
    wish = Wish(row.kind, row.format, said["period"], said.get("code", ""), row.masked, row.reason)
    await _allowed(session, wish, Period.parse(wish.period), by)
    roles = (LEDGERS[wish.kind].roles if wish.masked else UNMASK) if wish.kind in LEDGERS else ()
    if not all(by.holds(*roles, path=path) for path in said.get("reach", ())):
        raise NotAllowed


async def _allowed(session: AsyncSession, wish: Wish, period: Period, by: Actor) -> None:
    if wish.kind in LEDGERS:
        await _ledger_allowed(session, wish, by)
        return
    if wish.form not in FORMATS:
        raise Invalid.field_is("form", "not_a_choice")
    await _report_allowed(session, wish, period, by)


async def _report_allowed(session: AsyncSession, wish: Wish, period: Period, by: Actor) -> None:
    about = About(wish.kind)
    if about is not About.hospital and not wish.code:
        raise Invalid.field_is("code", "required")
    try:
        scope = await scope_by_code(session, by.root_id, SCOPES[about], wish.code)
    except NotSeen:
        raise Invalid.field_is("code", "no_such_code") from None
    await choose(session, by.root_id, scope, period, by)


async def _ledger_allowed(session: AsyncSession, wish: Wish, by: Actor) -> None:
    if wish.form != "xlsx":
        raise Invalid.field_is("form", "not_a_choice")
    path = ""
    if wish.code:
        path = (await unit_by_code(session, by.root_id, wish.code)).path
    if not by.holds(*LEDGERS[wish.kind].roles, path=path or None):
        raise NotAllowed
    if wish.masked:
        return
    if not by.holds(*UNMASK, path=path or None):
        raise NotAllowed("unmasking_needs_a_lead", field="masked")
    if len(wish.reason) < REASON:
        raise Invalid.field_is("reason", "reason_too_short", min=REASON)
