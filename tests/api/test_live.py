"""Open pages hear that something changed: those it concerns, at once, and without being kept signed in by it."""

import asyncio
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from datetime import timedelta

import pytest
from sqlmodel import select

from matching import clock
from matching.api import lobby, streams
from matching.api.pages import screen
from matching.people.model import SignIn
from matching.people.sign_in import sign_out
from matching.privacy.codes import token_hash
from matching.privacy.masking import masked_phone
from matching.requests import branch_actions, desk_actions, requester_actions
from matching.requests.model import ServiceRequest
from tests import engines
from tests.api.listening import Served, listening, served
from tests.cast import Cast
from tests.faults.running import Engine
from tests.requests.scene import NAME, NOTE, PHONE, WORDING, Result, filing_of

PAGES = 36
SCREEN = f"/screen/live?since={10**14}"  # of a page made after all that happens here
now = clock.now


@pytest.fixture
def site(cast: Cast) -> Iterator[Served]:
    with served(cast) as site:
        yield site


async def filed(site: Served, **wish: object) -> str:
    """The number of a new wish in ZB1."""
    done = await site.work(requester_actions.file, filing_of(site.cast, at=now(), **wish))

    async def number(session):
        return (await session.get_one(ServiceRequest, done.id)).number

    return await site.work(number)


async def dispatched(site: Served, number: str, unit: str) -> None:
    await site.work(desk_actions.dispatch, number, unit, by=site.cast["di"], at=now())


def mark(since: float = 0) -> str:
    """The address of a page made so many seconds ago."""
    return f"/live?since={int((time.time() - since) * 1000)}"


async def test_each_of_many_open_pages_hears_of_a_change(site):
    logins = ["di", "wei", "audit", "lead"]
    cookies = [await site.cookie(login) for login in logins]
    async with AsyncExitStack() as stack:
        pages = [
            await stack.enter_async_context(listening(site.port, cookies[n % len(logins)], mark(-60)))
            for n in range(PAGES)
        ]
        assert {await page.next() for page in pages} == {"here"}
        await filed(site)
        assert {await page.next() for page in pages} == {"changed"}


async def test_nobody_hears_of_what_their_role_does_not_cover(site):
    number, other = await filed(site), await filed(site)
    async with (
        listening(site.port, await site.cookie("sun"), mark(-60)) as page,
        listening(site.port, await site.cookie("di"), mark(-60)) as board,
    ):
        assert [await page.next(), await board.next()] == ["here", "here"]
        await dispatched(site, number, "ZB1")
        assert await board.next() == "changed"
        await filed(site)
        assert await board.next() == "changed"
        before = now()
        await dispatched(site, other, "ZB2")
        event = await page.event()
        assert event["event"] == "changed"
        assert int(event["id"]) >= int(before.timestamp() * 1000)  # of ZB2's, and not of what was earlier


async def test_it_says_only_that_something_changed(site):
    async with listening(site.port, await site.cookie("di"), mark(-60)) as page:
        await page.event()
        await filed(site)
        assert set(await page.event()) == {"event", "data", "id"}


async def test_a_page_hears_at_once_of_what_happened_while_it_was_made(site):
    cookie = await site.cookie("di")
    async with listening(site.port, cookie, mark(-60)) as other:
        await other.event()
        await filed(site)
        changed = await other.event()
    async with listening(site.port, cookie, mark(60)) as page:
        assert [await page.next(), await page.next()] == ["here", "changed"]
    later = f"/live?since={int(changed['id'])}"
    async with listening(site.port, cookie, later) as page:
        assert await page.next() == "here"
        await filed(site)
        assert await page.next() == "changed"
    async with listening(site.port, cookie, "/live", f"Last-Event-ID: {int(changed['id']) - 1}") as again:
        assert [await again.next(), await again.next()] == ["here", "changed"]


async def test_one_page_hears_at_most_once_a_second(site):
    async with listening(site.port, await site.cookie("di"), mark(-60)) as page:
        await page.event()
        begun = time.monotonic()  # before the first is told, so that who is slow to hear of it measures too much
        await filed(site)
        await page.event()
        for _wish in range(3):
            await filed(site)
        assert await page.next() == "changed"
        assert time.monotonic() - begun > 0.5


async def test_a_page_of_one_process_hears_what_another_process_did(cast, keeper_folder, worker_name):
    valkey = Engine(keeper_folder, "valkey", engines.wheel_valkey(), f"live {worker_name}")
    cast.settings.redis_url = f"redis://127.0.0.1:{valkey.port}/0"
    with served(cast) as one, served(cast) as another:
        async with listening(one.port, await one.cookie("di"), mark(-60)) as page:
            assert await page.next() == "here"
            heard = asyncio.create_task(page.next())
            while not heard.done():  # the line between them may not stand yet
                await filed(another)
            assert heard.result() == "changed"


