"""When one can be asked, set on a phone: what is typed holds, what cannot be is said beside the field."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest

from matching import clock
from matching.asks import availability
from matching.asks.weekly import Free
from matching.clock import SHANGHAI
from tests.cast import AT, Doors

TODAY = AT.astimezone(SHANGHAI).date()
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
EVENINGS = {"mode": "own", "from0_1": "18:00", "to0_1": "20:30"}
WEEK = dict.fromkeys(range(5), (18 * 60, 20 * 60 + 30)) | {6: (22 * 60, 24 * 60)}  # in minutes of the day


@pytest.fixture(autouse=True)
def one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is free depends on the day of the week and the time of day: here it is AT, or what a test says."""
    monkeypatch.setattr(clock, "now", lambda: AT)


def own(doors: Doors, login: str = "lin") -> availability.Own:
    return doors.read(availability.own, by=doors.cast[login], at=clock.now())


def days_ahead(page: str) -> list[str]:
    table = page.partition('<dl class="facts ahead">')[2].partition("</dl>")[0]
    return [re.sub(r"<[^>]+>|\s+", " ", day).strip() for day in re.findall(r"<dd>(.*?)</dd>", table)]


def free(on: date, since: datetime) -> str:
    """What of that day of WEEK is left."""
    begin, end = WEEK.get(on.weekday(), (0, 0))
    if on == since.date():
        begin = max(begin, since.hour * 60 + since.minute)
    return f"{_clock(begin)}–{_clock(end)}" if begin < end else "没有空闲时间"


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"


@ON_SQLITE
@pytest.mark.parametrize("at", ["2026-03-02T10:00", "2026-03-06T23:59", "2026-02-28T03:00", "2026-03-08T22:30"])
def test_monday_holds_for_all_workdays_and_the_week_shows_it(doors: Doors, monkeypatch: pytest.MonkeyPatch, at: str):
    today = datetime.fromisoformat(at).replace(tzinfo=SHANGHAI)
    monkeypatch.setattr(clock, "now", lambda: today.astimezone(UTC))
    lin = doors.of("lin")
    typed = EVENINGS | {"alike": "1", "from2_1": "07:00", "to2_1": "08:00", "from6_1": "22:00", "to6_1": "00:00"}
    answer = lin.submit("/me/availability", **typed, hours_cap="6")
    assert (answer.status_code, answer.headers["location"]) == (303, "/me/availability")
    weekly = [Free(day, 18 * 60, 20 * 60 + 30) for day in range(5)] + [Free(6, 22 * 60, 24 * 60)]
    assert (own(doors).weekly, own(doors).hours_cap) == (weekly, 6.0)
    page = lin.get("/me/availability").text
    assert "已保存" in page
    assert 'name="alike" value="1" checked' in page
    assert re.search(r'name="to6_1"[^>]*value="00:00"', page)
    assert days_ahead(page) == [free(today.date() + timedelta(days=n), today) for n in range(7)]
    lin.submit("/me/availability", mode="pattern")
    assert own(doors).weekly is None


REFUSED = [
    ({"mode": "own"}, "from0_1", "请至少填一段时间"),
    ({"mode": "own", "from3_1": "18:00"}, "to3_1", "请填写这一项"),
    ({"mode": "own", "from3_1": "18:00", "to3_1": "17:00"}, "to3_1", "结束时间要晚于开始时间"),
    (EVENINGS | {"from0_2": "20:00", "to0_2": "21:00"}, "from0_2", "前后错开"),
    (EVENINGS | {"alike": "1", "from0_2": "20:00", "to0_2": "21:00"}, "from0_2", "前后错开"),
    (EVENINGS | {"from0_1": "25:00"}, "from0_1", "00:00 到 23:59"),
    (EVENINGS | {"hours_cap": "900"}, "hours_cap", "1 到 100"),
    (EVENINGS | {"hours_cap": "多"}, "hours_cap", "请填写数字"),
    ({}, "mode", "请填写这一项"),
]


@ON_SQLITE
def test_hours_that_cannot_be_are_refused_beside_their_field_and_nothing_is_lost(doors: Doors):
    lin = doors.of("lin")
    for typed, field, said in REFUSED:
        answer = lin.submit("/me/availability", **typed)
        assert answer.status_code == 422
        assert re.search(rf'<a href="#{field}">[^<]*{said}', answer.text), field
        assert f'id="{field}-wrong"' in answer.text or field == "mode"
        for name, value in typed.items():
            assert name in {"mode", "alike"} or re.search(rf'name="{name}"[^>]*value="{value}"', answer.text)
    assert own(doors).weekly is None


