"""The queue through the API: computed, changed, accepted pair by pair; and who carries how much."""

import pytest

from matching.api import previews
from matching.engine.model import Dials
from matching.simulation.preview import Forecast, Preview
from tests.api.v1.conftest import Api, refusal

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
P = "/api/v1/proposals"
DIALS = {"equity": 1, "ask_cap": 6, "hours_cap": 12, "target_fast": 80, "target_slow": 65, "quiet_from": "21:30",
         "quiet_to": "07:30"}  # fmt: skip
FORECAST = Forecast(filled=0.9, asks=2.5, urgent_p90=11.0, asked_weekly=0.5, never_asked=0.2, gini=0.5, lost=1.0)


def books(api: Api) -> str:
    api.file(service="books")
    api.tell(("di", "accept", {}))
    return api.number


def test_a_program_makes_changes_and_accepts_a_proposal(api: Api):
    numbers = {books(api), books(api)}
    di = api.of("di")
    made = di.post(P, json={"unit": "DW"}, headers={"Idempotency-Key": "morning"})
    assert made.status_code == 201, made.text
    proposal = made.json()
    assert {one["request"] for one in proposal["pairs"]} == numbers
    assert proposal["gap"] == 0
    assert (proposal["requests"], proposal["effect"], proposal["unfilled"]) == (2, None, [])
    assert di.post(P, json={"unit": "DW"}, headers={"Idempotency-Key": "morning"}).json()["id"] == proposal["id"]

    here, pair = f"{P}/{proposal['id']}", proposal["pairs"][0]
    number, person = pair["request"], pair["person"]["member_no"]
    changed = di.post(f"{here}/forbidden", json={"request": number, "person": person}).json()
    assert (number, person) not in {(one["request"], one["person"]["member_no"]) for one in changed["pairs"]}
    assert changed["effect"]["moves"]
    assert changed["forbidden"][0]["person"]["member_no"] == person
    pinned = di.post(f"{here}/pins", json={"request": number, "person": person}).json()
    assert (number, person) in {(one["request"], one["person"]["member_no"]) for one in pinned["pairs"]}
    assert (pinned["forbidden"], len(pinned["pins"])) == ([], 1)
    refusal(di.post(f"{here}/pins", json={"request": number, "person": "M0003"}), 409, "cannot_pin")  # no member
    freed = di.delete(f"{here}/changes/{number}/{person}")
    assert (freed.status_code, freed.json()["pins"]) == (200, [])

    one = {"request": number, "person": next(
        pair["person"]["member_no"] for pair in freed.json()["pairs"] if pair["request"] == number
    )}  # fmt: skip
    outcomes = di.post(f"{here}/acceptances", json={"pairs": [one, {"request": number, "person": "M0003"}]}).json()
    assert [(out["accepted"], out["code"]) for out in outcomes["items"]] == [(True, None), (False, "not_proposed")]
    assert api.get("di", f"/requests/{number}").json()["state"] == "in_progress"
    (rest,) = di.post(f"{here}/acceptances", json={}).json()["items"]
    assert rest == {"request": (numbers - {number}).pop(), "accepted": True, "code": None, "detail": ""}
    assert all(pair["accepted"] for pair in di.get(here).json()["pairs"])


def test_a_key_that_was_used_for_something_else_accepts_nothing(api: Api):
    books(api)
    books(api)
    di = api.of("di")
    made = di.post(P, json={"unit": "DW"}).json()
    here, key = f"{P}/{made['id']}", {"Idempotency-Key": "one"}
    first, second = (
        {"pairs": [{"request": one["request"], "person": one["person"]["member_no"]}]} for one in made["pairs"]
    )
    answers = [di.post(f"{here}/acceptances", json=first, headers=key).json() for _twice in range(2)]
    assert answers[0] == answers[1]
    assert answers[0]["items"][0]["accepted"]
    refusal(di.post(f"{here}/acceptances", json=second, headers=key), 409, "key_reused")
    refusal(di.post(f"{here}/forbidden", json=second["pairs"][0], headers=key), 409, "key_reused")
    assert [one["accepted"] for one in di.get(here).json()["pairs"]].count(True) == 1


def test_only_who_assigns_there_sees_a_proposal_and_only_who_leads_sees_fairness(api: Api):
    books(api)
    id_ = api.of("di").post(P, json={"unit": "DW"}).json()["id"]
    refusal(api.get("lead", f"/proposals/{id_}"), 404, "not_seen")
    refusal(api.of("wei").post(P, json={"unit": "DW"}), 403, "not_allowed")
    refusal(api.of("lead").post(P, json={"unit": "ZB2"}), 403, "outside_your_units")
    refusal(api.get("lin", "/fairness"), 403, "not_allowed")
    refusal(api.get("lead", "/fairness", days=15), 422, "invalid")
    (branch,) = api.get("lead", "/fairness", days=14).json()["branches"]
    assert (branch["unit"]["code"], branch["few"], branch["gini_hours"]) == ("ZB1", True, None)
    assert [one["member_no"] for one in branch["people"]] == branch["not_asked"]
    refusal(api.of("lead").post("/api/v1/dials/preview", json=DIALS), 403, "not_allowed")


def test_a_preview_that_is_asked_for_twice_is_counted_once(api: Api, monkeypatch):
    counted = []

    def preview(*dials: Dials, **_hospital: float) -> Preview:
        counted.append(dials)
        return Preview(FORECAST, FORECAST)

    monkeypatch.setattr(previews, "preview", preview)
    key = {"Idempotency-Key": "one"}
    first, again = (api.of("wei").post("/api/v1/dials/preview", json=DIALS, headers=key).json() for _twice in range(2))
    assert (first["after"]["filled"], first) == (0.9, again)
    assert len(counted) == 1
