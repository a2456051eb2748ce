"""What a button that is pressed twice, or two people who press at once, may not do on a partner's page."""

import io
import re
from datetime import date

import pytest
from PIL import Image
from sqlmodel import select

from matching.partners import agreements
from matching.partners.model import Agreement, ListItem
from matching.people.model import Person
from tests.cast import AT, field_value

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BEGUN = {"first_on": date(2026, 1, 1), "last_on": date(2027, 12, 31)}


async def _titles(session):
    return list(await session.exec(select(ListItem.title)))


async def _file(session):
    return (await session.exec(select(Agreement.file))).one()


@pytest.mark.parametrize(("login", "page"), [("wei", "/partners/P01"), ("ke", "/partner")])
def test_an_entry_of_a_list_is_written_once_however_often_the_button_is_pressed(doors, partners, login, page):
    browser = doors.of(login)
    entry = {"kind": "need", "title": "健康讲座", "once": field_value(browser.get(page).text, "once")}
    for _press in range(2):
        assert browser.submit(f"{page}/items", **entry).status_code == 303
    assert doors.read(_titles) == ["健康讲座"]
    other = browser.submit(f"{page}/items", **entry | {"title": "义诊"})  # back, and another one under the old key
    assert other.status_code == 409
    assert "义诊" in other.text
    browser.submit(f"{page}/items", **entry | {"title": "义诊", "once": field_value(other.text, "once")})
    assert sorted(doors.read(_titles)) == ["义诊", "健康讲座"]


def _picture(colour: str) -> bytes:
    made = io.BytesIO()
    Image.new("RGB", (20, 20), colour).save(made, "PNG")
    return made.getvalue()


@pytest.mark.parametrize("program", [False, True])
def test_a_new_signed_file_takes_away_the_one_before_and_none_that_is_just_being_handed_in(doors, partners, program):
    made = doors.work(agreements.add_agreement, "P01", "GJ-1", **BEGUN, by=doors.cast["wei"], at=AT)
    browser, photos = doors.program("wei") if program else doors.of("wei"), doors.app.state.parts.photos
    place = agreements.folder(made)

    def hand_in(colour: str) -> str:
        if program:
            url = f"/api/v1/partners/P01/agreements/{made.id}/file"
            answer = browser.post(url, content=_picture(colour), headers={"content-type": "image/png"})
        else:
            url, data = f"/partners/P01/agreements/{made.id}/file", {"csrf": browser.form_key}
            files = {"file": ("a.png", _picture(colour))}
            answer = browser.post(url, data=data, files=files, follow_redirects=False)
        assert answer.status_code == (200 if program else 303), answer.text
        return str(doors.read(_file))

    async def kept_by_somebody_else() -> str:
        photo = await photos.drawn(_picture("green"))
        await photos.keep(place, photo)  # and not named yet
        return photo.digest

    first, other = hand_in("red"), doors.call(kept_by_somebody_else)
    second = hand_in("blue")
    assert [photos.holds(place, one) for one in (first, second, other)] == [False, True, True]
    assert hand_in("blue") == second
    assert photos.holds(place, second)


async def _liaisons(session):
    return list(await session.exec(select(Person.name).where(Person.name == "新来的")))


def test_a_liaison_added_twice_is_one_and_the_password_shown_last_is_theirs(doors, partners):
    browser = doors.of("wei")
    said = {"name": "新来的", "login": "xin", "once": field_value(browser.get("/partners/P01").text, "once")}
    shown = [
        re.search(r'class="code">([^<]+)<', browser.submit("/partners/P01/liaisons", **said).text)[1] for _press in "12"
    ]
    assert doors.read(_liaisons) == ["新来的"]
    assert shown[0] != shown[1]
    at_sign_in = [doors.anybody().submit("/login", account="xin", password=one).status_code for one in shown]
    assert at_sign_in == [401, 303]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_lead_learns_no_name_of_another_branch_by_trying_numbers_or_looking_at_its_partner(doors, partners):
    cast, now, sealer = doors.cast, clock.now(), doors.app.state.parts.sealer
    lin, named = cast.people["lin"], ("林晓云",)
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
        "partner": 200, "partner by program": 200, "pair": 422, "plan": 422, "tick": 409, "sync": 200,
    }  # fmt: skip
    assert [way for way, answer in tried.items() for name in named if name in answer.text] == []
    assert "林*" in tried["partner"].text
    assert tried["sync"].json()["told"][0]["outcome"] == "outside"
    assert "林晓云" in doors.of("lead").get("/partners/P01").text