async def test_streams_end_as_soon_as_the_server_is_asked_to_stop(cast):
    with served(cast) as site:
        cookie = await site.cookie("di")
        async with listening(site.port, cookie) as page, listening(site.port, "", "/screen/live") as hall:
            await page.event()
            await hall.event()
            site.server.should_exit = True
            while await page.event():
                pass
            while await hall.event():
                pass


async def test_a_stream_ends_by_itself_so_that_the_sign_in_is_looked_at_again(site, monkeypatch):
    monkeypatch.setattr(streams, "LASTS", 0.1)
    cookie = await site.cookie("di")
    async with listening(site.port, cookie) as page:
        while await page.event():
            pass
    await site.work(sign_out, cookie, at=now())
    async with listening(site.port, cookie) as page:
        assert page.status == 303


async def test_a_quiet_stream_shows_that_it_lives(site, monkeypatch):
    monkeypatch.setattr(streams, "PING", 0.05)
    async with listening(site.port, await site.cookie("di"), mark(-60)) as page:
        await page.event()
        async with asyncio.timeout(30):
            while not (await page.reader.readline()).startswith(b":"):
                pass


async def test_a_page_that_is_closed_leaves_nothing_behind(site):
    async with AsyncExitStack() as stack:
        cookie = await site.cookie("di")
        for _page in range(5):
            await (await stack.enter_async_context(listening(site.port, cookie))).event()
        assert site.app.state.parts.news.listening() == 5
    async with asyncio.timeout(30):
        while site.app.state.parts.news.listening():
            await asyncio.sleep(0.01)


async def test_above_the_most_streams_pages_are_told_to_ask_instead(site, monkeypatch):
    monkeypatch.setattr(streams, "MOST", 1)
    monkeypatch.setattr(screen, "MOST", 0)
    cookie = await site.cookie("di")
    async with listening(site.port, cookie) as page, listening(site.port, cookie) as more:
        assert (page.status, more.status) == (200, 204)
    async with listening(site.port, "", "/screen/live") as hall:
        assert hall.status == 204


async def test_who_is_not_signed_in_is_shown_the_way(site):
    async with listening(site.port) as page:
        assert page.status == 303
    async with listening(site.port, "no-session") as page:
        assert page.status == 303


@pytest.mark.parametrize("since", ["x", "-1", "9" * 40])
async def test_a_mark_that_is_none_is_refused(site, since):
    async with listening(site.port, await site.cookie("di"), f"/live?since={since}") as page:
        assert page.status == 422


def seen_at(doors, visitor):
    async def row(session):
        hashed = token_hash(visitor.cookies.get("session"))
        return (await session.exec(select(SignIn.seen_at).where(SignIn.token_hash == hashed))).one()

    return doors.read(row)


def idle(doors, visitor, minutes):
    async def put_back(session):
        hashed = token_hash(visitor.cookies.get("session"))
        row = (await session.exec(select(SignIn).where(SignIn.token_hash == hashed))).one()
        row.seen_at = clock.now() - timedelta(minutes=minutes)

    doors.work(put_back)
    return seen_at(doors, visitor)


def test_an_open_page_keeps_nobody_signed_in(doors):
    di = doors.of("di")
    away = idle(doors, di, 20)
    assert di.get("/live/mark").status_code == 200
    assert di.get("/board", headers={"X-Live": "1"}).status_code == 200
    assert seen_at(doors, di) == away
    assert di.get("/board").status_code == 200
    assert seen_at(doors, di) > away
    idle(doors, di, 31)
    for path in ("/live", "/live/mark"):
        assert di.get(path, follow_redirects=False).status_code == 303
    assert di.get("/board", headers={"X-Live": "1"}, follow_redirects=False).status_code == 303


def test_a_page_that_fetches_itself_leaves_to_people_what_is_to_be_said(doors):
    di = doors.of("di")
    number = doors.call(filed_in, doors)
    done = di.submit(f"/requests/{number}/accept", version=1, once="once-1", back="/board")
    assert done.status_code == 303
    assert "已完成" not in di.get("/board", headers={"X-Live": "1"}).text
    assert "已完成" in di.get("/board").text
    assert "已完成" not in di.get("/board").text


