"""One import: one transaction, all rows or (unless `partial`) none."""

from datetime import datetime
from pathlib import Path

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import Work
from matching.errors import Invalid, Refused
from matching.importing import columns
from matching.importing.importer import Importer, Tools
from matching.importing.partners import Partners
from matching.importing.reading import Table, table
from matching.importing.report import NotImported, Problem, Report
from matching.importing.requests import Requests
from matching.importing.roster import Roster
from matching.importing.services import Services
from matching.importing.spots import Spots
from matching.importing.units import Units
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.units.model import Unit
from matching.units.queries import hospital

KINDS: dict[str, type[Importer]] = {
    "units": Units,
    "roster": Roster,
    "services": Services,
    "spots": Spots,
    "requests": Requests,
    "partners": Partners,
}
BATCH = 250


async def import_file(
    work: Work, kind: str, path: Path, tools: Tools, *, at: datetime, partial: bool = False, by: Actor | None = None
) -> Report:
    """Import one file into the hospital; the report says what happened, also when nothing was written.

    `by` goes into the audit log; without one it was the system. Raises Invalid when the file cannot be read at all.
    """
    try:
        return await work(_from_file, kind, path, tools, at=at, partial=partial, by=by)
    except NotImported as refused:
        return refused.report


async def _from_file(
    session: AsyncSession, kind: str, path: Path, tools: Tools, *, at: datetime, partial: bool, by: Actor | None
) -> Report:
    opened = table(path, KINDS[kind].sheet)
    report = await import_table(session, kind, opened, tools, at=at, partial=partial)
    root = await hospital(session)
    if root is not None and (report.new or report.changed):
        about = f"{kind}: {report.new} new, {report.changed} changed, {report.refused} refused"
        note(session, "import", about, by=by or Actor.system(root.id or 0), at=at)
    return report


async def import_table(
    session: AsyncSession, kind: str, opened: Table, tools: Tools, *, at: datetime, partial: bool = False
) -> Report:
    """The same inside a transaction that does more. Raises NotImported."""
    report = Report(kind)
    known = await hospital(session)
    importer = KINDS[kind](session, known or await _first(session, kind), report, tools, at)
    importer.new_root = known is None
    found, wrong = columns.places(importer.columns, opened.headings)
    if wrong:
        report.refuse(wrong)
        raise NotImported(report)
    await importer.begin()
    await _take(importer, opened, found)
    if report.refused and not partial:
        raise NotImported(report)
    return report


async def _take(importer: Importer, opened: Table, found: dict[str, str]) -> None:
    first_with: dict[str, int] = {}
    for place, row in enumerate(opened.rows, start=1):
        values, problems = columns.values(importer.columns, found, row)
        if importer.key in values and not problems:
            first = first_with.setdefault(values[importer.key], row.number)
            if first != row.number:
                problems = [Problem(row.number, importer.key, Refused("repeated_row", row=first))]
        if problems:
            importer.report.refuse(problems)
            continue
        try:
            await importer.put(row.number, values)
        except Refused as refused:
            importer.report.refuse([Problem(row.number, refused.field or importer.key, refused)])
        if place % BATCH == 0:
            await importer.settle()
    await importer.settle()
    await importer.finish()


async def _first(session: AsyncSession, kind: str) -> Unit:
    """The first file of an installation may make the hospital, when it says which units there are."""
    if kind not in {"units", "roster"}:
        raise Invalid.field_is("file", "no_hospital")
    made = Unit(root_id=0, code="DW", name="党委", kind="committee")
    session.add(made)
    await session.flush()
    made.root_id, made.path = made.id or 0, f"/{made.id}/"
    return made
