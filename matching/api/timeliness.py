"""How near a request is to its limit (amber at 75 %, red at 100 %, docs/domain.md §3), and what is left, in words."""

from datetime import datetime

from matching.api import i18n
from matching.api.promised import length_words, limit_words
from matching.clock import DAY, Calendar, Limit
from matching.deadlines.promises import HOUR, MINUTE
from matching.requests.following import RECTIFY_WITHIN
from matching.requests.model import ServiceRequest
from matching.requests.states import State
from matching.words import _


def running_limit(request: ServiceRequest) -> Limit | None:
    """The limit that runs in the request's state."""
    limits = request.limits
    return {
        State.submitted: limits.dispatch,
        State.accepted: limits.dispatch,
        State.dispatched: limits.claim,
        State.in_progress: limits.handle,
        State.rectifying: RECTIFY_WITHIN,
    }.get(State(request.state))


def is_near(request: ServiceRequest, at: datetime) -> bool:
    """Amber: not late, but a quarter or less of the limit that runs is left, as its kind of time is counted."""
    limit = running_limit(request)
    if limit is None or request.due_at is None or request.is_late(at):
        return False
    return request.calendar.elapsed(at, request.due_at, limit.working) <= limit.length / 4


def days_late(request: ServiceRequest, calendar: Calendar, at: datetime) -> int:
    """Whole working days past the limit, whatever kind of time the limit itself counts."""
    return calendar.elapsed(request.due_at, at, working=True) // DAY if request.due_at else 0


def left_words(request: ServiceRequest, at: datetime, lang: str) -> str:
    """'还剩 25 分钟', '还剩 2 个工作日'; '' where no limit runs, or it is over."""
    limit = running_limit(request)
    if limit is None or request.due_at is None or request.is_late(at):
        return ""
    left = request.calendar.elapsed(at, request.due_at, limit.working)
    if limit.working and left >= DAY:
        span = limit_words(Limit(left // DAY * 86400, working=True), lang)
    elif limit.working and request.due_at - at > DAY:  # days off lie between: hours would say too much or too little
        return i18n.translate(lang, _("剩不到 1 个工作日"))
    else:
        minutes = max(int((request.due_at - at).total_seconds()) // MINUTE, 1)
        whole = minutes // 60 * HOUR if minutes >= 120 else minutes * MINUTE
        span = length_words(whole, lang)
    return i18n.translate(lang, _("还剩 {span}"), {"span": span})
