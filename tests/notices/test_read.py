"""One's own list of notices: what is in it, and what counts as read."""

from datetime import timedelta

import pytest

from matching.errors import NotSeen
from matching.notices import actions
from matching.notices.model import PostKind
from matching.notices.queries import MOST, Only, notices_of
from tests.cast import AT
from tests.notices.told import Hall


async def test_the_newest_comes_first_and_the_rest_page_by_page(hall: Hall):
    told = [await hall.told("lin") for _turn in range(7)]
    seen, before = [], None
    while True:
        found, before = await hall.read(notices_of, hall.cast["lin"], before=before, size=3)
        seen += [heard.notice.id for heard in found]
        if before is None:
            break
    assert seen == told[::-1]


async def test_what_is_told_late_stands_where_it_happened(hall: Hall):
    now = await hall.told("lin", at=AT)
    late = await hall.told("lin", at=AT - timedelta(days=1))
    last = await hall.told("lin", at=AT)
    found, _rest = await hall.read(notices_of, hall.cast["lin"])
    assert [heard.notice.id for heard in found] == [last, now, late]
    page, rest = await hall.read(notices_of, hall.cast["lin"], size=2)
    page, rest = await hall.read(notices_of, hall.cast["lin"], before=rest)
    assert ([heard.notice.id for heard in page], rest) == ([late], None)


async def test_nobody_sees_or_reads_what_another_was_told(hall: Hall):
    told = await hall.told("lin")
    assert await hall.read(notices_of, hall.cast["zhao"]) == ([], None)
    with pytest.raises(NotSeen):
        await hall.work(actions.read, told, by=hall.cast["zhao"], at=AT)
    assert await hall.unread("lin") == 1


async def test_reading_twice_keeps_the_first_time(hall: Hall):
    told = await hall.told("lin")
    for hours in (0, 1):
        await hall.work(actions.read, told, by=hall.cast["lin"], at=AT + timedelta(hours=hours))
    assert (await hall.notice(told)).read_at == AT
    assert await hall.unread("lin") == 0


async def test_the_count_stops_above_what_is_shown(hall: Hall):
    await hall.fill("lin", MOST + 20)
    assert await hall.unread("lin") == MOST + 1


async def test_opening_a_request_reads_all_that_it_told_and_nothing_else(hall: Hall):
    here, there = await hall.told("di"), await hall.told("di")
    request_id = (await hall.notice(here)).request_id
    await hall.work(actions.read_request, request_id, by=hall.cast["di"], at=AT)
    assert (await hall.notice(here)).read_at == AT
    assert (await hall.notice(there)).read_at is None


async def test_a_request_that_they_may_not_see_is_not_read_by_asking_for_it(hall: Hall):
    told = await hall.told("sun")  # a member of another branch
    await hall.work(actions.read_request, (await hall.notice(told)).request_id, by=hall.cast["sun"], at=AT)
    assert (await hall.notice(told)).read_at is None
    found, _rest = await hall.read(notices_of, hall.cast["sun"])
    assert [heard.opens for heard in found] == [False]


async def test_all_at_once_reads_what_stood_there_and_no_post(hall: Hall):
    older, newer = await hall.told("lin"), await hall.told("lin")
    post = await hall.publish("lead", "ZB1")
    since = await hall.told("lin")
    assert await hall.work(actions.read_all, newer, by=hall.cast["lin"], at=AT) == 2
    assert await hall.work(actions.read_all, newer, by=hall.cast["lin"], at=AT) == 0
    assert [(await hall.notice(one)).read_at for one in (older, newer, since)] == [AT, AT, None]
    await hall.work(actions.read_all, since, by=hall.cast["lin"], at=AT)
    assert (await hall.own(post, "lin")).read_at is None


async def test_the_list_narrows_to_the_unread_and_to_posts(hall: Hall):
    read, unread = await hall.told("lin"), await hall.told("lin")
    await hall.work(actions.read, read, by=hall.cast["lin"], at=AT)
    first = await hall.publish("lead", "ZB1")
    second = await hall.publish("wei", "DW", kind=PostKind.lesson)

    async def listed(only: Only):
        found, _rest = await hall.read(notices_of, hall.cast["lin"], only)
        return [heard.post.id if heard.post else heard.notice.id for heard in found]

    assert await listed(Only.posts) == [second, first]
    assert await listed(Only.unread) == [second, first, unread]
    assert await listed(Only.all) == [second, first, unread, read]
    page, rest = await hall.read(notices_of, hall.cast["lin"], Only.posts, size=1)
    assert [heard.post.id for heard in page] == [second]
    page, rest = await hall.read(notices_of, hall.cast["lin"], Only.posts, before=rest, size=1)
    assert ([heard.post.id for heard in page], rest) == ([first], None)
