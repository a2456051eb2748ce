"""What Steps become: for each act who reads which sentence, and that nobody is told twice or of their own doing."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import col, select

from matching.db import Database, News, Work
from matching.notices.announcing import announce
from matching.notices.model import Delivery, Endpoint, Follower, Notice, Preference, Way
from matching.people.model import Grant, Person
from matching.requests.steps import Step
from tests.cast import AT, Cast
from tests.requests.scene import COMPLETED, DAY, DISPATCHED, IN_PROGRESS, NAME, NEED, PHONE, Story

MINUTE = timedelta(minutes=1)


class Tale(Story):
    """A story in which each act is a minute later, and what became of its Steps."""

    async def go(self, *acts: str) -> "Tale":
        for act in acts:
            self.at += MINUTE
            await self.do(act)
        return self

    async def announced(self, at: Any = None) -> int:
        return await announce(self.database, self.work, at or self.at)

    async def told(self) -> dict[str, str]:
        """Login → words, of the last Step."""
        await self.announced()
        logins = {person.id: login for login, person in self.cast.people.items()}
        last = (await self.steps())[-1]
        rows = await self.rows(select(Notice).where(Notice.step_id == last.id))
        assert len(rows) == len({row.person_id for row in rows})
        return {logins[row.person_id]: row.words for row in rows}

    async def deliveries(self) -> list[Delivery]:
        return await self.rows(select(Delivery).order_by(col(Delivery.id)))

    async def rows(self, statement: Any) -> list[Any]:
        async with self.database.reading() as session:
            return list(await session.exec(statement))

    async def add(self, *rows: Any) -> None:
        async def add(session: Any) -> None:
            session.add_all(rows)

        await self.work(add)

    async def change(self, row: type[Any], where: Any, **values: Any) -> None:
        async def change(session: Any) -> None:
            for one in await session.exec(select(row).where(where)):
                one.sqlmodel_update(values)

        await self.work(change)


@pytest.fixture
async def tale(cast: Cast, anyio_backend: str) -> AsyncIterator[Tale]:
    database = Database(cast.settings.database_url)
    yield Tale(cast, database, Work(database))
    await database.close()


BAD = (*COMPLETED, "rate badly")
HEARD = {  # acts: who hears of the last one, in which words
    (): {"di": "file.dispatchers"},
    ("ask_info",): {},
    ("ask_info", "supplement"): {"di": "supplement.dispatchers"},
    ("correct",): {"di": "correct_waiting.dispatchers"},
    (*IN_PROGRESS, "correct"): {"lin": "correct.claimers", "lead": "correct.in_charge"},
    ("reject",): {},
    DISPATCHED: {"lead": "dispatch.leads"},
    (*DISPATCHED, "sign_for"): {},
    (*DISPATCHED, "return_order"): {"di": "return_order.dispatchers"},
    (*DISPATCHED, "return_order", "dispatch", "return_order"): {
        "di": "return_order_last.dispatchers",
        "wei": "return_order_last.committee",
    },
    (*DISPATCHED, "return_order", "dispatch", "return_order", "final_ruling"): {
        "lead": "final_ruling.leads",
        "di": "final_ruling.dispatchers",
    },
    (*DISPATCHED, "transfer"): {"lead2": "transfer.leads", "lead": "transfer.leads_before"},
    IN_PROGRESS: {"lead": "claim.in_charge"},
    (*DISPATCHED, "assign"): {"lin": "assign.chosen"},
    (*DISPATCHED, "assign", "decline"): {"lead": "decline.in_charge"},
    (*IN_PROGRESS, "release"): {"lead": "release.in_charge"},
    (*DISPATCHED, "ask"): {"zhao": "ask.asked"},
    (*DISPATCHED, "thank"): {"zhao": "thank.asked"},
    (*DISPATCHED, "hand_back"): {"lead": "hand_back.in_charge"},
    (*DISPATCHED, "move_up"): {"zhao": "move_up.chosen", "lead": "move_up.in_charge"},
    (*IN_PROGRESS, "hand back uncalled"): {
        "lin": "hand_back_not_contacted.claimers",
        "lead": "hand_back_not_contacted.in_charge",
    },
    (*IN_PROGRESS, "seek_cover"): {"lead": "seek_cover.in_charge"},
    (*IN_PROGRESS, "seek_cover", "cover"): {"lin": "cover.chosen", "lead": "cover.in_charge"},
    (*IN_PROGRESS, "nudge"): {"lin": "nudge.claimers"},
    (*IN_PROGRESS, "nudge", "offer_helper"): {"zhao": "offer_helper.asked", "lin": "offer_helper.claimers"},
    (*IN_PROGRESS, "help"): {"lin": "help.claimers"},
    (*IN_PROGRESS, "help", "release"): {"zhao": "release.asked", "lead": "release.in_charge"},
    (*IN_PROGRESS, "help", "helper lets go"): {"lin": "release_helper.claimers"},
    (*IN_PROGRESS, "extend"): {"di": "extend.dispatchers"},
    (*IN_PROGRESS, "extend", "answer_extension"): {
        "lin": "extension_granted.claimers",
        "lead": "extension_granted.in_charge",
    },
    (*IN_PROGRESS, "park"): {"di": "park.dispatchers", "lin": "park.claimers"},
    (*IN_PROGRESS, "park", "resume"): {"lin": "resume.claimers"},
    COMPLETED: {"lead": "complete.in_charge"},
    (*COMPLETED, "rate"): {"lin": "rate.claimers", "lead": "rate.in_charge"},
    BAD: {"lin": "rate_badly.claimers", "lead": "rate_badly.in_charge", "wei": "rate_badly.committee"},
    (*COMPLETED, "close"): {"lin": "close.claimers"},
    (*BAD, "rectify"): {"di": "rectify.dispatchers", "lin": "rectify.claimers"},
    (*BAD, "rectify as misjudged"): {"wei": "rectify_misjudged.committee"},
    (*BAD, "rectify as misjudged", "answer_misjudgement"): {
        "lead": "misjudgement_approved.in_charge",
        "lin": "misjudgement_approved.claimers",
    },
    (*COMPLETED, "reopen"): {"lin": "reopen.claimers", "lead": "reopen.in_charge", "di": "reopen.dispatchers"},
    ("withdraw",): {"di": "withdraw_waiting.dispatchers"},
    (*IN_PROGRESS, "withdraw"): {"lin": "withdraw.claimers", "lead": "withdraw.in_charge"},
    ("reject", "archive"): {},
    ("urge",): {"di": "urge_waiting.dispatchers"},
    (*IN_PROGRESS, "urge"): {"lin": "urge.claimers", "lead": "urge.in_charge"},
    (*IN_PROGRESS, "supervise"): {
        "lin": "supervise.claimers",
        "lead": "supervise.in_charge",
        "di": "supervise.dispatchers",
    },
    (*IN_PROGRESS, "supervise", "reply"): {"wei": "reply.committee"},
}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("acts", "heard"), HEARD.items(), ids=lambda one: " ".join(one) or "file")
async def test_each_act_is_told_to_those_whom_it_concerns(tale: Tale, acts, heard):
    await (await tale.begin()).go(*acts)
    assert await tale.told() == heard


async def test_a_wish_that_may_be_an_emergency_is_told_to_the_committee_too(tale: Tale):
    await tale.begin(need="我爸爸突然昏倒了，叫不醒，快来人")
    assert await tale.told() == {"di": "file_emergency.dispatchers", "wei": "file_emergency.committee"}


async def test_a_limit_that_runs_out_is_told_to_those_who_have_it_and_the_desk(tale: Tale):
    await (await tale.begin()).go(*IN_PROGRESS)
    await tale.do("urge", by="system", at=AT + DAY)
    assert await tale.told() == {
        "lin": "urge_late.claimers",
        "lead": "urge_late.in_charge",
        "di": "urge_late.dispatchers",
    }


async def test_those_who_share_it_hear_of_each_other_and_who_lost_it_hears_so(tale: Tale):
    await (await tale.begin("escort")).go(*DISPATCHED, "claim")
    tale.at += MINUTE
    await tale.do("claim", by="zhao")
    assert await tale.told() == {"lin": "claim.claimers", "lead": "claim.in_charge"}
    tale.at += MINUTE
    await tale.do("release", by="lead", person="zhao")
    assert await tale.told() == {"zhao": "release.chosen"}
    await tale.go("transfer")
    told = await tale.told()
    assert told == {"lin": "transfer.claimers", "lead": "transfer.leads_before", "lead2": "transfer.leads"}


async def test_who_did_it_is_not_told_of_it_in_any_part(tale: Tale):
    await (await tale.begin()).go(*DISPATCHED)
    await tale.do("claim", by="lead", at=tale.at + MINUTE)
    assert await tale.told() == {}


async def test_a_unit_without_a_lead_is_told_through_the_next_above_and_else_through_its_members(tale: Tale):
    cast = tale.cast
    await tale.change(Grant, Grant.role == "unit_lead", revoked_at=AT)
    await (await tale.begin()).go(*DISPATCHED)
    assert await tale.told() == dict.fromkeys(("lead", "lin", "zhao"), "dispatch.members")
    above = Grant(root_id=cast.root_id, person_id=cast.people["wei"].id, unit_id=cast.units["ZZ1"].id,
                  role="unit_lead", granted_at=AT)  # fmt: skip
    await tale.add(above)
    await (await tale.begin()).go(*DISPATCHED)
    assert await tale.told() == {"wei": "dispatch.leads"}


async def test_without_a_dispatcher_the_committee_hears_of_a_new_wish(tale: Tale):
    await tale.change(Grant, Grant.role == "dispatcher", revoked_at=AT)
    await tale.begin()
    assert await tale.told() == {"wei": "file.dispatchers"}


async def test_a_dispatcher_of_other_units_hears_nothing(tale: Tale):
    await tale.change(Grant, Grant.role == "dispatcher", unit_id=tale.cast.units["ZB3"].id)
    await tale.begin()
    assert await tale.told() == {"wei": "file.dispatchers"}


async def test_who_has_left_is_told_nothing(tale: Tale):
    await (await tale.begin()).go(*IN_PROGRESS)
    await tale.change(Person, col(Person.login).in_(["lin", "lead"]), status="left")
    await tale.go("urge")
    assert await tale.told() == {"di": "urge.in_charge"}


async def test_a_step_is_announced_once_however_often_it_is_looked_for(tale: Tale):
    await (await tale.begin()).go(*COMPLETED)
    assert [await tale.announced() for _turn in range(3)] == [6, 0, 0]
    steps = await tale.steps()
    assert {(step.announced_at, step.next_try_at, step.tries) for step in steps} == {(tale.at, None, 0)}
    notices = await tale.rows(select(Notice))
    assert len(notices) == len({(row.person_id, row.step_id) for row in notices}) == 4
    assert {row.at for row in notices} <= {step.at for step in steps}


async def test_a_step_that_failed_waits_for_its_pause(tale: Tale):
    await tale.begin()
    await tale.change(Step, col(Step.id).is_not(None), next_try_at=AT + DAY, tries=1)
    assert await tale.announced(AT + DAY - MINUTE) == 0
    assert await tale.announced(AT + DAY) == 1


async def test_a_return_that_is_told_late_is_still_the_first(tale: Tale):
    await (await tale.begin()).go(*DISPATCHED, "return_order", "dispatch", "return_order")
    await tale.announced()
    words = [row.words for row in await tale.rows(select(Notice).order_by(col(Notice.id)))]
    assert [one for one in words if "return_order" in one] == [
        "return_order.dispatchers",
        "return_order_last.dispatchers",
        "return_order_last.committee",
    ]


async def test_pages_of_those_who_were_told_hear_that_they_were(tale: Tale):
    heard: list[News] = []
    tale.work.tell = heard.extend
    await tale.begin()
    heard.clear()
    await tale.announced()
    assert [(one.request_id, one.person_ids) for one in heard] == [(tale.id, (tale.cast.people["di"].id,))]


# Beyond the application


async def listening(tale: Tale, login: str = "di", **wishes: Any) -> None:
    person = tale.cast.people[login]
    row = {"sealed_mail": b"sealed", "by_mail": True} | wishes
    await tale.add(Preference(person_id=person.id, root_id=tale.cast.root_id, **row))


async def test_mail_and_wecom_go_to_those_who_want_them_and_can_be_reached(tale: Tale):
    await tale.change(Person, Person.login == "di", wecom_id="di-wecom")
    await listening(tale, by_wecom=True)
    await tale.begin()
    await tale.announced()
    sent = await tale.deliveries()
    step = (await tale.steps())[-1].id
    person = tale.cast.people["di"].id
    assert [(one.way, one.key, one.words) for one in sent] == [
        ("mail", f"step:{step}/person:{person}/mail", "file.dispatchers"),
        ("wecom_app", f"step:{step}/person:{person}/wecom_app", "file.dispatchers"),
    ]
    assert {(one.fate, one.next_try_at, one.tries) for one in sent} == {("waiting", AT, 0)}


@pytest.mark.parametrize("wishes", [{"by_mail": False}, {"sealed_mail": None}, {"by_mail": False, "by_wecom": True}])
async def test_who_does_not_want_it_or_gave_no_address_gets_nothing_outside(tale: Tale, wishes):
    await listening(tale, **wishes)
    await tale.begin()
    assert await tale.told() == {"di": "file.dispatchers"}
    assert await tale.deliveries() == []


async def test_quiet_hours_and_digests_put_a_message_off(tale: Tale):
    await listening(tale, quiet_from=9 * 60, quiet_to=11 * 60)  # it is ten in Shanghai
    await tale.begin()
    await tale.announced()
    assert [one.next_try_at for one in await tale.deliveries()] == [AT + timedelta(hours=1)]


def endpoint(cast: Cast, unit: str, *verbs: str, **more: Any) -> Endpoint:
    return Endpoint(root_id=cast.root_id, unit_id=cast.units[unit].id, way=Way.webhook, name=f"{unit} {verbs}",
                    sealed=b"", verbs=list(verbs), added_at=AT, **more)  # fmt: skip


async def test_a_group_hears_of_its_unit_and_those_below_and_of_the_verbs_it_asked_for(tale: Tale):
    cast = tale.cast
    hearing = [endpoint(cast, "DW"), endpoint(cast, "ZB1"), endpoint(cast, "ZZ1", "accept", "dispatch")]
    deaf = [endpoint(cast, "ZB2"), endpoint(cast, "ZB1", "file"), endpoint(cast, "DW", stopped_at=AT)]
    await tale.add(*hearing, *deaf)
    await tale.begin()
    await tale.announced()
    async with tale.database.reading() as session:
        names = {row.id: row.name for row in await session.exec(select(Endpoint))}
    before = len(await tale.deliveries())
    await tale.go(*DISPATCHED)
    await tale.announced()
    heard = [(names[one.endpoint_id], one.words) for one in (await tale.deliveries())[before:]]
    asked = ("ZZ1 ('accept', 'dispatch')", "any.group"), ("ZZ1 ('accept', 'dispatch')", "dispatch.group")
    assert sorted(heard) == sorted([*asked, ("DW ()", "dispatch.group"), ("ZB1 ()", "dispatch.group")])


async def following(tale: Tale) -> None:
    await tale.add(Follower(root_id=tale.cast.root_id, request_id=tale.id, way=Way.mail, sealed=b"", address_hash="x",
                            at=AT))  # fmt: skip


async def test_a_requester_who_asked_for_it_hears_what_others_did_and_not_their_own_acts(tale: Tale):
    await tale.begin()
    await following(tale)
    await tale.go("ask_info", "supplement", *DISPATCHED, "ask", "hand_back", "claim", "thank", "nudge", "offer_helper")
    await tale.go("seek_cover", "cover")
    await tale.do("contact", by="zhao")
    await tale.do("complete", by="zhao")
    await tale.go("rate")
    await tale.announced()
    heard = [one.words for one in await tale.deliveries()]
    assert heard == [f"{key}.requester" for key in ("ask_info", "accept", "claim", "cover", "complete")]


async def test_nothing_that_leaves_holds_what_was_typed(tale: Tale):
    await tale.add(endpoint(tale.cast, "DW"))
    await listening(tale)
    await tale.begin()
    await following(tale)
    await tale.go(*COMPLETED, "rate badly")
    await tale.announced()
    sent = await tale.deliveries()
    assert {tuple(one.said) for one in sent} == {("number", "service", "service_en", "unit", "state", "verb")}
    text = json.dumps([one.said for one in sent], ensure_ascii=False)
    personal = [NEED, NAME, PHONE, *(person.name for person in tale.cast.people.values())]
    assert sent
    assert not [word for word in personal if word in text]


async def test_what_is_older_than_a_day_is_noticed_and_sent_nowhere(tale: Tale):
    await tale.add(endpoint(tale.cast, "DW"))
    await listening(tale)
    await tale.begin()
    await following(tale)
    await tale.go("ask_info")
    assert await tale.announced(AT + DAY + 2 * MINUTE) == 2
    assert await tale.rows(select(Notice)) != []
    assert await tale.deliveries() == []
