"""Wishes from a file: filed by the usual code, at their own moment, once."""

import json

import pytest

from matching.db import Database
from matching.requests import verify
from matching.requests.model import ServiceRequest
from matching.requests.steps import Step
from tests.importing.conftest import DATA, counts, said

WISH = {
    "id": "W1", "submitted_at": "2026-03-02T07:51:31+08:00", "spot": "OPD-2F-IM", "service": "wheelchair_push",
    "need": "想借轮椅，打电话13800000000", "reason": "", "display_name": "欧阳先生", "phone": "199-0000-2007",
    "preferred_window": {"start": "2026-03-02T10:00:00+08:00", "end": "2026-03-02T11:00:00+08:00"},
    "on_behalf_of_minor": False,
}  # fmt: skip


def lines(*changes: dict[str, object]) -> str:
    return "".join(json.dumps(WISH | change, ensure_ascii=False) + "\n" for change in changes)


@pytest.fixture
async def wished(bring):
    """`bring` in a hospital that has places and services."""
    for kind, name in (("units", "branches.csv"), ("services", "services.csv"), ("spots", "spots.csv")):
        await bring(kind, DATA / name)

    async def run(content, **how):
        return await bring("requests", content, name="wishes.jsonl", **how)

    return run


async def test_a_wish_is_filed_at_its_own_moment_masked_and_with_consents_given_in_person(wished, rows):
    assert counts(await wished(lines({}))) == (1, 0, 0, 0)
    (request,) = await rows(ServiceRequest)
    assert request.filed_at.isoformat() == "2026-03-01T23:51:31+00:00"
    assert (request.channel, request.state, request.requester_label) == ("imported", "submitted", "欧阳*")
    assert "13800000000" not in request.need
    assert request.consents == {"notice": "2026-03 in person", "health": "2026-03 in person"}
    assert request.show_publicly is False
    (step,) = await rows(Step)
    assert (step.verb, step.by_kind, step.at) == ("file", "system", request.filed_at)


async def test_the_same_file_twice_files_once_and_another_text_under_the_same_id_is_refused(wished, rows):
    await wished(lines({}))
    assert counts(await wished(lines({}))) == (0, 0, 1, 0)
    assert said(await wished(lines({"need": "要两辆轮椅"}))) == [(1, "id", "filed_differently")]
    assert len(await rows(ServiceRequest)) == 1


async def test_what_was_agreed_to_is_taken_from_the_file_and_a_child_is_never_shown(wished, rows):
    await wished(lines({"show_publicly": True}, {"id": "W2", "show_publicly": True, "on_behalf_of_minor": True}))
    shown, child = await rows(ServiceRequest)
    assert (shown.show_publicly, child.show_publicly) == (True, False)
    assert set(shown.consents) == {"notice", "health", "public_display"}
    assert set(child.consents) == {"notice", "health", "guardian"}


async def test_bad_wishes_are_named(wished, rows):
    report = await wished(
        lines(
            {"submitted_at": "2026-03-02 07:51"},
            {"id": "W2", "submitted_at": "2027-01-01T00:00:00+08:00"},
            {"id": "W3", "spot": "NOWHERE"},
            {"id": "W4", "service": "magic"},
            {"id": "W5", "need": "长" * 301, "phone": "1"},
            {"id": "W6", "preferred_window": {"start": WISH["submitted_at"], "end": WISH["submitted_at"]}},
        )
        + "nonsense\n"
    )
    assert said(report) == [
        (1, "submitted_at", "time_zone_needed"),
        (2, "submitted_at", "time_in_future"),
        (3, "spot", "spot_not_listed"),
        (4, "service", "service_not_listed"),
        (5, "need", "too_long"),
        (5, "phone", "bad_phone"),
        (6, "preferred_window.end", "time_order"),
        (7, "", "bad_json_line"),
    ]
    assert not await rows(ServiceRequest)


async def test_the_example_is_whole_and_its_chains_hold(wished, database: Database):
    assert counts(await wished(DATA / "wishes.jsonl")) == (320, 0, 0, 0)
    assert counts(await wished(DATA / "wishes.jsonl")) == (0, 0, 320, 0)
    async with database.reading() as session:
        assert [line async for line in verify.differences(session)] == []


async def test_an_empty_cell_for_where_it_came_from_means_from_this_file(wished, rows):
    assert counts(await wished(lines({"channel": ""}))) == (1, 0, 0, 0)
    assert (await rows(ServiceRequest))[0].channel == "imported"
