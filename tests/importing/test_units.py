"""The tree: made from the top down, renamed, moved with all that hangs on it."""

import pytest

from matching.people.model import Grant
from matching.units.model import Unit
from tests.importing.conftest import DATA, counts, said

HEAD = "code,name,level,parent\n"


async def tree(rows) -> dict[str, str]:
    """Code → path in codes."""
    units = {unit.id: unit for unit in await rows(Unit)}
    return {
        unit.code: "/".join(units[int(part)].code for part in unit.path.strip("/").split("/"))
        for unit in units.values()
    }


async def test_a_child_may_stand_above_its_parent(bring, rows):
    report = await bring("units", HEAD + "B1,内科党支部,党支部,G1\nG1,内科党总支,党总支,DW\nDW,医院党委,党委,\n")
    assert counts(report) == (3, 0, 0, 0)
    assert await tree(rows) == {"DW": "DW", "G1": "DW/G1", "B1": "DW/G1/B1"}


async def test_the_example_is_whole_and_the_second_time_nothing_changes(bring, rows):
    assert counts(await bring("units", DATA / "branches.csv")) == (41, 0, 0, 0)
    assert counts(await bring("units", DATA / "branches.csv")) == (0, 0, 41, 0)
    assert (await tree(rows))["B28"] == "DW/GB5/B28"


async def test_a_unit_that_moves_takes_its_subtree_along(bring, rows):
    await bring("units", HEAD + "DW,党委,党委,\nG1,一,党总支,DW\nG2,二,党总支,DW\nB1,甲,党支部,G1\nX1,组,党小组,B1\n")
    assert counts(await bring("units", HEAD + "B1,甲,党支部,G2\n")) == (0, 1, 0, 0)
    assert (await tree(rows))["X1"] == "DW/G2/B1/X1"


async def test_codes_that_the_roster_invented_are_replaced_by_name(bring, rows):
    await bring(
        "roster",
        "member_no,name,status,branch_code,branch,general_branch,role\nM1,张,在职,B1,甲支部,一总支,党支部书记\n",
    )
    await bring("units", HEAD + "DW,医院党委,党委,\nZZ,一总支,党总支,DW\nB1,甲支部,党支部,ZZ\n")
    assert await tree(rows) == {"DW": "DW", "ZZ": "DW/ZZ", "B1": "DW/ZZ/B1"}
    assert len(await rows(Grant)) == 2


async def test_orphans_rings_and_second_tops_are_refused(bring, rows):
    report = await bring(
        "units", HEAD + "DW,党委,党委,\nB1,甲,党支部,B2\nB2,乙,党支部,B1\nB3,丙,党支部,没有\nDX,又一个,党委,\n"
    )
    assert sorted(said(report)) == [
        (3, "parent", "unit_not_listed"),
        (4, "parent", "unit_not_listed"),
        (5, "parent", "unit_not_listed"),
        (6, "parent", "second_top"),
    ]
    assert not await rows(Unit)


@pytest.mark.parametrize(
    ("row", "column", "code"),
    [
        ("DW,党委,党小组,B2", "level", "kind_too_high"),  # the top below its own branch
        ("G1,一,党总支,B2", "level", "kind_too_high"),
        ("G1,一,党小组,DW", "level", "kind_too_high"),  # above what stays there
        ("B2,新院党委,党委,", "code", "in_use"),  # the top by the code of a branch
    ],
)
async def test_no_row_hangs_a_unit_below_itself_or_takes_anothers_code_even_partially(bring, rows, row, column, code):
    await bring("units", HEAD + "DW,党委,党委,\nG1,一,党总支,DW\nB1,甲,党支部,G1\nB2,乙,党支部,G1\n")
    report = await bring("units", f"{HEAD}{row}\n", partial=True)
    assert (said(report), report.changed) == ([(2, column, code)], 0)
    assert await tree(rows) == {"DW": "DW", "G1": "DW/G1", "B1": "DW/G1/B1", "B2": "DW/G1/B2"}
