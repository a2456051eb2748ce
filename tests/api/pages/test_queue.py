"""The queue's proposal at the desk: made, changed with its effect, accepted in part; and the dials."""

import re

import pytest
from sqlmodel import select

from matching import clock
from matching.api import previews
from matching.asks.model import Proposal
from matching.engine.model import Dials
from matching.errors import TooMany
from matching.requests import desk_actions, requester_actions
from matching.simulation.preview import Forecast, Preview
from tests.cast import Doors, Visitor
from tests.requests.scene import filing_of

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NOW = clock.now()


def accepted(doors: Doors, service: str = "books") -> str:
    filed = doors.work(requester_actions.file, filing_of(doors.cast, service, at=NOW))
    number = f"{NOW.astimezone(clock.SHANGHAI):%y%m%d}-{filed.id:05}"
    doors.work(desk_actions.accept, number, by=doors.cast["di"], at=NOW)
    return number


def proposal(desk: Visitor) -> tuple[str, str]:
    made = desk.submit("/queue", unit="DW")
    assert made.status_code == 303, made.text
    return made.headers["location"], desk.get(made.headers["location"]).text


def picks(page: str) -> list[str]:
    return re.findall(r'name="pick" value="([\d-]+)"', page)


def test_a_dispatcher_makes_a_proposal_changes_it_and_accepts_a_part(doors: Doors):
    desk = doors.of("di")
    assert "您点“接受”之前什么都不会派" in desk.get("/queue").text
    _path, nothing = proposal(desk)
    assert "没有要排的工单" in nothing

    numbers = [accepted(doors), accepted(doors)]
    path, page = proposal(desk)
    assert all(number in page for number in numbers)
    first, second = picks(page)
    assert "已是最好" in page

    offered = desk.get(f"{path}?other={first}").text
    pin = re.search(r'name="pin" value="([\d@-]+)"', offered)[1]
    changed = desk.submit(f"{path}/change", pin=pin)
    assert changed.headers["location"] == f"{path}#changed"
    page = desk.get(path).text
    assert "已按您的意思重算" in page
    assert pin.partition("@")[0] in picks(page)
    assert "一定要" in page
    desk.submit(f"{path}/change", forbid=second)
    page = desk.get(path).text
    assert second not in picks(page)
    assert "不要</strong>" in page
    desk.submit(f"{path}/change", free=second)
    assert "不要</strong>" not in desk.get(path).text

    told = desk.submit(f"{path}/accept")
    assert told.status_code == 422
    assert "还没有选中" in told.text
    page = desk.get(path).text
    _accepted, other = picks(page)
    doors.work(requester_actions.withdraw, _number(doors, other), by=_requester(doors, other), at=clock.now())
    desk.submit(f"{path}/accept", whole="1")
    page = desk.get(path).text
    assert "已安排 1 人" in page
    assert "这一单现在是“已撤回”" in page
    assert picks(page) == [other]
    assert "有 1 件工单在这之后变了" in page
    assert "已接受" in desk.get("/queue").text


def _number(doors: Doors, pick: str) -> str:
    return f"{NOW.astimezone(clock.SHANGHAI):%y%m%d}-{int(pick.split('-')[0]):05}"


def _requester(doors: Doors, pick: str):
    from matching.people.actor import Actor

    return Actor.requester(doors.cast.root_id, int(pick.split("-")[0]))


def test_others_do_not_get_there_and_made_up_pairs_lead_nowhere(doors: Doors):
    accepted(doors)
    path, _page = proposal(doors.of("di"))
    for login in ("lin", "wei", "root", "audit"):
        visitor = doors.of(login)
        assert visitor.get("/queue").status_code == 403
        assert visitor.get(path).status_code == 404
        assert visitor.submit(f"{path}/accept", whole="1").status_code == 404
    assert doors.of("lead").get(path).status_code == 404  # a proposal for the whole hospital is not theirs
    desk = doors.of("di")
    assert desk.submit(f"{path}/change", pin="x").status_code == 404
    assert desk.submit(f"{path}/change", pin="999999-1").status_code == 409
    assert desk.submit("/queue", unit="nowhere").status_code == 422
    assert desk.submit(f"{path}/change", forbid="999999-1").status_code == 303

    async def forbidden(session):
        return (await session.exec(select(Proposal))).one().forbidden

    assert doors.read(forbidden) == []  # what is not of this queue is not kept


def test_a_lead_is_not_shown_what_left_their_branch_since(doors: Doors):
    numbers = [accepted(doors), accepted(doors)]
    for number in numbers:
        doors.work(desk_actions.dispatch, number, "ZB1", by=doors.cast["di"], at=NOW)
    lead = doors.of("lead")
    path = lead.submit("/queue", unit="ZB1").headers["location"]
    assert all(number in lead.get(path).text for number in numbers)
    doors.work(desk_actions.transfer, numbers[0], "ZB2", "请二支部来", by=doors.cast["di"], at=clock.now())
    page = lead.get(path).text
    assert numbers[0] not in page
    assert numbers[1] in page


FORECAST = Forecast(filled=0.9, asks=2.5, urgent_p90=11.0, asked_weekly=0.5, never_asked=0.2, gini=0.5, lost=1.0)
TYPED = {"equity": "2", "ask_cap": "6", "hours_cap": "12", "target_fast": "80", "target_slow": "65",
         "quiet_from": "22:00", "quiet_to": "07:30", "automatic": "1"}  # fmt: skip


def test_dials_are_tried_out_before_they_are_turned_and_turning_them_is_noted(doors: Doors, monkeypatch):
    tried = []

    def preview(before: Dials, after: Dials, **hospital: float) -> Preview:
        tried.append((before, after, hospital))
        return Preview(FORECAST, FORECAST)

    monkeypatch.setattr(previews, "preview", preview)
    office = doors.of("wei")
    page = office.submit("/admin/asks/preview", **TYPED)
    assert page.status_code == 200
    assert "这是模拟" in page.text
    assert "90%" in page.text
    (before, after, hospital) = tried[0]
    assert (before, after) == (Dials(), Dials(equity=2, quiet_from=22 * 60))
    assert hospital == {"members": 5, "arrivals": 0.0, "rate": 0.168, "days": 14}
    assert 'value="2"' in page.text  # typed and not saved
    assert 'value="1"' in office.get("/admin/asks").text

    assert office.submit("/admin/asks", **TYPED).status_code == 303
    assert 'value="22:00"' in office.get("/admin/asks").text
    wrong = office.submit("/admin/asks", **TYPED | {"target_fast": "120", "quiet_to": "noon"})
    assert wrong.status_code == 422
    assert "50 到 99" in wrong.text
    assert "noon" in wrong.text
    assert "equity=2" in doors.of("audit").get("/admin/audit").text
    for login in ("di", "lead", "lin"):
        assert doors.of(login).get("/admin/asks").status_code == 403
        assert doors.of(login).submit("/admin/asks", **TYPED).status_code == 403


def test_a_second_preview_at_the_same_time_is_told_to_come_again(doors: Doors):
    bench = doors.app.state.parts.previews
    bench._busy = True
    answer = doors.of("wei").submit("/admin/asks/preview", **TYPED)
    assert answer.status_code == TooMany("counting", retry_after=5).status == 429
    assert "别人正在算" in answer.text
    assert 'value="22:00"' in answer.text
