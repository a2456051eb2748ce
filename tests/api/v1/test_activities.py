"""Activities for programs: from the plan to the correction."""

import pytest

from matching import clock
from matching.activities.codes import code_at
from matching.activities.model import Activity
from matching.activities.signing import key_of
from matching.privacy.sealed import Sealer
from tests.activities.scene import HOUR, MINUTE

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
V1 = "/api/v1/activities"


async def _activity(session, id_):
    return await session.get_one(Activity, id_)


def test_a_program_leads_an_activity_from_its_plan_to_its_correction(doors):
    lead, lin, cast = doors.program("lead"), doors.program("lin"), doors.cast
    number, start = cast.people["lin"].member_no, clock.now() - 30 * MINUTE
    wish = {"kind": "service", "title": "义务宣教", "unit": "ZB1", "place": "村委会", "people": [number],
            "starts_at": start.isoformat(), "ends_at": (start + 2 * HOUR).isoformat()}  # fmt: skip
    key = {"Idempotency-Key": "k" * 20}
    made = lead.post(V1, json=wish, headers=key)
    assert made.status_code == 201, made.text
    assert lead.post(V1, json=wish, headers=key).json() == made.json()
    assert lead.post(V1, json=wish | {"surprise": 1}).status_code == 422
    one = f"{V1}/{made.json()['id']}"
    assert doors.program("sun").get(one).status_code == 404
    assert lin.get(f"{one}/attendances").status_code == 403

    key_ = key_of(doors.read(_activity, made.json()["id"]), Sealer(cast.settings.keys))
    assert lin.post(f"{one}/sign_in", json={"code": "0" * 10}).status_code == 410
    assert lin.post(f"{one}/sign_in", json={"code": code_at(key_, clock.now())}).status_code == 200
    assert lin.post(f"{one}/tick", json={"person": number, "what": "undo"}).status_code == 403
    assert lead.post(f"{one}/tick", json={"person": "M9999", "what": "in"}).status_code == 422
    [there] = lead.get(f"{one}/attendances").json()["items"]
    assert (there["member_no"], there["signed_how"], there["minutes"]) == (number, "code", None)

    assert lead.post(f"{one}/confirm", json={}, headers={"If-Match": '"99"'}).status_code == 412
    too_long = lead.post(f"{one}/confirm", json={"minutes": {number: 1440}})
    assert too_long.status_code == 422
    assert f"minutes-{number}" in too_long.text
    confirmed = lead.post(f"{one}/confirm", json={"minutes": {number: 60}, "person_times": 30})
    assert confirmed.json()["state"] == "confirmed"
    assert lead.post(f"{one}/correct", json={"minutes": {number: 50}}).status_code == 422
    assert lead.post(f"{one}/correct", json={"minutes": {number: 50}, "reason": "记多了"}).status_code == 200
    assert lin.get(one).json()["minutes"] == 50
    assert lead.post(f"{one}/cancel", json={"why": "不算了"}).status_code == 409
    assert [item["id"] for item in lead.get(V1, params={"state": "confirmed"}).json()["items"]] == [made.json()["id"]]
    rhythm = doors.program("wei").put(f"{V1}/rhythm", json={"asked": {"theme_day": 4}})
    assert rhythm.json()["asked"]["theme_day"] == 4
