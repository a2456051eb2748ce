"""Notices and posts through the API: one's own, who has read, and publishing."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import update
from sqlmodel import col

from matching import clock
from matching.notices.announcing import announce
from matching.requests.queries import id_of
from matching.requests.steps import Step
from tests.api.v1.conftest import NAME, NEED, PHONE, Api, refusal
from tests.api.v1.test_requests import pages
from tests.api.v1.test_verbs import DISPATCH

POST = {"kind": "announcement", "unit": "ZB1", "title": "关于召开支部大会的通知", "text": "周五 16:00，示教室。"}


def announced(api: Api) -> None:
    parts = api.doors.app.state.parts

    async def run() -> None:
        await announce(parts.database, parts.work, clock.now())

    api.doors.call(run)


def listed(api: Api, who: str) -> dict[str, Any]:
    return api.of(who).get("/api/v1/notices").json()


def post(api: Api, path: str, who: str = "lead", json=None, **headers: str):
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return api.of(who).post(f"/api/v1{path}", json=json, headers=sent)


def published(api: Api, who: str = "lead", **other) -> int:
    answer = post(api, "/posts", who, POST | other)
    assert answer.status_code == 201, answer.text
    return answer.json()["id"]


def test_what_i_was_told_and_marking_it_read(api: Api):
    number = api.file()
    announced(api)
    (told,) = pages(api, "di", "/notices")
    assert (told["request"], told["seq"], told["post"], told["opens"], told["read_at"]) == (number, 1, None, True, None)
    assert number in told["sentence"]
    assert not {part for part in (NAME, PHONE, NEED) if part in str(told)}
    assert pages(api, "lin", "/notices") == []
    for _turn in range(2):
        assert post(api, f"/notices/{told['id']}/read", "di").status_code == 204
    refusal(post(api, f"/notices/{told['id']}/read", "lin"), 404, "not_seen")
    assert pages(api, "di", "/notices", only="unread") == []
    assert pages(api, "di", "/notices")[0]["read_at"]


def test_pages_of_notices_have_no_gaps_and_all_are_read_up_to_one(api: Api):
    for _turn in range(5):
        api.file()
    announced(api)
    ids = [told["id"] for told in pages(api, "di", "/notices", size=2)]
    assert ids == sorted(ids, reverse=True)
    assert len(ids) == 5
    assert post(api, "/notices/read", "di", {"up_to": ids[1]}).json() == {"read": 4}
    assert [told["id"] for told in pages(api, "di", "/notices", only="unread")] == ids[:1]
    assert post(api, "/notices/read", "di", {"up_to": ids[0]}).json() == {"read": 1}
    assert post(api, "/notices/read", "di", {"up_to": listed(api, "di")["up_to"]}).json() == {"read": 0}
    refusal(post(api, "/notices/read", "di", {"up_to": -1}), 422, "invalid")


def test_what_was_announced_late_is_read_with_the_rest_though_it_stands_further_down(api: Api):
    late, early = api.file(), api.file()
    parts = api.doors.app.state.parts

    async def held_up(tries: int) -> None:
        step = update(Step).where(col(Step.request_id) == id_of(late))
        async with parts.database.writing() as connection:
            await connection.execute(step.values(tries=tries, next_try_at=clock.now() + timedelta(hours=1)))

    for tries in (1, 0):
        api.doors.call(lambda tries=tries: held_up(tries))
        announced(api)
    found = listed(api, "di")
    assert [told["request"] for told in found["items"]] == [early, late]
    assert found["up_to"] == found["items"][1]["id"] > found["items"][0]["id"]
    assert post(api, "/notices/read", "di", {"up_to": found["up_to"]}).json() == {"read": 2}
    assert pages(api, "di", "/notices", only="unread") == []


def test_who_was_told_of_a_step_and_reminding_them(api: Api):
    number = api.file()
    api.tell(DISPATCH)
    announced(api)
    steps = api.get("di", f"/requests/{number}/readers").json()["items"]
    dispatched = next(step for step in steps if step["verb"] == "dispatch")
    assert [(one["name"], one["reading"]) for one in dispatched["readers"]] == [("雷秀英", "unread")]
    assert dispatched["rate"] == {"told": 1, "read": 0, "percent": 0, "no_account": 0}
    path = f"/requests/{number}/steps/{dispatched['seq']}/repeat"
    assert post(api, path, "di", Idempotency_Key="one").json() == {"reminded": 1}
    assert post(api, path, "di", Idempotency_Key="one").json() == {"reminded": 1}  # the kept answer
    answer = post(api, path, "di", Idempotency_Key="two")
    refusal(answer, 429, "repeated_lately")
    assert 0 < int(answer.headers["retry-after"]) <= 4 * 3600
    refusal(api.get("lin", f"/requests/{number}/readers"), 403, "not_allowed")
    refusal(api.get("lead2", f"/requests/{number}/readers"), 404, "not_seen")
    refusal(post(api, path, "lead2"), 404, "not_seen")
    refusal(post(api, f"/requests/{number}/steps/99/repeat", "di"), 404, "not_seen")


def test_publish_read_and_see_the_rate(api: Api):
    answer = post(api, "/posts", json=POST, Idempotency_Key="one")
    assert post(api, "/posts", json=POST, Idempotency_Key="one").json() == answer.json()
    refusal(post(api, "/posts", json=POST | {"title": "另一条"}, Idempotency_Key="one"), 409, "key_reused")
    id_ = answer.json()["id"]
    mine = api.get("lin", f"/posts/{id_}").json()
    assert (mine["text"], mine["told"], mine["read_at"], mine["rate"]) == (POST["text"], True, None, None)
    assert post(api, f"/posts/{id_}/read", "lin").json()["read_at"]
    rate = {"told": 2, "read": 1, "percent": 50, "no_account": 0}
    assert [one["rate"] for one in pages(api, "lead", "/posts")] == [rate]
    found = api.get("lead", f"/posts/{id_}/readers").json()
    assert found["rate"] == rate
    assert [(one["unit"]["code"], one["rate"]) for one in found["branches"]] == [("ZB1", rate)]
    assert [one["name"] for one in pages(api, "lead", f"/posts/{id_}/readers", size=1)] == ["林晓云", "赵一鸣"]
    assert [one["name"] for one in pages(api, "lead", f"/posts/{id_}/readers", reading="unread")] == ["赵一鸣"]
    refusal(api.get("lin", f"/posts/{id_}/readers"), 403, "not_allowed")
    for path in (f"/posts/{id_}", f"/posts/{id_}/readers"):
        refusal(api.get("lead2", path), 404, "not_seen")


def test_repeat_and_withdraw(api: Api):
    id_ = published(api)
    assert post(api, f"/posts/{id_}/repeat").json() == {"reminded": 2}
    refusal(post(api, f"/posts/{id_}/repeat"), 429, "repeated_lately")
    assert pages(api, "lin", "/notices", only="posts")[0]["repeats"] == 1
    for verb in ("repeat", "withdraw"):
        refusal(post(api, f"/posts/{id_}/{verb}", "lin"), 403, "not_allowed")
        refusal(post(api, f"/posts/{id_}/{verb}", "lead2"), 404, "not_seen")
    for _turn in range(2):
        gone = post(api, f"/posts/{id_}/withdraw").json()
        assert gone["withdrawn_at"]
        assert gone["text"] == ""
    assert api.get("lin", f"/posts/{id_}").json()["text"] == ""
    refusal(post(api, f"/posts/{id_}/repeat"), 409, "post_withdrawn")


@pytest.mark.parametrize(
    ("changed", "field", "code"),
    [
        ({"title": "电话 13800138000"}, "title", "personal_in_post"),
        ({"link": "http://example.com"}, "link", "bad_link"),
        ({"minutes": 16}, "minutes", "out_of_range"),
        ({"title": "两行\n标题"}, "title", "line_breaks"),
        ({"colour": "red"}, "colour", "unknown_field"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_post_that_is_wrong_is_refused_by_its_field(api: Api, changed, field, code):
    told = refusal(post(api, "/posts", json=POST | changed), 422, "invalid")
    assert told["fields"][field]["code"] == code


def test_who_may_not_publish_there_is_told_so(api: Api):
    refusal(post(api, "/posts", "lin", POST), 403, "outside_your_units")
    refusal(post(api, "/posts", "lead", POST | {"unit": "DW"}), 403, "outside_your_units")
    assert api.get("lin", "/policy").json()["notices"]["publish_post"] == ["committee", "unit_lead"]
