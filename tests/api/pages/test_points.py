"""Points through the door: declared by a form with a photo, reviewed, published, certified, verified by strangers."""

import io
import re
from datetime import timedelta

import pytest
from limits import parse
from PIL import Image

from matching import clock
from matching.people.model import Person
from matching.recognition.model import Declared
from matching.recognition.posting import post_new
from matching.recognition.sources import KINDS
from tests.cast import AT, Doors, Visitor, field_value

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
TODAY = AT.astimezone(clock.SHANGHAI).date()
SAID = {"title": "敬老院理发", "on": str(TODAY), "minutes": "90", "organiser": "街道办事处", "said": ""}


@pytest.fixture(autouse=True)
def one_day(monkeypatch: pytest.MonkeyPatch) -> None:
    """No midnight passes between a form and what counts for its day."""
    monkeypatch.setattr(clock, "now", lambda: AT)


def photo(color: str = "red") -> dict[str, tuple[str, bytes, str]]:
    made = io.BytesIO()
    Image.new("RGB", (40, 30), color).save(made, "JPEG")
    return {"photo": ("现场.jpg", made.getvalue(), "image/jpeg")}


def send(visitor, path: str, files=None, **form):
    return visitor.post(path, data=form | {"csrf": visitor.form_key}, files=files, follow_redirects=False)


def test_service_elsewhere_is_declared_once_with_its_photo_kept_when_something_is_wrong(doors: Doors):
    lin, lead, sun = (doors.of(login) for login in ("lin", "lead", "sun"))
    once = field_value(lin.get("/points/declare").text, "once")
    wrong = send(lin, "/points/declare", photo(), **SAID | {"minutes": "0"}, once=once)
    assert wrong.status_code == 422
    digest = field_value(wrong.text, "photo")
    assert len(digest) == 64
    assert "敬老院理发" in wrong.text
    without = send(lin, "/points/declare", **SAID, once=once)
    assert (without.status_code, "请附一张照片" in without.text) == (422, True)
    borrowed = send(sun, "/points/declare", **SAID, photo=digest, once=once)
    assert (borrowed.status_code, "没有找到这张照片" in borrowed.text) == (422, True)
    assert send(lin, "/points/declare", {"photo": ("x.pdf", b"%PDF-1.7", "image/jpeg")}, **SAID).status_code == 422
    for _press in range(2):
        assert send(lin, "/points/declare", **SAID, photo=digest, once=once).headers["location"] == "/points#declared"
    assert lin.get("/points").text.count("敬老院理发") == 1
    (page,) = re.findall(r"/points/declared/\d+/photo", lin.get("/points").text)
    assert lin.get(page).headers["content-type"] == "image/jpeg"
    assert [one.get(page).status_code for one in (lead, sun, doors.of("di"))] == [200, 404, 404]
    refused = lead.submit(page.replace("photo", "refuse"), why="")
    assert (refused.status_code, "请填写这一项" in refused.text) == (422, True)
    assert lin.submit(page.replace("photo", "accept")).status_code == 403
    assert lead.submit(page.replace("photo", "accept")).headers["location"] == "/points/review"
    told = lin.get("/points").text
    assert "已认定" in told
    assert "<strong>1.50</strong>" in told
    assert lin.submit(page.replace("photo", "withdraw")).status_code == 303
    assert "不能再改" in lin.get("/points").text


@pytest.fixture
def counted(doors: Doors) -> str:
    """90 minutes of lin's; returns the number of a certificate for them."""

    async def serve(session) -> None:
        now, lin = clock.now(), doors.cast.people["lin"]
        session.add(
            Declared(root_id=lin.root_id, person_id=lin.id, title="义剪", on=TODAY, minutes=90, organiser="街道",
                     made_at=now, state="accepted", reviewed_at=now - timedelta(minutes=1))
        )  # fmt: skip
        await session.flush()
        for kind in KINDS:
            await post_new(session, lin.root_id, kind, at=now)

    doors.work(serve)
    lead = doors.of("lead")
    form = {
        "person": "M0006", "first_on": str(TODAY - timedelta(days=30)), "last_on": str(TODAY), "in_charge": "雷秀英",
        "handler": "雷秀英", "phone": "0755-12345678", "once": "k",
    }  # fmt: skip
    unknown = lead.submit("/certificates/new", **form | {"person": "M9999"})
    assert (unknown.status_code, "没有找到这个人" in unknown.text) == (422, True)
    addresses = {lead.submit("/certificates/new", **form).headers["location"] for _press in range(2)}
    (address,) = addresses
    return address.rsplit("/", 1)[1]


