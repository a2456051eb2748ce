"""The house as programs see it: services, places, units, people, and the table of who may do what."""

from typing import Annotated

from fastapi import Query, Request, Response
from pydantic import BaseModel, Field, StringConstraints
from sqlmodel import col, select

from matching.api import paging
from matching.api.deps import SignedIn, TheParts
from matching.api.fields import Code, Readable
from matching.api.v1.problems import may_refuse
from matching.api.v1.routing import Lang, private
from matching.api.v1.shapes import PersonOut, ServiceOut, SpotOut, UnitOut
from matching.errors import NotAllowed
from matching.notices.policy import MAY as NOTICES_MAY
from matching.people.model import Role
from matching.people.queries import people_below
from matching.requests.policy import MAY
from matching.services.model import Audience
from matching.services.queries import catalogue
from matching.units.model import Spot, Unit
from matching.units.queries import subtree, unit_by_code

router = private("house")
LOOKING_UP = (Role.administrator, Role.committee, Role.dispatcher, Role.unit_lead, Role.auditor)


class Services(BaseModel):
    """The catalogue, in its order."""

    items: list[ServiceOut]


class Units(BaseModel):
    """The tree, each unit before those below it."""

    items: list[UnitOut]


class Spots(BaseModel):
    """Some of the places."""

    items: list[SpotOut]
    next: str | None


class People(BaseModel):
    """Some of the people of a unit and of those below it."""

    items: list[PersonOut]
    next: str | None


class Policy(BaseModel):
    """Who may do what: verb → roles, or `claimer`, `requester`, `system`."""

    verbs: dict[str, list[str]]
    notices: dict[str, list[str]] = Field(description="Publishing posts, and seeing by name who has read")


@router.get("/services", operation_id="list_services")
async def services(parts: TheParts, by: SignedIn, lang: Lang, audience: Audience | None = None) -> Services:
    """The services that are open now; `audience` narrows to what patients or partners may ask for."""
    audiences = tuple(Audience) if audience is None else (audience, Audience.both)
    async with parts.database.reading() as session:
        found = await catalogue(session, by.root_id, audiences)
    return Services(items=[ServiceOut.of(service, lang) for service in found])


@router.get("/units", operation_id="list_units")
async def units(parts: TheParts, by: SignedIn) -> Units:
    """The organisation tree."""
    async with parts.database.reading() as session:
        found = await subtree(session, await session.get_one(Unit, by.root_id))
    codes = {unit.id: unit.code for unit in found}
    return Units(items=[UnitOut.of(unit, codes.get(unit.parent_id)) for unit in found])


@router.get("/spots", operation_id="list_spots")
async def spots(
    request: Request, response: Response, parts: TheParts, by: SignedIn, size: paging.Size = 50,
    after: paging.After = None,
) -> Spots:  # fmt: skip
    """The places with a QR poster."""
    last = paging.keys_of(after, int)[0] if after else 0
    statement = select(Spot).where(Spot.root_id == by.root_id, col(Spot.id) > last).order_by(col(Spot.id))
    async with parts.database.reading() as session:
        found = list(await session.exec(statement.limit(size + 1)))
    rest = paging.cursor(found[size - 1].id or 0) if len(found) > size else None
    return Spots(items=[SpotOut.of(spot) for spot in found[:size]], next=paging.link_next(request, response, rest))


@router.get("/people", operation_id="list_people", responses=may_refuse(403))
async def people(
    request: Request, response: Response, parts: TheParts, by: SignedIn, unit: Annotated[Code | None, Query()] = None,
    q: Annotated[str, StringConstraints(max_length=40), Readable, Query()] = "", size: paging.Size = 50,
    after: paging.After = None,
) -> People:  # fmt: skip
    """Who could be asked, by name or member number, in a unit the caller leads or dispatches for. Never a phone."""
    last = paging.keys_of(after, int)[0] if after else 0
    covered = by.paths(*LOOKING_UP)
    if not covered:
        raise NotAllowed()
    async with parts.database.reading() as session:
        if unit is None:
            top = (await session.exec(select(Unit).where(Unit.path == min(covered, key=len)))).one()
        else:
            top = await unit_by_code(session, by.root_id, unit)
        if not by.holds(*LOOKING_UP, path=top.path):
            raise NotAllowed("outside_your_units")
        found = await people_below(session, top, text=q, after=last, size=size + 1)
        below = {unit.id: unit for unit in await subtree(session, top)}
    rest = paging.cursor(found[size - 1].id or 0) if len(found) > size else None
    items = [PersonOut.of(person, below[person.unit_id]) for person in found[:size]]
    return People(items=items, next=paging.link_next(request, response, rest))


@router.get("/policy", operation_id="get_policy")
async def policy(by: SignedIn) -> Policy:
    """The table that every request is checked against."""
    return Policy(
        verbs={verb: sorted(allowed) for verb, allowed in MAY.items()},
        notices={verb: sorted(allowed) for verb, allowed in NOTICES_MAY.items()},
    )
