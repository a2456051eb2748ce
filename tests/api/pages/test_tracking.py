"""Following by code: plain words, what one may do now, done once; wrong codes lead nowhere, many of them to a pause."""

import io
import json
import re
from datetime import timedelta

import pytest
import zxingcpp
from PIL import Image, ImageDraw
from sqlmodel import select

from matching import clock
from matching.api import spoken
from matching.people.actor import Actor
from matching.privacy.codes import query_code
from matching.ratings import actions as ratings
from matching.ratings.model import Rating
from matching.requests import branch_actions, desk_actions, seeking
from matching.requests.model import RequestSecret, ServiceRequest
from matching.requests.states import BackReason, Outcome, RejectReason, Result
from matching.requests.verify import differences
from matching.rights import actions as rights
from matching.services.model import Service
from tests.api.pages.filing_form import NAME, NEED, PHONE, filed
from tests.api.pages.filing_form import typed_area as area
from tests.cast import field_value
from tests.requests.scene import as_a_job


async def the_request(session):
    return (await session.exec(select(ServiceRequest))).one()


async def all_differences(session):
    return [line async for line in differences(session)]


@pytest.fixture
def wish(doors, monkeypatch):
    return Filed(doors, monkeypatch)


class Filed:
    """A filed wish, its code, and the staff who move it on."""

    def __init__(self, doors, monkeypatch):
        self.doors, self.visitor = doors, doors.anybody()
        self.code = filed(self.visitor, consent_public_display="1")
        self.number = self.now.number
        self.at = clock.now()
        monkeypatch.setattr(clock, "now", lambda: self.at)

    @property
    def now(self):
        return self.doors.read(the_request)

    def by(self, login, action, *args, **kwargs):
        return self.doors.work(action, self.number, *args, by=self.doors.cast[login], at=self.at, **kwargs)

    def page(self, query=""):
        return self.visitor.get(f"/r/{self.code}{query}")

    def send(self, verb, **form):
        once = field_value(self.page().text, "once") if "once" not in form else form.pop("once")
        return self.visitor.post(f"/r/{self.code}/{verb}", data={"once": once} | form, follow_redirects=False)

    def dispatched(self):
        self.by("di", desk_actions.dispatch, "ZB1")

    def claimed(self):
        self.dispatched()
        self.by("lin", branch_actions.claim)

    def completed(self):
        self.claimed()
        self.by("lin", branch_actions.contact)
        self.by("lin", branch_actions.complete, Result.solved, "已经推老人做完检查，送回病房。", 40)


def test_a_typed_code_leads_to_its_page_however_it_is_written(wish):
    typed = f" {wish.code[:5].lower()} - {wish.code[5:].lower()} "
    answer = wish.visitor.post("/r", data={"code": typed}, follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/r/{wish.code}")
    assert wish.page().status_code == 200
    assert wish.visitor.head(f"/r/{wish.code}").status_code == 200


@pytest.mark.parametrize("typed", ["", "没有", "ABCDE-FGHJK", "AB"])
def test_a_wrong_code_is_a_404_with_the_field_again(doors, typed):
    answer = doors.anybody().post("/r", data={"code": typed})
    assert answer.status_code == (404 if typed else 422)
    assert not typed or field_value(answer.text, "code") == typed
    if typed == "ABCDE-FGHJK":
        assert "没有查到这个查询码" in doors.anybody().get(f"/r/{typed}").text
        assert doors.anybody().get(f"/r/{typed}").status_code == 404


def test_after_five_wrong_codes_an_address_hears_no_more_of_wrong_ones_but_a_right_one_still_opens(wish):
    for turn in range(5):
        wrong = query_code(b"other", str(turn))
        assert wish.visitor.get(f"/r/{wrong}").status_code == 404
    answer = wish.visitor.get(f"/r/{query_code(b'other', 'sixth')}")
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "900")
    assert NEED in wish.page().text  # the neighbour on the same Wi-Fi


def test_five_wrong_codes_like_mine_close_the_door_from_anywhere(wish):
    for end in ("22222", "33333", "44444", "55555", "66666"):
        assert wish.visitor.get(f"/r/{wish.code[:5]}{end}").status_code == 404
    answer = wish.page()
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "900")
    assert NEED not in answer.text
    assert field_value(answer.text, "code") == wish.code


