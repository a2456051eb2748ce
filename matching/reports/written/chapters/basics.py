"""一、基本情况: who this is about, and the agreements."""

from collections.abc import Sequence

from matching.documents.model import Align, Block, Column, Paragraph, Table
from matching.reports.written.material import About, Material, Partnership
from matching.reports.written.periods import said


def blocks(of: Material) -> list[Block]:
    """For a partner the organisation and its agreements; else members and the partners there are."""
    if of.about is About.partner and of.partners:
        return _partner(of.partners[0])
    where = "全院" if of.about is About.hospital else of.name
    text = f"{said(of.period)}，{where}共有在册党员 {of.members} 名"
    if of.about is About.hospital:
        text += f"，党支部 {sum(row.kind == 'branch' for row in of.branches)} 个"
    text += f"，结对共建单位 {len(of.partners)} 个。"
    made: list[Block] = [Paragraph(text)]
    if of.partners:
        made.append(_agreements(of.partners))
    return made


def _partner(one: Partnership) -> list[Block]:
    text = f"{one.name}（{one.kind}）与我院{one.branch}结对共建"
    if one.address:
        text += f"，地址：{one.address}"
    text += f"。现有联络员 {one.liaisons} 名，党员与对方人员结对 {one.pairs} 对。"
    running = [agreed for agreed in one.agreements if agreed.running]
    if running:
        agreed = running[0]
        text += f"现行共建协议编号 {agreed.no}，期限 {agreed.first_on:%Y-%m-%d} 至 {agreed.last_on:%Y-%m-%d}。"
    else:
        text += "目前没有在有效期内的共建协议。"
    return [Paragraph(text), _agreements([one])]


def _agreements(partners: Sequence[Partnership]) -> Table:
    rows = [
        (
            partner.name, partner.kind, partner.branch, agreed.no, agreed.first_on, agreed.last_on,
            "有效" if agreed.running else "—",
        )
        for partner in partners
        for agreed in partner.agreements
    ]  # fmt: skip
    columns = (
        Column("共建单位", 2.2, Align.left), Column("类型", 0.9), Column("结对支部", 1.7), Column("协议编号", 1.3),
        Column("开始", 1.2), Column("到期", 1.2), Column("状态", 0.7),
    )  # fmt: skip
    return Table("共建协议", columns, rows, empty="没有登记共建协议。")
