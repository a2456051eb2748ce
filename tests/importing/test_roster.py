"""The roster: people, their phones sealed, their branch's roles, and the units where nobody had made them."""

import pytest

from matching import printed
from matching.people.model import AuditEntry, Grant, Person
from matching.people.phones import phone_context
from matching.units.model import Unit
from tests.importing.conftest import DATA, counts, said

HEAD = "member_no,name,phone,status,branch_code,branch,general_branch,role,skills\n"
ONE = "M1,张振宇,199-0000-0001,在职,B1,内科党支部,内科党总支,党支部书记,护理;陪诊\n"
TWO = "M2,何倩,,离退休,B1,内科党支部,内科党总支,党员,\n"


async def test_people_units_and_roles_are_made_from_the_roster_alone(bring, rows, tools):
    assert counts(await bring("roster", HEAD + ONE + TWO)) == (2, 0, 0, 0)
    root, general, branch = await rows(Unit)
    assert (general.parent_id, branch.parent_id) == (root.id, general.id)
    assert branch.path == f"/{root.id}/{general.id}/{branch.id}/"
    first, second = await rows(Person)
    assert (first.login, first.password_hash, first.skills) == ("M1", None, ["护理", "陪诊"])
    assert tools.sealer.open(first.sealed_phone, phone_context(first)) == "19900000001"
    assert (second.sealed_phone, second.status) == (None, "retired")
    grants = {(grant.person_id, grant.role, grant.unit_id) for grant in await rows(Grant)}
    assert grants == {
        (first.id, "member", branch.id),
        (first.id, "unit_lead", branch.id),
        (second.id, "member", branch.id),
    }


async def test_the_same_file_twice_changes_nothing(bring, rows):
    await bring("roster", HEAD + ONE + TWO)
    before = [row.model_dump() for row in (*await rows(Person), *await rows(Grant), *await rows(Unit))]
    assert counts(await bring("roster", HEAD + ONE + TWO)) == (0, 0, 2, 0)
    assert [row.model_dump() for row in (*await rows(Person), *await rows(Grant), *await rows(Unit))] == before
    assert [entry.about for entry in await rows(AuditEntry)] == ["roster: 2 new, 0 changed, 0 refused"]


async def test_who_steps_down_moves_or_leaves_loses_the_roles_that_the_roster_gave(bring, rows):
    await bring("roster", HEAD + ONE + TWO)
    stepped = ONE.replace("党支部书记", "党员")
    follows = TWO.replace("党员,", "党支部书记,")
    assert counts(await bring("roster", HEAD + stepped + follows)) == (0, 2, 0, 0)
    held = {(g.person_id, g.role) for g in await rows(Grant) if g.revoked_at is None}
    assert held == {(1, "member"), (2, "member"), (2, "unit_lead")}
    await bring("roster", HEAD + stepped.replace("B1,内科", "B2,外科") + follows.replace("离退休", "转出"))
    branch = next(unit for unit in await rows(Unit) if unit.code == "B2")
    held = {(g.person_id, g.role, g.unit_id) for g in await rows(Grant) if g.revoked_at is None}
    assert held == {(1, "member", branch.id)}


async def test_every_bad_row_is_named_with_its_column_and_nothing_is_imported(bring, rows):
    bad = (
        "M3,,12345,休假,B1,内科党支部,内科党总支,党员,\n"
        "M1,又一个,199-0000-0003,在职,B1,内科党支部,内科党总支,党员,\n"
        "M4,王五,199-0000-0004,在职,B9,,,党员,\n"
        "M5,赵六,199-0000-0005,在职,B1,外科党支部,内科党总支,党员,\n"
        f"M6,{'长' * 81},,在职,B1,内科党支部,,党员,\n"
    )
    report = await bring("roster", HEAD + ONE + bad)
    assert said(report) == [
        (3, "name", "required"),
        (3, "phone", "bad_phone"),
        (3, "status", "not_one_of"),
        (4, "member_no", "repeated_row"),
        (5, "branch_code", "unit_not_listed"),
        (6, "branch", "unit_named_otherwise"),
        (7, "name", "too_long"),
    ]
    assert (report.written, report.refused) == (False, 5)
    assert not await rows(Person)
    assert not await rows(Unit)


async def test_partial_takes_the_good_rows(bring, rows):
    report = await bring("roster", HEAD + ONE + "M3,,,在职,B1,内科党支部,内科党总支,党员,\n" + TWO, partial=True)
    assert (counts(report), report.written) == ((2, 0, 0, 1), True)
    assert [person.member_no for person in await rows(Person)] == ["M1", "M2"]


@pytest.mark.parametrize(
    ("head", "problems"),
    [
        ("member_no,nam,status,branch_code", [(1, "nam", "misspelt_column")]),
        ("member_no,status,branch_code", [(1, "name", "missing_column")]),
        ("member_no,name,name,status,branch_code", [(1, "name", "double_column")]),
        ("党员编号,姓名,在职状态,支部代号", [(1, "支部代号", "misspelt_column")]),
    ],
)
async def test_a_wrong_header_is_named_with_the_nearest_column(bring, head, problems):
    report = await bring("roster", f"{head}\n1,2,在职,4\n")
    assert said(report) == problems


async def test_chinese_headings_and_formula_like_names_are_taken_as_they_are(bring, rows):
    await bring("roster", "党员编号,姓名,在职状态,支部代码,党支部\nM1,=HYPERLINK(1),在职,B1,内科\n")
    assert [person.name for person in await rows(Person)] == ["=HYPERLINK(1)"]


async def test_an_absent_column_leaves_what_is_known(bring, rows):
    await bring("roster", HEAD + ONE)
    report = await bring("roster", "member_no,name,status,branch_code\nM1,张振宇,在职,B1\n")
    assert counts(report) == (0, 0, 1, 0)
    (person,) = await rows(Person)
    assert (person.skills, person.post) == (["护理", "陪诊"], "党支部书记")


async def test_the_whole_roster_is_the_same_as_csv_and_as_workbook(bring, rows):
    await bring("units", DATA / "branches.csv")
    assert counts(await bring("roster", DATA / "roster.csv")) == (877, 0, 0, 0)
    assert counts(await bring("roster", DATA / "roster.xlsx")) == (0, 0, 877, 0)
    assert sum(grant.role == "unit_lead" for grant in await rows(Grant)) == 34


async def test_what_a_spreadsheet_did_not_work_out_becomes_no_unit_and_no_name(bring, rows):
    report = await bring("roster", HEAD + "M1,#N/A,,在职,#REF!,#ref!,,,\n")
    assert said(report) == [(2, one, "not_worked_out") for one in ("name", "branch_code", "branch")]
    assert not await rows(Unit)


async def test_no_file_makes_the_terminal_that_prints_its_report_obey(bring):
    row = '{"member_no": "M1", "name": "张", "branch_code": "B1", "status": "\\u001b[2J\\ud83d\\n第 9 行"}\n'
    report = await bring("roster", row, name="a.jsonl")
    assert said(report) == [(1, "status", "not_one_of")]
    lines = list(printed.report(report))
    assert all(line.isprintable() and line.encode() for line in lines), lines
