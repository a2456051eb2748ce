"""The working calendar: amended by administrators of the whole hospital, logged; a missing year cannot be missed."""

from datetime import date, datetime, timedelta
from typing import Any

import pytest

from matching import clock
from matching.clock import SHANGHAI
from matching.deadlines.recounting import recount_clocks
from matching.requests import desk_actions, requester_actions
from matching.requests.model import ServiceRequest
from matching.units.queries import calendar_of
from tests.cast import AT, Doors
from tests.requests.scene import filing_of

TODAY = AT.astimezone(SHANGHAI).date()
SOON = TODAY + timedelta(days=3)


@pytest.fixture(autouse=True)
def one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """No midnight passes between the form and what is made of it."""
    monkeypatch.setattr(clock, "now", lambda: AT)


def works(doors: Doors, day: date) -> bool:
    return doors.read(calendar_of, doors.cast.root_id).is_working(day)


def test_days_are_changed_and_restored_and_both_are_in_the_audit_log(doors: Doors):
    root, was = doors.of("root"), works(doors, SOON)
    until = SOON + timedelta(days=1)
    answer = root.submit("/admin/calendar", day=SOON, until=until, works=str(int(not was)), note="院庆")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/admin/calendar?year={SOON.year}")
    assert works(doors, SOON) is works(doors, until) is not was
    page = root.get(f"/admin/calendar?year={SOON.year}").text
    assert "院庆" in page
    assert str(SOON) in page
    assert root.submit(f"/admin/calendar/{SOON}/restore").status_code == 303
    assert works(doors, SOON) is was
    log = root.get("/admin/audit").text
    assert "修改工作日历" in log
    assert "恢复公布的工作日" in log
    assert f"{SOON} – {until}" in log


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ({"day": "", "works": "1"}, "请填写这一项"),
        ({"day": str(SOON)}, "请填写这一项"),
        ({"day": str(SOON), "until": str(TODAY), "works": "0"}, "最后一天不能早于第一天"),
        ({"day": str(SOON), "until": str(SOON + timedelta(days=40)), "works": "0"}, "一次最多 31 天"),
        ({"day": str(TODAY + timedelta(days=900)), "works": "0"}, "请选 800 天以内"),
    ],
)
def test_what_cannot_be_is_said_beside_the_field_and_what_was_typed_stays(doors: Doors, typed, said):
    answer = doors.of("root").submit("/admin/calendar", **{"note": "院庆放假", **typed})
    assert answer.status_code == 422
    assert said in answer.text
    assert "院庆放假" in answer.text


def test_only_administrators_of_the_whole_hospital_may(doors: Doors):
    for login in ("di", "lead", "lin", "audit"):
        visitor = doors.of(login)
        assert visitor.get("/admin/calendar").status_code == 403
        assert visitor.submit("/admin/calendar", day=SOON, works="0").status_code == 403
        program = doors.program(login)
        assert program.post("/api/v1/calendar/days", json={"day": str(SOON), "works": False}).status_code == 403
        assert program.delete(f"/api/v1/calendar/days/{SOON}").status_code == 403
    assert doors.of("root").submit(f"/admin/calendar/{SOON}/restore").status_code == 404
    assert doors.of("root").get("/admin/calendar?year=1999").status_code == 404


def test_programs_read_and_change_it(doors: Doors):
    program = doors.program("root")
    sent = {"day": "2026-10-10", "until": "2026-10-11", "works": False, "note": "演练"}
    answer = program.post("/api/v1/calendar/days", json=sent)
    assert [one["day"] for one in answer.json()["items"]] == ["2026-10-10", "2026-10-11"]
    year = program.get("/api/v1/calendar?year=2026").json()
    assert year["published"] is True
    assert "2026-10-10" not in year["worked"]  # a Saturday that was published as worked
    assert "2026-02-16" in year["off"]
    assert [one["note"] for one in year["amendments"]] == ["演练", "演练"]
    assert program.delete("/api/v1/calendar/days/2026-10-10").status_code == 204
    assert "2026-10-10" in program.get("/api/v1/calendar?year=2026").json()["worked"]
    assert doors.program("lin").get("/api/v1/calendar?year=2031").json()["published"] is False


def test_a_year_without_data_is_said_on_its_page_and_on_the_board(doors: Doors, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clock, "years_to_enter", lambda at: [2041])
    assert "2041 年的放假安排还没有收录" in doors.of("wei").get("/board").text
    assert "/admin/calendar?year=2041" in doors.of("root").get("/admin").text
    assert "2041 年" not in doors.of("di").get("/board").text
    assert "2041 年的放假安排还没有收录" in doors.of("root").get("/admin/calendar?year=2041").text


@pytest.mark.parametrize(("day", "years"), [("2026-09-30", []), ("2026-10-01", [2027]), ("2027-01-01", [2027])])
def test_the_next_year_is_needed_from_october_on(day, years, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(clock, "_published", lambda year: () if year < 2027 else None)
    assert clock.years_to_enter(datetime.fromisoformat(day).replace(tzinfo=SHANGHAI)) == years


def test_open_requests_are_counted_anew_and_the_page_says_so(doors: Doors):
    cast, parts = doors.cast, doors.app.state.parts
    at = clock.now()
    filed = doors.work(requester_actions.file, filing_of(cast, "books", at=at))

    async def due(session: Any) -> datetime:
        return (await session.get_one(ServiceRequest, filed.id)).handle_due_at

    number = f"{at.astimezone(SHANGHAI):%y%m%d}-{filed.id:05}"
    doors.work(desk_actions.dispatch, number, "ZB1", by=cast["di"], at=at)
    before = doors.read(due)
    day = next(one for n in range(1, 9) if works(doors, one := TODAY + timedelta(days=n)))
    root = doors.of("root")
    root.submit("/admin/calendar", day=day, works="0")
    assert "正在按现在的日历重算" in root.get("/admin/calendar").text
    for n in range(3):
        doors.call(recount_clocks, parts.database, parts.work, at + timedelta(minutes=3 * n))
    page = root.get("/admin/calendar").text
    assert "正在按现在的日历重算" not in page
    assert "已按现在的日历重算，1 件工单的时限变了" in page
    assert doors.read(due) > before
