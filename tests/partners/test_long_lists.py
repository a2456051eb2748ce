"""What grows long on a page is shown a part at a time, and every part is reached."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import insert
from sqlmodel import select

from matching import clock
from matching.activities.model import Activity, ActivityKind, ActivityState, Attendance
from matching.partners.model import Agreement, ItemLink, ListItem, ListKind, Pairing, PairingKind
from matching.people.model import Person
from matching.recognition.model import EntryKind, PointsEntry, PublicList
from matching.reports.model import Export

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def long_lists(session, cast, partner):
    """Of P01: 45 agreements, 45 pairings that ended, 130 entries; 120 people in ZB1, on an activity and a public list;
    25 files of wei's. Returns the id of the activity."""
    root, branch, at = cast.root_id, cast.units["ZB1"].id, clock.now()
    own = {"root_id": root, "partner_id": partner.id}
    put = (await session.connection()).execute
    day = at.date() - timedelta(days=2000)
    await put(insert(Agreement), [
        {**own, "no": f"GJ-{n:02}", "first_on": day, "last_on": day + timedelta(days=400 + n), "file": "",
         "file_name": "", "signed_by": "", "made_at": at} for n in range(45)
    ])  # fmt: skip
    await put(insert(Pairing), [
        {**own, "kind": PairingKind.person, "unit_id": branch, "person_id": cast.people["lin"].id,
         "label": f"对{n:02}*", "since": day, "until": day} for n in range(45)
    ])  # fmt: skip
    for kind, many in ((ListKind.need, 10), (ListKind.resource, 60), (ListKind.project, 60)):
        await put(insert(ListItem), [
            {**own, "kind": kind, "ours": False, "title": f"{kind}-{n:02}", "text": "", "volunteers": 0,
             "state": "open", "made_at": at} for n in range(many)
        ])  # fmt: skip
    await put(insert(Person), [
        {"root_id": root, "unit_id": branch, "member_no": f"X{n:03}", "name": f"甲{n:03}", "status": "serving",
         "post": "", "department": "门诊部", "failures": 0, "must_change": False} for n in range(120)
    ])  # fmt: skip
    people = list(await session.exec(select(Person.id).where(Person.member_no.startswith("X")).order_by(Person.id)))
    held = Activity(root_id=root, kind=ActivityKind.service, title="义诊", unit_id=branch, place="大厅", starts_at=at,
                    ends_at=at + timedelta(hours=2), lead_id=cast.people["lead"].id, made_at=at,
                    state=ActivityState.planned)  # fmt: skip
    session.add(held)
    session.add(PublicList(root_id=root, unit_id=branch, title="公示", year=at.year, published_at=at,
                           lines=[[id_, 60, 100, 1] for id_ in [*people, cast.people["lin"].id]],
                           ends_on=at.date() + timedelta(days=5)))  # fmt: skip
    await session.flush()
    session.add_all([
        PointsEntry(root_id=root, person_id=people[5], unit_id=branch, year=at.year, on=at.date(),
                    kind=EntryKind.request, source_id=1, minutes=60, centipoints=100, title="陪诊", at=at),
        *(Attendance(root_id=root, activity_id=held.id, person_id=id_) for id_ in people),
        *(Export(root_id=root, by_id=cast.people["wei"].id, kind="requests", format="xlsx", asked_at=at,
                 params={"period": "2026Q1", "code": f"U{n:02}"}) for n in range(25)),
    ])  # fmt: skip
    return held.id


@pytest.fixture
def activity(doors, partners):
    return doors.work(long_lists, doors.cast, partners["P01"])


def every(browser, address, key, what, *, back=True):
    """What stands on all parts of a list, by following its own way on; each part has some, none has all. The way back
    leads over the same parts."""
    parts, page = [], ""
    while address:
        page = browser.get(address).text
        parts.append(re.findall(what, page))
        assert parts[-1]
        address = way(page, "next", key)
    assert len(parts) > 1
    for part in parts[-2::-1] if back else ():
        page = browser.get(way(page, "prev", key)).text
        assert re.findall(what, page) == part
    assert way(page, "prev", key) is None
    return [one for part in parts for one in part]


