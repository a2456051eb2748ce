"""The administrators' page of what did not get out, and the same for programs."""

from datetime import timedelta
from typing import Any

import pytest
from sqlmodel import select

from matching.db import News
from matching.notices.model import Delivery, Endpoint
from matching.people.model import AuditEntry, Grant
from matching.requests import requester_actions
from matching.requests.steps import Step
from tests.cast import AT, Doors
from tests.requests.scene import filing_of

HOUR = timedelta(hours=1)


@pytest.fixture
def stuck(doors: Doors) -> Doors:
    """A Step that was given up, one that is tried again, a message that failed and one that perhaps arrived."""
    cast = doors.cast

    async def fail(session: Any) -> None:
        for _ in range(3):
            await requester_actions.file(session, filing_of(cast))
        first, second, third = await session.exec(select(Step).order_by(Step.id))
        first.tries, first.next_try_at, first.trouble = 8, None, "KeyError: 'person'"
        second.tries, second.next_try_at, second.trouble = 2, AT + HOUR, "ValueError: no such unit"
        third.announced_at, third.next_try_at = AT, None
        robot = Endpoint(root_id=cast.root_id, unit_id=cast.root_id, way="feishu", name="门诊群", sealed=b"",
                         added_at=AT)  # fmt: skip
        session.add(robot)
        await session.flush()
        common = {"root_id": cast.root_id, "step_id": third.id, "words": "file.dispatchers", "at": AT, "tries": 8,
                  "said": {"number": "260302-00003", "verb": "file"}}  # fmt: skip
        session.add_all([
            Delivery(key="a", way="feishu", endpoint_id=robot.id, fate="dead", trouble="http_429", **common),
            Delivery(key="b", way="mail", person_id=cast.people["di"].id, fate="unsure", trouble="TimeoutError",
                     **common),
            Delivery(key="c", way="mail", person_id=cast.people["di"].id, fate="sent", **common),
        ])  # fmt: skip

    doors.work(fail)
    return doors


def rows(doors: Doors, table: Any) -> list[Any]:
    async def every(session: Any) -> list[Any]:
        return list(await session.exec(select(table).order_by(table.id)))

    return doors.read(every)


def test_an_empty_outbox_says_that_all_is_well(doors: Doors):
    page = doors.of("root").get("/admin/outbox")
    assert page.status_code == 200
    assert "都发出去了" in page.text
    assert "全部重试" not in page.text


def test_each_that_did_not_get_out_is_shown_with_its_reason_and_receiver(stuck: Doors):
    text = stuck.of("root").get("/admin/outbox").text
    for word in (
        *("KeyError: &#39;person&#39;", "发送失败", "不再自动重试", "会自动再试", "2026-03-02 11:00"),
        *("不确定是否送达", "飞书群机器人给门诊群", "邮件给狄小满", "对方说发得太快了", "对方没有回答"),
    ):
        assert word in text
    assert text.count("/retry") == 5
    assert stuck.of("root").get("/admin/outbox?lang=en").status_code == 200


def test_one_is_tried_again_at_once_with_all_its_tries(stuck: Doors):
    heard: list[News] = []
    stuck.app.state.parts.work.tell = heard.extend
    visitor = stuck.of("root")
    dead = rows(stuck, Step)[0]
    answer = visitor.submit(f"/admin/outbox/steps/{dead.id}/retry")
    assert (answer.status_code, answer.headers["location"]) == (303, "/admin/outbox")
    assert "重试 1 条" in visitor.get("/admin/outbox").text
    now = rows(stuck, Step)[0]
    assert now.tries == 0
    assert now.next_try_at is not None
    assert now.next_try_at > AT
    assert [one.verb for one in heard] == ["retry_outbox"]
    audit = [entry for entry in rows(stuck, AuditEntry) if entry.act == "retry_outbox"]
    assert [(entry.about, entry.person_id) for entry in audit] == [
        (f"steps 1: {dead.id}", stuck.cast.people["root"].id)
    ]
    assert visitor.submit(f"/admin/outbox/steps/{dead.id}/retry").status_code == 303
    assert "没有要重试的" in visitor.get("/admin/outbox").text


def test_all_are_tried_again_and_nothing_that_was_sent(stuck: Doors):
    visitor = stuck.of("root")
    visitor.submit("/admin/outbox/retry")
    page = visitor.get("/admin/outbox").text
    assert "重试 4 条" in page
    assert "都发出去了" in page
    assert [(one.fate, one.tries) for one in rows(stuck, Delivery)] == [("waiting", 0), ("waiting", 0), ("sent", 8)]
    assert [step.tries for step in rows(stuck, Step)] == [0, 0, 0]


def test_only_administrators_of_the_whole_hospital_enter(stuck: Doors):
    cast = stuck.cast

    async def of_a_branch(session: Any) -> None:
        session.add(Grant(root_id=cast.root_id, person_id=cast.people["lead"].id, unit_id=cast.units["ZB1"].id,
                          role="administrator", granted_at=AT))  # fmt: skip

    stuck.work(of_a_branch)
    for login in ("wei", "di", "lead", "lin", "audit"):
        visitor = stuck.of(login)
        assert visitor.get("/admin/outbox").status_code == 403, login
        assert visitor.submit("/admin/outbox/retry").status_code == 403, login
    assert stuck.of("root").submit("/admin/outbox/steps/999999/retry").status_code == 404
    assert [step.tries for step in rows(stuck, Step)] == [8, 2, 0]


def test_programs_read_it_and_retry(stuck: Doors):
    program = stuck.program("root")
    told = program.get("/api/v1/outbox").json()
    assert [(one["fate"], one["again"]) for one in told["steps"]] == [
        ("waiting", "2026-03-02T03:00:00Z"),
        ("dead", None),
    ]
    assert [(one["to"], one["trouble"], one["way"]) for one in told["deliveries"]] == [
        ("狄小满", "TimeoutError", "mail"),
        ("门诊群", "http_429", "feishu"),
    ]
    assert not told["more"]
    one = told["deliveries"][0]["id"]
    key = {"Idempotency-Key": "again-and-again"}
    for _turn in range(2):
        answer = program.post(f"/api/v1/outbox/deliveries/{one}/retry", headers=key)
        assert (answer.status_code, answer.json()) == (200, {"retried": 1})
    assert program.post(f"/api/v1/outbox/deliveries/{one}/retry").json() == {"retried": 0}
    assert program.post("/api/v1/outbox/retry").json() == {"retried": 3}
    assert stuck.program("di").get("/api/v1/outbox").status_code == 403
    assert program.post("/api/v1/outbox/letters/1/retry").status_code == 422
