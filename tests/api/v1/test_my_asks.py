"""Asks through the API: read, answered, waited for, and given to somebody else."""

import pytest

from tests.api.pages.test_asks import ask_of, asked
from tests.api.v1.conftest import refusal
from tests.cast import Doors

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_an_ask_is_read_answered_once_and_the_late_one_waits_in_line(doors: Doors):
    one = asked(doors, "lin", "zhao")
    lin, zhao = doors.program("lin"), doors.program("zhao")
    (told,) = lin.get("/api/v1/me/asks").json()["items"]
    assert (told["number"], told["service"]["code"], told["answer"]) == (one.number, "wheelchair", "waiting")
    assert len(told["why"]) == 3
    answers = f"/api/v1/asks/{told['id']}/answers"
    refusal(zhao.post(answers, json={"answer": "yes"}), 404, "not_seen")
    assert "until" in refusal(lin.post(answers, json={"answer": "mute"}), 422, "invalid")["fields"]
    for _again in range(2):
        answer = lin.post(answers, json={"answer": "yes"}, headers={"Idempotency-Key": "a"})
        assert (answer.status_code, answer.json()["answer"]) == (200, "accepted"), answer.text
    assert one.now().is_claimed_by(doors.cast["lin"].id)

    late = f"/api/v1/asks/{ask_of(doors, one, 'zhao').id}/answers"
    refusal(zhao.post(late, json={"answer": "yes"}), 409, "filled")
    waiting = f"/api/v1/requests/{one.number}/waiting"
    assert zhao.post(waiting).json() == {"number": one.number, "place": 1}
    assert zhao.get("/api/v1/me/asks").json()["waiting"] == [{"number": one.number, "place": 1}]
    assert zhao.delete(waiting).status_code == 204
    assert zhao.get("/api/v1/me/asks").json() == {"items": [], "waiting": []}

    refusal(zhao.post(f"/api/v1/requests/{one.number}/cover"), 403, "not_allowed")
    sought = lin.post(f"/api/v1/requests/{one.number}/cover", json={"note": "临时手术。"})
    assert (sought.status_code, sought.json()["state"]) == (200, "in_progress"), sought.text
