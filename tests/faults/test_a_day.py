"""A day of wishes replayed at speed through two web processes and two workers, Redis killed and restarted at noon."""

import json
import signal
from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlmodel import col, select

from matching.api.wish import LEAST
from matching.demo import DATA
from matching.notices.model import Delivery, Fate, Way
from tests.faults.channels import channel, told
from tests.faults.hospital import Hospital
from tests.faults.running import PATIENCE, Engine, Process, until
from tests.faults.visitors import call, file_one

WISHES = 30
SERVICES = {"wheelchair": ("lin",), "escort": ("lin", "zhao")}  # with those who take a slot each
RESULT: dict[str, object] = {"result": "solved", "note": "已经送到三楼检查室，家属在场", "minutes": 30}


def wishes() -> list[str]:
    """What people of the demo hospital wrote, without what must not be filed as it is."""
    rows = map(json.loads, (DATA / "wishes.jsonl").read_text("utf-8").splitlines())
    harmless = [row["need"] for row in rows if not (row["banned"] or row["emergency"] or row["pii"])]
    return [need for need in harmless if len(need) >= LEAST][:WISHES]


def service_of(number: int) -> str:
    """Every third wish needs two people."""
    return "wheelchair" if number % 3 else "escort"


def lived(hospital: Hospital, web: Process, need: str, service: str) -> str:
    """One request from the filing to the stars; returns its code. Every act is done, whatever is away meanwhile."""
    code = file_one(web, need, service)
    way = f"/requests/{hospital.number_of(code)}"
    team = SERVICES[service]
    acts: list[tuple[str, str, dict[str, object]]] = [
        ("token-of-di", f"{way}/accept", {}),
        ("token-of-di", f"{way}/dispatch", {"unit": "ZB1"}),
        *((f"token-of-{login}", f"{way}/claim", {}) for login in team),
        ("token-of-lin", f"{way}/contact", {}),
        (
            "token-of-lin",
            f"{way}/complete",
            RESULT,
        ),
        (code, "/followup/rate", {"level": 5}),
    ]
    for who, path, body in acts:
        answer = call(web, who, path, body)
        assert answer.status == 200, (path, answer.body)
    return code


@pytest.mark.parametrize("hospital", ["postgresql"], indirect=True)
def test_a_day_with_redis_gone_at_noon_ends_with_everybody_told_and_the_right_list_of_readers(
    hospital: Hospital, own_valkey: Engine
):
    webs = [hospital.web().ready(), hospital.web().ready()]
    for _ in range(2):
        hospital.worker()
    with channel() as program, ThreadPoolExecutor(4) as people:
        hospital.group(program.url, Way.webhook)
        lives = [
            people.submit(lived, hospital, webs[number % 2], need, service_of(number))
            for number, need in enumerate(wishes())
        ]
        done = lambda share: sum(life.done() for life in lives) >= len(lives) * share  # noqa: E731
        until(lambda: done(0.3), lambda: "the morning is over")
        own_valkey.end(signal.SIGKILL)
        post = json.loads(call(webs[0], "token-of-wei", "/posts", {
            "kind": "announcement", "unit": "ZZ1", "title": "本周志愿服务安排", "text": "周五下午门诊大厅集合"
        }).body)["id"]  # fmt: skip
        until(lambda: done(0.6), lambda: "the afternoon goes on without Redis")
        own_valkey.back()
        codes = [life.result() for life in lives]
        hospital.wait_announced()
        hospital.wait_for(select(Delivery.id).where(col(Delivery.fate) != Fate.sent), [])
        assert set(told(program)) == set(map(hospital.number_of, codes))
    keys = [call.headers["idempotency-key"] for call in program.calls]
    assert len(keys) == len(set(keys))
    assert {call(webs[0], code, "/followup", method="GET").status for code in codes} == {200}

    for login in ("lin", "sun"):
        assert call(webs[1], f"token-of-{login}", f"/posts/{post}/read").status == 200
    up_to = json.loads(call(webs[0], "token-of-lin", "/notices", method="GET").body)["up_to"]
    assert call(webs[0], "token-of-lin", "/notices/read", {"up_to": up_to}).status == 200
    of_post = json.loads(call(webs[1], "token-of-wei", f"/posts/{post}/readers", method="GET").body)
    name = {login: person.name for login, person in hospital.cast.people.items()}
    assert {one["name"]: one["reading"] for one in of_post["items"]} == {
        name["lin"]: "read", name["sun"]: "read",
        name["zhao"]: "unread", name["lead"]: "unread", name["lead2"]: "unread",
    }  # fmt: skip
    for number, code in enumerate(codes):
        way = f"/requests/{hospital.number_of(code)}/readers"
        steps = json.loads(call(webs[0], "token-of-di", way, method="GET").body)["items"]
        rated = next(step for step in steps if step["verb"] == "rate")
        unread = {name[login]: "unread" for login in ("lead", *SERVICES[service_of(number)])}
        assert {one["name"]: one["reading"] for one in rated["readers"]} == unread | {name["lin"]: "read"}
    hospital.check(codes)
    verify = hospital.start("verify")
    assert verify.popen.wait(PATIENCE) == 0, verify.said()
