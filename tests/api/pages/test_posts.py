"""Announcements and lessons as pages: published, read, counted, repeated, withdrawn."""

import re
from datetime import datetime
from typing import Any

import pytest

from matching import clock
from matching.notices import actions
from matching.notices.model import PostKind
from tests.cast import Doors, field_value

FORM = {
    "kind": "announcement",
    "unit": "ZB1",
    "title": "关于召开支部大会的通知",
    "text": "周五 16:00，示教室。",
    "once": "a",
}


def post(
    doors: Doors, *, by: str = "lead", unit: str = "ZB1", kind: PostKind = PostKind.announcement,
    title: str = "关于召开支部大会的通知", at: datetime | None = None, **words: Any,
) -> int:  # fmt: skip
    """Published without the page; its id."""
    said = {"text": "周五 16:00，示教室。"} | words
    made = doors.work(actions.publish, kind, unit, title, **said, by=doors.cast[by], at=at or clock.now())
    return made.id


def main(page: str) -> str:
    return page.partition("<main")[2]


def test_a_lead_publishes_and_everybody_below_reads_it(doors: Doors):
    lead = doors.of("lead")
    assert 'href="/notices/posts/new"' in lead.get("/notices/posts").text
    form = lead.get("/notices/posts/new").text
    assert "门诊一支部" in form
    assert "急诊支部" not in form
    answer = lead.submit("/notices/posts/new", **FORM)
    assert answer.status_code == 303
    path = answer.headers["location"]
    page = lead.get(path).text
    assert "已发布" in page
    assert "<strong>0%</strong> 已读 0 / 2 人" in page

    lin = doors.of("lin")
    assert f'href="{path}"' in lin.get("/notices?only=posts").text
    opened = main(lin.get(path).text)
    assert "周五 16:00，示教室。" in opened
    assert 'class="mark m-read"' in opened
    assert "谁读过了" not in opened
    page = main(lead.get(path).text)
    assert "<strong>50%</strong> 已读 1 / 2 人" in page
    unread, _, read = page.partition('class="mark m-read"')
    assert "赵一鸣" in unread.partition('class="mark m-unread"')[2]
    assert "林晓云" in read


def test_pressing_twice_publishes_once(doors: Doors):
    lead = doors.of("lead")
    once = field_value(lead.get("/notices/posts/new").text, "once")
    paths = {lead.submit("/notices/posts/new", **FORM | {"once": once}).headers["location"] for _tap in range(2)}
    assert len(paths) == 1
    assert len(re.findall('href="/notices/posts/\\d+"', lead.get("/notices/posts").text)) == 1


@pytest.mark.parametrize(
    ("typed", "field", "words"),
    [
        ({"title": ""}, "title", "请填写这一项"),
        ({"title": "长" * 61}, "title", "最多 60 个字"),
        ({"title": "电话 13800138000"}, "title", "个人号码"),
        ({"text": "", "link": ""}, "text", "请填写这一项"),
        ({"text": "字" * 4001}, "text", "最多 4000 个字"),
        ({"text": "去看望12床王小明"}, "text", "病人的信息"),
        ({"link": "http://www.12371.cn/"}, "link", "https://"),
        ({"link": "javascript:alert(1)"}, "link", "https://"),
        ({"link": "https://who:secret@example.com/"}, "link", "https://"),
        ({"link": "https://"}, "link", "https://"),
        ({"minutes": "16"}, "minutes", "0 到 15"),
        ({"minutes": "-1"}, "minutes", "0 到 15"),
        ({"minutes": "几"}, "minutes", "请填写数字"),
        ({"kind": "rumour"}, "kind", "列出的选项"),
        ({"unit": ""}, "unit", "请填写这一项"),
        ({"unit": "ZB9"}, "unit", "没有找到这个单位"),
        ({"unit": "ZB2"}, "unit", "不在您的管理范围内"),
    ],
)
@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_what_is_wrong_stands_beside_its_field_and_what_was_typed_stays(doors: Doors, typed, field, words):
    sent = FORM | typed
    answer = doors.of("lead").submit("/notices/posts/new", **sent)
    assert answer.status_code in {403, 422}
    found = re.search(rf'id="{field}-wrong">([^<]*)<', answer.text)
    assert found, answer.text
    assert words in found[1]
    for name in {"title", "link", "minutes"} & sent.keys():
        assert field_value(answer.text, name) == sent[name]
    assert sent["text"] in answer.text


def test_who_leads_nothing_has_no_form(doors: Doors):
    for login in ("lin", "di", "root", "audit"):
        visitor = doors.of(login)
        assert "/notices/posts/new" not in visitor.get("/notices/posts").text
        assert visitor.get("/notices/posts/new").status_code == 403
        assert visitor.submit("/notices/posts/new", **FORM).status_code == 403
    assert "还没有通知和微党课" in doors.of("lin").get("/notices/posts").text


def test_a_lesson_is_read_when_they_say_that_they_finished_it(doors: Doors):
    lesson, lin = post(doors, kind=PostKind.lesson, minutes=5, link="https://www.12371.cn/"), doors.of("lin")
    path = f"/notices/posts/{lesson}"
    page = main(lin.get(path).text)
    assert "约 5 分钟" in page
    assert 'href="https://www.12371.cn/"' in page
    assert 'class="mark m-unread"' in page
    lin.submit("/notices/read", up_to="999999")
    assert 'class="mark m-unread"' in main(lin.get(path).text)
    for _tap in range(2):
        assert lin.submit(f"{path}/finished").headers["location"] == path
    page = main(lin.get(path).text)
    assert "您学完了" in page
    assert f"{path}/finished" not in page


