"""What one was told, as a page; and who was told of a request's Steps."""

import re
from datetime import timedelta

import pytest
from sqlmodel import select

from matching import clock
from matching.api.pages import notices as pages
from matching.api.v1 import notices as v1
from matching.errors import Unavailable
from matching.notices import actions
from matching.notices.announcing import announce
from matching.notices.model import Notice
from matching.notices.queries import notices_of
from tests.api.pages.desk import order
from tests.api.pages.test_posts import post
from tests.cast import Doors, field_value
from tests.requests.scene import NAME, NEED, PHONE, filing_of


def announced(doors: Doors) -> None:
    """What the workers do after each commit."""
    parts = doors.app.state.parts

    async def run() -> None:
        await announce(parts.database, parts.work, clock.now())

    doors.call(run)


def count(page: str) -> str:
    """What the menu counts."""
    found = re.search(
        r'href="/notices"[^>]*>消息(?:<span class="count">([^<]*)<span class="sr"> 条未读</span></span>)?</a>', page
    )
    assert found
    return found[1] or ""


def notice_ids(doors: Doors, login: str) -> list[int]:
    person = doors.cast.people[login].id
    found = doors.read(lambda session: session.exec(select(Notice.id).where(Notice.person_id == person)))
    return sorted(found)


def test_a_new_request_is_counted_listed_and_read_by_opening_it(doors: Doors):
    one, di = order(doors), doors.of("di")
    announced(doors)
    page = di.get("/notices").text
    assert count(page) == "1"
    assert f'href="{one.path}"' in page
    assert 'class="mark m-unread"' in page
    assert "今天" in page
    assert one.number in page
    opened = di.get(one.path).text
    assert count(opened) == ""
    assert 'class="mark m-read"' in di.get("/notices").text
    assert "都读过了" in di.get("/notices?only=unread").text


def test_every_page_says_how_many_are_unread(doors: Doors):
    order(doors), order(doors)
    announced(doors)
    di = doors.of("di")
    for path in ("/board", "/new", "/notices", "/notices/posts", "/me", "/admin/policy"):
        assert count(di.get(path).text) == "2", path
    assert count(di.submit("/me/password", current="").text) == "2"  # a form that came back
    assert count(doors.of("lin").get("/tasks").text) == ""


def test_a_page_that_follows_changes_by_itself_reads_nothing(doors: Doors):
    one, di = order(doors), doors.of("di")
    announced(doors)
    di.get(one.path, headers={"X-Live": "1"})
    assert count(di.get("/board").text) == "1"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_cannot_be_noted_as_read_is_shown_all_the_same(doors: Doors, monkeypatch):
    one, di, lin = order(doors), doors.of("di"), doors.of("lin")
    path = f"/notices/posts/{post(doors)}"
    announced(doors)

    async def away(*_args, **_kwargs):
        raise Unavailable()

    for action in ("read_request", "read_post"):
        monkeypatch.setattr(actions, action, away)
    assert count(di.get(one.path).text) == "1"
    page = lin.get(path)
    assert page.status_code == 200
    assert 'class="mark m-unread"' in page.text


def test_all_are_marked_that_stood_there_and_not_those_that_came_since(doors: Doors):
    order(doors), order(doors)
    announced(doors)
    di = doors.of("di")
    up_to = field_value(di.get("/notices").text, "up_to")
    order(doors)
    announced(doors)
    answer = di.submit("/notices/read", up_to=up_to, back="/notices?only=unread")
    assert answer.headers["location"] == "/notices?only=unread"
    page = di.get("/notices?only=unread").text
    assert "2 条工单消息已标为已读" in page
    assert count(page) == "1"
    assert di.submit("/notices/read", up_to="nonsense", back="//elsewhere").headers["location"] == "/notices"


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)  # on SQLite a page sees one moment
def test_what_comes_while_the_list_is_made_is_not_marked_with_it(doors: Doors, monkeypatch: pytest.MonkeyPatch):
    order(doors)
    announced(doors)
    parts = doors.app.state.parts

    async def and_one_more(*args, **kwargs):
        found = await notices_of(*args, **kwargs)
        await parts.file(filing_of(doors.cast, at=clock.now()))
        await announce(parts.database, parts.work, clock.now())
        return found

    for door in (pages, v1):
        monkeypatch.setattr(door, "notices_of", and_one_more)
    told = [doors.program("di").get("/api/v1/notices").json()["up_to"]]
    told.append(int(field_value(doors.of("di").get("/notices").text, "up_to")))
    assert told == notice_ids(doors, "di")[:2]


def test_a_request_that_moved_away_has_no_link_and_is_read_by_a_button(doors: Doors):
    one = order(doors, "accept", "dispatch")
    announced(doors)
    lead = doors.of("lead")
    one.do("transfer")
    announced(doors)
    page = lead.get("/notices").text
    assert f'href="{one.path}"' not in page
    assert "这一单已经不归您办" in page
    for notice in notice_ids(doors, "lead"):
        assert f"/notices/{notice}/read" in page
        assert lead.submit(f"/notices/{notice}/read", back="/notices").status_code == 303
    assert count(lead.get("/tasks").text) == ""


