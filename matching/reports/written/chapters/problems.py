"""六、存在问题: what the figures say against oneself."""

from matching.documents.model import Block, Paragraph
from matching.reports.written.material import Material

FEW_RATE = 0.5  # of those who could rate; below it the report says so (our own)


def blocks(of: Material) -> list[Block]:
    """One sentence a problem, numbered; if there is none it says so."""
    f, found = of.figures, []
    if late := f["late"].value:
        found.append(f"有 {late} 件接单或办理超过时限，按时办结率 {f['on_time_rate'].text}。")
    if back := f["returns"].value:
        found.append(f"退单 {back} 次，派单的针对性还不够。")
    if bad := f["bad"].value:
        found.append(f"收到差评 {bad} 件，整改完成率 {f['rectified_rate'].text}。")
    filed, solved, done = (int(f[code].value or 0) for code in ("filed", "solved", "completed"))
    if done > solved:
        found.append(f"办结的 {done} 件中有 {done - solved} 件没有完全解决。")
    closed = done + int(f["rejected"].value or 0) + int(f["withdrawn"].value or 0)
    if filed > closed:
        found.append(f"本期点单还有 {filed - closed} 件没有办结。")
    share = f["participation_rate"].value
    if share is not None and share < FEW_RATE:
        found.append(f"参评率只有 {f['participation_rate'].text}，评价反映的面不够广。")
    if not found:
        nothing = not any(f[code].value for code in ("filed", "done", "activities"))
        return [Paragraph("本期没有数据，不作分析。" if nothing else "本期数据没有反映出突出问题。")]
    return [Paragraph("\n".join(f"{n}. {text}" for n, text in enumerate(found, 1)))]
