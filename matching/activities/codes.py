"""The rotating sign-in code and the signature of a tick: made from one key of the activity, which stays sealed here.

The lead's phone is given two keys made from it: one makes the codes of this activity, the other signs what this person
ticks from this moment on, so that nothing can be ticked in another's name or before the page was opened. Pure.
"""

import hmac
from datetime import UTC, datetime, timedelta
from secrets import token_bytes
from typing import NamedTuple

STEP = 30  # seconds that a code stands on the screen
BEFORE, AFTER = 2, 1  # steps that count besides the one that runs: who scans must still open the page; clocks differ
DIGITS = 10  # hexadecimal ones of a code: 40 bits
VALID = timedelta(seconds=(BEFORE + 1) * STEP)


class Phone(NamedTuple):
    """A lead's phone, as it was given its keys: whose, and when."""

    person_id: int
    since: datetime  # to the second

    @property
    def name(self) -> str:
        """As ticks carry it: '17.1772416800'."""
        return f"{self.person_id}.{int(self.since.timestamp())}"

    @classmethod
    def read(cls, name: str) -> "Phone | None":
        """None for what is no such name."""
        person, _dot, seconds = name.partition(".")
        if not (person.isascii() and person.isdigit() and seconds.isascii() and seconds.isdigit()):
            return None
        if len(person) > 18 or len(seconds) > 10:
            return None
        return cls(int(person), datetime.fromtimestamp(int(seconds), UTC))


def new_key() -> bytes:
    """The key of an activity, to be sealed at once."""
    return token_bytes(32)


def sealed_for(activity_id: int) -> str:
    """What the key of an activity is sealed for."""
    return f"activity.key:{activity_id}"


def code_key(key: bytes) -> bytes:
    """What makes the codes of one activity, for its lead's phone."""
    return hmac.digest(key, b"codes", "sha256")


def phone_key(key: bytes, phone: Phone) -> bytes:
    """What signs the ticks of this phone."""
    return hmac.digest(key, f"phone {phone.name}".encode(), "sha256")


def code_at(key: bytes, at: datetime) -> str:
    """The code that stands on the screen at that moment."""
    return _code(code_key(key), _step(at))


def is_fresh(key: bytes, code: str, at: datetime) -> bool:
    """Whether the screen showed it just now. A photo of it is worth nothing after VALID."""
    made, step = code_key(key), _step(at)
    steps = range(step - BEFORE, step + AFTER + 1)
    return any(hmac.compare_digest(_code(made, one).encode(), code.encode()) for one in steps)


def signature(signing: bytes, activity_id: int, who: str, what: str, millis: int) -> str:
    """Of one tick: the member's number, `in`, `out` or `undo`, and when, in milliseconds since 1970."""
    return hmac.digest(signing, f"{activity_id}|{who}|{what}|{millis}".encode(), "sha256").hex()


def _step(at: datetime) -> int:
    return int(at.timestamp()) // STEP


def _code(made: bytes, step: int) -> str:
    return hmac.digest(made, str(step).encode(), "sha256").hex()[:DIGITS]
