"""Choosing one of many in a form: from a list while they are few; else by number, name or short name, written into the
same field. What is not clear comes back with those that may be meant, and nothing typed is lost (`f.seek`)."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, false, func, or_
from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.errors import Invalid
from matching.partners.model import Partner
from matching.partners.sought import named
from matching.people.actor import Actor
from matching.people.model import Person
from matching.people.queries import people_below
from matching.requests.queries import LEADING
from matching.units.model import Unit

FEW = 50  # fit a list that is looked through
MATCHES = 12  # to choose from, once something is typed


class Among(StrEnum):
    """Which partners: the hospital's, those that are built with, those whose figures the viewer may read."""

    all = "all"
    open = "open"
    readable = "readable"


@dataclass(frozen=True)
class Choice:
    """For `f.seek`. `options`: code and words, of all while they are few, else of those that may be meant; `name`: of
    the one that is chosen; `more`: there are further ones; `source`: where matches are looked up while one types."""

    options: list[tuple[str, str]]
    many: bool = False
    name: str = ""
    more: bool = False
    source: str = ""


async def partner_choice(session: AsyncSession, by: Actor, among: Among, typed: str = "") -> Choice:
    """The field with what is typed, or chosen, in it. One that is chosen stays, even where it is not among them now."""
    wanted = _among(among, by)
    few = await _partners(session, wanted, FEW)
    known = await _known(session, _among(Among.all, by), typed)
    if len(few) <= FEW:
        return Choice([*few, *(one for one in known[:1] if one not in few)])
    source = f"/choose/partners/{among}"
    if len(known) == 1 or not typed.strip():
        return Choice([], True, known[0][1] if known else "", source=source)
    found = await partners_like(session, by, among, typed)
    return Choice(found[:MATCHES], True, "", len(found) > MATCHES, source)


async def partner_code(session: AsyncSession, by: Actor, among: Among, typed: str) -> str:
    """The code of the one that is meant: by its code or whole name; '' where nothing is typed. Raises Invalid."""
    typed = typed.strip()
    if not typed:
        return ""
    known = await _known(session, _among(Among.all if among is Among.open else among, by), typed)
    if len(known) == 1:
        return known[0][0]
    found = known or await partners_like(session, by, among, typed)
    if found:
        raise Invalid.field_is("partner", "which_one")
    raise Invalid.field_is("partner", "no_such_partner", value=typed)


async def partners_like(session: AsyncSession, by: Actor, among: Among, typed: str) -> list[tuple[str, str]]:
    """Codes and names that a few words may mean, one more than are shown; first where the words stand as typed."""
    if not (text := typed.replace("\0", "").strip()):
        return []
    exactly = col(Partner.name).icontains(text, autoescape=True) | col(Partner.code).icontains(text, autoescape=True)
    return await _partners(session, [*_among(among, by), named(text)], MATCHES, exactly.desc())


async def people_choice(session: AsyncSession, unit: Unit, typed: str = "") -> Choice:
    """One of a unit's people, by number or name; their numbers are what is chosen."""
    few = await people_below(session, unit, size=FEW + 1)
    if len(few) <= FEW:
        return Choice([_person(one) for one in few])
    text = typed.replace("\0", "").strip()
    found = [_person(one) for one in await people_below(session, unit, text=text, size=MATCHES + 1)] if text else []
    whole = [words for number, words in found if number == text]
    if whole:
        return Choice([], True, whole[0])
    return Choice(found[:MATCHES], True, "", len(found) > MATCHES)


async def readable_partners(session: AsyncSession, by: Actor) -> set[str]:
    """The codes of those whose figures the viewer may read."""
    return {code for code, _name in await _partners(session, _among(Among.readable, by))}


def _person(one: Person) -> tuple[str, str]:
    return one.member_no, f"{one.name} {one.department}".strip()


def _among(among: Among, by: Actor) -> list[ColumnElement[bool]]:
    wanted = [col(Partner.root_id) == by.root_id]
    if among is Among.open:
        wanted.append(col(Partner.open).is_(True))
    if among is Among.readable:  # as reports.policy.may_read_partner
        led = or_(false(), *(col(Unit.path).startswith(path) for path in by.paths(*LEADING)))
        wanted.append(col(Partner.unit_id).in_(select(Unit.id).where(Unit.root_id == by.root_id, led)))
    return wanted


async def _known(session: AsyncSession, wanted: list[ColumnElement[bool]], typed: str) -> list[tuple[str, str]]:
    """The one of that code, else those of that whole name."""
    if not (text := typed.replace("\0", "").strip()):
        return []
    by_code = await _partners(session, [*wanted, func.lower(col(Partner.code)) == text.lower()], 1)
    return by_code[:1] or await _partners(session, [*wanted, col(Partner.name) == text], MATCHES)


async def _partners(
    session: AsyncSession, wanted: list[ColumnElement[bool]], most: int | None = None, *first: Any
) -> list[tuple[str, str]]:
    """At most one more than `most`."""
    statement = select(Partner.code, Partner.name).where(*wanted).order_by(*first, col(Partner.code))
    rows = await session.exec(statement.limit(most + 1) if most is not None else statement)
    return [(code, name) for code, name in rows]
