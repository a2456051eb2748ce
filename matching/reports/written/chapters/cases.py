"""五、典型案例: in reviewed wording only, never in a requester's own."""

from matching.documents.model import Block, Heading, Paragraph
from matching.reports.written.material import Material


def blocks(of: Material) -> list[Block]:
    """Each with its service, its branch and the days it took."""
    if not of.cases:
        return [] if of.words.get("cases") else [Paragraph("本期没有已核定公开文字的案例。")]
    made: list[Block] = []
    for case in of.cases:
        made.append(Heading(f"{case.service}：{case.unit}", 2))
        text = f"{case.wording.rstrip('。')}。{case.unit}接单办理，{_within(case.days)}办结"
        text += f"，评价为“{case.level}”。" if case.level else "。"
        made.append(Paragraph(text))
    return made


def _within(days: int) -> str:
    return "当天" if days == 1 else f"{days} 天内"
