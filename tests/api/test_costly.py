"""Reads that cost a moment of a core each: two a second are a person's, more are refused in plain words."""

import pytest
from limits import parse

from tests.cast import Doors

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_figures_are_read_as_often_as_people_look_and_not_without_end(doors: Doors, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("matching.api.costly.FIGURES", parse("4/minute"))
    office, program, lead = doors.of("wei"), doors.program("wei"), doors.of("lead")
    year = "period=2026"
    assert [office.get(f"/reports{one}?{year}").status_code for one in ("", "/league", "/heat")] == [200] * 3
    assert program.get(f"/api/v1/figures/series?{year}").status_code == 200
    for path in ("", "/series", "/league", "/groups/branch", "/filed/requests"):
        refused = program.get(f"/api/v1/figures{path}?{year}")  # pages and programs of one person count together
        assert (refused.status_code, refused.json()["code"]) == (429, "too_many_figures")
        assert 0 < int(refused.headers["retry-after"]) <= 60
    page = office.get(f"/reports?{year}")
    assert (page.status_code, "请过一分钟再打开" in page.text) == (429, True)
    assert int(page.headers["retry-after"]) > 0
    assert "traceback" not in page.text.lower()
    assert lead.get(f"/reports?of=unit-ZB1&{year}").status_code == 200  # somebody else's are their own
    assert office.get("/board").status_code == 200


def test_ones_own_copy_counts_with_the_papers_one_takes_away(doors: Doors, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("matching.api.pages.me.PAPERS", parse("2/hour"))
    lin = doors.of("lin")
    assert [lin.get("/me/copy.json").status_code for _ in range(3)] == [200, 200, 429]
    refused = lin.get("/me/copy.json")
    assert "下载得太频繁" in refused.text
    assert int(refused.headers["retry-after"]) > 0
    assert doors.of("zhao").get("/me/copy.json").status_code == 200