def test_pages_of_points_open_for_those_whom_they_are_for_and_for_nobody_of_a_partner(doors: Doors, counted: str):
    published = doors.of("lead").submit("/points/lists", unit="ZB1", year=TODAY.year, title="一支部积分", once="p")
    assert published.status_code == 303
    everybody = ("/points", "/points/lists", "/points/lists/1", "/points/rules", "/points/declare")
    leads = ("/points/unit", "/points/review", "/certificates", "/points/people/M0006")

    async def leave(session) -> None:
        sun = await session.get_one(Person, doors.cast.people["sun"].id)
        sun.partner_id = 17

    for login in ("lin", "lead", "wei", "audit"):
        visitor = doors.of(login)
        assert [visitor.get(path).status_code for path in everybody] == [200] * len(everybody)
        expected = {"lin": [403, 403, 403, 200], "audit": [200, 403, 200, 200]}.get(login, [200] * len(leads))
        assert [visitor.get(path).status_code for path in leads] == expected, login
    outsider = doors.of("sun")
    assert outsider.get("/points/people/M0006").status_code == 404
    doors.work(leave)
    assert {outsider.get(path).status_code for path in (*everybody, *leads)} <= {403, 404}
    assert "林晓云" in doors.of("zhao").get("/points/lists/1").text


def test_a_certificate_is_downloaded_by_its_own_people_and_verified_by_anybody_who_holds_it(doors: Doors, counted):
    lin, sun, stranger = doors.of("lin"), doors.of("sun"), doors.anybody()
    paper = lin.get(f"/certificates/{counted}/pdf")
    assert (paper.headers["content-type"], paper.content[:5]) == ("application/pdf", b"%PDF-")
    assert "filename*=UTF-8''%E5%BF%97%E6%84%BF" in paper.headers["content-disposition"]
    assert [sun.get(f"/certificates/{counted}{end}").status_code for end in ("", "/pdf")] == [404, 404]
    check = re.search(r"check=([0-9A-Z]{8})", lin.get(f"/certificates/{counted}").text)[1]
    seen = stranger.get(f"/c/{counted}?check={check.lower()}")
    assert "这份证明是真的" in seen.text
    assert "林*" in seen.text
    assert "林晓云" not in seen.text
    assert "M0006" not in seen.text
    assert seen.headers["referrer-policy"] == "no-referrer"
    told = stranger.get(f"/api/v1/certificates/{counted}/genuine?check={check}").json()
    assert (told["name"], told["hours"], told["revoked_on"]) == ("林*", "1.5", None)
    asked = [stranger.get(f"/c/{no}") for no in (counted, "2026-99999")]
    assert {page.status_code for page in asked} == {200}  # without a code nobody learns whether there is one
    assert asked[0].text.replace(counted, "N") == asked[1].text.replace("2026-99999", "N")
    doors.of("wei").submit(f"/certificates/{counted}/revoke", why="时长有误")
    revoked = stranger.get(f"/c/{counted}?check={check}").text
    assert "这份证明已经作废" in revoked
    assert "时长有误" not in revoked


def test_a_second_one_for_the_same_days_takes_the_place_of_the_first_and_strangers_are_told(doors: Doors, counted: str):
    lead, stranger = doors.of("lead"), doors.anybody()
    page = lead.get(f"/certificates/new?replaces={counted}").text
    form = {name: field_value(page, name) for name in ("person", "first_on", "last_on", "in_charge", "phone")}
    form |= {"handler": "雷秀英"}
    assert (form["person"], form["in_charge"], field_value(page, "replaces")) == ("M0006", "雷秀英", counted)
    refused = lead.submit("/certificates/new", **form)
    assert (refused.status_code, f"（{counted}）" in refused.text) == (409, True)
    assert field_value(refused.text, "replaces") == counted  # to be ticked, with all that was typed kept
    assert 'name="replaces" value="' + counted + '" checked' not in refused.text
    successor = lead.submit("/certificates/new", **form, replaces=counted).headers["location"].rsplit("/", 1)[1]
    check = re.search(r"check=([0-9A-Z]{8})", lead.get(f"/certificates/{counted}").text)[1]
    seen = stranger.get(f"/c/{counted}?check={check}").text
    assert f"已由编号 {successor} 的新证明代替" in seen
    assert stranger.get(f"/api/v1/certificates/{counted}/genuine?check={check}").json()["replaced_by"] == successor
    for login, path in (("lead", f"/certificates/{counted}"), ("lead", "/certificates"), ("lin", "/points")):
        assert f"由 {successor} 代替" in doors.of(login).get(path).text, path
    told = doors.program("lead").post("/api/v1/certificates", json=form)
    assert (told.status_code, told.json()["code"]) == (409, "certificate_there")


