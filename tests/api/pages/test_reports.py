"""The pages of reports: every number leads to its requests, and nobody sees more than their role covers."""

import re
from io import BytesIO

import pytest
from docx import Document
from openpyxl import load_workbook

from matching.api.pages.reports.hours import shades
from matching.requests import requester_actions
from tests.cast import AT, Cast, Doors
from tests.requests.scene import ACTS, filing_of

on_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
WHOLE = "of=hospital&period=2026Q1"


@pytest.mark.parametrize(
    ("numbers", "begins"),
    [([], []), ([0, 0], []), ([1], [1]), ([0, 2], [1, 2]), ([3, 8], [1, 3, 5, 7]), ([100], [1, 26, 51, 76])],
)
def test_shades_begin_above_nought_in_equal_steps(numbers, begins):
    assert shades(numbers) == begins


def lived(doors: Doors, cast: Cast, *acts: str) -> str:
    """A request of a wheelchair in ZB1 with these acts; its number."""
    filed = doors.work(requester_actions.file, filing_of(cast))
    number = f"{AT:%y%m%d}-{filed.id:05}"
    who = {"patient": cast["wei"].requester(cast.root_id, filed.id)}
    for act in acts:
        usual = ACTS[act]
        doors.work(usual.action, number, by=who.get(usual.by) or cast[usual.by], at=AT + usual.later, **usual.words)
    return number


@on_sqlite
def test_every_number_leads_to_its_requests_and_every_table_says_what_its_chart_draws(doors: Doors, cast: Cast):
    done = lived(doors, cast, "accept", "dispatch", "claim", "contact", "complete", "rate")
    waiting = lived(doors, cast)
    page = doors.of("wei")
    shown = page.get(f"/reports?{WHOLE}").text
    filed = re.search(r'id="figure-filed".*?href="([^"]+)"[^>]*>(\d+)<', shown, re.S)
    assert filed[2] == "2"
    behind = page.get(filed[1].replace("&amp;", "&")).text
    assert done in behind
    assert waiting in behind
    rate = page.get(f"/reports/behind?figure=satisfaction_rate&{WHOLE}").text
    assert done in rate
    assert waiting not in rate
    assert "样本少" in shown
    assert re.search(r'n = <a class="behind" href="[^"]+">1</a>', shown)
    assert re.search(r'id="figure-kept_rate".*?—', shown, re.S)
    for table in re.findall(r"<table>.*?</table>", shown, re.S):
        for value, text in re.findall(r'data-value="([\d.]+)">(?:<a[^>]*>)?([\d.]+)', table):
            assert value == text
    assert 'rect width="100.0%"' in shown  # bars without a script
    assert "第 1 季度" in page.get("/reports/league?period=2026Q1").text
    heat = page.get(f"/reports/heat?{WHOLE}").text
    cell = re.search(r'星期一</th>(?:<td class="h0">·</td>){4}<td class="h\d"><a href="([^"]+)">2</a></td>', heat)
    behind = page.get(cell[1].replace("&amp;", "&")).text
    assert {"星期一", "10 点到 11 点"} <= set(re.findall(r'<span class="whole">([^<]+)</span>', behind))
    assert done in behind
    row = re.search(r'<a class="behind" href="([^"]*figure=filed[^"]*within=service-wheelchair)"', shown)
    behind = page.get(row[1].replace("&amp;", "&")).text
    assert "轮椅推送" in behind
    assert waiting in behind
    assert re.search(
        r'门诊一支部</a></th>\s*<td class="num"><a [^>]+>3</a></td><td class="num"><a [^>]+>1</a></td>',
        shown.partition('id="load"')[2],
    )
    assert page.get("/activities?state=confirmed&kind=meetings&period=2026Q1").status_code == 200
    assert page.get("/activities?period=soon").status_code == 422
    for wrong in ("within=unit-NO", "within=what"):
        assert page.get(f"/reports/behind?figure=filed&{WHOLE}&{wrong}").status_code == 404
    assert page.get(f"/reports/behind?figure=filed&{WHOLE}&weekday=8").status_code == 422


@on_sqlite
def test_who_leads_sees_their_own_first_and_others_only_what_is_theirs(doors: Doors, cast: Cast):
    number = lived(doors, cast, "accept", "dispatch")
    lead, other = doors.of("lead"), doors.of("lead2")
    assert "<h1>门诊一支部" in lead.get("/reports?period=2026Q1").text
    assert number in lead.get("/reports/behind?figure=filed&of=unit-ZB1&period=2026Q1").text
    assert other.get("/reports?of=unit-ZB1").status_code == 403
    assert number not in other.get(f"/reports/behind?figure=filed&{WHOLE}").text
    for path in ("/reports", "/reports/league", "/reports/heat", f"/reports/behind?figure=filed&{WHOLE}"):
        assert doors.of("lin").get(path).status_code == 403
    for path in ("/reports?of=unit-NO", "/reports?of=what", "/reports?of=service-%00"):
        assert lead.get(path).status_code == 404
    assert lead.get("/reports?period=soon").status_code == 422
    assert "这段时间还没有数据" in lead.get("/reports?period=2019").text
    assert "急诊支部" in lead.get("/reports/league?group=branch&period=2026Q1").text


