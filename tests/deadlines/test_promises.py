"""What is promised at filing: four of five requests of the last 90 days kept to it, and who still waits counts too."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from matching.deadlines.behind import Scored, scored_behind
from matching.deadlines.counting import count_promises
from matching.deadlines.model import Promise
from matching.deadlines.promises import DAY, HOUR, MINUTE, PLAIN, Usual, plain, promises_at, scores, usual, within
from matching.requests.states import Result
from tests.cast import AT
from tests.requests.scene import DISPATCHED, Story, refused

ended = st.tuples(st.integers(1, 500).map(lambda n: n * 300), st.just(True), st.integers(1, 9))
waiting = st.tuples(st.integers(1, 500).map(lambda n: n * 300), st.just(False), st.integers(1, 9))


def spread(lasted) -> list[int]:
    return sorted(seconds for seconds, _ended, n in lasted for _ in range(n))


@given(st.lists(ended, min_size=1))
def test_when_all_have_ended_it_is_the_time_within_which_four_of_five_did(lasted):
    lengths, found = spread(lasted), within(lasted)
    assert sum(length <= found for length in lengths) >= 0.8 * len(lengths) - 1e-6
    assert sum(length < found for length in lengths) < 0.8 * len(lengths)


@given(st.lists(ended, min_size=1), st.lists(waiting))
def test_who_still_waits_never_makes_the_promise_shorter(lasted, open_ones):
    alone, with_them = within(lasted), within([*lasted, *open_ones])
    assert with_them is None or with_them >= alone


def test_many_who_still_wait_make_any_promise_impossible():
    assert within([(HOUR, True, 7), (DAY, False, 3)]) is None
    assert within([(HOUR, True, 8), (DAY, False, 2)]) == HOUR
    assert within([(HOUR, True, 7), (HOUR - 300, False, 300)]) == HOUR  # they have not waited that long yet
    assert within([]) is None


@given(st.integers(1, PLAIN[-1]))
def test_it_is_said_in_a_length_that_people_say_and_never_a_shorter_one(seconds):
    assert plain(seconds) >= seconds
    assert plain(seconds) in PLAIN


def test_beyond_three_months_nothing_is_promised():
    assert plain(91 * DAY) is None


@pytest.mark.parametrize(("n", "least", "said"), [(9, 10, None), (10, 10, Usual(HOUR, DAY)), (4, 5, None)])
def test_from_too_few_nothing_is_said(n, least, said):
    counted = Promise(root_id=1, service_id=1, unit_id=2, n=n, taken_seconds=50 * MINUTE, done_seconds=20 * HOUR,
                      counted_at=AT)  # fmt: skip
    assert usual(counted, least) == said


async def played(story: Story, minutes: int, *, filed=AT - timedelta(days=3), taken: int = 30, **wish) -> Story:
    """A request that was claimed after `taken` minutes and done after `minutes`."""
    one = Story(story.cast, story.database, story.work, at=filed)
    await one.begin(**wish)
    for act in DISPATCHED:
        await one.do(act, at=filed)
    await one.do("claim", at=filed + timedelta(minutes=taken))
    await one.do("contact")
    await one.do("complete", at=filed + timedelta(minutes=minutes), result=Result.solved)
    return one


async def promised(story: Story, unit: str = "ZB1") -> Usual | None:
    await count_promises(story.database, story.work, AT)
    async with story.database.reading() as session:
        found = await promises_at(session, story.cast.root_id, story.cast.units[unit].id)
    return found.get(story.cast.services["wheelchair"].id)


async def test_a_units_own_figures_from_ten_on_and_the_hospitals_from_five_on(story: Story):
    for n in range(4):
        await played(story, 60 + n)
    assert await promised(story) is None
    await played(story, 90)
    assert await promised(story) == await promised(story, "ZB3") == Usual(30 * MINUTE, 2 * HOUR)
    for n in range(5):
        await played(story, 200 + n)
    assert await promised(story) == Usual(30 * MINUTE, 4 * HOUR)


async def test_another_unit_s_speed_is_not_promised_where_the_own_is_known(story: Story):
    for _ in range(10):
        await played(story, 100)
    elsewhere = story.cast.units["ZB3"].id
    for _ in range(10):
        filed = await played(story, 1000)
        async with story.database.writing() as connection:
            await connection.exec_driver_sql(
                f"UPDATE service_request SET home_unit_id = {elsewhere} WHERE id = {filed.id}"
            )
    assert (await promised(story)).done == 2 * HOUR
    assert (await promised(story, "ZB3")).done == DAY
    assert (await promised(story, "ZB2")).done == DAY  # the whole hospital's


async def test_only_the_last_ninety_days_count_and_counting_twice_changes_nothing(story: Story):
    for _ in range(5):
        await played(story, 60, filed=AT - timedelta(days=91))
    assert await promised(story) is None
    for _ in range(5):
        await played(story, 60, filed=AT - timedelta(days=89))
    assert await promised(story) == await promised(story) == Usual(30 * MINUTE, HOUR)


async def test_what_was_rejected_or_withdrawn_waited_until_then(story: Story):
    for _ in range(6):
        await played(story, 60)
    assert (await promised(story)).done == HOUR
    for _ in range(6):
        one = Story(story.cast, story.database, story.work, at=AT - timedelta(days=5))
        await (await one.begin()).do("withdraw", at=AT - timedelta(days=4, hours=23, minutes=50))
    assert (await promised(story)).done == HOUR  # they left after ten minutes: nobody knows how long they'd wait
    for _ in range(6):
        one = Story(story.cast, story.database, story.work, at=AT - timedelta(days=5))
        await (await one.begin()).do("withdraw", at=AT - timedelta(days=3))
    assert await promised(story) is None  # they waited two days in vain


async def test_promises_are_scored_when_they_are_decided(story: Story):
    told = {"promised": (HOUR, 2 * HOUR)}
    in_time = await played(story, 90, **told)
    await played(story, 180, taken=90, **told)
    never_promised = await played(story, 90)
    waiting = Story(story.cast, story.database, story.work, at=AT - timedelta(minutes=90))
    await waiting.begin(**told)
    early = Story(story.cast, story.database, story.work, at=AT - timedelta(minutes=90))
    await (await early.begin(**told)).do("withdraw")
    await count_promises(story.database, story.work, AT)
    async with story.database.reading() as session:
        found = (await scores(session, story.cast.root_id))[story.cast.services["wheelchair"].id]
        wei = story.cast["wei"]
        behind = {of: await scored_behind(session, "wheelchair", of, by=wei, size=2) for of in Scored}
        rest = await scored_behind(session, "wheelchair", Scored.n, by=wei, after=behind[Scored.n].next, size=2)
        with refused("not_seen"):
            await scored_behind(session, "books", Scored.done, by=wei)
    assert [(one.total, one.kept) for one in behind.values()][:2] == [(3, 1), (2, 1)]
    assert (found.n, behind[Scored.n].total, len(behind[Scored.n].rows) + len(rest.rows)) == (3, 3, 3)
    assert in_time.id in {row.id for row in behind[Scored.done].rows}
    assert (found.told_taken, found.kept_taken) == (3, 1)  # the one that waits is over its hour, not over its two
    assert (found.told_done, found.kept_done) == (2, 1)
    now = await in_time.now()
    assert (now.promised_taken_at, now.promised_done_at) == (
        now.filed_at + timedelta(hours=1),
        now.filed_at + timedelta(hours=2),
    )
    assert now.taken_at == now.filed_at + timedelta(minutes=30)
    assert (await in_time.steps())[0].detail["promised"] == [HOUR, 2 * HOUR]
    assert (await never_promised.now()).promised_taken_at is None
