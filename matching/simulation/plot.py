"""The figures of one world as an SVG picture: a panel for each figure, a bar for each policy, whiskers of 95 %."""

from collections.abc import Sequence
from html import escape
from typing import NamedTuple

from matching.simulation.comparing import Result
from matching.simulation.figures import Estimate
from matching.simulation.names import POLICY_WORDS
from matching.simulation.reporting import of

WIDTH, MARGIN, ROW, TITLE = 960, 24, 24, 34
NAMES, GAP = 168, 24  # the column of names; between panels
COLUMNS, HEAD, FOOT = 3, 56, 44
VALUE = 44  # room for the number behind the longest bar
INK, PALE, OURS, BEST = "#1f2328", "#c9c5bd", "#b3261e", "#b8860b"
FONTS = "system-ui, 'PingFang SC', 'Noto Sans SC', 'Microsoft YaHei', sans-serif"


class Panel(NamedTuple):
    """One figure: what it is, which way is good, and how it is written."""

    figure: str
    words: str
    scale: float
    decimals: int


PANELS = (
    Panel("filled", "补足率 slots filled, % ↑", 100, 1),
    Panel("asks", "每个名额的邀请 asks per filled slot ↓", 1, 1),
    Panel("lost", "流失成员 members lost ↓", 1, 0),
    Panel("hit5", "前五命中 hit@5, % ↑", 100, 0),
    Panel("urgent_p90", "特急接单 urgent claims p90, min ↓", 1, 1),
    Panel("gini", "时长基尼 Gini of hours ↓", 1, 2),
)


def picture(results: Sequence[Result], world: str, about: str) -> str:
    """The SVG as text; `about` is the line below the title."""
    policies = list(dict.fromkeys(one.policy for one in results))
    rows = -(-len(PANELS) // COLUMNS)
    panel_height = TITLE + ROW * len(policies) + GAP
    height = HEAD + rows * panel_height + FOOT
    bars = (WIDTH - 2 * MARGIN - NAMES - (COLUMNS - 1) * GAP) / COLUMNS
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" font-family="{FONTS}" font-size="13">',
        f"<title>{escape(about)}</title>",
        f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>',
        _text(MARGIN, 30, "邀请方式比较 Ways of asking, compared", size=18, weight=600),
        _text(MARGIN, 50, about, fill="#5b6169"),
    ]
    for number, panel in enumerate(PANELS):
        row, column = divmod(number, COLUMNS)
        top = HEAD + row * panel_height
        if column == 0:
            parts += _names(policies, top)
        left = MARGIN + NAMES + column * (bars + GAP)
        estimates = [of(results, world, policy, panel.figure) for policy in policies]
        parts += _panel(panel, policies, estimates, left, top, bars)
    foot = "线段为 95 % 区间 whiskers: 95 % intervals over seeds. ↑ 越高越好 more is better, ↓ 越低越好 less is better."
    parts.append(_text(MARGIN, height - 18, foot, fill="#5b6169", size=12))
    return "\n".join([*parts, "</svg>", ""])


def _names(policies: Sequence[str], top: float) -> list[str]:
    return [
        _text(MARGIN + NAMES - 10, top + TITLE + ROW * place + 16, POLICY_WORDS[policy], anchor="end",
              weight=600 if policy == "ours" else 400, fill=_ink(policy))
        for place, policy in enumerate(policies)
    ]  # fmt: skip


def _panel(
    panel: Panel, policies: Sequence[str], estimates: Sequence[Estimate], left: float, top: float, width: float
) -> list[str]:
    known = [(one.mean + _half(one)) * panel.scale for one in estimates if one.mean == one.mean]
    unit = (width - VALUE) / (max(known, default=1.0) or 1.0)
    parts = [_text(left, top + 22, panel.words, weight=600)]
    for place, (policy, one) in enumerate(zip(policies, estimates, strict=True)):
        y = top + TITLE + ROW * place
        if one.mean != one.mean:
            parts.append(_text(left, y + 16, "–"))
            continue
        end = one.mean * panel.scale * unit
        half = _half(one) * panel.scale * unit
        parts.append(f'<rect x="{left:.1f}" y="{y + 4}" width="{max(end, 1):.1f}" height="15" fill="{_fill(policy)}"/>')
        if half:
            low = max(left, left + end - half)
            parts.append(f'<path d="M{low:.1f} {y + 11.5}H{left + end + half:.1f}" stroke="{INK}"/>')
        label = f"{one.mean * panel.scale:.{panel.decimals}f}"
        parts.append(_text(left + end + half + 5, y + 16, label, fill=_ink(policy), size=12))
    return parts


def _half(one: Estimate) -> float:
    return one.half if one.half == one.half else 0.0


def _fill(policy: str) -> str:
    return {"ours": OURS, "oracle": BEST, "fair oracle": BEST}.get(policy, PALE)


def _ink(policy: str) -> str:
    return OURS if policy == "ours" else INK


def _text(
    x: float, y: float, words: str, *, size: int = 13, weight: int = 400, fill: str = INK, anchor: str = "start"
) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" font-weight="{weight}" fill="{fill}" '
        f'text-anchor="{anchor}">{escape(words)}</text>'
    )
