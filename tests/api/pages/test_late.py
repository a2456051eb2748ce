"""The public list, overdue replies and kept promises: for who leads, of their own subtree."""

import re
from collections.abc import Callable
from datetime import timedelta

import pytest

from matching import clock
from matching.deadlines.actions import list_late
from matching.deadlines.counting import count_promises
from matching.requests import branch_actions, desk_actions, requester_actions
from tests.cast import Doors
from tests.requests.scene import filing_of

DAY = timedelta(days=1)
NOW = clock.now()
LONG_AGO = NOW - 30 * DAY


@pytest.fixture
def late(doors: Doors) -> Callable[..., str]:
    """File something long ago and let the job list it: `late(dispatch="ZB2")`."""

    def file(dispatch: str = "ZB1", supervise: str = "") -> str:
        cast, parts = doors.cast, doors.app.state.parts
        filed = doors.work(requester_actions.file, filing_of(cast, at=LONG_AGO))
        number = f"{LONG_AGO.astimezone(clock.SHANGHAI):%y%m%d}-{filed.id:05}"
        doors.work(desk_actions.dispatch, number, dispatch, by=cast["di"], at=LONG_AGO)
        if supervise:
            doors.work(desk_actions.supervise, number, supervise, by=cast["wei"], at=NOW - 2 * DAY)
        doors.call(list_late, parts.database, parts.work, NOW)
        return number

    return file


def test_the_list_names_unit_number_service_days_and_who_has_it(doors: Doors, late):
    number = late()
    page = doors.of("wei").get("/late").text
    for words in ("门诊一支部", number, "轮椅推送", "个工作日", "接单", "还没有人接"):
        assert words in page


def test_a_lead_sees_their_own_subtree_only(doors: Doors, late):
    first, second = late("ZB1"), late("ZB2")
    page = doors.of("lead").get("/late").text
    assert first in page
    assert second not in page
    assert {first, second} <= {
        item["request"]["number"] for item in doors.program("di").get("/api/v1/late").json()["items"]
    }
    (mine,) = doors.program("lead").get("/api/v1/late").json()["items"]
    assert mine["request"]["number"] == first
    assert mine["working_days_late"] >= 5


def test_what_was_taken_in_the_end_goes_from_the_list(doors: Doors, late):
    number = late()
    doors.work(branch_actions.claim, number, by=doors.cast["lin"], at=NOW)
    assert number not in doors.of("di").get("/late").text


@pytest.mark.parametrize("path", ["/late", "/late/replies", "/promises"])
def test_members_and_administrators_are_not_shown_it(doors: Doors, path):
    for login in ("lin", "root"):
        assert doors.of(login).get(path).status_code == 403
        assert doors.program(login).get(f"/api/v1{path}").status_code == 403
    assert doors.anybody().get(path, follow_redirects=False).status_code == 303


def test_an_empty_list_says_so(doors: Doors):
    assert "没有要通报的" in doors.of("wei").get("/late").text
    assert "督办单都按时答复了" in doors.of("wei").get("/late/replies").text


def test_an_order_without_a_reply_in_time_is_listed_by_its_number_and_marked_on_the_board(doors: Doors, late):
    number = late(supervise="请今天办结。")
    page = doors.of("di").get("/late/replies").text
    assert f"{number}-1" in page
    assert "已超时" in page
    (item,) = doors.program("di").get("/api/v1/late/replies").json()["items"]
    assert item["order"] == f"{number}-1"
    board = doors.of("di").get("/board").text
    assert "督办逾期未复" in board
    assert "已通报" in board
    doors.work(branch_actions.reply, number, "今天下午办。", by=doors.cast["lead"], at=NOW)
    assert number not in doors.of("di").get("/late/replies").text


def test_pages_follow_one_another_by_key(doors: Doors, late):
    numbers = [late() for _ in range(3)]
    program = doors.program("di")
    first = program.get("/api/v1/late?size=2").json()
    second = program.get(first["next"]).json()
    assert [item["request"]["number"] for item in first["items"] + second["items"]] == numbers
    assert second["next"] is None


def test_without_figures_every_service_says_so(doors: Doors):
    page = doors.of("di").get("/promises").text
    assert "轮椅推送" in page
    assert "—" in page
    assert "最迟 1 小时内安排人，再过 2 小时内办完" in page


def test_a_few_promises_are_flagged_and_the_share_is_told_with_its_counts(doors: Doors):
    cast, parts = doors.cast, doors.app.state.parts
    for minutes in (30, 90, 30):
        filed_at = NOW - DAY
        filed = doors.work(requester_actions.file, filing_of(cast, at=filed_at, promised=(3600, 7200)))
        number = f"{filed_at.astimezone(clock.SHANGHAI):%y%m%d}-{filed.id:05}"
        doors.work(desk_actions.dispatch, number, "ZB1", by=cast["di"], at=filed_at)
        doors.work(branch_actions.claim, number, by=cast["lin"], at=filed_at + timedelta(minutes=minutes))
    doors.call(count_promises, parts.database, parts.work, NOW)
    page = doors.of("di").get("/promises").text
    behind = doors.of("di").get(re.search(r'href="(/promises/behind[^"]+)">67%<', page)[1].replace("&amp;", "&")).text
    assert re.findall(r"<dd>(\d+)</dd>", behind) == ["3", "2"]
    assert behind.count("<td>是</td>") == 2
    assert doors.of("lead").get("/promises/behind?service=wheelchair&of=taken").status_code == 403
    assert "67%" in page
    assert "2 / 3 件" in page
    assert "件数少" in page
    items = {one["service"]["code"]: one for one in doors.program("di").get("/api/v1/promises").json()["items"]}
    assert items["wheelchair"]["taken"] == {"told": 3, "kept": 2, "share": pytest.approx(2 / 3), "few": True}
    assert items["wheelchair"]["done"] == {"told": 3, "kept": 0, "share": 0.0, "few": True}  # nobody was done in time
    listed = doors.program("di").get("/api/v1/promises/wheelchair/requests?of=taken&size=2").json()
    assert (listed["total"], listed["kept"], len(listed["items"])) == (3, 2, 2)
    assert len(doors.program("di").get(listed["next"]).json()["items"]) == 1
    assert items["escort"]["taken"]["share"] is None
