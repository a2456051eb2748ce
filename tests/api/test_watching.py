"""What machines that watch get to know: alive, ready, counted; and that nothing personal is among it."""

import json
import logging
import re
from datetime import timedelta

import pytest
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy import text
from starlette.testclient import TestClient

from matching import clock
from matching.api import logs
from matching.api.deps import Parts
from matching.db import Database
from matching.requests.steps import Step
from tests.api.pages.filing_form import filled
from tests.cast import Doors

TOKEN = "w" * 32
WATCHING = {"authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def watched(doors: Doors) -> Doors:
    """The hospital with a token for those who watch."""
    doors.app.state.parts.settings.watch_token = type(doors.cast.settings.secret)(TOKEN)
    return doors


def figures(doors: Doors) -> dict[tuple[str, tuple[tuple[str, str], ...]], float]:
    """Each sample of /metrics by its name and labels."""
    answer = doors.anybody().get("/metrics", headers=WATCHING)
    assert answer.status_code == 200
    families = text_string_to_metric_families(answer.text)
    return {(one.name, tuple(sorted(one.labels.items()))): one.value for family in families for one in family.samples}


def of(counted: dict, name: str, **labels: str) -> float:
    return counted[name, tuple(sorted(labels.items()))]


# Ready


def test_ready_says_what_was_asked_and_found(doors: Doors):
    answer = doors.anybody().get("/readyz")
    told = answer.json()
    assert (answer.status_code, told["status"]) == (200, "ready")
    assert (told["database"], told["migrations"], told["redis"]) == ("ok", "current", "not used")
    assert told["outbox_lag_seconds"] == 0
    assert told["wrong"] == told["warnings"] == []


def test_without_redis_pages_work_and_the_warning_names_it(doors: Doors):
    doors.app.state.parts.settings.redis_url = "redis://127.0.0.1:1/0"
    answer = doors.anybody().get("/readyz")
    assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
    assert answer.json()["warnings"] == ["redis away"]


def test_with_redis_there_nothing_is_warned_of(doors: Doors, valkey_url):
    doors.app.state.parts.settings.redis_url = valkey_url
    assert doors.anybody().get("/readyz").json()["redis"] == "ok"


def test_tables_of_another_release_are_not_ready(doors: Doors):
    async def forget(session):
        await session.exec(text("UPDATE alembic_version SET version_num = '0000'"))

    doors.work(forget)
    answer = doors.anybody().get("/readyz")
    assert (answer.status_code, answer.json()["wrong"]) == (503, ["not migrated"])
    assert answer.headers["retry-after"]


def test_a_database_that_is_away_is_not_ready_and_the_process_is_still_alive(doors: Doors):
    parts: Parts = doors.app.state.parts
    good, parts.database = parts.database, Database("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    try:
        answer = doors.anybody().get("/readyz")
        assert (answer.status_code, answer.json()["wrong"]) == (503, ["database away"])
        assert doors.anybody().get("/healthz").status_code == 200
    finally:
        parts.database = good


def test_steps_that_nobody_announces_are_a_warning(doors: Doors):
    visitor = doors.anybody()
    visitor.post("/q/menzhen-dating", data=filled(visitor), follow_redirects=False)

    async def older(session):
        for step in (await session.exec(Step.__table__.select())).all():
            before = step.next_try_at - timedelta(hours=1)
            await session.exec(Step.__table__.update().where(Step.id == step.id).values(next_try_at=before))

    doors.work(older)
    told = doors.anybody().get("/readyz").json()
    assert (told["status"], told["warnings"]) == ("degraded", ["outbox late"])
    assert told["outbox_lag_seconds"] >= 3600


# Counted


def test_figures_are_for_who_has_the_token_and_nobody_else_learns_of_them(watched: Doors):
    stranger = watched.anybody()
    wrong = ({}, {"authorization": "Bearer nonsense"}, {"authorization": ""})
    assert {stranger.get("/metrics", headers=sent).status_code for sent in wrong} == {404}
    assert stranger.get("/metrics", headers=WATCHING).status_code == 200


@pytest.mark.parametrize(
    ("host", "headers", "status"),
    [
        ("127.0.0.1", {}, 200),
        ("::1", {}, 200),
        ("10.0.0.7", {}, 404),
        ("127.0.0.1", {"x-forwarded-for": "127.0.0.1"}, 404),
        ("127.0.0.1", {"forwarded": "for=127.0.0.1"}, 404),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_a_token_only_this_machine_may_ask_and_no_proxy_for_others(doors: Doors, host, headers, status):
    visitor = TestClient(doors.app, client=(host, 50000))
    visitor.portal = doors.first.portal
    assert visitor.get("/metrics", headers=headers).status_code == status


def test_what_was_filed_dispatched_and_late_is_counted(watched: Doors):
    before = figures(watched)
    visitor = watched.anybody()
    visitor.post("/q/menzhen-dating", data=filled(visitor), follow_redirects=False)
    counted = figures(watched)
    assert of(counted, "dianliang_requests_filed_total") == of(before, "dianliang_requests_filed_total") + 1
    timed = "dianliang_http_request_duration_seconds_count"
    assert of(counted, timed, method="POST", route="/q/{slug}", status="3xx") == 1
    assert of(counted, "dianliang_requests_late") == 0
    assert of(counted, "dianliang_database_up") == 1
    assert of(counted, "dianliang_outbox_lag_seconds") >= 0
    assert of(counted, "dianliang_steps_in_trouble") == 0
    assert of(counted, "dianliang_deliveries", way="mail", fate="dead") == 0
    desk = watched.of("di")
    number = re.search(r"/requests/(\d{6}-\d+)", desk.get("/board").text)[1]
    desk.submit(f"/requests/{number}/dispatch", unit="ZB1", tier="T1", slots="1")
    assert of(figures(watched), "dianliang_requests_dispatched_total") == 1

    async def later(session):
        await session.exec(
            text("UPDATE service_request SET due_at = :at").bindparams(at=clock.now() - timedelta(hours=1))
        )

    watched.work(later)
    assert of(figures(watched), "dianliang_requests_late") == 1


def test_a_step_that_could_not_be_announced_is_counted_until_it_is(watched: Doors):
    visitor = watched.anybody()
    visitor.post("/q/menzhen-dating", data=filled(visitor), follow_redirects=False)

    async def fail(session):
        await session.exec(text("UPDATE step SET tries = 8, trouble = 'no', next_try_at = NULL"))

    watched.work(fail)
    assert of(figures(watched), "dianliang_steps_in_trouble") == 1


def test_a_request_is_timed_by_its_route_and_never_by_its_address(watched: Doors):
    visitor = watched.anybody()
    for path in ("/r/ABCDE-FGHJK", "/api/v1/requests/260302-00001", "/board?text=13800000000", "/nothing/here"):
        visitor.get(path, follow_redirects=False)
    page = visitor.get("/metrics", headers=WATCHING).text
    told = re.sub(r" \S+$", "", page, flags=re.MULTILINE)  # without the numbers, which may hold any digits by chance
    counted = figures(watched)
    name = "dianliang_http_request_duration_seconds_count"
    assert of(counted, name, method="GET", route="/r/{code}", status="4xx") == 1
    assert of(counted, name, method="GET", route="/api/v1/requests/{number}", status="4xx") == 1
    assert of(counted, name, method="GET", route="/board", status="3xx") == 1
    assert of(counted, name, method="GET", route="-", status="4xx") == 1
    assert not [secret for secret in ("ABCDE", "260302", "138000", "nothing/here") if secret in told]


def test_figures_of_the_process_are_told_while_the_database_is_away(watched: Doors):
    parts: Parts = watched.app.state.parts
    good, parts.database = parts.database, Database("postgresql+asyncpg://nobody@127.0.0.1:1/none")
    try:
        counted = figures(watched)
    finally:
        parts.database = good
    assert of(counted, "dianliang_database_up") == 0
    assert of(counted, "process_start_time_seconds") > 0


# Logged


@pytest.fixture
def lines(caplog):
    """The lines that production would write, whatever level tests run at."""
    written: list[dict] = []

    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            written.append(json.loads(logs.JsonLines().format(record)))

    caplog.set_level(logging.INFO)
    caplog.set_level(logging.WARNING, "httpx2")  # the visitor's own, as set_up_logging has it
    kept = Keep()
    logging.getLogger().addHandler(kept)
    yield written
    logging.getLogger().removeHandler(kept)


def test_each_request_is_a_line_with_its_id_route_status_and_time(doors: Doors, lines):
    answer = doors.anybody().get("/r/ABCDE-FGHJK", headers={"x-request-id": "proxy-0123456789"})
    assert answer.headers["x-request-id"] == "proxy-0123456789"
    [line] = [line for line in lines if line["logger"] == "matching.requests"]
    assert line["request_id"] == "proxy-0123456789"
    assert (line["method"], line["route"], line["status"], line["level"]) == ("GET", "/r/{code}", 404, "INFO")
    assert line["ms"] >= 0
    assert line["time"].endswith("+00:00")


@pytest.mark.parametrize("sent", ["", "short", "a" * 65, "semi;colon-12345", 'quote"-12345678'])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_an_id_that_is_not_well_formed_is_replaced(doors: Doors, sent):
    given = doors.anybody().get("/healthz", headers={"x-request-id": sent}).headers["x-request-id"]
    assert re.fullmatch(r"[0-9a-f]{20}", given)


def test_a_filing_and_a_sign_in_leave_nothing_personal_in_the_log(doors: Doors, lines):
    visitor = doors.anybody()
    told = filled(
        visitor, name="欧阳明月", phone="13912345678", need="我叫欧阳明月，请帮我推轮椅去三楼，电话13912345678"
    )
    place = visitor.post("/q/menzhen-dating", data=told, follow_redirects=False).headers["location"]
    code = place.rsplit("/", 1)[1].split("?")[0]
    visitor.get(f"/r/{code}")
    visitor.post("/login", data={"login": "di", "password": "wrong-Pass-9"}, follow_redirects=False)
    desk = doors.of("di")
    desk.get("/board?text=13912345678")
    written = json.dumps(lines, ensure_ascii=False)
    assert len([line for line in lines if line["logger"] == "matching.requests"]) >= 5
    secrets = [code, code.replace("-", ""), "欧阳明月", "13912345678", "轮椅", "wrong-Pass-9", desk.cookies["session"]]
    assert not [secret for secret in secrets if secret in written]


@pytest.mark.parametrize("path", ["/q/menzhen-dating", "/login"])
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_visitor_who_hangs_up_in_the_middle_of_a_form_is_no_error(doors: Doors, lines, path):
    heard = iter([{"type": "http.request", "body": b"need=", "more_body": True}, {"type": "http.disconnect"}])
    headers = [(b"content-type", b"application/x-www-form-urlencoded"), (b"content-length", b"500")]
    scope = {
        "type": "http", "method": "POST", "path": path, "raw_path": path.encode(), "query_string": b"",
        "headers": headers, "client": ("127.0.0.1", 1), "server": ("testserver", 80), "scheme": "http",
        "http_version": "1.1", "root_path": "",
    }  # fmt: skip
    answered: list[dict] = []

    async def receive() -> dict:
        return next(heard)

    async def send(message: dict) -> None:
        answered.append(message)

    doors.call(doors.app, scope, receive, send)
    assert answered == []
    assert not [line for line in lines if line["level"] == "ERROR"]


def test_an_error_is_told_by_its_kind_and_place_and_not_by_what_it_quotes():
    try:
        raise ValueError("could not read 13912345678")
    except ValueError as error:
        record = logging.LogRecord(
            "x", logging.ERROR, __file__, 1, "failed", (), (type(error), error, error.__traceback__)
        )
    line = json.loads(logs.JsonLines().format(record))
    assert line["error"] == "ValueError"
    assert "test_watching.py" in line["where"]
    assert "139" not in json.dumps({name: value for name, value in line.items() if name != "time"})


def test_what_calls_other_machines_does_not_log_their_addresses_which_hold_tokens():
    root = logging.getLogger()
    before, level = root.handlers[:], root.level
    try:
        logs.set_up_logging()
        assert not [name for name in ("httpx2", "httpcore2") if logging.getLogger(name).isEnabledFor(logging.INFO)]
        assert logs.requests.isEnabledFor(logging.INFO)
    finally:
        root.handlers[:] = before
        root.setLevel(level)
