"""Assessment by program: points once a key, signing, and what is assessed."""

import pytest

from matching.reports.assessment.scheme import CUTS, EACH, USUAL, Dimension
from tests.cast import Doors

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
HERE = "/api/v1/assessment"
FULL = {"scores": [{"item": item.code, "points": item.points} for item in USUAL.items]}


def test_points_are_given_signed_and_opened_again_by_the_committee_office_alone(doors: Doors):
    wei, lead = doors.program("wei"), doors.program("lead")
    sheet = f"{HERE}/2026Q1/ZB1"
    first = wei.post(f"{sheet}/scores", json=FULL, headers={"Idempotency-Key": "scores of ZB1"})
    assert first.json()["points"] == 500
    assert wei.post(f"{sheet}/scores", json=FULL, headers={"Idempotency-Key": "scores of ZB1"}).json() == first.json()
    short = {"scores": [{"item": "leaders", "points": 1}]}
    assert "reason-leaders" in wei.post(f"{sheet}/scores", json=short).json()["fields"]
    assert lead.get(sheet).json()["points"] is None
    assert lead.post(f"{sheet}/sign").status_code == 403
    signed = wei.post(f"{sheet}/sign").json()
    assert (signed["grade"], signed["open_items"]) == ("excellent", [])
    assert lead.get(f"{HERE}/2026Q1").json()["items"][0]["by_dimension"]["rules"] == EACH
    assert wei.post(f"{sheet}/scores", json=FULL).json()["code"] == "assessment_signed"
    assert wei.post(f"{sheet}/open", json={"why": "补交了材料"}).json()["signed_at"] is None
    assert wei.get(f"{HERE}/2026Q9/ZB1").json()["code"] == "bad_period"
    assert wei.get(f"{HERE}/2026Q1/NO").status_code == 404


def test_a_scheme_is_replaced_as_a_whole(doors: Doors):
    root = doors.program("root")
    held = root.get(f"{HERE}/scheme?period=2026Q1").json()
    assert (held["version"], held["cuts"]) == (0, CUTS)
    items = [{"code": f"only_{one}", "dimension": one, "words": "一项顶一百分", "points": EACH} for one in Dimension]
    wanted = {"items": items, "cuts": {**CUTS, "pass": 250}, "since": "2026-01-01"}
    assert (
        root.put(f"{HERE}/scheme", json=wanted | {"items": items[1:]}).json()["fields"]["items"]["code"]
        == "not_a_hundred"
    )
    assert root.put(f"{HERE}/scheme", json=wanted).json()["version"] == 1
    assert root.get(f"{HERE}/scheme?period=2026").json()["items"][0]["code"] == "only_building"
    assert doors.program("di").get(f"{HERE}/scheme?period=2026").status_code == 403