def test_an_address_that_goes_on_guessing_is_closed_for_every_code(wish):
    for turn in range(60):
        wish.visitor.get(f"/r/{query_code(b'other', str(turn))}")
    assert wish.page().status_code == 429


def test_the_address_of_a_page_is_told_to_nobody(wish):
    for path in ("", "/copy", "/qr.svg", "/correct", "x"):
        answer = wish.visitor.get(f"/r/{wish.code}{path}")
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["cache-control"] == "no-store"
    assert 'name="referrer"' not in wish.page().text


def test_the_picture_reads_as_the_link(wish):
    svg = wish.visitor.get(f"/r/{wish.code}/qr.svg").text
    assert zxingcpp.read_barcodes(_drawn(svg))[0].text == f"http://testserver/r/{wish.code}"


def test_the_page_tells_the_way_in_plain_words_newest_first(wish):
    wish.completed()
    page = wish.page().text
    words = [spoken.VERBS_PLAIN[verb] for verb in ("complete", "contact", "claim", "dispatch", "accept", "file")]
    places = [page.index(word) for word in words]
    assert places == sorted(places)
    assert "已经推老人做完检查" in page
    assert "林*" in page
    assert "林晓云" not in page
    assert NAME not in page
    assert PHONE not in page
    assert "待评价" not in page


def test_who_was_asked_and_nudged_is_not_told_but_that_somebody_else_comes(wish):
    wish.dispatched()
    people, system = wish.doors.cast.people, Actor.system(wish.doors.cast.root_id)
    before = wish.page().text.count("<li")

    def job(verb, **said):
        wish.doors.work(as_a_job(verb), wish.number, **said, by=system, at=wish.at)

    job("ask", people=[people["zhao"].id], purpose="slot", wave=1, target=0.8)
    job("hand_back", why=BackReason.nobody, purpose="slot")
    assert wish.page().text.count("<li") == before
    wish.by("lin", branch_actions.claim)
    wish.at += timedelta(days=9)
    job("nudge")
    wish.by("lin", seeking.seek_cover, "临时手术。")
    wish.by("zhao", seeking.cover, people["lin"].id)
    page = wish.page().text
    assert spoken.VERBS_PLAIN["cover"] in page
    assert "赵*" in page
    assert not [word for word in ("临时手术", "赵一鸣", "邀请", "提醒联系", "交回", "替班") if word in page]
    copy = [step["verb"] for step in wish.visitor.get(f"/r/{wish.code}/copy.json").json()["steps"]]
    assert copy == ["file", "accept", "dispatch", "hand_back", "claim", "cover"]


def test_the_newest_news_stands_above_with_its_time(wish):
    assert 'id="newest"' not in wish.visitor.get(f"/r/{wish.code}?new=1").text  # they have just filed it
    wish.by("di", desk_actions.accept)
    wish.at += timedelta(minutes=20)
    wish.by("di", desk_actions.dispatch, unit="ZB1")
    wish.at += timedelta(minutes=5)
    newest = wish.visitor.get(f"/r/{wish.code}").text.partition('id="newest"')[2].partition("</p>")[0]
    assert spoken.VERBS_PLAIN["dispatch"] in newest
    assert "5 分钟前" in newest


def test_a_question_is_answered_and_the_wish_goes_on(wish):
    wish.by("di", desk_actions.ask_info, "请问在几楼检查？")
    assert "请问在几楼检查？" in wish.page().text
    empty = wish.send("supplement", note="  ")
    assert (empty.status_code, "请填写这一项" in empty.text) == (422, True)
    assert wish.send("supplement", note="三楼超声科").status_code == 303
    assert wish.now.state == "submitted"
    assert "三楼超声科" in wish.page("?done=supplement").text


def test_a_form_that_arrives_twice_is_done_once(wish):
    once = field_value(wish.page().text, "once")
    for _turn in range(2):
        answer = wish.send("urge", once=once)
        assert (answer.status_code, answer.headers["location"]) == (303, f"/r/{wish.code}?done=urge")
    assert wish.now.urges == 1
    assert wish.send("urge", once=once, note="别的话").status_code == 409


def test_urging_again_too_soon_is_refused_kindly_and_not_offered(wish):
    assert wish.send("urge").status_code == 303
    assert f'action="/r/{wish.code}/urge"' not in wish.page().text
    assert "已经催过一次" in wish.page().text
    assert wish.send("urge").status_code == 429


