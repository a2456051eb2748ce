"""Partners from a file: both kinds of rows, each once, each slip named by its row and column."""

import json

import pytest
from sqlmodel import select

from matching.partners.model import Agreement, ListItem, Pairing, Partner, PartnerRequest
from matching.people.model import Grant, Person, Role
from matching.requests.model import ServiceRequest
from tests.importing.conftest import DATA, counts, said

PARTNER = {
    "record_type": "partner", "id": "P01", "name": "湘衡精密铸造有限公司", "type": "enterprise",
    "contact": {"role": "工会", "name": "祝 主席", "phone": "199-0000-8001"}, "paired_branch": "B10",
    "agreement": {"no": "GJ-1", "start": "2025-07-01", "end": "2027-06-30"}, "needs": ["急救培训", "讲座"],
    "resources": ["多功能厅80座", "职工志愿者30人"],
}  # fmt: skip
REQUEST = {
    "record_type": "request", "id": "R001", "submitted_at": "2026-03-01T10:43:58+08:00", "partner": "P01",
    "service": "first_aid_training", "description": "班组长学心肺复苏", "venue": "公司多功能厅",
    "expected_headcount": 46, "wanted": {"date": "2026-04-09", "start": "14:30", "end": "16:30"}, "slots": 4,
    "equipment": "模拟人4具",
    "risks": "找 13800000000 开门", "note": "", "issues": [],
}  # fmt: skip


def lines(*rows: dict[str, object]) -> str:
    return "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)


@pytest.fixture
async def met(bring):
    """`bring` in a hospital that has branches and services."""
    for kind, name in (("units", "branches.csv"), ("services", "services.csv")):
        await bring(kind, DATA / name)

    async def run(content, **how):
        return await bring("partners", content, name="partners.jsonl", **how)

    return run


async def test_partners_and_what_they_asked_are_there_once(met, rows, tools):
    assert counts(await met(lines(PARTNER, REQUEST))) == (2, 0, 0, 0)
    assert counts(await met(lines(PARTNER, REQUEST))) == (0, 0, 2, 0)
    (partner,) = await rows(Partner)
    (liaison,) = [one for one in await rows(Person) if one.partner_id == partner.id]
    (request,) = await rows(ServiceRequest)
    (extra,) = await rows(PartnerRequest)
    assert (liaison.member_no, liaison.status, liaison.password_hash) == ("P01-1", "liaison", None)
    assert [one.role for one in await rows(Grant) if one.person_id == liaison.id] == [Role.liaison]
    assert (request.partner_id, request.filed_by, request.slots) == (partner.id, liaison.id, 4)
    assert (request.channel, request.requester_label) == ("partner", partner.name)
    assert request.wanted_from.isoformat() == "2026-04-09T06:30:00+00:00"
    assert (extra.venue, extra.headcount) == ("公司多功能厅", 46)
    assert "13800000000" not in extra.risks
    assert [(one.kind, one.title, one.volunteers) for one in await rows(ListItem)] == [
        ("need", "急救培训", 0), ("need", "讲座", 0), ("resource", "多功能厅80座", 0),
        ("resource", "职工志愿者30人", 30),
    ]  # fmt: skip
    assert (len(await rows(Agreement)), len(await rows(Pairing))) == (1, 1)


async def test_what_changed_is_changed_and_nothing_doubles(met, rows):
    await met(lines(PARTNER))
    longer = PARTNER | {
        "paired_branch": "B08",
        "agreement": PARTNER["agreement"] | {"end": "2028-06-30"},
        "needs": ["讲座", "义诊"],
    }
    assert counts(await met(lines(longer))) == (0, 1, 0, 0)
    assert [str(one.last_on) for one in await rows(Agreement)] == ["2028-06-30"]
    assert len(await rows(ListItem)) == 5
    assert [one.until is None for one in await rows(Pairing)] == [False, True]


SLIPS = [
    (PARTNER | {"id": "P11", "paired_branch": "B99"}, "paired_branch", "unit_not_listed"),
    (PARTNER | {"id": "P12", "type": "bank"}, "type", "not_one_of"),
    (PARTNER | {"id": "P13", "agreement": {"no": "GJ-3", "start": "2025-07-01", "end": "2025-12-01"}},
     "agreement.end", "agreement_term"),
    (PARTNER | {"id": "P14", "agreement": {"no": "GJ-4", "start": "2025/7/1", "end": "2027-12-01"}},
     "agreement.start", "bad_day"),
    (PARTNER | {"id": "P15"}, "agreement.no", "in_use"),
    (REQUEST | {"id": "R2", "partner": "P77"}, "partner", "partner_not_listed"),
    (REQUEST | {"id": "R3", "venue": ""}, "venue", "required"),
    (REQUEST | {"id": "R4", "wanted": {"date": "2026-04-09", "start": "16:30", "end": "14:30"}},
     "wanted.end", "time_order"),
    (REQUEST | {"id": "R5", "wanted": {"date": "2026-04-09", "start": "25:00", "end": "14:30"}},
     "wanted.start", "bad_clock"),
    (REQUEST | {"id": "R6", "submitted_at": "2026-05-01T10:43:58+08:00"}, "submitted_at", "time_in_future"),
    *((REQUEST | {"id": f"R{day}", "wanted": {"date": day, "start": "00:30", "end": "23:30"}}, "wanted.date", "bad_day")
      for day in ("0001-01-01", "9999-12-31", "1949-12-31")),
    *((REQUEST | {"id": f"R{at}", "submitted_at": at}, "submitted_at", "bad_time")
      for at in ("0001-01-01T00:00:00+08:00", "9999-12-31T00:00:00-12:00")),
    (PARTNER | {"id": "P16", "agreement": {"no": "GJ-5", "start": "0001-01-01", "end": "2003-12-01"}},
     "agreement.start", "bad_day"),
    (PARTNER | {"id": "P17", "agreement": {"no": "GJ-6", "start": "2025-07-01", "end": "9999-12-31"}},
     "agreement.end", "bad_day"),
    (REQUEST | {"description": "别的事情"}, "id", "repeated_row"),
    *((PARTNER | {"id": code}, "id", "bad_code") for code in ("new", "铸造厂", "P/9", "P" * 40)),
]  # fmt: skip


async def test_each_slip_is_named_and_nothing_is_written_unless_the_rest_is_wanted(met, rows):
    content = lines(PARTNER, REQUEST, *(row for row, _column, _code in SLIPS))
    wrong = [(place, column, code) for place, (_row, column, code) in enumerate(SLIPS, start=3)]
    assert said(await met(content)) == wrong
    assert await rows(Partner) == []
    assert counts(await met(content, partial=True)) == (2, 0, 0, len(SLIPS))
    assert [one.code for one in await rows(Partner)] == ["P01"]


async def test_what_comes_after_a_liaison_was_withdrawn_is_asked_by_who_speaks_now(met, rows, work):
    await met(lines(PARTNER, REQUEST))

    async def withdraw(session):
        person = (await session.exec(select(Person).where(Person.member_no == "P01-1"))).one()
        person.status, person.sealed_phone = "left", None

    await work(withdraw)
    later = REQUEST | {"id": "R002", "description": "门卫学急救"}
    successor = PARTNER | {"contact": {"role": "工会", "name": "柯红梅", "phone": "199-0000-8002"}}
    assert counts(await met(lines(successor, later))) == (1, 1, 0, 0)
    before, now = [one.id for one in await rows(Person) if one.partner_id is not None]
    assert [one.filed_by for one in await rows(ServiceRequest)] == [before, now]
