"""What a batch of Steps becomes: the rows of Notices and Deliveries, not yet written."""

from collections.abc import Collection, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col

from matching.notices.audience import ANY, GROUP, REQUESTER, ROWS
from matching.notices.model import Endpoint, Fate, Follower, Preference, Way
from matching.notices.quiet import may_leave_at
from matching.notices.resolving import LEFT, Fact, House, audience_of, read_house, read_members
from matching.notices.step_rows import row_of
from matching.notices.who import Who
from matching.people.actor import Kind
from matching.people.model import Person
from matching.requests.row import number_of
from matching.requests.steps import Step

NOT_NEWS = timedelta(days=1)  # an older Step (an import, the demo) is noticed here and sent nowhere
WISHES: tuple[Any, ...] = (
    *(Person.id, Person.wecom_id, Preference.sealed_mail, Preference.by_mail, Preference.by_wecom),
    *(Preference.quiet_from, Preference.quiet_to, Preference.digest_at),
)
RETURN = "return_order"
RETURNS: tuple[Any, ...] = (Step.request_id, Step.seq)
ENDPOINTS: tuple[Any, ...] = (Endpoint.id, Endpoint.unit_id, Endpoint.way, Endpoint.verbs)
FOLLOWERS: tuple[Any, ...] = (Follower.id, Follower.request_id, Follower.way)
Values = list[dict[str, Any]]


class Told(NamedTuple):
    """Columns by name, a dict a row."""

    notices: Values
    deliveries: Values


class Receivers(NamedTuple):
    """Who can be reached beyond the application: people by id, endpoints by unit, followers by request."""

    people: dict[int, Any]
    endpoints: dict[int, list[Any]]
    followers: dict[int, list[Any]]


async def told(connection: AsyncConnection, facts: Sequence[Fact], at: datetime) -> Told:
    """What these Steps become. Reads a handful of statements; raises when a Step is not as its verb says."""
    returns = await _returns(connection, facts)
    keys = [
        row_of(fact.verb, fact.from_state, fact.to_state, fact.by_kind, fact.detail,
               emergency=fact.emergency, returns=sum(seq <= fact.seq for seq in returns.get(fact.request_id, ())))
        for fact in facts
    ]  # fmt: skip
    house = await read_house(connection, facts)
    led_by_none = {fact.unit_id for fact, key in zip(facts, keys, strict=True) if Who.members in ROWS[key].staff}
    await read_members(connection, house, led_by_none)
    audiences = [audience_of(fact, ROWS[key], house) for fact, key in zip(facts, keys, strict=True)]
    receivers = await _receivers(connection, facts, {person for audience in audiences for person in audience})
    result = Told([], [])
    for fact, key, audience in zip(facts, keys, audiences, strict=True):
        reached = {person: who for person, who in audience.items() if person in receivers.people}
        result.notices.extend(
            {"root_id": fact.root_id, "person_id": person, "step_id": fact.id, "request_id": fact.request_id,
             "words": f"{key}.{who}", "at": fact.at}
            for person, who in reached.items()
        )  # fmt: skip
        if fact.at > at - NOT_NEWS:
            result.deliveries.extend(_deliveries(fact, key, reached, house, receivers, at))
    return result


async def _returns(connection: AsyncConnection, facts: Sequence[Fact]) -> dict[int, list[int]]:
    """When the requests that come back in these Steps did so, by their `seq`: the request itself may be further on."""
    found: dict[int, list[int]] = {}
    if back := {fact.request_id for fact in facts if fact.verb == RETURN}:
        those = col(Step.request_id).in_(back) & (col(Step.verb) == RETURN)
        for request_id, seq in await connection.execute(select(*RETURNS).where(those)):
            found.setdefault(request_id, []).append(seq)
    return found


async def _receivers(connection: AsyncConnection, facts: Sequence[Fact], people: Collection[int]) -> Receivers:
    found = Receivers({}, {}, {})
    if people:
        wishes = select(*WISHES).outerjoin(Preference, col(Preference.person_id) == col(Person.id))
        there = wishes.where(col(Person.id).in_(people), col(Person.status) != LEFT)
        found.people.update({row.id: row for row in await connection.execute(there)})
    running = col(Endpoint.root_id).in_({fact.root_id for fact in facts}) & col(Endpoint.stopped_at).is_(None)
    for endpoint in await connection.execute(select(*ENDPOINTS).where(running)):
        found.endpoints.setdefault(endpoint.unit_id, []).append(endpoint)
    if followed := {fact.request_id for fact in facts if fact.verb != "file"}:
        asking = select(*FOLLOWERS).where(col(Follower.request_id).in_(followed))
        for follower in await connection.execute(asking):
            found.followers.setdefault(follower.request_id, []).append(follower)
    return found


def _deliveries(
    fact: Fact, key: str, reached: dict[int, str], house: House, receivers: Receivers, at: datetime
) -> Iterator[dict[str, Any]]:
    row = ROWS[key]
    for person, who in reached.items():
        wish = receivers.people[person]
        leaves = may_leave_at(at, wish.quiet_from, wish.quiet_to, wish.digest_at)
        if wish.by_mail and wish.sealed_mail:
            yield _delivery(fact, f"{key}.{who}", house, Way.mail, at, leaves, person_id=person)
        if wish.by_wecom and wish.wecom_id:
            yield _delivery(fact, f"{key}.{who}", house, Way.wecom_app, at, leaves, person_id=person)
    for unit_id in house.above(fact.unit_id):
        for one in receivers.endpoints.get(unit_id, ()):
            if fact.verb in one.verbs or (row.group and not one.verbs):
                words = f"{key if row.group else ANY}.{GROUP}"
                yield _delivery(fact, words, house, one.way, at, at, endpoint_id=one.id)
    if row.requester and fact.by_kind != Kind.requester:
        for one in receivers.followers.get(fact.request_id, ()):
            yield _delivery(fact, f"{key}.{REQUESTER}", house, one.way, at, at, follower_id=one.id)


def _delivery(
    fact: Fact, words: str, house: House, way: str, at: datetime, leaves: datetime, *,
    person_id: int | None = None, endpoint_id: int | None = None, follower_id: int | None = None,
) -> dict[str, Any]:  # fmt: skip
    """`said` holds nothing that points at a person (docs/domain.md §9)."""
    to = f"person:{person_id}" if person_id else f"endpoint:{endpoint_id}" if endpoint_id else f"follower:{follower_id}"
    said = {
        "number": number_of(fact.request_id, fact.filed_at), "service": fact.service, "service_en": fact.service_en,
        "unit": house.names.get(fact.unit_id, ""), "state": fact.to_state, "verb": fact.verb,
    }  # fmt: skip
    return {
        "root_id": fact.root_id, "key": f"step:{fact.id}/{to}/{way}", "way": way, "step_id": fact.id, "words": words,
        "said": said, "at": at, "fate": Fate.waiting, "next_try_at": leaves,
        "person_id": person_id, "endpoint_id": endpoint_id, "follower_id": follower_id,
    }  # fmt: skip