@on_sqlite
@pytest.mark.parametrize("path", ["/reports", "/reports/heat"])
def test_days_that_are_no_period_are_kept_with_what_is_wrong_beside_them(doors: Doors, path: str):
    page = doors.of("wei")
    for first, last, wrong in (
        ("2026-03-02", "2026-03-01", "结束时间要晚于开始时间"),
        ("2100-01-01", "2100-01-02", "在 2000 年到 2099 年之间，最长 10 年"),
        ("2010-01-01", "2026-01-02", "最长 10 年"),
        ("明天", "", "日期没有看懂"),
    ):
        answer = page.get(f"{path}?of=unit-ZB1&first={first}&last={last}")
        assert answer.status_code == 422
        assert re.search(rf'<p class="wrong" id="days-wrong">[^<]*{wrong}', answer.text)
        assert f'name="first" type="date" value="{first}"' in answer.text
        assert 'value="unit-ZB1" selected' in answer.text
    for period in ("2000", "2000Q1", "2099", "first"):
        days = f"period={period}" if period != "first" else "first=2000-01-01&last=2000-01-01"
        assert "这段时间" in page.get(f"{path}?{days}").text
    assert doors.of("lin").get(f"{path}?first=x&last=y").status_code == 403


@on_sqlite
def test_a_sheet_keeps_what_was_typed_and_shows_points_once_it_is_signed(doors: Doors):
    office, lead = doors.of("wei"), doors.of("lead")
    path = "/reports/assessment/ZB1"
    page = office.get(f"{path}?period=2026Q1").text
    points = dict(_most(page))
    wrong = points | {"points-leaders": "二十", "reason-leaders": "换届晚了", "period": "2026Q1"}
    again = office.submit(path, **wrong)
    assert again.status_code == 422
    assert "请填写数字" in again.text
    assert 'value="换届晚了"' in again.text
    assert office.submit(path, **points | {"period": "2026Q1", "act": "save"}).status_code == 303
    assert "签字后公布" in lead.get(f"{path}?period=2026Q1").text
    assert lead.submit(path, **points | {"period": "2026Q1", "act": "sign"}).status_code == 403
    assert office.submit(path, **points | {"period": "2026Q1", "act": "sign"}).status_code == 303
    assert "优秀" in lead.get(f"{path}?period=2026Q1").text
    assert "500" in lead.get("/reports/assessment?period=2026Q1").text
    word = lead.get("/reports/assessment.docx?period=2026Q1&unit=ZB1")
    told = "\n".join(cell.text for table in Document(BytesIO(word.content)).tables for cell in table._cells)
    assert "班子健全，按期换届" in told
    assert "500" in told
    assert "filename*=UTF-8''" in word.headers["content-disposition"]
    book = load_workbook(BytesIO(office.get("/reports/assessment.xlsx?period=2026Q1").content))
    assert {"门诊一支部", "急诊支部"} <= {cell.value for sheet in book for row in sheet for cell in row}
    assert lead.get("/reports/assessment.pdf?period=2026Q1").content.startswith(b"%PDF")
    assert lead.get("/reports/assessment.docx?period=2026Q1&unit=ZB2").status_code == 403
    assert office.submit(f"{path}/open", period="2026Q1", why="改").status_code == 422
    assert office.submit(f"{path}/open", period="2026Q1", why="补交了材料").status_code == 303
    assert lead.get("/reports/assessment/ZB2?period=2026Q1").status_code == 403
    assert office.get("/reports/assessment/NO?period=2026Q1").status_code == 404
    assert office.get("/reports/assessment?period=2026-03").status_code == 422


def _most(page: str) -> list[tuple[str, str]]:
    """Each item's field with all its points."""
    return [
        (name, most)
        for most, name in re.findall(
            r'<h3>[^<]*<small>(\d+) 分</small></h3>(?:(?!<h3>).)*?name="(points-\w+)"', page, re.S
        )
    ]


@on_sqlite
def test_items_and_weights_are_set_by_forms_that_say_what_does_not_add_up(doors: Doors):
    office, root = doors.of("wei"), doors.of("root")
    page = office.get("/reports/scheme").text
    form = dict(re.findall(r'name="((?:code|words|points)-[\w-]+)"[^>]*?value="([^"]*)"', page))
    form |= {"excellent": "450", "good": "400", "pass": "300", "since": "2026-01-01"}
    short = office.submit("/reports/scheme", **form | {"points-rules-0": "29"})
    assert short.status_code == 422
    assert "是 99 分" in short.text
    free = next(name for name, text in form.items() if name.startswith("words-rules") and not text)
    place = free.removeprefix("words-")
    added = form | {"points-rules-0": "20", free: "一项新的", f"points-{place}": "10", f"proof-{place}-0": "late"}
    assert office.submit("/reports/scheme", **added).status_code == 303
    assert "一项新的" in office.get("/reports/assessment/ZB1?period=2026Q1").text
    rates = {"response": "20", "resolution": "40", "satisfaction": "40", "since": "2026-03-01"}
    assert "是 110%" in root.submit("/reports/rates", **rates | {"response": "30"}).text
    assert root.submit("/reports/rates", **rates).status_code == 303
    assert "0.20 × 响应率" in office.get("/reports/league?period=2026Q1").text
    assert "0.10 × 响应率" in office.get("/reports/league?period=2025Q4").text
    for login in ("di", "lead", "audit"):
        for path in ("/reports/scheme", "/reports/rates"):
            assert doors.of(login).get(path).status_code == 403
