"""Filing: from what somebody typed to the rows that `insert.py` writes. No database here and no ORM: the hot path.

No counter is shared: the number is built from the row's identity, the query code from the filing key.
"""

import hmac
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from matching import clock
from matching.db import News
from matching.people.actor import Actor
from matching.privacy import guard, masking
from matching.privacy.codes import code_hash, query_code
from matching.privacy.sealed import Sealer
from matching.requests.secrets import Secret, seal
from matching.requests.states import Channel, State
from matching.requests.steps import anchor, chain
from matching.services.model import Service
from matching.units.model import Spot

SAID = ("verb", "from_state", "to_state", "by_kind", "by_id", "unit_id", "reason", "note", "detail")


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
    calendar: clock.Calendar = clock.CHINA
    promised: tuple[int, int] | None = None  # seconds until taken and until done, as the requester was told
    partner_id: int | None = None  # the organisation that asks, and then its name in `label`
    label: str = ""  # who asks, in words that need no masking; empty: the masked name
    slots: int | None = None  # people wanted; None: as many as the service usually needs


@dataclass(frozen=True)
class Filing:
    """The rows of one filing as JSON values (moments in ISO 8601); `code` is the requester's own, never stored."""

    code: str
    request: dict[str, Any]
    step: dict[str, Any]
    sealed: bytes

    def news(self, id_: int) -> News:
        """What to tell once it is committed as the row `id_`."""
        return News(self.request["root_id"], id_, "file", (self.request["unit_id"],))


def prepare(wish: Wish, *, sealer: Sealer, pepper: bytes, by: Actor, at: datetime) -> Filing:
    """Mask, seal, hash: no database. The same filing key gives the same code again."""
    need, reason = guard.inspect_filing(wish.need, wish.reason)
    code = query_code(pepper, wish.filing_key)
    secret = Secret(wish.name, wish.phone, wish.need, wish.reason)
    typed = json.dumps([wish.service.code, wish.name, wish.phone, wish.need, wish.reason])
    digest = hmac.digest(pepper, typed.encode(), "sha256").hex()
    channel, limit = wish.channel.value, wish.service.limits().dispatch
    detail: dict[str, Any] = {"channel": channel, "digest": digest, "limits": {"dispatch": str(limit)}}
    if wish.promised is not None:
        detail["promised"] = wish.promised
    root_id, moment = wish.service.root_id, at.isoformat()
    said = ("file", "", State.submitted.value, by.kind.value, by.id, wish.home_unit_id, "", "", detail)
    hashed = chain(anchor(wish.filing_key), 1, at, *said)
    due_at = wish.calendar.due(at, limit).isoformat()
    taken, done = wish.promised or (None, None)
    request = {
        "root_id": root_id,
        "filing_key": wish.filing_key,
        "filing_digest": digest,
        "code_hash": code_hash(pepper, code),
        "channel": channel,
        "filed_at": moment,
        "filed_by": by.id,
        "partner_id": wish.partner_id,
        "service_id": wish.service.id,
        "spot_id": wish.spot.id if wish.spot else None,
        "home_unit_id": wish.home_unit_id,
        "unit_id": wish.home_unit_id,
        "need": guard.mask(wish.need, need.spans),
        "reason": guard.mask(wish.reason, reason.spans),
        "requester_label": wish.label or masking.masked_name(wish.name),
        "has_phone": bool(wish.phone),
        "wanted_from": wish.wanted_from and wish.wanted_from.isoformat(),
        "wanted_to": wish.wanted_to and wish.wanted_to.isoformat(),
        "lang": wish.lang,
        "emergency": need.emergency or reason.emergency,
        "suspect": need.banned or reason.banned or "",
        "for_minor": wish.for_minor,
        "consents": wish.consents,
        "show_publicly": wish.show_publicly,
        "state_since": moment,
        "last_hash": hashed,
        "tier": wish.service.tier,
        "slots": wish.slots or wish.service.slots,
        "due_at": due_at,
        "dispatch_due_at": due_at,
        "promised_taken_at": taken and (at + timedelta(seconds=taken)).isoformat(),
        "promised_done_at": done and (at + timedelta(seconds=done)).isoformat(),
    }
    step = dict(zip(SAID, said, strict=True)) | {
        "root_id": root_id,
        "at": moment,
        "hash": hashed,
        "next_try_at": moment,
    }
    return Filing(code, request, step, seal(secret, sealer, wish.filing_key))
