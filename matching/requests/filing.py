"""Filing: from what somebody typed to rows, and the one way in which those rows reach the database.

This is the hot path. The rows are made without the ORM, many filings share one commit (`db.GroupCommit`), nothing is
read back, and no counter is shared: the number is built from the row's identity, the query code from the filing key.
"""

import hashlib
import hmac
import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Insert, Table, insert
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlmodel import col, select

from matching import clock
from matching.people.actor import Actor
from matching.privacy import guard, masking
from matching.privacy.codes import code_hash, query_code
from matching.privacy.sealed import Sealer
from matching.requests.model import RequestSecret, ServiceRequest
from matching.requests.secrets import Secret, seal
from matching.requests.states import Channel, State
from matching.requests.steps import Step, anchor
from matching.services.model import Service
from matching.units.model import Spot

REQUESTS: Table = ServiceRequest.__table__  # type: ignore[attr-defined]
STEPS: Table = Step.__table__  # type: ignore[attr-defined]
SECRETS: Table = RequestSecret.__table__  # type: ignore[attr-defined]
DEFAULTS = {
    name: field.get_default(call_default_factory=True)
    for name, field in ServiceRequest.model_fields.items()
    if not field.is_required() and name != "id"
}


@dataclass(frozen=True)
class Wish:
    """What was typed, already validated (lengths, phone, times, consents). Times are aware."""

    service: Service
    need: str
    filing_key: str
    spot: Spot | None
    home_unit_id: int
    reason: str = ""
    name: str = ""
    phone: str = ""
    wanted_from: datetime | None = None
    wanted_to: datetime | None = None
    consents: dict[str, str] = field(default_factory=dict)
    show_publicly: bool = False
    for_minor: bool = False
    lang: str = "zh-Hans"
    channel: Channel = Channel.qr


@dataclass(frozen=True)
class Filing:
    """The rows of one filing; `code` is the requester's query code, never stored."""

    code: str
    request: dict[str, Any]
    step: dict[str, Any]
    sealed: bytes


@dataclass(frozen=True)
class Filed:
    """The answer: the row's id, and whether it is new. `same` is False when the key was used for another text."""

    id: int
    new: bool
    same: bool = True


def prepare(wish: Wish, *, sealer: Sealer, pepper: bytes, by: Actor, at: datetime) -> Filing:
    """Mask, seal, hash: no database. The same filing key gives the same code again."""
    need, reason = guard.inspect(wish.need), guard.inspect(wish.reason)
    code = query_code(pepper, wish.filing_key)
    secret = Secret(wish.name, wish.phone, wish.need, wish.reason)
    digest = hmac.new(pepper, json.dumps([wish.service.code, asdict(secret)]).encode(), hashlib.sha256).hexdigest()
    step = Step(
        root_id=wish.service.root_id, seq=1, at=at, verb="file", from_state="", to_state=State.submitted,
        by_kind=by.kind, by_id=by.id, unit_id=wish.home_unit_id, detail={"channel": wish.channel, "digest": digest},
    )  # fmt: skip
    step.hash = step.chained(anchor(wish.filing_key))
    due_at = clock.CHINA.due(at, wish.service.limits().dispatch)
    request = DEFAULTS | {
        "root_id": wish.service.root_id,
        "version": 1,
        "filing_key": wish.filing_key,
        "filing_digest": digest,
        "code_hash": code_hash(pepper, code),
        "channel": wish.channel.value,
        "filed_at": at,
        "filed_by": by.id,
        "service_id": wish.service.id,
        "spot_id": wish.spot.id if wish.spot else None,
        "home_unit_id": wish.home_unit_id,
        "unit_id": wish.home_unit_id,
        "need": guard.mask(wish.need, need.spans),
        "reason": guard.mask(wish.reason, reason.spans),
        "requester_label": masking.masked_name(wish.name),
        "has_phone": bool(wish.phone),
        "wanted_from": wish.wanted_from,
        "wanted_to": wish.wanted_to,
        "lang": wish.lang,
        "emergency": need.emergency or reason.emergency,
        "suspect": need.banned or reason.banned or "",
        "for_minor": wish.for_minor,
        "consents": wish.consents,
        "show_publicly": wish.show_publicly,
        "state": State.submitted.value,
        "state_since": at,
        "last_seq": 1,
        "last_hash": step.hash,
        "tier": wish.service.tier,
        "slots": wish.service.slots,
        "due_at": due_at,
        "dispatch_due_at": due_at,
    }
    return Filing(code, request, _step_row(step), seal(secret, sealer, wish.filing_key))


async def insert_filings(connection: AsyncConnection, filings: list[Filing]) -> list[Filed]:
    """Write all of them in the caller's transaction; a key that is already there is answered, not written again."""
    firsts: dict[str, Filing] = {}
    for filing in sorted(filings, key=_key):  # in one order everywhere, so that two batches never wait in a ring
        firsts.setdefault(_key(filing), filing)
    statement = _ignoring_repeats(connection).returning(REQUESTS.c.id, REQUESTS.c.filing_key)
    rows = await connection.execute(statement, [filing.request for filing in firsts.values()])
    new = {key: id_ for id_, key in rows}
    written = {key: filing for key, filing in firsts.items() if key in new}
    if written:
        await connection.execute(
            insert(STEPS), [{**filing.step, "request_id": new[key]} for key, filing in written.items()]
        )
        await connection.execute(
            insert(SECRETS),
            [
                {"request_id": new[key], "root_id": filing.request["root_id"], "sealed": filing.sealed}
                for key, filing in written.items()
            ],
        )
    answers = []
    for filing in filings:
        if written.get(_key(filing)) is filing:
            answers.append(Filed(new[_key(filing)], new=True))
        else:
            answers.append(await _repeated(connection, filing))
    return answers


async def _repeated(connection: AsyncConnection, filing: Filing) -> Filed:
    found = await connection.execute(
        select(col(ServiceRequest.id), col(ServiceRequest.filing_digest)).where(
            col(ServiceRequest.root_id) == filing.request["root_id"],
            col(ServiceRequest.filing_key) == filing.request["filing_key"],
        )
    )
    id_, digest = found.one()
    return Filed(id_ or 0, new=False, same=digest == filing.request["filing_digest"])


def _ignoring_repeats(connection: AsyncConnection) -> Insert:
    build = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    return build(REQUESTS).on_conflict_do_nothing(index_elements=["root_id", "filing_key"])


def _key(filing: Filing) -> str:
    return str(filing.request["filing_key"])


def _step_row(step: Step) -> dict[str, Any]:
    return step.model_dump(exclude={"id", "request_id"})
