"""Whoever holds a query code, on pages and through the API: finding their request, and what they may not ask for."""

from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api.deps import Parts
from matching.api.limits import CODE_TRIES, CODE_TRIES_OF_ALL
from matching.errors import Invalid, NotSeen, Refused
from matching.privacy import consent, guard
from matching.privacy.codes import code_hash, normal_code
from matching.requests.model import ServiceRequest
from matching.requests.queries import request_by_code

KNOWN_PART = 5  # characters of a code; wrong tries that share them count together, whatever address they come from


async def found_by_code(session: AsyncSession, parts: Parts, address: str, typed: str) -> tuple[str, ServiceRequest]:
    """The code as it was given out and its request. Wrong tries are counted by address and by the code's beginning.

    After CODE_TRIES wrong ones an address gets no more answers to wrong ones, but a right code still opens: behind a
    hospital's Wi-Fi all visitors share one address. After CODE_TRIES_OF_ALL it gets none at all.
    Raises NotSeen("unknown_code"), TooMany("too_many_tries"). What cannot be a code at all is a slip, not a try.
    """
    try:
        code = normal_code(typed)
    except ValueError:
        raise NotSeen("unknown_code") from None
    everybody, alike = f"from {address}", f"code {code[:KNOWN_PART]}"
    await parts.limiter.refuse_spent(CODE_TRIES_OF_ALL, "too_many_tries", everybody)
    await parts.limiter.refuse_spent(CODE_TRIES, "too_many_tries", alike)
    mine = await request_by_code(session, code_hash(parts.settings.pepper, code))
    if mine is None:
        await parts.limiter.hit(CODE_TRIES_OF_ALL, "too_many_tries", everybody)
        await parts.limiter.hit(CODE_TRIES, "too_many_tries", alike)
        await parts.limiter.hit(CODE_TRIES, "too_many_tries", everybody)
        raise NotSeen("unknown_code")
    return code, mine


def refuse_as_in_filing(verb: str, mine: ServiceRequest, fields: dict[str, Any]) -> None:
    """A correction is filed like a wish: what we refuse there is refused here, and a service may need a phone."""
    if verb != "correct":
        return
    if mine.service.needs_phone and not fields["phone"]:
        raise Invalid.field_is("phone", "phone_needed")
    banned = guard.inspect_filing(fields["need"], fields["reason"])[0].banned
    if banned:
        refused = Refused("refused_ask")
        refused.sentence = consent.refusal_reason(banned)
        raise Invalid({"need": refused})
