"""A request's way through the API, told step by step: who, which verb, with what."""

from dataclasses import dataclass, field
from typing import Any

import pytest

from matching import clock
from matching.privacy.consent import NOTICE_VERSION
from tests.cast import AT, Doors, Visitor

NEED = "爸爸腿脚不便，想借一辆轮椅推到放射科"
NAME, PHONE = "张桂兰", "13912345678"
FILING = {
    "service": "wheelchair",
    "need": NEED,
    "name": NAME,
    "phone": PHONE,
    "consents": ["notice", "health", "public_display"],
    "notice_version": NOTICE_VERSION,
}

Step = tuple[str, str, dict[str, Any]]  # who ('requester' too), verb, body


@dataclass
class Api:
    """Programs of everybody in the cast, and the newest request's code."""

    doors: Doors
    programs: dict[str, Visitor] = field(default_factory=dict)
    code: str = ""
    number: str = ""

    def of(self, login: str) -> Visitor:
        if login not in self.programs:
            self.programs[login] = self.doors.anybody() if login == "anybody" else self.doors.program(login)
        return self.programs[login]

    def file(self, spot: str = "menzhen-dating", **other: Any) -> str:
        answer = self.of("anybody").post(f"/api/v1/places/{spot}/filings", json=FILING | other)
        assert answer.status_code == 201, answer.text
        self.number, self.code = answer.json()["number"], answer.json()["query_code"]
        return self.number

    def do(self, who: str, verb: str, body: dict[str, Any] | None = None, **headers: str) -> Any:
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if who == "requester":
            asker = self.of("anybody")
            return asker.post(f"/api/v1/followup/{verb}", json=body, headers=sent | {"Query-Code": self.code})
        return self.of(who).post(f"/api/v1/requests/{self.number}/{verb}", json=body, headers=sent)

    def tell(self, *steps: Step) -> dict[str, Any]:
        """Do all of them; the last answer's body."""
        told: dict[str, Any] = {}
        for step in steps:
            answer = self.do(*step)
            assert answer.status_code == 200, (step, answer.text)
            told = answer.json()
        return told

    def get(self, who: str, path: str, **params: Any) -> Any:
        return self.of(who).get(f"/api/v1{path}", params=params)


@pytest.fixture
def api(doors: Doors) -> Api:
    return Api(doors)


@pytest.fixture
def one_moment(monkeypatch: pytest.MonkeyPatch) -> None:
    """For tests whose bodies name moments: it is AT, however long the run takes until they come."""
    monkeypatch.setattr(clock, "now", lambda: AT)


def refusal(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The problem of a refused call."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body: dict[str, Any] = answer.json()
    assert body["code"] == code, body
    return body
