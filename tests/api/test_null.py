"""A NUL in an address or in a code, which PostgreSQL refuses to look for."""

import pytest

from tests.cast import Doors


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_nul_is_nobodys_number_and_no_units_code(doors: Doors):
    di, program, root = doors.of("di"), doors.program("di"), doors.program("root")
    assert doors.anybody().get("/screen?spot=%00").status_code == 404
    assert root.get("/api/v1/people/M%00/licences").json()["code"] == "not_seen"
    assert program.delete("/api/v1/proposals/1/changes/260302-00001/%00").status_code == 404
    assert di.get("/admin/people/%00").status_code == 404
    assert program.get("/api/v1/fairness?unit=%00").json()["fields"]["unit"]["code"] == "unknown_unit"
    assert di.get("/fairness?unit=a%00").status_code == 422
    assert di.submit("/queue", unit="DW\0").status_code == 422
    wei = doors.of("wei")
    assert wei.get("/partners?q=%00").status_code == 200
    assert wei.get("/reports/words?kind=branch&code=%00").status_code == 404
    assert wei.submit("/reports/words", kind="partner", code="P\0", period="2026Q1").status_code == 404
    unmasked = {"kind": "points", "period": "2026Q1", "masked": False, "reason": "季度核对\0台账"}
    answer = doors.program("wei").post("/api/v1/exports", json=unmasked)
    assert answer.json()["fields"]["reason"]["code"] == "control_characters"
