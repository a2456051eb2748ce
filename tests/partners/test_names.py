"""Names of members stay within their own branch: a lead of another one learns none of them."""

import json
from datetime import timedelta

import pytest

from matching import clock
from matching.activities.actions import Plan, plan
from matching.activities.codes import Phone, phone_key, signature
from matching.activities.model import ActivityKind
from matching.activities.signing import key_of
from matching.partners import pairings


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_lead_learns_no_name_of_another_branch_by_trying_numbers_or_looking_at_its_partner(doors, partners):
    cast, now, sealer = doors.cast, clock.now(), doors.app.state.parts.sealer
    lin = cast.people["lin"]
    doors.work(pairings.pair_person, "P01", lin.member_no, "甘秀兰", "", sealer=sealer, by=cast["lead"], at=now)
    other, program = doors.of("lead2"), doors.program("lead2")
    wish = Plan(ActivityKind.service, "义诊", "ZB2", "村口", now, now + timedelta(hours=2))
    held = doors.work(plan, wish, sealer=sealer, by=cast["lead2"], at=now)
    arranged = {"kind": "service", "title": "义诊", "unit": "ZB2", "place": "村口", "people": [lin.member_no]}
    arranged |= {"starts_at": now.isoformat(), "ends_at": (now + timedelta(hours=2)).isoformat()}
    phone = Phone(cast.people["lead2"].id or 0, now.replace(microsecond=0))
    millis = int(now.timestamp() * 1000)
    signs = signature(phone_key(key_of(held, sealer), phone), held.id or 0, lin.member_no, "in", millis)
    tick = {"who": lin.member_no, "what": "in", "millis": millis, "phone": phone.name, "signature": signs}
    tried = {
        "partner": other.get("/partners/P01"),
        "partner by program": program.get("/api/v1/partners/P01"),
        "pair": other.submit("/partners/P02/pairings", member=lin.member_no, name="某"),
        "plan": program.post("/api/v1/activities", json=arranged),
        "tick": other.submit(f"/activities/{held.id}/tick", person=lin.member_no, what="in"),
        "sync": other.submit(f"/activities/{held.id}/sync", ticks=json.dumps([tick]), now=str(millis)),
    }
    assert {way: answer.status_code for way, answer in tried.items()} == {
        "partner": 200, "partner by program": 200, "pair": 422, "plan": 422, "tick": 422, "sync": 200,
    }  # fmt: skip
    assert [way for way, answer in tried.items() if lin.name in answer.text] == []
    assert "林*" in tried["partner"].text
    assert tried["sync"].json()["told"][0]["outcome"] == "outside"
    assert lin.name in doors.of("lead").get("/partners/P01").text
