"""Partners among many: found, turned over page by page, chosen in forms by name or code, registered once."""

import random
import re
from datetime import date, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import insert
from sqlmodel import select

from matching import clock
from matching.api.paging import cursor
from matching.partners.model import Agreement, Partner, PartnerKind
from matching.partners.queries import agreements_of
from matching.partners.sought import HALTED, Sought, halted, partners_page
from matching.partners.standing import Standing, standing
from tests.cast import AT, field_value

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
TODAY = date(2026, 3, 2)
NAMES = ["江北精密铸造厂", "第一实验小学", "向阳村民委员会"]
CODES = [f"Q{n:03}" for n in range(80)]


async def many(session, cast, at=AT):
    """80 of them, Q000 to Q079, two in seven no longer open; three kinds, three branches."""
    units, kinds = [cast.units[code].id for code in ("ZB1", "ZB2", "ZB3")], list(PartnerKind)
    rows = [
        {"root_id": cast.root_id, "code": code, "name": f"{NAMES[n % 3]}{n}", "kind": kinds[n % 3], "address": "",
         "unit_id": units[n % 3], "open": n % 7 > 1, "made_at": at}
        for n, code in enumerate(CODES)
    ]  # fmt: skip
    await (await session.connection()).execute(insert(Partner), rows)
    return {one.code: one for one in await session.exec(select(Partner))}


async def agreed(session, cast, at=AT):
    """Up to four agreements each, beginning and ending around TODAY, with renewals that touch, gape and overlap."""
    throw, rows = random.Random(8), []
    for partner in (await many(session, cast, at)).values():
        first = TODAY + timedelta(days=throw.choice([-900, -500, -306, -305, -304, -1, 0, 1, 30]))
        for n in range(throw.randrange(5)):
            last = first + timedelta(days=throw.choice([364, 365, 366, 425, 500]))
            rows.append({"root_id": cast.root_id, "partner_id": partner.id, "no": f"{partner.code}-{n}", "file": "",
                         "file_name": "", "signed_by": "", "first_on": first, "last_on": last, "made_at": at,
                         "ended_at": at if throw.random() < 0.2 else None})  # fmt: skip
            first = last + timedelta(days=throw.choice([-200, 0, 1, 2, 40]))
    await (await session.connection()).execute(insert(Agreement), rows)


async def codes(session, by, today=TODAY, **sought):
    return [one.partner.code for one in (await partners_page(session, by, today, Sought(**sought), size=100)).rows]


async def test_the_database_says_of_every_agreement_what_the_rule_says(cast, work):
    await work(agreed, cast)
    async with work.database.reading() as session:
        everyone = {one.id: one for one in await session.exec(select(Partner))}
        held = await agreements_of(session, everyone)
        for days in (-1, 0, 1, 59, 60, 61, 62, 364, 700):
            today, asked = TODAY + timedelta(days=days), 0
            for kind in Standing:
                by_rule = {one.code for id_, one in everyone.items() if one.open}
                by_rule &= {one.code for id_, one in everyone.items() if standing(held.get(id_, ()), today) == kind}
                assert set(await codes(session, cast["wei"], today, standings=(kind,))) == by_rule, (today, kind)
                asked += len(by_rule) * (kind in HALTED)
            assert await halted(session, cast["wei"], today) == asked


async def test_every_partner_stands_on_one_page_and_pages_lead_back_as_they_led_on(cast, work):
    await work(many, cast)
    pages, after = [], None
    async with work.database.reading() as session:
        while True:
            page = await partners_page(session, cast["audit"], TODAY, Sought(), after=after, size=20)
            pages.append([one.partner.code for one in page.rows])
            assert page.total == 80
            if (after := page.older) is None:
                break
        for before in pages[-2::-1]:
            page = await partners_page(session, cast["audit"], TODAY, Sought(), before=page.newer, size=20)
            assert [one.partner.code for one in page.rows] == before
        assert page.newer is None
        found = [code for page in pages for code in page]
        assert found == sorted(found, key=lambda code: (int(code[1:]) % 7 <= 1, code))
        assert [len(one) for one in pages] == [20, 20, 20, 20]
        wei, path = cast["wei"], cast.units["ZZ1"].path
        assert await codes(session, wei, text="q01") == [code for code in found if code.startswith("Q01")]
        assert await codes(session, wei, text="江铸厂6") == []  # a short name is of characters alone
        assert set(await codes(session, wei, text="一小")) == set(CODES[1::3])
        assert await codes(session, wei, text="%") == await codes(session, wei, text="_") == []
        assert set(await codes(session, wei, kind="school", path=path)) == set(CODES[1::3])
        assert set(await codes(session, wei, path=path)) == set(CODES) - set(CODES[2::3])


def test_programs_follow_the_pages_and_are_told_what_cannot_be(doors):
    doors.work(many, doors.cast)
    api, address, found = doors.program("wei"), "/api/v1/partners?size=30&kind=school", []
    while address:
        answer = api.get(address)
        body = answer.json()
        found += [one["partner"]["code"] for one in body["items"]]
        address = body["next"]
        assert body["total"] == 27
        assert address is None or answer.headers["link"] == f'<{address}>; rel="next"'
    assert sorted(found) == CODES[1::3]
    none = api.get("/api/v1/partners", params={"standing": ["none", "over"], "unit": "ZB2"}).json()
    assert none["total"] == len([n for n in range(1, 80, 3) if n % 7 > 1])
    for wrong in ("after=W10", f"after={cursor(1, chr(0))}", "unit=none", "size=0", "standing=never"):
        assert api.get(f"/api/v1/partners?{wrong}").status_code == 422, wrong
    assert doors.program("lin").get("/api/v1/partners").status_code == 403


