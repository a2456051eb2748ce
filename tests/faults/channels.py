"""A channel on this machine (tests/notices/standins.py), in a thread beside the test, and what it was told."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import anyio.from_thread

from tests.notices.standins import StandIn, standing_in

NUMBER = re.compile(r"\d{6}-\d{5,}")


@contextmanager
def channel(**answers: Any) -> Iterator[StandIn]:
    """A stand-in server while the block lasts."""
    with (
        anyio.from_thread.start_blocking_portal() as portal,
        portal.wrap_async_context_manager(standing_in(**answers)) as made,
    ):
        yield made


def told(channel: StandIn) -> Counter[str]:
    """How often it heard of each request; each wish here has only one Step that channels hear of."""
    return Counter(_number(call.body.decode()) for call in list(channel.calls))


def _number(body: str) -> str:
    found = NUMBER.search(body)
    assert found, body
    return found[0]