def test_other_peoples_notices_are_not_there(doors: Doors):
    order(doors)
    announced(doors)
    (notice,) = notice_ids(doors, "di")
    assert doors.of("lin").submit(f"/notices/{notice}/read").status_code == 404
    assert doors.of("lin").submit("/notices/99999999999999999999/read").status_code == 422
    assert count(doors.of("di").get("/board").text) == "1"


def test_the_list_is_for_whoever_is_signed_in_and_empty_at_first(doors: Doors):
    assert doors.anybody().get("/notices", follow_redirects=False).headers["location"] == "/login?next=/notices"
    lin = doors.of("lin")
    assert "还没有消息" in lin.get("/notices").text
    assert "还没有通知和微党课" in lin.get("/notices?only=posts").text
    assert lin.get("/notices?only=others").status_code == 422
    lin.form_key = "forged"
    assert lin.submit("/notices/read", up_to="1").status_code == 403


def test_days_stand_over_what_they_brought_and_older_ones_on_the_next_page(doors: Doors):
    posts = [post(doors, title=f"第{n}条", at=clock.now() - timedelta(days=40 - n)) for n in range(33)]
    lin = doors.of("lin")
    page = lin.get("/notices").text
    assert len(re.findall('<section class="day" ', page)) == 30
    assert f'/notices/posts/{posts[-1]}"' in page
    older = re.search(r'rel="next" href="([^"]+)"', page)[1].replace("&amp;", "&")
    rest = lin.get(older).text
    assert [int(found) for found in re.findall(r'href="/notices/posts/(\d+)"', rest)] == posts[2::-1]
    assert "回到最新" in rest
    assert 'rel="next"' not in rest


def test_nothing_personal_of_a_requester_stands_in_a_notice(doors: Doors):
    one = order(doors, "accept", "dispatch", "claim", "contact", "complete", "rate badly")
    announced(doors)
    for login in ("di", "lead", "lin", "wei"):
        page = doors.of(login).get("/notices").text
        assert one.number in page, login
        for personal in (NAME, PHONE, NEED, one.now().requester_label):
            assert personal not in page


def test_words_that_an_older_version_wrote_still_say_something(doors: Doors):
    one = order(doors)
    announced(doors)

    async def rename(session):
        for notice in await session.exec(select(Notice)):
            notice.words = "no_longer.told"

    doors.work(rename)
    assert f"工单 {one.number}（轮椅推送，门诊一支部）有新进展。" in doors.of("di").get("/notices").text


def test_the_list_speaks_english(doors: Doors):
    order(doors)
    post(doors, by="wei", unit="DW")
    announced(doors)
    page = doors.of("di").get("/notices?lang=en").text
    words = re.sub(r"<[^>]+>", " ", page.partition("<main")[2])
    left = re.sub("关于召开支部大会的通知|仁和医院党委|轮椅推送", "", words)
    assert not re.findall("[\u4e00-\u9fff]+", left)


def test_who_was_told_of_a_step_is_shown_to_who_may_see_it_and_they_remind_the_others(doors: Doors):
    one = order(doors, "accept", "dispatch")
    announced(doors)
    di = doors.of("di")
    page = di.get(one.path).text
    assert 'id="told"' in page
    assert "雷秀英" in page[page.index('id="told"') :]
    seq = re.search(rf'action="{one.path}/steps/(\d+)/repeat"', page)[1]
    path = f"{one.path}/steps/{seq}/repeat"
    assert di.submit(path).headers["location"] == f"{one.path}#told"
    assert "已提醒 1 人" in di.get(one.path).text
    di.submit(path)
    assert "4 小时内已经提醒过一次" in di.get(one.path).text
    assert "提醒过 1 次" in doors.of("lead").get("/notices").text
    doors.of("lead").get(one.path)
    di.submit(path)
    assert "不用再提醒" in di.get(one.path).text
    assert 'class="mark m-read"' in di.get(one.path).text


def test_who_was_told_is_hidden_from_members_and_auditors(doors: Doors):
    one = order(doors, "accept", "dispatch")
    announced(doors)
    for login, status in (("lin", 403), ("audit", 403), ("lead2", 404)):
        visitor = doors.of(login)
        assert 'id="told"' not in visitor.get(one.path).text
        assert visitor.submit(f"{one.path}/steps/2/repeat").status_code == status
    assert doors.of("di").submit(f"{one.path}/steps/9/repeat").status_code == 404


def test_who_has_no_account_is_named_and_not_counted(doors: Doors):
    one = order(doors, "accept", "dispatch")
    announced(doors)

    async def take_away(session):
        person = await session.get_one(type(doors.cast.people["lead"]), doors.cast.people["lead"].id)
        person.password_hash = None

    doors.work(take_away)
    told = doors.of("di").get(one.path).text.partition('id="told"')[2]
    assert "未开通账号" in told
    assert "另有 1 人未开通账号，不计在内" in told
    assert re.search(r"已读 0 / 0 人", told)


def test_a_count_above_99_says_so(doors: Doors):
    for n in range(101):
        post(doors, title=f"第{n}条")
    page = doors.of("lin").get("/tasks").text
    assert count(page) == "99+"
    doors.work(actions.read_post, 1, by=doors.cast["lin"], at=clock.now())