@SQLITE
def test_the_list_narrows_without_a_script_keeps_it_in_the_address_and_says_how_many(doors):
    wei = doors.of("wei")
    nobody = wei.get("/partners").text
    assert "还没有登记共建单位" in nobody
    assert 'role="search"' not in nobody
    doors.work(agreed, doors.cast, clock.now())
    page = wei.get("/partners?kind=school&unit=ZZ1").text
    assert "找到 27 家" in page
    assert re.search(r'<option value="school" selected>', page)
    assert re.search(r'<option value="ZZ1" selected>', page)
    assert page.count('class="ticket"') == 27
    everybody = wei.get("/partners").text
    assert "共 80 家" in everybody
    on = re.search(r'rel="next" href="([^"]+)"', everybody)[1]
    second = wei.get(on.replace("&amp;", "&")).text
    assert second.count('class="ticket"') == 30
    back = re.search(r'rel="prev" href="([^"]+)"', second)[1]
    assert set(parse_qs(urlsplit(back).query)) == {"at"}
    assert wei.get(back).text.count('class="ticket"') == 30
    assert "没有找到这样的单位" in wei.get("/partners?q=没有这家").text
    assert '<option value="halted" selected>' in wei.get("/partners?ending=1").text  # where notices lead
    assert wei.get("/partners?at=b.nonsense").status_code == 422
    assert doors.of("lin").get("/partners").status_code == 403
    assert doors.of("lead").get("/partners").text.count('class="ticket"') == 30


async def _agreements(session):
    return list(await session.exec(select(Agreement.no)))


@SQLITE
def test_a_second_press_leads_to_the_partner_and_the_agreement_that_the_first_one_registered(doors):
    wei = doors.of("wei")
    partner = {"code": "P77", "name": "新华书店", "kind": "enterprise", "unit": "ZB1"}
    partner["once"] = field_value(wei.get("/partners/new").text, "once")
    assert [wei.submit("/partners/new", **partner).headers.get("location") for _press in "12"] == ["/partners/P77"] * 2
    assert wei.submit("/partners/new", **partner | {"name": "另一家"}).status_code == 409
    other = partner | {"once": "somebody-elses-form"}
    assert "P77" in wei.submit("/partners/new", **other).text  # the code is taken, said beside its field
    agreement = {"no": "GJ-7", "first_on": "2026-01-01", "last_on": "2027-12-31"}
    agreement["once"] = re.search(r'name="once" value="([^"]+-agreement)"', wei.get("/partners/P77").text)[1]
    for _press in range(2):
        said = wei.submit("/partners/P77/agreements", **agreement)
        assert said.headers["location"] == "/partners/P77#agreements"
    assert doors.read(_agreements) == ["GJ-7"]


@SQLITE
def test_a_form_takes_a_partner_by_code_or_name_and_offers_those_that_may_be_meant(doors):
    doors.work(many, doors.cast, clock.now())
    wei, form = doors.of("wei"), {"kind": "partner", "form": "docx", "period": "2026Q1", "reason": "给区里看"}
    assert '<select id="partner"' not in wei.get("/reports/exports").text
    unclear = wei.submit("/reports/exports", **form, partner="实小")
    assert unclear.status_code == 422
    assert unclear.text.count('type="radio" name="partner"') == 12
    assert field_value(unclear.text, "reason") == "给区里看"
    assert 'value="实小"' in unclear.text
    assert "没有找到“没有这家”" in wei.submit("/reports/exports", **form, partner="没有这家").text
    for said in ("q010", "第一实验小学10", ["Q010", "实小"]):
        made = wei.submit("/reports/exports", **form, partner=said)
        assert made.status_code == 303, made.text
    assert wei.get("/reports/exports").text.count("Q010") == 3
    assert '<option value="Q010">第一实验小学10</option>' in wei.get("/choose/partners/open?partner=学10").text
    assert "<option" not in wei.get("/choose/partners/open?partner=%00").text
    assert '<option value="Q008">' not in wei.get("/choose/partners/open?partner=q008").text
    assert 'value="Q008"' in wei.get("/choose/partners/all?partner=q008").text
    lead = doors.of("lead").get("/reports/exports").text  # of their own branch's they are few
    assert re.findall(r'<option value="(Q\d+)"', lead) == CODES[::3]
    plan = wei.get("/activities/new").text
    assert 'list="partner-found"' in plan
    held = {"kind": "service", "title": "义诊", "unit": "ZB1", "place": "大厅", "starts_at": "2026-03-10T09:00",
            "ends_at": "2026-03-10T11:00", "once": field_value(plan, "once"), "partner": "实小"}  # fmt: skip
    back = wei.submit("/activities/new", **held)
    assert (back.status_code, field_value(back.text, "title")) == (422, "义诊")
    held |= {"partner": ["Q010", "实小"], "once": field_value(back.text, "once")}
    assert wei.submit("/activities/new", **held).status_code == 303
    assert "义诊" in wei.get("/activities?partner=第一实验小学10").text
    sought = wei.get("/activities?partner=实小&kind=service").text
    assert 'href="/activities?kind=service&amp;partner=Q010"' in sought
    assert (
        wei.get("/reports?partner=q010", follow_redirects=False)
        .headers["location"]
        .startswith("/reports?of=partner-Q010&period=")
    )
    asked = wei.get("/reports/heat?partner=实小&period=2026Q1")
    assert asked.status_code == 422
    assert 'href="/reports/heat?period=2026Q1&amp;of=partner-Q010"' in asked.text
    assert '<option value="partner-Q010" selected>' in wei.get("/reports?of=partner-Q010").text