async def filed_in(doors):
    parts = doors.app.state.parts
    done = await parts.file(filing_of(doors.cast, at=now()))
    async with parts.database.reading() as session:
        return (await session.get_one(ServiceRequest, done.id)).number


def test_the_mark_moves_when_something_changed_for_this_person(doors):
    di, sun = doors.of("di"), doors.of("sun")
    before = [visitor.get("/live/mark").json()["mark"] for visitor in (di, sun)]
    doors.call(filed_in, doors)
    deadline = time.monotonic() + 30
    while (mark := di.get("/live/mark").json()["mark"]) == before[0]:
        assert time.monotonic() < deadline
    assert mark > before[0]
    assert sun.get("/live/mark").json()["mark"] == before[1]


# The lobby screen


async def fulfil(site: Served, number: str, wording: str = WORDING) -> None:
    """All the way, with wording that was reviewed where some is given."""
    cast = site.cast
    await dispatched(site, number, "ZB1")
    if wording:
        await site.work(desk_actions.approve_wording, number, wording, by=cast["di"], at=now())
    await site.work(branch_actions.claim, number, by=cast["lin"], at=now())
    await site.work(branch_actions.contact, number, "电话说好了。", by=cast["lin"], at=now())
    await site.work(branch_actions.complete, number, Result.solved, NOTE, 40, by=cast["lin"], at=now())


async def screen_of(site: Served, query: str = "") -> str:
    reader, writer = await asyncio.open_connection("127.0.0.1", site.port)
    writer.write(f"GET /screen{query} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n".encode())
    async with asyncio.timeout(30):
        text = (await reader.read()).decode()
    writer.close()
    return text


def figures(page: str) -> list[str]:
    return [part.partition("</dd>")[0] for part in page.split("<dd>")[1:]]


async def test_the_screen_counts_what_was_wished_and_came_true_and_tells_reviewed_words_only(site):
    empty = await screen_of(site)
    assert figures(empty) == ["0", "0", "0", "0"]
    assert "第一盏灯" in empty
    async with listening(site.port, "", SCREEN) as hall:
        assert await hall.next() == "here"
        first = await filed(site)
        assert await hall.next() == "changed"
        assert figures(await screen_of(site)) == ["0", "1", "0", "1"]
        await fulfil(site, first)
        assert await hall.next() == "changed"
        second = await filed(site)
        await fulfil(site, second, wording="")
        while figures(page := await screen_of(site)) != ["2", "2", "2", "2"]:
            assert await hall.next() == "changed"
    assert WORDING in page
    assert "刚刚又有一个心愿点亮了" in page
    assert page.count("<li>") == 1  # the second has no wording that was reviewed
    for personal in (NAME[0], PHONE, masked_phone(PHONE), "腿脚", first, second):
        assert personal not in page


async def test_a_screen_shows_the_way_to_the_place_where_it_hangs(site, monkeypatch):
    monkeypatch.setattr(lobby, "RECOUNT", timedelta())
    assert "/q/jizhen-fenzhen" in await screen_of(site, "?spot=jizhen-fenzhen")
    assert "/q/menzhen-dating" in await screen_of(site, "?spot=menzhen-dating")
    assert "/q/menzhen-dating" in await screen_of(site, "?spot=menzhen-jiu")  # its poster was changed since
    closed = await screen_of(site, "?spot=jiu-lou")
    assert "200 OK" in closed.splitlines()[0]
    assert "/q/" not in closed
    assert "404 Not Found" in (await screen_of(site, "?spot=nowhere")).splitlines()[0]
    async with listening(site.port, "", SCREEN) as hall:
        assert await hall.next() == "here"
        await filed(site)
        assert await hall.next() == "changed"
    assert "/q/menzhen-dating" in await screen_of(site)  # where most was asked


async def test_a_screen_says_of_when_its_figures_are_and_one_without_any_asks_again(site, monkeypatch):
    await screen_of(site)

    async def away(*_nobody: object) -> None:
        raise OSError

    monkeypatch.setattr(lobby, "AT_MOST", 0)
    monkeypatch.setattr(lobby.Lobby, "_read", away)
    assert "screen stale" not in await screen_of(site)  # a moment later
    monkeypatch.setattr(screen, "OLD", timedelta())
    old = await screen_of(site)
    assert 'class="screen stale"' in old
    assert "的情况，正在重新连接</p>" in old
    site.app.state.parts.lobby._kept = None  # as after a start
    none = await screen_of(site)
    assert "503" in none.splitlines()[0]
    assert "refresh: 20" in none.partition("\r\n\r\n")[0].lower()
