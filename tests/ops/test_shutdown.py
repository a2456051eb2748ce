"""Asked to stop, a process takes nothing new and finishes what it has begun."""

import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import closing
from http.client import HTTPConnection, HTTPException, IncompleteRead
from pathlib import Path
from urllib.parse import urlencode
from uuid import uuid4

import pytest

from matching.privacy.consent import NOTICE_VERSION
from tests.cast import Cast
from tests.engines import Postgres
from tests.faults.running import PATIENCE, Process, until
from tests.keeper import free_port

pytestmark = pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
HALL = "/q/menzhen-dating"


@pytest.fixture
def environment(cast: Cast, valkey_url: str, tmp_path: Path) -> dict[str, str]:
    own = cast.settings
    return {
        "MATCHING_MODE": "production",
        "MATCHING_DATABASE_URL": own.database_url,
        "MATCHING_REDIS_URL": valkey_url,
        "MATCHING_VAR": str(tmp_path),
        "MATCHING_SECRET": own.secret.get_secret_value(),
        "MATCHING_SEALING_KEYS": own.sealing_keys.get_secret_value(),
    }


@pytest.fixture
def web(environment: dict[str, str], tmp_path: Path) -> Iterator[Process]:
    process = Process(tmp_path, environment, "serve", {}).ready()
    yield process
    process.kill()


def wish(key: str) -> bytes:
    form = {
        "filing_key": key,
        "notice_version": NOTICE_VERSION,
        "service": "wheelchair",
        "need": "请帮我妈妈推一下轮椅去做检查",
        "reason": "",
        "wanted": "soon",
        "name": "张小明",
        "phone": "13800001111",
        "consent_notice": "1",
        "consent_health": "1",
    }
    return urlencode(form).encode()


def refuses(port: int) -> bool:
    with socket.socket() as line:
        return line.connect_ex(("127.0.0.1", port)) != 0


def test_a_form_that_is_still_being_sent_is_taken_and_answered_whole(
    web: Process, cast: Cast, postgres_server: Postgres
):
    body = wish(uuid4().hex)
    with closing(HTTPConnection("127.0.0.1", web.port, timeout=PATIENCE)) as line:
        line.putrequest("POST", HALL)
        for name, value in (FORM | {"Content-Length": str(len(body))}).items():
            line.putheader(name, value)
        line.endheaders(body[:100])
        # It is in the server's hands once another connection, opened later, has been answered.
        assert web.get("/healthz")[0] == 200
        web.popen.terminate()
        until(lambda: refuses(web.port), lambda: "new visitors are refused")
        line.send(body[100:])
        answer = line.getresponse()
        answer.read()
        assert answer.status == 303
        assert answer.getheader("location")
    assert web.popen.wait(PATIENCE) == 0
    name = cast.settings.database_url.rsplit("/", 1)[1]
    assert postgres_server.psql("SELECT count(*) FROM service_request", name) == "1"


class Visitor(threading.Thread):
    """Files wish after wish until nobody answers any more."""

    def __init__(self, port: int, begun: threading.Semaphore) -> None:
        super().__init__()
        self.port, self.begun = port, begun
        self.acknowledged, self.cut, self.other = 0, 0, set[int]()

    def run(self) -> None:
        line = HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE)
        while True:
            try:
                line.request("POST", HALL, wish(uuid4().hex), FORM)
                answer = line.getresponse()
            except (OSError, HTTPException):  # no answer at all: the visitor sends it again elsewhere
                return
            try:
                answer.read()
            except (IncompleteRead, OSError):
                self.cut += 1
                return
            if answer.status == 303:
                self.acknowledged += 1
                self.begun.release()
            else:
                self.other.add(answer.status)


def test_under_load_every_answer_is_whole_and_every_acknowledged_wish_is_kept(
    web: Process, cast: Cast, postgres_server: Postgres
):
    begun = threading.Semaphore(0)
    visitors = [Visitor(web.port, begun) for _ in range(8)]
    for visitor in visitors:
        visitor.start()
    for _ in range(40):  # the load is there
        assert begun.acquire(timeout=PATIENCE)
    assert web.stop() == 0
    for visitor in visitors:
        visitor.join(PATIENCE)
    assert sum(visitor.cut for visitor in visitors) == 0
    assert set().union(*(visitor.other for visitor in visitors)) == set()
    name = cast.settings.database_url.rsplit("/", 1)[1]
    kept = int(postgres_server.psql("SELECT count(*) FROM service_request", name))
    acknowledged = sum(visitor.acknowledged for visitor in visitors)
    assert acknowledged >= 40
    assert acknowledged <= kept <= acknowledged + len(visitors)


def test_an_open_page_that_listens_does_not_hold_the_end_up(web: Process):
    with closing(HTTPConnection("127.0.0.1", web.port, timeout=PATIENCE)) as line:
        line.request("GET", "/screen/live")
        stream = line.getresponse()
        assert stream.getheader("content-type", "").startswith("text/event-stream")
        assert web.stop() == 0
        stream.read()  # ends


def test_a_worker_finishes_its_job_and_answers_who_watches_until_then(
    environment, cast: Cast, postgres_server: Postgres, tmp_path: Path
):
    name = cast.settings.database_url.rsplit("/", 1)[1]
    old = "INSERT INTO kept_answer VALUES ('k', 1, 'f', 200, '{}', now() - interval '9 days')"
    postgres_server.psql(old, name)
    psql = [postgres_server.bin / "psql", "-XqAt", cast.settings.database_url.replace("+asyncpg", "")]
    holder = subprocess.Popen(psql, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert holder.stdin is not None
    assert holder.stdout is not None
    holder.stdin.write("BEGIN; LOCK TABLE kept_answer; SELECT 'held';\n")
    holder.stdin.flush()
    assert holder.stdout.readline() == "held\n"
    waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'kept_answer'::regclass"
    port = free_port()
    watched = environment | {"MATCHING_WATCH_PORT": str(port)}
    worker = Process(tmp_path, watched, "work", {"at_once": "forget_answers"})
    try:
        until(lambda: postgres_server.psql(waiting, name) == "1", lambda: f"the job is at work: {worker.said()}")
        worker.popen.terminate()
        with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as line:
            line.request("GET", "/healthz")
            assert line.getresponse().status == 200
        assert worker.popen.poll() is None
        holder.communicate("ROLLBACK;\n")
        assert worker.popen.wait(PATIENCE) == 0
        assert postgres_server.psql("SELECT count(*) FROM kept_answer", name) == "0"
    finally:
        worker.kill()
        holder.kill()
        holder.wait()
