"""Figures for programs: of whom, of when, what stands behind them, and who may not ask."""

import pytest

from tests.api.v1.conftest import Api, refusal

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
YEAR = {"period": "2020-01-01..2029-12-31"}


def by_code(items: list[dict]) -> dict[str, dict]:
    return {one["code"]: one for one in items}


def test_what_a_program_is_told_of_one_request_that_was_returned_and_one_that_was_done(api: Api):
    api.file(service="wheelchair")
    api.tell(("di", "dispatch", {"unit": "ZB2"}), ("lead2", "return_order", {"reason": "wrong_place"}))
    returned = api.number
    api.file(service="wheelchair")
    api.tell(
        ("di", "dispatch", {"unit": "ZB1"}), ("lin", "claim", {}), ("lin", "contact", {"note": "说好了"}),
        ("lin", "complete", {"result": "partly", "note": "推到门口，等家属来接。", "minutes": 40}),
        ("requester", "rate", {"level": 3}),
    )  # fmt: skip
    told = by_code(api.get("wei", "/figures", **YEAR).json()["items"])
    assert (told["filed"]["value"], told["completed"]["value"], told["returns"]["value"]) == (2, 1, 1)
    assert (told["resolution_rate"]["value"], told["resolution_rate"]["n"]) == (0, 1)
    assert (told["satisfaction_rate"]["text"], told["satisfaction_rate"]["few"]) == ("90.0%", True)
    assert told["minutes"]["text"] == "0.7"
    english = api.of("wei").get("/api/v1/figures", params=YEAR, headers={"accept-language": "en"}).json()
    assert by_code(english["items"])["composite"]["formula"].startswith("0.10 × response + ")
    rows = {
        row["code"]: by_code(row["items"]) for row in api.get("wei", "/figures/groups/branch", **YEAR).json()["rows"]
    }
    assert rows["ZB2"]["returns"]["value"] == 1  # who gave it back, and not who has it now
    assert rows["ZB1"]["filed"]["value"] == 2
    page = api.get("wei", "/figures/returns/requests", **YEAR, scope="unit", code="ZB2").json()
    assert ([one["number"] for one in page["items"]], page["total"]) == ([returned], 1)
    rest = api.get("wei", "/figures/resolution_rate/requests", **YEAR, part="rest").json()
    assert [(one["number"], one["counted"]) for one in rest["items"]] == [(api.number, False)]
    first = api.get("wei", "/figures/filed/requests", **YEAR, size=1).json()
    assert ([one["number"] for one in first["items"]], first["total"]) == ([api.number], 2)
    second = api.of("wei").get(first["next"]).json()
    assert ([one["number"] for one in second["items"]], second["next"]) == ([returned], None)
    points = api.get("wei", "/figures/series", period="2020", step="month").json()["points"]
    assert [point["period"]["code"] for point in points][:2] == ["2020-01", "2020-02"]
    standings = api.get("wei", "/figures/league", **YEAR).json()["standings"]
    assert {(one["rank"], one["row"]["code"]) for one in standings} == {(None, code) for code in ("ZB1", "ZB2", "ZB3")}
    heat = api.get("wei", "/figures/heat", **YEAR).json()
    assert sum(map(sum, heat["week"])) == sum(heat["places"][0]["hours"]) == 2
    carried = api.get("wei", "/figures/load", **YEAR).json()
    ours = {row["unit"]["code"]: row["carried"] for row in carried["rows"]}["ZB1"]
    assert (ours["people"], ours["served"], ours["hours"], ours["of_busiest"]) == (3, 1, pytest.approx(2 / 3), 1)
    assert carried["together"]["served"] == 1
    row = {"within": "unit", "within_code": "ZB1"}
    people = api.get("wei", "/figures/load/people", **YEAR, **row, size=2).json()
    first, more = people["items"][0], api.of("wei").get(people["next"]).json()
    assert (people["total"], len(more["items"]), first["minutes"]) == (3, 1, 40)
    for one in ({}, {"person": first["member_no"]}):
        hours = api.get("wei", "/figures/load/hours/requests", **YEAR, **row, **one).json()
        assert (hours["total"], hours["minutes"]) == (ours["done"], round(ours["hours"] * 60)) == (1, 40)
        assert [(line["request"], line["activity"], line["hard"]) for line in hours["items"]] == [
            (api.number, None, True)
        ]
    assert api.get("wei", "/figures/load/asks/requests", **YEAR).json()["total"] == 0
    refusal(api.get("lead2", "/figures/load/hours/requests", **YEAR, **row), 404, "not_seen")
    refusal(api.get("lin", "/figures/load/people", **YEAR), 403, "not_allowed")
    [(day, hour)] = [(day, hour) for day in range(7) for hour in range(24) if heat["week"][day][hour]]
    cell = {"weekday": day + 1, "within": "place", "within_code": heat["places"][0]["code"]}
    assert api.get("wei", "/figures/filed/requests", **YEAR, **cell, hour=hour).json()["total"] == 2
    assert api.get("wei", "/figures/filed/requests", **YEAR, **cell, hour=23 - hour).json()["total"] == 0
    row = {"within": "unit", "within_code": "ZZ1"}
    assert api.get("wei", "/figures/filed/requests", **YEAR, **row).json()["total"] == 2
    assert api.get("wei", "/figures/filed/requests", **YEAR, **row, alone=True).json()["total"] == 0


def test_who_may_not_ask_is_told_so_and_what_is_wrong_is_named(api: Api):
    assert api.get("lead", "/figures", **YEAR, scope="unit", code="ZB1").status_code == 200
    refusal(api.get("lead", "/figures", **YEAR, scope="unit", code="ZB2"), 403, "not_allowed")
    refusal(api.get("lin", "/figures", **YEAR), 403, "not_allowed")
    refusal(api.get("root", "/figures/league", **YEAR), 403, "not_allowed")
    refusal(api.get("wei", "/figures", **YEAR, scope="unit", code="no"), 404, "not_seen")
    for path, query, field in (
        ("/figures", {"period": "2026Q5"}, "period"),
        ("/figures/series", {"period": "2020-01-01..2029-12-31", "step": "day"}, "period"),
        ("/figures/person_times/requests", YEAR, "figure"),
        ("/figures/nothing/requests", YEAR, "figure"),
    ):
        wrong = refusal(api.get("wei", path, **query), 422, "invalid")
        assert wrong["fields"][field]["code"] == "not_a_choice"