def test_a_page_that_follows_changes_by_itself_reads_no_post(doors: Doors):
    path, lin = f"/notices/posts/{post(doors)}", doors.of("lin")
    assert 'class="mark m-unread"' in main(lin.get(path, headers={"X-Live": "1"}).text)
    assert 'class="mark m-read"' in main(lin.get(path).text)


def test_a_post_of_another_branch_is_not_there(doors: Doors):
    path = f"/notices/posts/{post(doors)}"
    for login in ("sun", "lead2", "di"):
        visitor = doors.of(login)
        assert visitor.get(path).status_code == 404
        for verb in ("finished", "repeat", "withdraw"):
            assert visitor.submit(f"{path}/{verb}").status_code == 404
        assert path not in visitor.get("/notices/posts").text
    assert doors.of("wei").get(path).status_code == 200  # the committee covers it
    assert doors.of("lead").get("/notices/posts/9999").status_code == 404
    assert doors.anybody().get(path, follow_redirects=False).headers["location"] == f"/login?next={path}"


def test_members_may_neither_remind_nor_withdraw(doors: Doors):
    path = f"/notices/posts/{post(doors)}"
    for verb in ("repeat", "withdraw"):
        assert doors.of("lin").submit(f"{path}/{verb}").status_code == 403


def test_the_unread_are_reminded_and_see_it(doors: Doors):
    path, lead = f"/notices/posts/{post(doors)}", doors.of("lead")
    assert lead.submit(f"{path}/repeat").headers["location"] == f"{path}#readers"
    page = lead.get(path).text
    assert "已提醒 2 人" in page
    assert "上次提醒" in page
    lead.submit(f"{path}/repeat")
    assert "4 小时内已经提醒过一次" in lead.get(path).text
    assert "提醒过 1 次" in doors.of("lin").get("/notices").text
    doors.of("lin").get(path), doors.of("zhao").get(path)
    lead.submit(f"{path}/repeat")
    assert "不用再提醒" in lead.get(path).text


def test_withdrawn_is_said_to_its_readers_and_its_words_are_gone(doors: Doors):
    number = post(doors, text="请马上到示教室。")
    path, lead, lin = f"/notices/posts/{number}", doors.of("lead"), doors.of("lin")
    assert "撤回以后收到的人看不到内容" in lead.get(path).text
    for _tap in range(2):
        assert lead.submit(f"{path}/withdraw").headers["location"] == path
    page = main(lin.get(path).text)
    assert "已经撤回" in page
    assert "请马上到示教室" not in page
    assert "已撤回" in lin.get("/notices").text
    assert "请马上到示教室" in lead.get(path).text  # who could publish it still sees what it was
    assert f"{path}/repeat" not in lead.get(path).text
    lead.submit(f"{path}/repeat")
    assert "不能再提醒" in lead.get(path).text
    assert "已读 0 / 2 人" in lead.get(path).text  # opened after it was withdrawn


def test_what_is_typed_is_text_and_never_markup(doors: Doors):
    number = post(doors, title="<b>粗体</b>", text="<script>alert(1)</script>\n第二行")
    page = doors.of("lin").get(f"/notices/posts/{number}").text
    assert "&lt;script&gt;" in page
    assert "<script>alert" not in page
    assert "<b>粗体" not in page


def test_the_rate_is_told_branch_by_branch_to_the_committee(doors: Doors):
    path = f"/notices/posts/{post(doors, by='wei', unit='DW')}"
    doors.of("lin").get(path)
    page = main(doors.of("wei").get(path).text)
    branches = dict(re.findall(r"<summary><span>([^<]+)<br><small><strong>(\d+)%", page))
    assert branches == {"门诊一支部": "33", "急诊支部": "0", "行政支部": "0", "仁和医院党委": "0"}
    assert "<strong>12%</strong> 已读 1 / 8 人" in page
    listed = main(doors.of("wei").get("/notices/posts").text)
    assert "<strong>12%</strong> 已读 1 / 8 人" in listed
    assert "<strong>" not in main(doors.of("lin").get("/notices/posts").text)


def test_the_list_goes_on_page_by_page(doors: Doors):
    posts = [post(doors, title=f"第{n}条") for n in range(23)]
    lin, seen, path = doors.of("lin"), [], "/notices/posts"
    while path:
        page = lin.get(path).text
        seen += [int(found) for found in re.findall(r'<a href="/notices/posts/(\d+)"', page)]
        more = re.search(r'rel="next" href="([^"]+)"', page)
        path = more and more[1].replace("&amp;", "&")
    assert seen == posts[::-1]


def test_the_table_of_roles_says_who_may_publish(doors: Doors):
    page = doors.of("lin").get("/admin/policy").text
    row = re.search(r"<tr><th scope=\"row\">发布通知和微党课</th>(.*?)</tr>", page, re.S)[1]
    assert row.count("●") == 2
    assert "提醒没读工单消息的人" in page