def test_a_withdrawn_wish_says_so_and_offers_no_more_verbs(wish):
    assert wish.send("withdraw", note="已经有家属帮忙").status_code == 303
    page = wish.page("?done=withdraw").text
    assert spoken.STATES_PLAIN["withdrawn"] in page
    assert not re.findall(r'action="/r/[^"]+"', page)
    late = wish.send("withdraw", once="again")
    assert late.status_code == 409


def test_words_and_contact_are_put_right_from_what_was_really_typed(wish):
    page = wish.visitor.get(f"/r/{wish.code}/correct").text
    assert (area(page, "need"), field_value(page, "name"), field_value(page, "phone")) == (NEED, NAME, PHONE)
    wrong = wish.send("correct", need="短", name=NAME, phone="1")
    assert (wrong.status_code, area(wrong.text, "need"), field_value(wrong.text, "phone")) == (422, "短", "1")
    assert "至少写 5 个字" in wrong.text
    banned = wish.send("correct", need="想送个红包给护士长表示感谢")
    assert (banned.status_code, "按规定我们不能收" in banned.text) == (422, True)
    assert wish.send("correct", need=f"改去五楼，电话{PHONE}", name="李四", phone="138 0000 2222").status_code == 303
    assert wish.now.need == "改去五楼，电话〔电话〕"
    held = wish.visitor.get(f"/r/{wish.code}/copy.json").json()
    assert (held["typed"]["name"], held["typed"]["phone"]) == ("李四", "13800002222")


def test_a_service_that_calls_back_keeps_a_phone(doors, wish):
    async def needs_phone(session):
        service = await session.get_one(Service, doors.cast.services["wheelchair"].id)
        service.needs_phone = True

    doors.work(needs_phone)
    answer = wish.send("correct", need=NEED, phone="")
    assert (answer.status_code, "请留一个能打通的号码" in answer.text) == (422, True)


def test_more_time_is_granted_or_refused_by_the_requester(wish):
    wish.claimed()
    assert "answer_extension" not in wish.page().text
    wish.by("lin", branch_actions.extend, wish.now.handle_due_at + timedelta(hours=1), "检查排队的人多")
    assert "检查排队的人多" in wish.page().text
    assert wish.send("answer_extension", note="好").status_code == 422
    assert wish.send("answer_extension", grant="true", note="不急").status_code == 303
    assert wish.now.extension == "granted"
    assert spoken.VERBS_PLAIN["answer_extension"] in wish.page().text


def test_a_good_rating_closes_and_one_more_may_follow(wish):
    wish.completed()
    assert wish.send("rate").status_code == 422
    assert wish.send("rate", level="6").status_code == 422
    assert wish.send("rate", level="5", note="特别好").status_code == 303
    assert (wish.now.state, wish.now.level) == ("closed", 5)
    assert "非常满意" in wish.page().text
    assert wish.send("rate_again", level="4").status_code == 303
    assert wish.send("rate_again", level="4", once="x").status_code == 409
    assert [row.level for row in wish.doors.read(_ratings)] == [5, 4]


def test_a_bad_rating_needs_a_reason_and_what_was_ticked_is_kept(wish):
    wish.completed()
    refused = wish.send("rate", level="1", note="没等到人")
    assert (refused.status_code, area(refused.text, "note")) == (422, "没等到人")
    assert re.search(r'name="level" value="1"[^>]* checked', refused.text)
    assert wish.send("rate", level="1", reasons=["slow", "attitude"], note="没等到人").status_code == 303
    assert wish.now.state == "rectifying"
    wish.by("lead", ratings.rectify, Outcome.misjudged, "其实是等错了地方，申请误评。")
    assert "误评" not in wish.page().text


def test_what_was_not_done_is_done_again(wish):
    wish.completed()
    assert wish.send("reopen", note="").status_code == 422
    assert wish.send("reopen", note="人没有送回来").status_code == 303
    assert wish.now.state == "in_progress"
    assert wish.doors.read(all_differences) == []


def test_a_refused_wish_says_why(wish):
    wish.by("di", desk_actions.reject, RejectReason.out_of_scope, "院外接送请拨打出租车热线。")
    page = wish.page().text
    assert "不在服务范围内：院外接送请拨打出租车热线。" in page
    assert "您可以" in page


