"""Files asked for at the doors: the page, the job that makes them, the link that ends, and programs."""

import io
import re
from datetime import timedelta
from typing import Any

import docx
import pytest
from sqlmodel import select

from matching import clock
from matching.people.model import Grant, Person, Role
from matching.reports.exporting import KEPT, LINK_LASTS, Wish, ask
from matching.reports.making import Making
from tests.cast import Doors


def wish_form(**other: str) -> dict[str, str]:
    return {"kind": "hospital", "form": "docx", "period": "2026Q1"} | other


def made(doors: Doors, at: Any = None) -> None:
    """Let the job run."""
    parts = doors.app.state.parts
    doors.call(Making(parts.settings.files, parts.sealer).make_exports, parts.database, parts.work, at or clock.now())


def test_asked_on_the_page_made_by_the_job_fetched_by_a_link_that_ends(
    doors: Doors, monkeypatch: pytest.MonkeyPatch
) -> None:
    wei, lead = doors.of("wei"), doors.of("lead")
    assert "还没有要过文件" in wei.get("/reports/exports").text
    assert wei.submit("/reports/exports", **wish_form()).status_code == 303
    assert "排队中" in wei.get("/reports/exports").text
    made(doors)
    link = re.search(r'href="(/x/[^"]+)"', wei.get("/reports/exports").text)
    assert link is not None
    answer = doors.anybody().get(link[1])
    assert answer.status_code == 200
    assert "filename*=UTF-8''%E4%BB%81" in answer.headers["content-disposition"]
    assert docx.Document(io.BytesIO(answer.content)).paragraphs[0].text.endswith("志愿服务工作报告")
    forged = "a" if link[1][-9] != "a" else "b"  # not the last one: some of its bits say nothing
    assert doors.anybody().get(f"{link[1][:-9]}{forged}{link[1][-8:]}").status_code == 404
    assert lead.get("/reports/exports/1/file").status_code == 404
    assert wei.get("/reports/exports/1/file").status_code == 200
    monkeypatch.setattr("matching.api.export_links.LINK_LASTS", -LINK_LASTS)
    assert doors.anybody().get(link[1]).status_code == 404
    parts = doors.app.state.parts
    jobs = Making(parts.settings.files, parts.sealer)
    assert doors.call(jobs.forget_exports, parts.database, parts.work, clock.now() + KEPT + timedelta(hours=1)) == 1
    assert not jobs.path(1).exists()
    assert wei.get("/reports/exports/1/file").status_code == 404


def test_a_role_that_was_lost_takes_along_the_files_that_were_made_with_it(doors: Doors) -> None:
    lead, program, now = doors.of("lead"), doors.program("lead"), clock.now()
    wishes = (
        Wish("volunteers", "xlsx", "2026", masked=False, reason="核对名册 13800138000"),
        Wish("points", "xlsx", "2026", "ZB1"), Wish("branch", "xlsx", "2026", "ZB1"), Wish("hospital", "xlsx", "2026"),
    )  # fmt: skip
    unmasked, book, of_branch, of_all = (doors.work(ask, one, by=doors.cast["lead"], at=now).id for one in wishes)
    made(doors)
    links = dict(zip((of_all, of_branch, book), re.findall(r'href="(/x/[^"]+)"', lead.get("/reports/exports").text),
                     strict=True))  # fmt: skip

    async def become(session: Any, unit: str | None, status: str = "serving") -> None:
        person = await session.get_one(Person, doors.cast.people["lead"].id)
        held = await session.exec(select(Grant).where(Grant.person_id == person.id, Grant.role == Role.unit_lead))
        for grant in held:
            if unit is None:
                await session.delete(grant)
            else:
                grant.unit_id = doors.cast.units[unit].id
        person.status = status

    def fetched() -> list[int]:
        own = [lead.get(f"/reports/exports/{unmasked}/file").status_code]
        own += [program.get(f"/api/v1/exports/{id_}/file").status_code for id_ in (unmasked, book)]
        return own + [doors.anybody().get(links[id_]).status_code for id_ in (book, of_branch, of_all)]

    assert fetched() == [200] * 6
    assert "核对名册 〔电话〕" in (said := doors.of("audit").get("/admin/audit").text)
    assert "13800138000" not in said
    doors.work(become, "ZB2")
    assert fetched() == [403, 403, 403, 404, 404, 200]
    doors.work(become, "ZZ1")
    assert fetched() == [200] * 6
    doors.work(become, "ZB1", "left")
    assert [doors.anybody().get(link).status_code for link in links.values()] == [404] * 3
    doors.work(become, None)
    assert fetched() == [403, 403, 403, 404, 404, 404]


WRONG = (
    ({"kind": "branch"}, "请填写这一项"),
    ({"kind": "branch", "unit": "NO"}, "没有这个编号"),
    ({"kind": "requests", "unit": "NO"}, "没有找到这个单位"),
    ({"period": "2026Q5"}, "请从列出的选项里选一个"),
    ({"first": "2026-03-02", "last": "2026-03-01"}, "结束时间要晚于开始时间"),
)


def test_what_cannot_be_made_is_said_beside_its_field_and_what_was_chosen_is_kept(doors: Doors) -> None:
    wei = doors.of("wei")
    for wrong, says in WRONG:
        answer = wei.submit("/reports/exports", **wish_form(form="pdf") | wrong)
        assert answer.status_code == 422
        assert says in answer.text
        assert re.search(r'value="pdf"[^>]* checked', answer.text)
    assert wei.submit("/reports/exports/words", **wish_form(kind="requests")).status_code == 422
    way = wei.submit("/reports/exports/words", **wish_form(kind="branch", unit="ZB1")).headers["location"]
    assert "门诊一支部" in wei.get(way).text
    kept = {"kind": "branch", "code": "ZB1", "period": "2026Q1", "practice": "进社区。", "plans": "长" * 4001}
    assert "进社区。" in (refused_words := wei.submit("/reports/words", **kept)).text
    assert refused_words.status_code == 422
    assert wei.submit("/reports/words", **kept | {"plans": ""}).status_code == 303
    assert "进社区。" in wei.get(way).text


def test_who_may_take_nothing_away_is_told_so_and_shown_no_way_there(doors: Doors) -> None:
    for login, home in (("lin", "/tasks"), ("root", "/admin")):
        visitor = doors.of(login)
        assert visitor.get("/reports/exports").status_code == 403
        assert visitor.submit("/reports/exports", **wish_form(kind="nothing")).status_code == 403
        assert "/reports/exports" not in visitor.get(home).text
    assert "/reports/exports" in doors.of("lead").get("/reports").text


def test_programs_ask_once_for_a_key_and_nobody_asks_without_end(doors: Doors) -> None:
    program = doors.program("wei")
    body = {"kind": "requests", "period": "2026Q1"}
    first, again = (program.post("/api/v1/exports", json=body, headers={"Idempotency-Key": "k" * 16}) for _n in "12")
    assert (first.status_code, first.json()["id"]) == (202, again.json()["id"])
    made(doors)
    out = program.get(f"/api/v1/exports/{first.json()['id']}").json()
    assert (out["state"], out["total"], out["masked"]) == ("ready", 0, True)
    assert program.get(f"/api/v1/exports/{out['id']}/file").content[:2] == b"PK"
    assert doors.program("lin").post("/api/v1/exports", json=body).status_code == 403
    for _n in range(5):
        assert program.post("/api/v1/exports", json=body).status_code == 202
    assert program.post("/api/v1/exports", json=body).json()["code"] == "too_many_exports"
