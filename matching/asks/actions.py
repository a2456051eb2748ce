"""What people do about asks: start and stop the waves, ask somebody by hand, look for cover. Answers: answering.py.

Each runs inside one `db.Work`, with the request held, so that what is decided is decided on what is true.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.answering import Answered, answer_no, answer_yes, join_waiting, leave_waiting, mute
from matching.asks.facts import Facts, facts_for, spacing_of
from matching.asks.model import Ask, Asking, Purpose, Wave
from matching.asks.sending import send
from matching.asks.settling import hold, settle, told, wanted, waves_by_purpose
from matching.asks.tending import bring_up, is_of_this_dispatch, restart
from matching.asks.waiting import at_any_hour
from matching.engine.eligible import RULES, Rule, eligible
from matching.engine.scoring import ranked
from matching.errors import Invalid, NotAllowed, WrongState
from matching.people.actor import Actor
from matching.people.model import Person
from matching.people.queries import known_as, person_by_no
from matching.requests import seeking
from matching.requests.model import ServiceRequest
from matching.requests.policy import may
from matching.requests.queries import visible_request

__all__ = [
    "Answered", "answer_no", "answer_yes", "ask", "join_waiting", "leave_waiting", "mute", "seek_cover", "start_asking",
    "stop_asking",
]  # fmt: skip
MOST_BY_HAND = 20
OVERRIDDEN = {Rule.leave, Rule.availability, Rule.overlap, Rule.engaged, Rule.hours_cap, Rule.ask_cap, Rule.deadline}
"""What a lead may set aside who knows better. Never: scope, skills and licences, who may not come to whom, who does not
want to be asked, and that nobody is asked twice or for two things at once."""


async def start_asking(session: AsyncSession, number: str, *, by: Actor, at: datetime) -> Wave:
    """A lead has waves go out for the free slots, from now on; the first one at once, unless the hours are quiet.

    Raises NotSeen, NotAllowed, WrongState nobody_sought.
    """
    request = await _led_request(session, number, by)
    waves = await waves_by_purpose(session, request.id)
    await settle(session, request, waves, at)
    if not wanted(Purpose.slot, request):
        raise WrongState("nobody_sought")
    wave = waves.get(Purpose.slot)
    if wave is None or not is_of_this_dispatch(wave, request):
        wave = restart(request, wave, Purpose.slot, at)
        session.add(wave)
    elif wave.asking != Asking.running:
        wave.wave = 0 if wave.asking == Asking.handed_back else wave.wave  # else it would be handed back at once
        wave.asking, wave.next_at = Asking.running, at
    wave.by_id = by.id
    told(session, request, "ask")
    await bring_up(session, request, at)
    return wave


async def stop_asking(session: AsyncSession, number: str, *, by: Actor, at: datetime) -> ServiceRequest:
    """No further waves; who was asked may still say yes. Raises NotSeen, NotAllowed, WrongState not_asking."""
    request = await _led_request(session, number, by)
    running = [wave for wave in (await waves_by_purpose(session, request.id)).values() if wave.asking == Asking.running]
    if not running:
        raise WrongState("not_asking")
    for wave in running:
        wave.asking, wave.by_id = Asking.stopped, by.id
    told(session, request, "ask")
    return request


async def ask(
    session: AsyncSession, number: str, people: Sequence[str], *, anyway: bool = False, by: Actor, at: datetime
) -> list[Ask]:
    """A lead asks these members (by number) for a slot. `anyway` sets hours, what else they do then and caps aside, and
    nothing else.

    Raises NotSeen, NotAllowed, WrongState nobody_sought; Invalid on `people`: required, too_many_items, unknown_person,
    cannot_ask (name, why: a sentence of eligible.RULES).
    """
    request = await _led_request(session, number, by)
    waves = await waves_by_purpose(session, request.id)
    await settle(session, request, waves, at)
    if not wanted(Purpose.slot, request):
        raise WrongState("nobody_sought")
    if not people:
        raise Invalid.field_is("people", "required")
    if len(people) > MOST_BY_HAND:
        raise Invalid.field_is("people", "too_many_items", max=MOST_BY_HAND)
    named = [await person_by_no(session, by.root_id, no, field="people") for no in dict.fromkeys(people)]
    await session.flush()
    facts = await facts_for(session, request, at, people=[person.id or 0 for person in named])
    await _refuse_unfit(session, facts, named, anyway, by, at)
    wave = waves.get(Purpose.slot)
    if wave is None or not is_of_this_dispatch(wave, request):
        wave = restart(request, wave, Purpose.slot, at)
        wave.asking = Asking.running if facts.automatic else Asking.stopped
        session.add(wave)
    wave.wave = max(wave.wave, 1)
    lapses = at + spacing_of(request.service, request.tier)
    wave.next_at = lapses if wave.next_at is None or wave.next_at <= at else min(wave.next_at, lapses)
    chosen = ranked(facts.request, facts.members, at, len(named), facts.weights, facts.dials)
    asked = await send(session, request, wave, chosen, target=0.0, weights=facts.weights.version, by=by, at=at)
    left_out = {person.id for person in named} - {one.person_id for one in asked}
    if left_out:  # somebody else asked them at this very moment
        name = next(person.name for person in named if person.id in left_out)
        raise Invalid.field_is("people", "cannot_ask", name=name, why=RULES[Rule.waiting])
    return asked


async def seek_cover(session: AsyncSession, number: str, note: str = "", *, by: Actor, at: datetime) -> ServiceRequest:
    """A claimer who cannot come has others asked to take their place; theirs it stays until one says yes.

    Raises NotSeen, NotAllowed, WrongState.
    """
    await hold(session, number)
    request = await seeking.seek_cover(session, number, note, by=by, at=at)
    await bring_up(session, request, at)
    return request


async def _led_request(session: AsyncSession, number: str, by: Actor) -> ServiceRequest:
    await hold(session, number)
    request = await visible_request(session, number, by)
    if not may("ask", by, request):
        raise NotAllowed()
    return request


async def _refuse_unfit(
    session: AsyncSession, facts: Facts, named: Sequence[Person], anyway: bool, by: Actor, at: datetime
) -> None:
    wanted_, members = facts.request, list(facts.members)
    if anyway:  # what may be set aside is out of the way, so that a rule behind it is seen
        wanted_ = replace(wanted_, deadline=None)
        members = [replace(at_any_hour(member, at), commitments=(), engaged=()) for member in members]
    refused = eligible(wanted_, members, at, facts.dials).refused
    there = {member.id for member in members}
    for person in named:
        refusal = refused.get(person.id or 0)
        if person.id not in there:
            name = await known_as(session, person, by)
            raise Invalid.field_is("people", "cannot_ask", name=name, why=RULES[Rule.scope])
        if refusal is not None and not (anyway and refusal.rule in OVERRIDDEN):
            raise Invalid.field_is("people", "cannot_ask", name=person.name, why=RULES[refusal.rule])
