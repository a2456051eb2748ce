"""Signed links: they name an ask and a person, expire, and open nothing else."""

import pytest
from sqlmodel import select

from matching.asks import actions, links
from matching.asks.model import Ask
from matching.people.model import Grant, Person
from tests.asks.scene import MINUTE, Crowd
from tests.cast import AT
from tests.requests.scene import DAY, DISPATCHED, NAME, PHONE, refused

PEPPER = b"s" * 40
ASK = Ask(id=17, root_id=1, request_id=3, person_id=5, asked_at=AT)


def test_a_link_opens_what_it_names_for_a_week_and_only_with_our_signature():
    text = links.token(ASK, PEPPER)
    assert links.opened(text, PEPPER, AT + 6 * DAY) == (17, 5)
    assert len(text) < 70
    other = links.token(ASK, b"t" * 40)
    later = AT + 7 * DAY
    for wrong, at in ((text, later), (other, AT), (text[:-1], AT), ("x" + text, AT), ("", AT), ("a.b", AT)):
        with refused("unknown_link"):
            links.opened(wrong, PEPPER, at)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_an_answer_through_a_link_is_the_answer_of_whom_it_was_sent_to(asking: Crowd):
    await (await asking.begin()).go(*DISPATCHED)
    await asking.run()
    lin = asking.cast["lin"]
    text = links.token(await asking.ask_of(lin), PEPPER)
    async with asking.database.reading() as session:
        ask, request, by = await links.linked(session, text, PEPPER, AT)
        assert (by.id, by.scopes) == (lin.id, lin.scopes)
        assert request.spot.name == "门诊大厅"
        assert not {NAME, PHONE} & {request.need, request.requester_label}
    for _tap in range(2):
        await asking.work(actions.answer_yes, ask.id, by=by, at=AT + MINUTE)
    assert await asking.verbs() == ["ask", "claim", "thank"]

    async def leave(session):
        (await session.get_one(Person, lin.id)).status = "left"

    async def serve_no_more(session):
        (await session.get_one(Person, lin.id)).status = "serving"
        (await session.exec(select(Grant).where(Grant.person_id == lin.id))).one().revoked_at = AT

    for gone in (leave, serve_no_more):
        await asking.work(gone)
        async with asking.database.reading() as session:
            with refused("unknown_link"):
                await links.linked(session, text, PEPPER, AT + MINUTE)
