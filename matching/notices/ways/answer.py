"""What is carried, and what a channel said to it. A reason is a code or a number, never an address or a secret."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any

SOON = 60.0  # seconds after which a channel that is too busy is asked again, where it does not say itself


@dataclass(frozen=True)
class Message:
    """One message in the receiver's language, without personal data. `key` is the same however often it is tried."""

    title: str
    text: str
    link: str
    link_words: str
    key: str
    at: datetime
    data: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))  # the same for programs


class Outcome(StrEnum):
    """`later`: refused for now and surely not taken; `never`: refused for good; `unsure`: it may have been taken."""

    sent = "sent"
    later = "later"
    never = "never"
    unsure = "unsure"


@dataclass(frozen=True)
class Answer:
    """`after` is the pause in seconds that the channel asks for; `gone`: there is no such receiver any more.

    `away`: not this message but the whole channel was in the way, so that its next ones may wait as well.
    """

    outcome: Outcome
    why: str = ""
    after: float | None = None
    gone: bool = False
    away: bool = False


SENT = Answer(Outcome.sent)


def later(why: str, after: float | None = None, *, away: bool = False) -> Answer:
    """Refused for now."""
    return Answer(Outcome.later, why[:200], after, away=away or after is not None)


def never(why: str, *, gone: bool = False) -> Answer:
    """Refused for good."""
    return Answer(Outcome.never, why[:200], gone=gone)


def unsure(why: str) -> Answer:
    """The channel fell silent when it may have taken the message."""
    return Answer(Outcome.unsure, why[:200], away=True)
