"""七、下一步打算: what is due by the dates and lists there are; the rest people write themselves."""

from matching.documents.model import Block, Paragraph
from matching.partners.standing import WARN
from matching.reports.written.material import Material

MOST_NAMED = 5


def blocks(of: Material) -> list[Block]:
    """Agreements to renew, needs that nothing answers yet, requests that are still open."""
    found = []
    ending = [
        f"{one.name}（{agreed.no}，{agreed.last_on:%Y-%m-%d}）"
        for one in of.partners
        for agreed in one.agreements
        if agreed.running and agreed.last_on - of.on <= WARN
    ]
    lapsed = [one.name for one in of.partners if not any(agreed.running for agreed in one.agreements)]
    if ending:
        found.append(f"续签 60 天内到期的共建协议：{_named(ending)}。")
    if lapsed:
        found.append(f"与没有有效协议的共建单位商议续签：{_named(lapsed)}。")
    unmet = [need.title for one in of.partners for need in one.needs if not need.projects and not need.requests]
    if unmet:
        found.append(f"对接尚未安排的需求 {len(unmet)} 项：{_named(unmet)}。")
    if of.figures["late"].value or of.figures["bad"].value:
        found.append("对超时和差评的单子逐件复盘，把原因和改进落实到支部。")
    if not found:
        found.append("保持现有节奏，按清单推进。" if of.partners else "按计划推进各项服务。")
    return [Paragraph("\n".join(f"{n}. {text}" for n, text in enumerate(found, 1)))]


def _named(names: list[str]) -> str:
    rest = f"等 {len(names)} 个" if len(names) > MOST_NAMED else ""
    return "、".join(names[:MOST_NAMED]) + rest
