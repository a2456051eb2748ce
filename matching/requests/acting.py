"""What the doors call stands in requester_actions, desk_actions and branch_actions; here is what all of them do: find
the request through the actor's eyes, ask the policy, call the verb, add the Step.

Each runs inside one `db.Work`. All take `number`, the form's own arguments, `by`, `at` and optionally the version the
caller saw (`if_version`); they return the request. They raise NotSeen, NotAllowed, WrongState, Stale, Invalid.
"""

from collections.abc import Sequence

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.db import NEWS, News
from matching.errors import Invalid, NotAllowed, Refused
from matching.people.actor import Actor
from matching.people.model import Person
from matching.privacy import guard
from matching.requests.model import ServiceRequest
from matching.requests.policy import may
from matching.requests.queries import visible_request
from matching.requests.states import HELPERS
from matching.requests.steps import Step


async def request_for(
    session: AsyncSession, verb: str, number: str, by: Actor, if_version: int | None
) -> ServiceRequest:
    """The request, as `by` sees it who may do `verb` to it. Raises NotSeen, NotAllowed, Stale."""
    request = await visible_request(session, number, by, if_version=if_version)
    ask_policy(verb, by, request)
    return request


def ask_policy(verb: str, by: Actor, request: ServiceRequest) -> None:
    if not may(verb, by, request):
        raise NotAllowed()


def done(session: AsyncSession, request: ServiceRequest, step: Step) -> ServiceRequest:
    """Keep the Step with the request it moved, and have it told once it is committed."""
    session.add(step)
    units = {request.unit_id, request.home_unit_id, step.detail.get("before", request.unit_id)}
    news = News(request.root_id, request.id or 0, step.verb, tuple(sorted(units)))
    session.info.setdefault(NEWS, []).append(news)
    return request


def clean(text: str) -> str:
    """Stripped, and personal data masked: Steps are for ever, so nothing may enter them that must be erasable."""
    stripped = text.strip()
    return guard.mask(stripped, guard.inspect(stripped).spans)


async def suits(session: AsyncSession, request: ServiceRequest, people: Sequence[int | None], field: str = "") -> None:
    """Where only women, or only men, may come, all these people (inner ids) are known to be.

    Raises Refused helper_gender, or Invalid on `field` where somebody else named them.
    """
    if not request.gender_strict:
        return
    unlike = select(Person.name).where(col(Person.id).in_(people), Person.gender != request.helper_gender)
    if (name := (await session.exec(unlike.order_by(col(Person.id)).limit(1))).first()) is not None:
        said = {"name": name, "wish": HELPERS[request.helper_gender, True]}
        raise Invalid.field_is(field, "helper_gender", **said) if field else Refused("helper_gender", **said)
