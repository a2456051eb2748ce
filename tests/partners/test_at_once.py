"""Two liaisons of a partner who do the same to the same request at once: it is done once, and the other one is told."""

import asyncio
from datetime import timedelta

from sqlmodel import col, select

from matching.db import Database, Work
from matching.errors import Refused
from matching.partners import orders
from matching.partners.model import PartnerRequest
from matching.ratings import actions as ratings
from matching.requests import branch_actions, desk_actions, requester_actions, verify
from matching.requests.queries import id_of
from matching.requests.states import Result
from matching.requests.steps import Step
from tests.cast import AT

HOUR = timedelta(hours=1)
DONE = AT + timedelta(days=10)


async def test_what_two_liaisons_do_at_once_is_done_once_and_the_other_is_told(room):
    work, cast, other = room.work, room.cast, Database(room.cast.settings.database_url)
    held, asked = await room.order(), await room.order(filing_key="order-key-000002")
    await work(desk_actions.dispatch, held, "ZB1", by=cast["di"], at=AT + HOUR)
    await work(branch_actions.claim, held, by=cast["lin"], at=AT + HOUR)
    await work(branch_actions.contact, held, by=cast["lin"], at=AT + 2 * HOUR)
    said = {"result": Result.solved, "note": "人人练了一遍，问题都答了。", "minutes": 120}
    await work(branch_actions.complete, held, **said, by=cast["lin"], at=DONE)

    async def both(action, number, ours, theirs):
        async def one(unit, login, words):
            try:
                await unit(action, number, *words, by=cast[login], at=DONE + HOUR)
            except Refused as refused:
                return refused.code
            return "done"

        told = await asyncio.gather(one(work, "ke", ours), one(Work(other), "qu", theirs))
        winner = told.index("done")
        return told[1 - winner], (ours, theirs)[winner], cast[("ke", "qu")[winner]].id

    code, (came, _remark), who = await both(orders.confirm, held, (40, "甲"), (43, "乙"))
    rated = await both(ratings.rate, held, (5,), (4,))
    gone = await both(requester_actions.withdraw, asked, (), ())
    await other.close()
    assert (code, rated[0], gone[0]) == ("confirmed_already", "rated_already", "wrong_state")
    async with work.database.reading() as session:
        kept = await session.get_one(PartnerRequest, id_of(held))
        assert (kept.came, kept.confirmed_by) == (came, who)
        steps = select(Step).where(col(Step.verb).in_(["rate", "withdraw"])).order_by(col(Step.id))
        assert [(one.verb, one.by_id) for one in await session.exec(steps)] == [
            ("rate", rated[2]), ("withdraw", gone[2]),
        ]  # fmt: skip
        assert [line async for line in verify.differences(session)] == []
