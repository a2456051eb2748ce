"""What a press on an ask does, signed in or by a link: yes, no, not before a moment, wait in line for a slot."""

from datetime import date, datetime
from enum import StrEnum

from pydantic import BaseModel

from matching.api.deps import Parts
from matching.api.muting import Mute, mute_end
from matching.asks import actions
from matching.asks.actions import Answered
from matching.asks.model import Ask, DeclineReason
from matching.errors import NotSeen, WrongState
from matching.people.actor import Actor
from matching.requests.model import ServiceRequest


class Press(StrEnum):
    """The last part of the address that a press goes to."""

    yes = "yes"
    no = "no"
    mute = "mute"
    wait = "wait"


class PressForm(BaseModel):
    """What may come with it: why not; how long not to be asked, and until which day."""

    reason: DeclineReason | None = None
    how: Mute | None = None
    day: date | None = None


async def pressed(
    parts: Parts, press: Press, ask: Ask, request: ServiceRequest, form: PressForm, *, by: Actor, at: datetime
) -> Answered:
    """Do it; the ask and the request as they are then. Raises what the actions refuse, Invalid on `day`."""
    ask_id = ask.id or 0
    match press:
        case Press.yes:
            return await parts.work(actions.answer_yes, ask_id, by=by, at=at)
        case Press.wait:
            try:
                await parts.work(actions.join_waiting, request.number, by=by, at=at)
            except NotSeen:  # they were asked for it: what has gone from their view has ended or moved on
                raise WrongState("nothing_to_await") from None
            return Answered(ask, request)
    until = mute_end(form.how or Mute.two_hours, form.day, at) if press is Press.mute else None
    return await parts.work(actions.answer_no, ask_id, form.reason, mute_until=until, by=by, at=at)
