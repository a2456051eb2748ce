"""Who could take a request, as leads and dispatchers read it: where the asking stands, who was asked and what they
answered, the best who could come with reasons, and why somebody could not."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.actions import OVERRIDDEN
from matching.asks.model import ANSWERS, DECLINE_REASONS, Asking, Purpose, Wave
from matching.asks.queries import Asked, asks_of_request, waiting_of, waves_of
from matching.asks.settling import wanted
from matching.asks.suggesting import Suggestions, WhyNot, is_sought, may_see_who, suggestions_for
from matching.engine.eligible import RULES
from matching.engine.reasons import PARTS
from matching.people.actor import Actor
from matching.people.model import Person
from matching.requests.model import ServiceRequest
from matching.words import _

PURPOSES = {Purpose.slot: _("找人接单"), Purpose.cover: _("找人替班"), Purpose.helper: _("找人搭把手")}
STANDS: dict[str, str] = {
    Asking.filled: _("人已经够了。"),
    Asking.handed_back: _("能问的人都问过了，请您来安排：点名邀请，或者直接指派。"),
    Asking.stopped: _("分批邀请已经停止。已收到邀请的人仍然可以答应。"),
    "nobody": _("没有找到能来的人，请您来安排：点名邀请，或者直接指派。"),
}
WORDS = {"rules": RULES, "parts": PARTS, "answers": ANSWERS, "declines": DECLINE_REASONS, "purposes": PURPOSES}
"""What the templates say codes with."""


@dataclass(frozen=True)
class Sent:
    """One wave with whom it asked; `wave` 0 for those a lead chose."""

    wave: int
    purpose: str
    at: datetime
    asked: list[Asked]

    @property
    def count(self) -> int:
        """How many."""
        return len(self.asked)


@dataclass(frozen=True)
class Finding:
    """For `requests/_who.html`. `by_hand`: whether there is a slot for which somebody can be asked."""

    found: Suggestions
    waves: list[Wave]
    sent: list[Sent]
    line: list[Person]
    by_hand: bool

    @property
    def running(self) -> bool:
        """Whether further waves will go out."""
        return any(wave.asking == Asking.running for wave in self.waves)


async def finding(session: AsyncSession, by: Actor, row: ServiceRequest, k: int, at: datetime) -> Finding | None:
    """None where nobody is or was sought, or for whom it is not to find anybody."""
    if not may_see_who(by, row) or not is_sought(row):
        return None
    id_, by_hand = row.id or 0, wanted(Purpose.slot, row)
    waves, sent = await waves_of(session, id_), waves_in_order(await asks_of_request(session, id_))
    if not (by_hand or waves or sent):
        return None
    line = [person for _waiting, person in await waiting_of(session, id_)]
    return Finding(await suggestions_for(session, row, k, at), waves, sent, line, by_hand)


def waves_in_order(asked: Sequence[Asked]) -> list[Sent]:
    """The newest wave first."""

    def key(one: Asked) -> tuple[str, int]:
        return one.ask.purpose, 0 if one.ask.by_id else one.ask.wave

    sent = []
    for (purpose, wave), them in groupby(sorted(asked, key=lambda one: (*key(one), one.ask.asked_at)), key):
        people = list(them)
        sent.append(Sent(wave, purpose, people[0].ask.asked_at, people))
    return sorted(sent, key=lambda one: one.at, reverse=True)


def can_be_asked_anyway(one: WhyNot) -> bool:
    """Whether a lead may set aside what keeps them off the list."""
    return one.refusal is not None and one.refusal.rule in OVERRIDDEN
