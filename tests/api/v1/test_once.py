"""Two calls with one key at the same moment, told apart by hand: what each has read when the other writes."""

import asyncio
from typing import Any

import pytest

from matching.api.idempotency import Once, once
from matching.errors import Refused
from matching.privacy.sealed import Sealer
from matching.requests import branch_actions, desk_actions, requester_actions
from matching.requests.filing import Wish, prepare
from matching.requests.row import number_of
from tests.cast import AT, Cast

PATIENCE = 0.5  # seconds; SQLite lets the second in only after the first, so that the first must not wait for ever


async def dispatched(work: Any, cast: Cast) -> str:
    spot, settings = cast.spots["S1"], cast.settings
    wish = Wish(cast.services["wheelchair"], "想借一辆轮椅去检查", "a" * 20, spot, spot.unit_id)
    filing = prepare(wish, sealer=Sealer(settings.keys), pepper=settings.pepper, by=cast["di"], at=AT)
    number = number_of((await work(requester_actions.file, filing)).id, AT)
    await work(desk_actions.dispatch, number, "ZB1", by=cast["di"], at=AT)
    return number


@pytest.mark.parametrize("second_reads_after_the_first_wrote", [False, True])
async def test_the_second_gets_the_answer_of_the_first(work, cast, second_reads_after_the_first_wrote):
    number = await dispatched(work, cast)
    begun, written, done = asyncio.Event(), asyncio.Event(), []

    async def call(first: bool) -> tuple[int, dict[str, Any]]:
        async def claim(session: Any) -> tuple[int, dict[str, Any]]:
            if first:
                await patiently(begun)
            else:
                begun.set()
                if second_reads_after_the_first_wrote:
                    await patiently(written)
            request = await branch_actions.claim(session, number, by=cast["lin"], at=AT)
            done.append(first)
            return 200, {"claims": len(request.claims), "first": first}

        answer = await work(once, Once("tap", "claim"), cast["lin"], AT, claim)
        written.set()
        return answer

    answers = await asyncio.gather(call(True), call(False))
    assert answers[0] == answers[1]
    assert answers[0][1]["claims"] == 1


async def test_a_refusal_that_nobody_answered_before_stays_a_refusal(work, cast):
    number = await dispatched(work, cast)

    async def claim(session: Any) -> tuple[int, dict[str, Any]]:
        await branch_actions.claim(session, number, by=cast["lin"], at=AT)
        return 200, {}

    await work(once, Once("one", "claim"), cast["lin"], AT, claim)
    with pytest.raises(Refused, match="already_claimed_by_you"):
        await work(once, Once("other", "claim"), cast["lin"], AT, claim)


async def patiently(event: asyncio.Event) -> None:
    try:
        await asyncio.wait_for(event.wait(), PATIENCE)
    except TimeoutError:
        return
