"""What a requester wished, as the engine takes it: the appointed time, and the language of whoever comes. Pure."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from matching.engine.model import Span
from matching.services.model import Tier

AT_ONCE = frozenset({Tier.T1, Tier.T2})  # without a wished time these are for now, the others for any time
LEEWAY = 2  # a wished range longer than this many times the service is a range to choose from, not an appointment
DIALECT = "方言-"
SPOKEN = {  # skill of the roster: words by which a need names it
    "方言-粤语": ("粤语", "广东话", "白话"),
    "英语": ("英语", "英文", "English", "english"),
    "手语": ("手语", "聋", "听不见"),
}
BY_LANGUAGE = {"en": "英语", "zh-Hant": "方言-粤语", "yue": "方言-粤语"}  # of the page that they filed with


def window_of(start: datetime | None, end: datetime | None, minutes: int, at: datetime) -> tuple[Span | None, bool]:
    """The time that was wished, and whether all of it is an appointment (else any `minutes` of it will do).

    None without a wish, and once the wished time is over.
    """
    if start is None or (end or start) <= at:
        return None, True
    need = timedelta(minutes=minutes)
    window = Span(start, end or start + need)
    return window, window.end - window.start <= LEEWAY * need


def spoken(need: str, lang: str, skills: Iterable[str]) -> str:
    """The skill word of the language that is wished, '' without one: what the need names, else that of the page."""
    named = {skill: (skill.removeprefix(DIALECT),) for skill in skills if skill.startswith(DIALECT)} | SPOKEN
    for skill, words in named.items():
        if any(word in need for word in words):
            return skill
    return next((skill for tag, skill in BY_LANGUAGE.items() if lang.startswith(tag)), "")