def test_an_archived_wish_still_shows_what_it_was(wish):
    wish.send("withdraw")
    wish.at += timedelta(days=31)
    wish.doors.work(desk_actions.archive, wish.number, by=_system(wish), at=wish.at)
    page = wish.page()
    assert (page.status_code, spoken.STATES_PLAIN["archived"] in page.text) == (200, True)


def test_their_copy_holds_everything_and_who_looked(wish):
    wish.claimed()
    wish.by("lin", rights.reveal, "打电话约时间", sealer=wish.doors.app.state.parts.sealer)
    page = wish.visitor.get(f"/r/{wish.code}/copy").text
    for held in (NEED, NAME, PHONE, "打电话约时间", "林*"):
        assert held in page
    assert "被查看过 1 次" in wish.page().text
    answer = wish.visitor.get(f"/r/{wish.code}/copy.json")
    assert answer.headers["content-disposition"].startswith("attachment")
    held = json.loads(answer.text)
    assert (held["typed"]["phone"], held["number"], len(held["disclosures"])) == (PHONE, wish.number, 1)
    assert set(held["consents"]) == {"notice", "health", "public_display"}


def test_consent_to_public_display_is_taken_back_as_easily_as_it_was_given(wish):
    wish.by("di", desk_actions.accept)
    wish.by("di", desk_actions.approve_wording, "想请人推一下轮椅")
    assert "想请人推一下轮椅" in wish.visitor.get("/wall").text
    assert wish.send("stop_showing").status_code == 303
    assert "想请人推一下轮椅" not in wish.visitor.get("/wall").text
    assert "stop_showing" not in wish.visitor.get(f"/r/{wish.code}/copy").text


def test_erasing_takes_contact_and_words_away_and_an_open_wish_with_them(wish):
    assert wish.send("erase_contact").status_code == 303
    assert wish.doors.read(_secrets) == []
    assert (wish.now.state, wish.now.has_phone, wish.now.requester_label) == ("withdrawn", False, "")
    page = wish.visitor.get(f"/r/{wish.code}/copy").text
    assert PHONE not in page
    assert "已经删除" in page
    assert wish.page("?done=erase_contact").status_code == 200
    assert wish.visitor.get(f"/r/{wish.code}/correct").status_code == 200
    assert wish.doors.read(all_differences) == []


def test_no_verb_of_staff_and_no_other_request_is_reached_by_a_code(wish):
    for verb in ("accept", "dispatch", "complete", "nonsense"):
        assert wish.send(verb).status_code == 404
    assert wish.visitor.post("/r/ABCDEFGHJK/urge", data={"once": "a"}).status_code == 404
    assert wish.now.last_seq == 1


def test_a_form_from_another_site_is_refused(wish):
    answer = wish.visitor.post(
        f"/r/{wish.code}/withdraw", data={"once": "a"}, headers={"origin": "http://evil.example"}
    )
    assert (answer.status_code, wish.now.state) == (403, "submitted")


async def _ratings(session):
    return list(await session.exec(select(Rating).order_by(Rating.turn)))


async def _secrets(session):
    return list(await session.exec(select(RequestSecret)))


def _system(wish):
    return Actor.system(wish.doors.cast.root_id)


def _drawn(svg: str) -> Image.Image:
    """The picture that segno's paths describe: runs of dark modules, one line a row."""
    size = int(re.search(r'width="(\d+)"', svg)[1])
    scale = int(re.search(r"scale\((\d+)\)", svg)[1])
    image = Image.new("L", (size, size), 255)
    draw = ImageDraw.Draw(image)
    path = re.search(r'class="qrline"[^>]* d="([^"]+)"|stroke="#000" class="qrline" d="([^"]+)"', svg)
    x, y = 0.0, 0.0
    for command, numbers in re.findall(r"([Mmh])([-\d. ]+)", next(filter(None, path.groups()))):
        values = [float(number) for number in re.findall(r"-?[\d.]+", numbers)]
        if command == "M":
            x, y = values
        elif command == "m":
            x, y = x + values[0], y + values[1]
        else:
            top = (y - 0.5) * scale
            draw.rectangle((x * scale, top, (x + values[0]) * scale - 1, top + scale - 1), fill=0)
            x += values[0]
    buffer = io.BytesIO()
    image.save(buffer, "png")
    return Image.open(buffer)
