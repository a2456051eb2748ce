"""What a requester is promised, in words: the usual times where they are known, else the limits as 'at the latest'."""

from datetime import timedelta
from functools import lru_cache

from matching.api import i18n
from matching.clock import Limit
from matching.deadlines.promises import DAY, HOUR, MINUTE, Usual
from matching.requests.model import ServiceRequest
from matching.services.model import Limits, Service
from matching.words import _


def promised_words(usual: Usual | None, service: Service, lang: str) -> str:
    """One sentence for the filing page and the receipt."""
    return _usually(usual, lang) if usual else _at_the_latest(service.limits(), lang)


def promise_of(request: ServiceRequest) -> Usual | None:
    """The promise that went with the filing; None where there was none to make."""
    if request.promised_taken_at is None or request.promised_done_at is None:
        return None
    taken, done = (at - request.filed_at for at in (request.promised_taken_at, request.promised_done_at))
    return Usual(round(taken.total_seconds()), round(done.total_seconds()))


def length_words(seconds: int, lang: str) -> str:
    """A length as people say it: whole days from 24 hours on, whole hours from 60 minutes on."""
    say = i18n.translator(lang)
    if seconds % DAY == 0:
        return say.ngettext("{n} 天", "{n} 天", seconds // DAY).format(n=seconds // DAY)
    if seconds % HOUR == 0:
        return say.ngettext("{n} 小时", "{n} 小时", seconds // HOUR).format(n=seconds // HOUR)
    return say.ngettext("{n} 分钟", "{n} 分钟", seconds // MINUTE).format(n=seconds // MINUTE)


def limit_words(limit: Limit, lang: str) -> str:
    """A limit as people say it; working days by that name."""
    if not limit.working:
        return length_words(limit.seconds, lang)
    days = limit.length // timedelta(days=1)
    return i18n.translator(lang).ngettext("{n} 个工作日", "{n} 个工作日", days).format(n=days)


@lru_cache(maxsize=1024)
def _usually(usual: Usual, lang: str) -> str:
    taken, done = (length_words(seconds, lang) for seconds in usual)
    if taken == done:
        return i18n.translate(lang, _("通常 {done}内办完"), {"done": done})
    return i18n.translate(lang, _("通常 {taken}内有人接单，{done}内办完"), {"taken": taken, "done": done})


@lru_cache(maxsize=1024)
def _at_the_latest(limits: Limits, lang: str) -> str:
    words = {"dispatch": limit_words(limits.dispatch, lang), "handle": limit_words(limits.handle, lang)}
    return i18n.translate(lang, _("最迟 {dispatch}内安排人，再过 {handle}内办完"), words)
