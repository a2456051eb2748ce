"""What a partner's page says of a request of theirs: when it is wanted, and what they have to do now."""

from datetime import datetime

from matching.api.following import can_now
from matching.clock import SHANGHAI
from matching.partners import orders
from matching.partners.model import PartnerRequest
from matching.people.actor import Actor
from matching.requests.model import ServiceRequest
from matching.words import _


def waits_for(one: ServiceRequest, extra: PartnerRequest | None, by: Actor, at: datetime) -> str:
    """What the partner has to do now, in words; '' for nothing."""
    can = can_now(one, by, at)
    if "supplement" in can:
        return _("医院有话问您，请回答")
    if "answer_extension" in can:
        return _("医院想多要一点时间，请答复")
    if extra is not None and extra.confirmed_at is None and one.state in orders.TOOK_PLACE and one.result:
        return _("请确认来了多少人")
    return _("请您评价") if "rate" in can else ""


def span(asked: ServiceRequest) -> str:
    """The day and hours it is wanted for; '' for none."""
    if asked.wanted_from is None or asked.wanted_to is None:
        return ""
    return f"{asked.wanted_from.astimezone(SHANGHAI):%Y-%m-%d %H:%M}–{asked.wanted_to.astimezone(SHANGHAI):%H:%M}"
