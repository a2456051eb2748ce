"""People in front of the product while it fails: each tries until there is an answer, and keeps what was answered."""

import json
import random
import re
import threading
import uuid
from collections import Counter
from contextlib import AbstractContextManager, closing
from http.client import HTTPConnection, HTTPException
from types import TracebackType
from urllib.parse import urlencode

from tests.faults.running import PATIENCE, Process, until

NEED = "想借一辆轮椅推妈妈去三楼做检查"
FORM = "application/x-www-form-urlencoded"
PAUSE = 0.1  # seconds between two tries of one visitor, and before the next wish


class Answer:
    """Status, headers in lower case, body."""

    def __init__(self, line: HTTPConnection) -> None:
        answer = line.getresponse()
        self.status, self.headers = answer.status, {name.lower(): value for name, value in answer.getheaders()}
        self.body = answer.read().decode()


def send(port: int, path: str, body: str, method: str = "POST", **headers: str) -> Answer:
    """One request on a line of its own. Raises OSError or HTTPException when nobody answers to the end."""
    with closing(HTTPConnection("127.0.0.1", port, timeout=PATIENCE)) as line:
        line.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        return Answer(line)


def call(web: Process, token: str, path: str, body: dict[str, object] | None = None, method: str = "POST") -> Answer:
    """A program's call, with the token of somebody on the staff or with a requester's code, repeated with its key until
    it is answered with something else than 503."""
    who = {"Authorization": f"Bearer {token}"} if token.startswith("token") else {"Query_Code": token}
    headers = who | {"Idempotency_Key": uuid.uuid4().hex, "Content_Type": "application/json"}
    sent = json.dumps(body or {}) if method == "POST" else ""
    found: list[Answer] = []

    def answered() -> bool:
        try:
            found[:] = [send(web.port, f"/api/v1{path}", sent, method, **headers)]
        except (OSError, HTTPException):
            return False
        return found[0].status != 503

    until(answered, lambda: f"{path} is answered")
    return found[0]


class Rush(AbstractContextManager["Rush"]):
    """Visitors who file one wish after the other at some web processes, while the block lasts.

    A wish that was not acknowledged is sent again, the very same form, until it is. `codes` holds what was
    acknowledged; `seen` counts what else they met: `cut off`, or a status. What breaks a promise is kept in `broken`.
    """

    def __init__(self, *webs: Process, visitors: int = 3) -> None:
        self.codes: list[str] = []
        self.seen: Counter[str] = Counter()
        self.broken: list[str] = []
        self._ports = [web.port for web in webs]
        self._stop = threading.Event()
        self._version = _notice_version(webs[0])
        self._visitors = [threading.Thread(target=self._file_on, args=(number,)) for number in range(visitors)]

    def __enter__(self) -> "Rush":
        for visitor in self._visitors:
            visitor.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._stop.set()
        for visitor in self._visitors:
            visitor.join()
        if kind is None:
            assert not self.broken, self.broken[0]

    def form(self) -> str:
        """A filled form with a key of its own."""
        return wish(self._version)

    def wait_for(self, more: int) -> None:
        """Until so many more filings were acknowledged."""
        aim = len(self.codes) + more
        until(lambda: len(self.codes) >= aim or self.broken, lambda: f"{more} more filings; met {self.seen}")

    def wait_to_see(self, what: str) -> None:
        """Until somebody met that."""
        before = self.seen[what]
        until(lambda: self.seen[what] > before or self.broken, lambda: f"somebody meets {what}; met {self.seen}")

    def _file_on(self, number: int) -> None:
        turn = number
        while not self._stop.is_set():
            form, sent = self.form(), False
            while not sent and not self._stop.wait(PAUSE):
                sent = self._filed(self._ports[turn % len(self._ports)], form)
                turn += 1

    def _filed(self, port: int, form: str) -> bool:
        try:
            answer = send(port, "/q/menzhen-dating", form, Content_Type=FORM, X_Forwarded_For=somewhere())
        except (OSError, HTTPException):
            self.seen["cut off"] += 1
            return False
        if answer.status == 303:
            self.codes.append(answer.headers["location"].removeprefix("/r/").partition("?")[0])
            return True
        self.seen[str(answer.status)] += 1
        if answer.status != 503 or "retry-after" not in answer.headers or NEED not in answer.body:
            self.broken.append(f"{answer.status} {answer.headers}\n{answer.body[:2000]}")
            self._stop.set()
        return False


def wish(version: str, need: str = NEED, service: str = "wheelchair") -> str:
    """A filled form with a key of its own."""
    fields = {
        "notice_version": version, "service": service, "need": need, "name": "张小月", "phone": "13800138000",
        "consent_notice": "on", "consent_health": "on", "filing_key": uuid.uuid4().hex,
    }  # fmt: skip
    return urlencode(fields)


def somewhere() -> str:
    """An address of a visitor's own, as the proxy tells it: no limit by address stands in the way of a rush."""
    return f"10.{random.randrange(256)}.{random.randrange(256)}.{random.randrange(1, 255)}"


def file_one(web: Process, need: str = NEED, service: str = "wheelchair") -> str:
    """One filing that goes well; returns its code."""
    form = wish(_notice_version(web), need, service)
    answer = send(web.port, "/q/menzhen-dating", form, Content_Type=FORM, X_Forwarded_For=somewhere())
    assert answer.status == 303, answer.body[:2000]
    return answer.headers["location"].removeprefix("/r/").partition("?")[0]


def _notice_version(web: Process) -> str:
    found = re.search(r'name="notice_version" value="([^"]*)"', web.get("/q/menzhen-dating")[1])
    assert found
    return found[1]
