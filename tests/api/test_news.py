"""The wire: who hears of what, in one process and through a real Valkey that may go away."""

import asyncio
import json
import signal
from pathlib import Path

import pytest
from redis.asyncio import Redis

from matching.api import news
from matching.api.hearing import keys_for, keys_of
from matching.api.news import Wire
from matching.api.newsline import CHANNEL
from matching.db import News
from tests import engines
from tests.cast import Cast
from tests.faults.running import Engine

SOON = 60.0  # seconds; every wait here ends with an event and far earlier
FILED = News(1, 17, "file", (3,))
DISPATCHED = News(1, 17, "dispatch", (3, 4))


@pytest.fixture(params=["in this process", "through Valkey"])
def url(request: pytest.FixtureRequest) -> str:
    return "" if request.param == "in this process" else url_of(request.getfixturevalue("own_valkey"))


@pytest.fixture
def own_valkey(keeper_folder: Path, worker_name: str) -> Engine:
    """One that only these tests use: they end it. Whoever asks for it has it running."""
    return Engine(keeper_folder, "valkey", engines.wheel_valkey(), f"news {worker_name}")


def url_of(engine: Engine) -> str:
    return f"redis://127.0.0.1:{engine.port}/0"


async def told_until_heard(teller: Wire, listener: news.Listener, one: News) -> None:
    """Tell again and again until the line stands: what was told before may be lost."""
    for _try in range(int(SOON * 10)):
        teller.tell([one])
        if await listener.heard(0.1):
            return
    raise AssertionError("nobody heard of it")


async def test_a_listener_hears_what_concerns_it_and_nothing_else(url):
    async with Wire(url) as wire:
        concerned, other = wire.listen(frozenset({"unit 3"})), wire.listen(frozenset({"unit 9"}))
        wire.tell([FILED])
        assert await concerned.heard(SOON)
        assert not await other.heard(0)


async def test_who_is_slow_hears_once_of_all_that_happened_meanwhile(url):
    async with Wire(url) as wire:
        slow, quick = wire.listen(), wire.listen()
        for number in range(1000):
            wire.tell([News(1, number, "file", (3,))])
        assert await quick.heard(SOON)
        wire.tell([FILED])
        assert await quick.heard(SOON)
        assert await slow.heard(SOON)
        assert not await slow.heard(0)


async def test_a_wire_that_is_not_open_drops_news_without_a_word():
    wire = Wire()
    wire.tell([FILED])
    async with wire:
        listener = wire.listen()
        wire.tell([News(1, 2, "no such verb", ()), object()])  # type: ignore[list-item]  # nothing may raise here
        wire.tell([FILED])
        assert not await listener.heard(5 * news.SOON)  # the bad one took its neighbours along, as lost news may be
        wire.tell([FILED])
        assert await listener.heard(SOON)


async def test_when_the_server_begins_to_stop_all_listeners_end_and_others_are_still_told(own_valkey):
    async with Wire(url_of(own_valkey)) as other, Wire(url_of(own_valkey)) as wire:
        listener, there = wire.listen(), other.listen()
        await told_until_heard(wire, there, FILED)
        wire.hang_up()
        assert [None async for _ in listener] == []
        assert [None async for _ in wire.listen()] == []
        while await there.heard(5 * news.SOON):
            pass
        wire.tell([FILED])
        assert await there.heard(SOON)


async def test_other_processes_hear_through_valkey_and_oneself_only_once(own_valkey):
    async with Wire(url_of(own_valkey)) as one, Wire(url_of(own_valkey)) as another:
        there = another.listen(frozenset({"unit 3"}))
        await told_until_heard(one, there, FILED)
        while await there.heard(5 * news.SOON):
            pass
        here = one.listen(frozenset({"unit 3"}))
        one.tell([FILED])
        assert await here.heard(SOON)
        assert await there.heard(SOON)  # by then the echo has come back to `one` as well
        assert not await here.heard(5 * news.SOON)


async def test_after_a_restart_of_redis_everything_counts_as_changed_and_news_flow_again(own_valkey: Engine, caplog):
    async with Wire(url_of(own_valkey)) as one, Wire(url_of(own_valkey)) as another:
        there, here = another.listen(frozenset({"unit 3"})), one.listen(frozenset({"unit 3"}))
        await told_until_heard(one, there, FILED)
        own_valkey.end(signal.SIGKILL)
        await here.heard(0)
        one.tell([FILED])
        assert await here.heard(SOON)  # in its own process at once
        before = another.mark(frozenset({"unit 99"}))
        while await there.heard(5 * news.SOON):
            pass
        await asyncio.to_thread(own_valkey.back)
        assert await there.heard(SOON)  # though it may have missed it
        assert another.mark(frozenset({"unit 99"})) > before
        await told_until_heard(one, there, FILED)
    assert sum("Redis is away" in line for line in caplog.messages) == 2  # once each


async def test_without_redis_at_the_start_it_begins_when_redis_comes(own_valkey: Engine):
    own_valkey.end(signal.SIGKILL)
    async with Wire(url_of(own_valkey)) as one, Wire(url_of(own_valkey)) as another:
        here, there = one.listen(), another.listen()
        one.tell([FILED])
        assert await here.heard(SOON)
        await asyncio.to_thread(own_valkey.back)
        assert await there.heard(SOON)


@pytest.mark.parametrize("words", ["", "?", "17", json.dumps(["other", 5]), json.dumps(["other", [[]]])])
async def test_words_that_nobody_understands_mean_that_anything_may_have_changed(own_valkey, words):
    async with Wire(url_of(own_valkey)) as wire, Redis.from_url(url_of(own_valkey)) as redis:
        listener = wire.listen(frozenset({"unit 3"}))
        for _try in range(100):
            await redis.publish(CHANNEL, words)
            if await listener.heard(0.1):
                return
    raise AssertionError("the line went deaf")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_everybody_hears_of_what_their_role_covers_and_nobody_else(cast: Cast, work):
    async with work.database.reading() as session:
        keys = {login: await keys_for(session, actor) for login, actor in cast.actors.items()}
    units = {code: unit.id for code, unit in cast.units.items()}

    def who(verb: str, *codes: str, person: str = "") -> set[str]:
        people = (cast.people[person].id,) if person else ()
        told = keys_of([News(cast.root_id, 17, verb, tuple(units[code] for code in codes), people)])
        return {login for login, own in keys.items() if own & told}

    whole = {"wei", "di", "audit"}
    assert who("file", "ZB1") == whole | {"lead"}
    assert who("accept", "ZB1") == whole | {"lead"}
    assert who("dispatch", "ZB1") == whole | {"lead", "lin", "zhao"}
    assert who("dispatch", "ZB2") == whole | {"lead2", "sun"}
    assert who("dispatch", "ZZ1") == whole | {"lead", "lin", "zhao", "lead2", "sun"}  # members of all units below
    assert who("transfer", "ZB1", "ZB2") == whole | {"lead", "lin", "zhao", "lead2", "sun"}
    assert who("claim", "ZB3") == whole
    assert who("notice", person="lin") == {"lin"}
    assert not keys_of([News(cast.root_id + 1, 17, "dispatch", (9999,))]) & keys["wei"]