def test_guessing_at_a_certificate_ends_after_five_tries_and_wrong_numbers_look_like_wrong_codes(doors: Doors, counted):
    stranger = doors.anybody()
    tries = [stranger.get(f"/c/{counted}?check=2345678{digit}") for digit in "23456789"]
    assert [page.status_code for page in tries] == [404] * 5 + [429] * 3
    assert stranger.get(f"/c/{counted}%20?check=23456789").status_code == 429
    elsewhere = Visitor(doors.app, base_url="http://testserver", client=("203.0.113.9", 50000))
    elsewhere.portal = doors.first.portal
    assert elsewhere.get(f"/c/{counted}?check=23456789").status_code == 404  # who guesses shuts out themselves alone
    other = doors.anybody()
    nobody = [other.get(f"/c/1999-0000{n}?check=23456789").status_code for n in range(1, 8)]
    assert set(nobody) == {404}
    assert "没有查到这份证明" in tries[0].text
    many = [other.get(f"/c/1998-{n:05d}?check=23456789").status_code for n in range(60)]
    assert many[-1] == 429


def test_ones_own_record_is_taken_away_as_pdf_and_sheet_and_not_without_end(doors: Doors, counted):
    lin = doors.of("lin")
    assert lin.get("/points/record.pdf").content[:5] == b"%PDF-"
    sheet = lin.get(f"/points/record.xlsx?year={TODAY.year}")
    assert sheet.content[:2] == b"PK"
    assert f"record-{TODAY.year}.xlsx" in sheet.headers["content-disposition"]
    assert {lin.get("/points/record.xlsx").status_code for _ in range(20)} == {200, 429}


def test_nobody_sends_photos_or_takes_papers_away_without_end(doors: Doors, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr("matching.api.uploads.UPLOADS", parse("2/hour"))
    monkeypatch.setattr("matching.api.pages.reports.assessing.PAPERS", parse("1/hour"))
    lin, program, office = doors.of("lin"), doors.program("lin"), doors.of("wei")
    pictures = [photo(color)["photo"][1] for color in ("red", "blue", "tan")]
    sent = [program.post("/api/v1/points/evidence", content=one) for one in pictures]
    assert [one.status_code for one in sent] == [200, 200, 429]
    assert int(sent[2].headers["retry-after"]) > 0
    refused = send(lin, "/points/declare", photo("teal"), **SAID)
    assert (refused.status_code, "照片传得太多了" in refused.text) == (422, True)
    assert "敬老院理发" in refused.text
    assert [office.get("/reports/assessment.docx?period=2026Q1").status_code for _ in range(2)] == [200, 429]


def test_rules_are_set_by_the_office_from_tomorrow_on(doors: Doors):
    office, form = doors.of("wei"), {"points_an_hour": "1.5", "cap_minutes": "180"}
    today = office.submit("/points/rules", since=str(TODAY), **form)
    assert (today.status_code, "最早从明天" in today.text) == (422, True)
    assert office.submit("/points/rules", since=str(TODAY + timedelta(days=1)), **form).status_code == 303
    assert "每小时 1.5 分，每件事最多 180 分钟" in doors.of("lin").get("/points/rules").text
    again = office.submit("/points/rules", since=str(TODAY + timedelta(days=2)), **form)
    assert (again.status_code, "没有生成新版本" in again.text, "第 2 版" in again.text) == (409, True, False)
    for wrong in ({"points_an_hour": "nan"}, {"points_an_hour": "11"}, {"cap_minutes": "x"}):
        assert office.submit("/points/rules", since=str(TODAY + timedelta(days=1)), **form | wrong).status_code == 422
