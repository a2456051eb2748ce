"""Filings are counted by address: at once in each process, and soon in all of them."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
from limits import parse

from matching.api import rush
from matching.api.rush import Rush

AT = datetime(2026, 3, 2, 2, 0, tzinfo=UTC)
FIVE = parse("5/10minutes")


@pytest.fixture
async def two(valkey_url: str, monkeypatch: pytest.MonkeyPatch, anyio_backend: str) -> AsyncIterator[list[Rush]]:
    """The counts of two processes on one Redis, which they share as soon as there is something to tell."""
    monkeypatch.setattr(rush, "EVERY", 0)
    made = [Rush(valkey_url), Rush(valkey_url)]
    yield made
    for one in made:
        await one.close()


def admitted(counts: Rush, address: str, at: datetime = AT, tries: int = 10) -> int:
    return sum(counts.admits(FIVE, address, at) for _ in range(tries))


async def told(counts: Rush) -> None:
    """Wait until what was counted here is known in Redis."""
    assert counts._exchange is not None
    await counts._exchange


def test_an_address_has_its_limit_and_no_other_pays_for_it():
    here = Rush()
    assert (admitted(here, "192.0.2.1"), admitted(here, "192.0.2.2")) == (5, 5)


def test_the_next_window_begins_anew():
    here = Rush()
    assert admitted(here, "192.0.2.1") == 5
    assert admitted(here, "192.0.2.1", AT + timedelta(minutes=10)) == 5


async def test_what_came_in_through_one_process_counts_in_the_other(two: list[Rush]):
    one, other = two
    assert admitted(one, "192.0.2.3", tries=3) == 3
    await told(one)
    assert admitted(other, "192.0.2.3", tries=1) == 1
    await told(other)
    assert admitted(other, "192.0.2.3") == 1


@pytest.mark.usefixtures("anyio_backend")
async def test_while_redis_is_away_each_process_counts_alone_and_tells_later(
    valkey_url: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(rush, "EVERY", 0)
    here = Rush("redis://127.0.0.1:1")
    assert admitted(here, "192.0.2.4", tries=3) == 3
    await told(here)
    back = Rush(valkey_url)
    here._redis, back._redis = back._redis, here._redis
    assert admitted(here, "192.0.2.4", tries=1) == 1
    await told(here)
    there = Rush(valkey_url)
    assert admitted(there, "192.0.2.4", tries=1) == 1
    await told(there)
    assert admitted(there, "192.0.2.4") == 0
    for one in (here, back, there):
        await one.close()
