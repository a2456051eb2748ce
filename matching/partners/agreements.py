"""Agreements: their terms, the signed file, the warning before they end. The file lies sealed beside the photos."""

import hashlib
from collections.abc import Collection
from datetime import date, datetime, timedelta

from sqlalchemy import and_, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.clock import SHANGHAI
from matching.db import Database, Work
from matching.errors import Invalid, NotAllowed, NotSeen, WrongState
from matching.notices.apart import AGREEMENT_PAGES, OURS
from matching.notices.model import Notice
from matching.notices.sending import send
from matching.partners.model import Agreement, Partner
from matching.partners.policy import may
from matching.partners.queries import partner_for
from matching.partners.standing import WARN, term_problem
from matching.people.actor import Actor
from matching.people.auditing import note
from matching.people.model import Grant, Person, Role
from matching.privacy.readable import STRANGE
from matching.requests.drawing import Photo
from matching.requests.photos import Photos
from matching.units.model import Unit

PDF, LARGEST = b"%PDF-", 8 * 1024 * 1024  # bytes
PLACE = "agreement-"  # folders of signed files, one an agreement
UNNAMED = timedelta(days=2)  # that a file may lie there before its agreement names it


async def add_agreement(
    session: AsyncSession, code: str, no: str, first_on: date, last_on: date, signed_by: str = "", *, by: Actor,
    at: datetime,
) -> Agreement:  # fmt: skip
    """A new one, 1 to 3 years. Raises NotSeen, NotAllowed, Invalid on `no` or `last_on`."""
    partner, _unit = await partner_for(session, "set_agreements", code, by, lock=True)
    if (wrong := term_problem(first_on, last_on)) is not None:
        raise Invalid.field_is("last_on", wrong)
    taken = select(Agreement.id).where(Agreement.root_id == by.root_id, Agreement.no == no)
    if (await session.exec(taken)).first() is not None:
        raise Invalid.field_is("no", "in_use", value=no)
    agreement = Agreement(
        root_id=by.root_id, partner_id=partner.id or 0, no=no, first_on=first_on, last_on=last_on, signed_by=signed_by,
        made_by=by.id, made_at=at,
    )  # fmt: skip
    session.add(agreement)
    note(session, "add_agreement", f"{code} {no}", by=by, at=at)
    await session.flush()
    return agreement


async def end_agreement(session: AsyncSession, code: str, agreement_id: int, *, by: Actor, at: datetime) -> Agreement:
    """Called off before its last day. Raises NotSeen, NotAllowed, WrongState("agreement_over")."""
    agreement = await _agreement(session, "set_agreements", code, agreement_id, by)
    if agreement.ended_at is not None or agreement.last_on < at.astimezone(SHANGHAI).date():
        raise WrongState("agreement_over")
    agreement.ended_at = at
    note(session, "end_agreement", f"{code} {agreement.no}", by=by, at=at)
    return agreement


