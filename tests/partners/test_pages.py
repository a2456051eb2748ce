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
from tests.cast import AT, Doors, field_value

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


@pytest.mark.parametrize("beyond", [10**30, 2**63, 0, -1])
def test_an_id_that_no_entry_can_have_is_refused_by_its_field(doors, partners, order_now, beyond):
    office, number = doors.program("wei"), order_now("ke")
    linked = office.post("/api/v1/partners/P01/links", json={"from_id": beyond, "to_id": beyond})
    attached = office.post(f"/api/v1/partners/requests/{number}/project", json={"project_id": beyond})
    assert [(one.status_code, set(one.json()["fields"])) for one in (linked, attached)] == [
        (422, {"from_id", "to_id"}), (422, {"project_id"}),
    ]  # fmt: skip


def test_two_liaisons_who_put_the_same_thing_right_do_not_overwrite_each_other(doors: Doors, order_now) -> None:
    ke, qu, number = doors.of("ke"), doors.of("qu"), order_now("ke")
    page = f"/partner/requests/{number}/correct"
    version = field_value(ke.get(page).text, "version")
    words = {"venue": "二楼会议室", "headcount": "45", "version": version}
    assert ke.submit(page, need="车间班组长学心肺复苏，上午练", **words, once="correct-once-0001").status_code == 303
    late = qu.submit(page, need="车间班组长学心肺复苏，下午练", **words, once="correct-once-0002")
    assert late.status_code == 412
    assert "下午练" in late.text
    assert field_value(late.text, "version") != version
    assert "上午练" in qu.get(page).text
    body = {"need": "车间班组长学心肺复苏，晚上练", "venue": "二楼会议室", "headcount": 45}
    tag = {"If-Match": f'"{version}"', "Idempotency-Key": "correct-by-program-1"}
    answer = doors.program("qu").post(f"/api/v1/partner/requests/{number}/correct", json=body, headers=tag)
    assert answer.json()["code"] == "stale"
