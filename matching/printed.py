"""What the command line prints: the report of an import, and the addresses and sign-ins to try."""

from collections.abc import Iterator, Sequence
from unicodedata import east_asian_width

from sqlmodel import col, select
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.demo.sign_ins import DemoSignIn
from matching.documents.model import printable
from matching.importing.report import Report
from matching.people.model import ROLES
from matching.units.model import Spot
from matching.units.queries import hospital


def report(of: Report) -> Iterator[str]:
    """Each refused row with its column and reason, then the counts."""
    for one in of.problems:  # quoting what stands in the file, which no terminal is to obey
        place = f"第 {one.row} 行" + (f"，{one.column}" if one.column else "")
        yield printable(f"{place}：{one.refused.sentence.format_map(one.refused.params)}").replace("\n", " ")
    counts = f"新增 {of.new}，更新 {of.changed}，未变 {of.unchanged}，有错 {of.refused}"
    if of.written:
        yield f"{of.kind}：{counts}。"
    else:
        yield f"{of.kind}：有错 {of.refused}，什么都没有导入；改正后再来，或加 --partial 只导入没有错的行。"


async def addresses(session: AsyncSession, base_url: str, sign_ins: Sequence[DemoSignIn]) -> list[str]:
    """Two posters, the wall, the sign-in, and for a demo who may come in with what."""
    root = await hospital(session)
    if root is None:
        return ["", f"点亮已启动  {base_url}", "还没有医院：先 matching import units|roster|services|spots FILE。"]
    spots = select(Spot).where(Spot.root_id == root.id, Spot.open).order_by(col(Spot.id))
    some = list(await session.exec(spots))
    lines = ["", f"点亮已启动  {root.house}", ""]
    for spot in (some[0], some[len(some) // 2]) if len(some) > 1 else some:
        lines.append(f"  扫码点单  {base_url}/q/{spot.slug}  （{spot.name}）")
    lines += [f"  心愿墙    {base_url}/wall", f"  登录      {base_url}/login", ""]
    if sign_ins:
        table = [("角色", "账号", "姓名", "密码（每次启动更换）")]
        table += [(ROLES[one.role], one.login, one.name, one.password) for one in sign_ins]
        lines += ["  " + row for row in aligned(table)] + [""]
    return [*lines, "Ctrl-C 停止"]


def aligned(table: Sequence[Sequence[str]]) -> list[str]:
    """Rows with columns under each other; a Chinese character is two wide."""
    widths = [max(map(_width, column)) for column in zip(*table, strict=True)]
    return [
        "  ".join(cell + " " * (width - _width(cell)) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in table
    ]


def _width(text: str) -> int:
    return sum(2 if east_asian_width(char) in "WF" else 1 for char in text)