def test_leaves_that_touch_become_one_and_only_their_owner_may_remove_them(doors: Doors):
    lin, first = doors.of("lin"), TODAY + timedelta(days=1)
    for start, end in (
        (first, first),
        (first + timedelta(days=4), ""),
        (first + timedelta(days=1), first + timedelta(3)),
    ):
        answer = lin.submit("/me/leaves", first_on=str(start), last_on=str(end))
        assert answer.status_code == 303, answer.text
    (leave,) = own(doors).leaves
    assert (leave.first_on, leave.last_on) == (first, first + timedelta(days=4))
    page = lin.get("/me/availability").text
    assert days_ahead(page)[1:6] == ["请假"] * 5
    assert doors.of("zhao").submit(f"/me/leaves/{leave.id}/remove").status_code == 404
    lin.submit(f"/me/leaves/{leave.id}/remove")
    assert own(doors).leaves == []
    refused = lin.submit("/me/leaves", first_on=str(first), last_on=str(TODAY))
    assert refused.status_code == 422
    assert "最后一天不能早于第一天" in refused.text
    assert f'value="{first}"' in refused.text
    assert "已经过去" in lin.submit("/me/leaves", first_on="2020-01-01").text


@ON_SQLITE
def test_not_now_is_one_tap_and_ends_by_itself_or_sooner(doors: Doors):
    lin = doors.of("lin")
    lin.submit("/me/availability/mute", how="two_hours")
    until = own(doors).muted_until
    assert until is not None
    assert until - AT == timedelta(hours=2)
    lin.submit("/me/availability/mute", how="week")
    until = own(doors).muted_until
    assert until is not None
    assert (until.astimezone(SHANGHAI).weekday(), until.astimezone(SHANGHAI).hour) == (0, 0)
    page = lin.get("/me/availability").text
    assert "不会邀请您" in page
    assert days_ahead(page)[0] == "暂时不邀请"
    lin.submit("/me/availability/unmute")
    assert own(doors).muted_until is None
    day = TODAY + timedelta(days=9)
    lin.submit("/me/availability/mute", how="until", day=str(day))
    assert own(doors).muted_until == datetime(day.year, day.month, day.day, tzinfo=SHANGHAI) + timedelta(days=1)
    for typed in ("", str(TODAY - timedelta(days=1)), str(TODAY + timedelta(days=900))):
        refused = lin.submit("/me/availability/mute", how="until", day=typed)
        assert (refused.status_code, 'id="mute-day-wrong"' in refused.text) == (422, True), typed


@ON_SQLITE
def test_programs_set_all_of_it_at_once_and_add_a_leave_once(doors: Doors):
    lin = doors.program("lin")
    body = {"weekly": [{"weekday": 5, "start": "09:00", "end": "24:00"}], "hours_cap": 4.5, "muted_until": None}
    answer = lin.put("/api/v1/me/availability", json=body)
    assert answer.json() == body | {"pattern": "", "leaves": []}, answer.text
    leave = {"first_on": str(TODAY), "last_on": str(TODAY + timedelta(days=2))}
    added = [lin.post("/api/v1/me/leaves", json=leave, headers={"Idempotency-Key": "a"}) for _again in range(2)]
    assert [one.status_code for one in added] == [201, 201]
    assert added[0].json() == added[1].json() == lin.get("/api/v1/me/availability").json()["leaves"][0]
    address = f"/api/v1/me/leaves/{added[0].json()['id']}"
    assert doors.program("zhao").delete(address).status_code == 404
    assert lin.delete(address).status_code == 204
    for wrong, field, code in (
        ({"weekly": []}, "weekly", "no_free_hours"),
        ({"weekly": [{"weekday": 5, "start": "09:00", "end": "08:00"}]}, "weekly", "time_order"),
        ({"weekly": [{"weekday": 5, "start": "9", "end": "10:00"}]}, "weekly.0.start", "bad_clock"),
        ({"muted_until": "2020-01-01T00:00:00Z"}, "muted_until", "time_in_past"),
    ):
        refused = lin.put("/api/v1/me/availability", json=wrong).json()
        assert refused["fields"][field]["code"] == code, refused
    assert own(doors).hours_cap == 4.5
