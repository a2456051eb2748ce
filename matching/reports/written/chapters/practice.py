"""二、主要做法: the three lists and what came of them, and which services were asked for."""

from collections.abc import Sequence

from matching.documents.model import Align, Block, Column, Heading, Paragraph, Table
from matching.reports.written.material import About, Material, Partnership


def blocks(of: Material) -> list[Block]:
    """Lists in full for a partner, counted for more of them."""
    made: list[Block] = [Heading("三张清单对接情况", 2), Paragraph(_counted(of.partners))]
    if of.about is About.partner:
        made += [_needs(of.partners), _given(of.partners)]
    made += [Heading("服务开展情况", 2), Paragraph(_services(of))]
    return made


def _counted(partners: Sequence[Partnership]) -> str:
    needs = [need for one in partners for need in one.needs]
    given = [resource for one in partners for resource in one.given]
    projects = {(one.code, title) for one in partners for need in one.needs for title in need.projects}
    met = sum(bool(need.projects or need.requests) for need in needs)
    ours = sum(resource.ours for resource in given)
    return (
        f"需求清单 {len(needs)} 项，其中已对接项目或已点单 {met} 项；资源清单 {len(given)} 项"
        f"（我院提供 {ours} 项，共建单位提供 {len(given) - ours} 项）；已立项目 {len(projects)} 个。"
    )


def _services(of: Material) -> str:
    asked = [(row.name, row.figures["filed"].text) for row in of.services if row.figures["filed"].value]
    if not asked:
        return "本期没有点单。"
    asked.sort(key=lambda one: -int(one[1]))
    listed = "、".join(f"{name} {count} 件" for name, count in asked[:8])
    rest = f"等 {len(asked)} 类服务" if len(asked) > 8 else ""
    return f"本期点单涉及：{listed}{rest}。"


def _needs(partners: Sequence[Partnership]) -> Table:
    rows = [
        (
            need.title, "我院" if need.ours else "共建单位", need.state, "、".join(need.resources),
            "、".join(need.projects), need.requests,
        )
        for one in partners
        for need in one.needs
    ]  # fmt: skip
    columns = (
        Column("需求", 2, Align.left), Column("提出方", 1), Column("状态", 0.9), Column("对接资源", 1.6, Align.left),
        Column("形成项目", 1.6, Align.left), Column("点单数", 0.7),
    )  # fmt: skip
    return Table("需求清单及对接", columns, rows, empty="需求清单为空。")


def _given(partners: Sequence[Partnership]) -> Table:
    rows = [
        (resource.title, "我院" if resource.ours else "共建单位", resource.state, "、".join(resource.used_for))
        for one in partners
        for resource in one.given
    ]
    columns = (Column("资源", 2, Align.left), Column("提供方", 1), Column("状态", 0.9), Column("用于", 2, Align.left))
    return Table("资源清单", columns, rows, empty="资源清单为空。")