def way(page, rel, key):
    """Where the list's link leads; None where it has none."""
    found = re.search(rf'rel="{rel}" href="([^"]*[?;&]{key}=[^"]+)"', page)
    return found and found[1].replace("&amp;", "&")


def test_every_part_of_a_long_list_is_reached_by_its_own_way_on(doors, activity):
    wei = doors.of("wei")
    assert every(wei, "/partners/P01", "agreement", r"<strong>(GJ-\d\d)") == [f"GJ-{n:02}" for n in range(44, -1, -1)]
    assert every(wei, "/partners/P01", "pairing", r"(对\d\d\*)<br>") == [f"对{n:02}*" for n in range(45)]
    assert every(wei, "/partners/P01", "project", r"<strong>(project-\d\d)") == [f"project-{n:02}" for n in range(60)]
    people = every(wei, f"/activities/{activity}", "person", r'row">(甲\d\d\d)')
    assert people == [f"甲{n:03}" for n in range(120)]
    listed = every(wei, "/points/lists/1", "line", r'num">(\d+)</td><th scope="row">')
    assert listed == [str(n) for n in range(1, 122)]
    assert len(every(wei, "/points/unit", "at", r"/points/people/([XM]\d+)\?")) == 129
    assert len(every(wei, "/reports/exports", "before", r"<strong>需求台账 (U\d\d)", back=False)) == 25
    api, address, told = doors.program("wei"), "/api/v1/exports?size=10", []
    while address:
        body = api.get(address).json()
        told, address = told + [one["code"] for one in body["exports"]], body["next"]
    assert told == [f"U{n:02}" for n in range(24, -1, -1)]
    own = doors.of("lin").get("/points/lists/1").text
    assert "从我那一行看起" in own
    mine = doors.of("lin").get(re.search(r'href="(/points/lists/1\?line=\d+)">从我', own)[1]).text
    assert "121</td><th" in mine
    theirs = every(doors.of("ke"), "/partner", "resource", r"<strong>(resource-\d\d)")
    assert theirs == [f"resource-{n:02}" for n in range(60)]
    assert wei.get("/partners/P01?agreement=x&project=99999999999999999999").status_code == 200


async def _links(session):
    return [(one.from_id, one.to_id) for one in await session.exec(select(ItemLink))]


async def _item(session, title):
    return (await session.exec(select(ListItem.id).where(ListItem.title == title))).one()


def test_entries_and_members_of_long_lists_are_chosen_by_number_and_a_link_leads_to_where_its_entry_stands(
    doors, activity
):
    lead = doors.of("lead")
    page = lead.get("/partners/P01").text
    assert page.count('<select id="to-') == 0
    assert page.count("<option") < 250
    need, project = doors.read(_item, "need-00"), doors.read(_item, "project-59")
    assert lead.submit("/partners/P01/links", from_id=need, to_id="不是编号").status_code == 422
    assert lead.submit("/partners/P01/links", from_id=need, to_id=project).status_code == 303
    assert doors.read(_links) == [(need, project)]
    assert f'href="/partners/P01?project={project}#item-{project}"' in lead.get("/partners/P01").text
    assert f'id="item-{project}"' in lead.get(f"/partners/P01?project={project}").text
    unknown = lead.submit("/partners/P01/pairings", member="甲11", name="柯先生", phone="13900139000")
    assert unknown.status_code == 422
    assert re.findall(r'type="radio" name="member" value="(X\d+)"', unknown.text) == [f"X{n}" for n in range(110, 120)]
    assert 'value="柯先生"' in unknown.text
    paired = lead.submit("/partners/P01/pairings", member=["X111", "甲11"], name="柯先生", phone="13900139000")
    assert paired.status_code == 303
