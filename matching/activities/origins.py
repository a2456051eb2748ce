"""Where an activity comes from: a request whose people it has already, a project of the three lists, or nowhere."""

from dataclasses import dataclass

from sqlmodel import select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.activities.model import Activity
from matching.errors import Invalid, Refused, WrongState
from matching.partners.model import ListItem, ListKind, Partner, PartnerRequest
from matching.people.actor import Actor
from matching.requests.claims import ClaimStatus
from matching.requests.model import ServiceRequest
from matching.requests.queries import visible_request
from matching.requests.states import STATES, State

S = State
ANSWERED_FOR = frozenset({S.dispatched, S.in_progress, S.parked, S.completed, S.rectifying, S.closed})
"""The states of a request that a unit is responsible for, and that may still become an activity (§7)."""


@dataclass(frozen=True)
class Origin:
    """What follows from it; `claimers` are the inner ids of who took the request."""

    request_id: int | None = None
    project_id: int | None = None
    service_id: int | None = None
    partner_id: int | None = None
    claimers: tuple[int, ...] = ()


async def origin_of(session: AsyncSession, request: str, project: int | None, by: Actor) -> Origin:
    """Of a request by its number, or a project by its inner id. Raises NotSeen, Invalid, Refused("activity_there"),
    WrongState("cannot_become_activity")."""
    if not request:
        return await _of_project(session, project, by) if project is not None else Origin()
    found = await visible_request(session, request, by)
    check_answered_for(found)
    there = (await session.exec(select(Activity.id).where(Activity.request_id == found.id))).first()
    if there is not None:
        raise Refused("activity_there", field="request")
    more = await session.get(PartnerRequest, found.id)
    held = (ClaimStatus.active, ClaimStatus.done)
    claimers = tuple(dict.fromkeys(claim.person_id for claim in found.claims if claim.status in held))
    return Origin(found.id, more.project_id if more else project, found.service_id, found.partner_id, claimers)


def check_answered_for(request: ServiceRequest) -> None:
    """Raises WrongState before it is dispatched, when no branch is responsible yet, and once it is over for good."""
    if request.state not in ANSWERED_FOR:
        raise WrongState("cannot_become_activity", field="request", state=STATES[State(request.state)])


async def _of_project(session: AsyncSession, project: int, by: Actor) -> Origin:
    item = await session.get(ListItem, project)
    if item is None or item.root_id != by.root_id or item.kind != ListKind.project:
        raise Invalid.field_is("project", "not_a_choice")
    return Origin(project_id=item.id, service_id=item.service_id, partner_id=item.partner_id)


async def partner_by_code(session: AsyncSession, root_id: int, code: str) -> Partner:
    """Raises Invalid on `partner` when the hospital has none of that code."""
    found = (await session.exec(select(Partner).where(Partner.root_id == root_id, Partner.code == code))).first()
    if found is None:
        raise Invalid.field_is("partner", "not_a_choice")
    return found