async def checked_file(photos: Photos, raw: bytes) -> Photo:
    """What was uploaded, as it may be kept: a PDF as it is, a picture drawn anew. Raises Invalid on `file`."""
    if len(raw) > LARGEST:
        raise Invalid.field_is("file", "file_too_large", mib=LARGEST // 1024 // 1024)
    if raw.startswith(PDF) and b"%%EOF" in raw[-2048:]:
        return Photo(hashlib.sha256(raw).hexdigest(), raw)
    try:
        return await photos.drawn(raw)
    except Invalid:
        raise Invalid.field_is("file", "agreement_format") from None


async def agreement_to_sign(session: AsyncSession, code: str, agreement_id: int, *, by: Actor) -> None:
    """Whether `by` may hand in the signed file, asked before it is looked at. Raises NotSeen, NotAllowed."""
    await _agreement(session, "set_agreements", code, agreement_id, by)


async def hand_in(
    session: AsyncSession, code: str, agreement_id: int, digest: str, name: str, *, by: Actor, at: datetime
) -> tuple[Agreement, str]:
    """The file with that digest is the signed one; `name` is what the browser calls it. Also returns the digest of the
    file that it replaces, '' for none: the caller's to erase, once this is committed. Raises NotSeen, NotAllowed."""
    agreement = await _agreement(session, "set_agreements", code, agreement_id, by)
    before = agreement.file
    agreement.file, agreement.file_name = digest, STRANGE.sub("", name)[-120:]
    note(session, "sign_agreement", f"{code} {agreement.no}", by=by, at=at)
    return agreement, before if before != digest else ""


async def keep_signed(
    session: AsyncSession, code: str, agreement_id: int, file: Photo, name: str, *, photos: Photos, by: Actor,
    at: datetime,
) -> tuple[Agreement, str]:  # fmt: skip
    """The same with the file itself, kept while nobody else can replace it: it may be the one that is just replaced.
    May be done again from the start, as every action."""
    agreement, before = await hand_in(session, code, agreement_id, file.digest, name, by=by, at=at)
    await photos.keep(folder(agreement), file)
    return agreement, before


async def erase_replaced(session: AsyncSession, agreement_id: int, digest: str, *, photos: Photos) -> None:
    """The file that another replaced goes once that is committed, unless it was handed in again meanwhile."""
    agreement = await session.get_one(Agreement, agreement_id, with_for_update=True)
    if agreement.file != digest:
        await photos.erase_one(folder(agreement), digest)


async def signed_file(session: AsyncSession, code: str, agreement_id: int, *, by: Actor) -> Agreement:
    """The agreement whose file `by` may read. Raises NotSeen, also where no file was handed in; NotAllowed."""
    agreement = await _agreement(session, "read_agreements", code, agreement_id, by)
    if not agreement.file:
        raise NotSeen
    return agreement


def folder(agreement: Agreement) -> str:
    """Where its file lies among the sealed ones."""
    return f"{PLACE}{agreement.id}"


async def erase_unnamed(photos: Photos, database: Database, _work: Work, at: datetime) -> int:
    """The job: files that no agreement names, because the upload broke off or another took their place while nobody
    could erase them. Returns how many."""

    async def named(ids: Collection[int]) -> set[tuple[int, str]]:
        signed = select(Agreement.id, Agreement.file).where(col(Agreement.id).in_(ids), Agreement.file != "")
        async with database.reading() as session:
            return {(agreement_id or 0, digest) for agreement_id, digest in await session.exec(signed)}

    return await photos.erase_unnamed(PLACE, at - UNNAMED, named)


async def warn_of_ending(_database: Database, work: Work, at: datetime) -> int:
    """The job: 60 days before the last day tell the office, the leads of the paired branch and the liaisons, once."""
    return await work(_warn, at)


async def _warn(session: AsyncSession, at: datetime) -> int:
    """A renewal that begins by the day after keeps anybody from being told."""
    today, told = at.astimezone(SHANGHAI).date(), 0
    ending = (
        select(Agreement, Partner, Unit)
        .join(Partner, col(Partner.id) == Agreement.partner_id)
        .join(Unit, col(Unit.id) == Partner.unit_id)
        .where(Agreement.last_on >= today, Agreement.last_on <= today + WARN, col(Agreement.ended_at).is_(None))
        .where(col(Partner.open))
    )
    for agreement, partner, unit in list(await session.exec(ending)):
        later = select(Agreement.id).where(
            Agreement.partner_id == partner.id, col(Agreement.ended_at).is_(None),
            Agreement.last_on > agreement.last_on,
        )  # fmt: skip
        if (await session.exec(later)).first() is not None:
            continue
        known = set(await session.exec(select(Notice.person_id).where(Notice.agreement_id == agreement.id)))
        fresh = [one for one in await _concerned(session, partner, unit) if one[0] not in known]
        for words, page in AGREEMENT_PAGES.items():
            people = [person_id for person_id, theirs in fresh if theirs is (words == OURS)]
            if not people:
                continue
            session.add_all(
                Notice(root_id=partner.root_id, person_id=person_id, agreement_id=agreement.id, words=words, at=at)
                for person_id in people
            )
            await session.flush()
            of = (col(Notice.agreement_id) == agreement.id) & (col(Notice.words) == words)
            await send(session, of & col(Notice.person_id).in_(people), {"page": page}, at)
        told += len(fresh)
    return told


async def _concerned(session: AsyncSession, partner: Partner, unit: Unit) -> list[tuple[int, bool]]:
    """Each person once, and whether they are the partner's own."""
    above = [int(part) for part in unit.path.split("/") if part]
    office = and_(col(Grant.role) == Role.committee, col(Grant.unit_id) == partner.root_id)
    leads = and_(col(Grant.role) == Role.unit_lead, col(Grant.unit_id).in_(above))
    theirs = and_(col(Grant.role) == Role.liaison, col(Person.partner_id) == partner.id)
    statement = (
        select(Grant.person_id, col(Person.partner_id).is_not(None))
        .join(Person, col(Person.id) == Grant.person_id)
        .where(Grant.root_id == partner.root_id, col(Grant.revoked_at).is_(None), Person.status != "left")
        .where(or_(office, leads, theirs))
    )
    return sorted({(person_id, theirs) for person_id, theirs in await session.exec(statement)})


async def _agreement(session: AsyncSession, act: str, code: str, agreement_id: int, by: Actor) -> Agreement:
    partner, unit = await partner_for(session, act, code, by)
    agreement = await session.get(Agreement, agreement_id, with_for_update=act != "read_agreements")
    if agreement is None or agreement.partner_id != partner.id:
        raise NotSeen
    if not may(act, by, partner, unit.path):
        raise NotAllowed
    return agreement
