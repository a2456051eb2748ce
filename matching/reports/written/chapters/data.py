"""三、工作数据: the figures with their formulas, their course, and the two-way balance."""

from collections.abc import Sequence
from fractions import Fraction

from matching.documents.model import Align, Block, Cell, Chart, Column, Heading, Paragraph, Series, Shown, Table
from matching.partners.model import ITEM_STATES, ItemState
from matching.reports.definitions import COMPOSITE
from matching.reports.values import Figure, tenths
from matching.reports.written.material import Material, Partnership
from matching.reports.written.periods import MOST_POINTS, label, said

COUNTS = ("filed", "accepted", "dispatched", "claimed", "completed", "solved", "late", "returns", "bad", "urges")
RATES = (
    "response_rate", "resolution_rate", "satisfaction_rate", COMPOSITE, "participation_rate", "on_time_rate",
    "rectified_rate", "kept_rate",
)  # fmt: skip
OPEN = ITEM_STATES[ItemState.open]
SERVED = ("done", "helpers", "minutes", "activities", "person_times")


def blocks(of: Material) -> list[Block]:
    """Sentences, the table of figures, charts, and for partners the balance."""
    made: list[Block] = [Heading("总体情况", 2), Paragraph(_sentence(of))]
    made.append(_figures(of))
    made.append(_rates(of))
    made += _charts(of)
    if of.partners:
        made += [Heading("双向服务情况", 2), Paragraph(_both_ways(of)), _balance(of)]
    return made


def shown(figure: Figure) -> Shown:
    """A figure as everybody reads it."""
    return Shown.of(figure.text)


def _sentence(of: Material) -> str:
    f = of.figures
    if not any(f[code].value for code in ("filed", "done", "activities")):
        return f"{said(of.period)}没有点单，也没有举办服务活动。"
    t = {code: figure.text for code, figure in f.items()}
    text = (
        f"{said(of.period)}共点单 {t['filed']} 件，受理 {t['accepted']} 件，办结 {t['completed']} 件，"
        f"其中已解决 {t['solved']} 件。完成服务 {t['done']} 件，参加服务 {t['helpers']} 人次，"
        f"服务时长 {t['minutes']} 小时；举办服务活动 {t['activities']} 场，惠及 {t['person_times']} 人次。"
    )
    if f["response_rate"].n:
        text += (
            f"有效评价 {f['response_rate'].n} 件，响应率 {t['response_rate']}，解决率 {t['resolution_rate']}，"
            f"满意率 {t['satisfaction_rate']}，综合得分 {t[COMPOSITE]}。"
        )
    else:
        text += "本期没有有效评价，三率不作计算。"
    return text


def _figures(of: Material) -> Table:
    rows = []
    for code in (*COUNTS, *SERVED):
        one = of.figures[code]
        rows.append((one.name + _unit(code), shown(one), shown(of.before[code]), formula(one)))
    columns = (
        Column("指标", 1.5, Align.left), Column("本期", 0.8), Column("上期", 0.8), Column("口径", 3, Align.left)
    )  # fmt: skip
    return Table("工作量", columns, rows, note=f"上期：{said(of.period.before)}。")


def _rates(of: Material) -> Table:
    rows = []
    for code in RATES:
        one = of.figures[code]
        few = "（n＜5，仅供参考）" if one.few else ""
        rows.append((one.name, shown(one), one.n, shown(of.before[code]), formula(one) + few))
    columns = (
        Column("指标", 1.3, Align.left), Column("本期", 0.8), Column("n", 0.6), Column("上期", 0.8),
        Column("算式", 3.2, Align.left),
    )  # fmt: skip
    return Table("质量", columns, rows, note="n 为算式的分母；n＝0 时记“—”，不作为 0 计入。")


def formula(figure: Figure) -> str:
    """Its formula, with the weights that counted."""
    return figure.formula % dict(figure.params) if figure.params else figure.formula


def _unit(code: str) -> str:
    return "（小时）" if code == "minutes" else ""


def _charts(of: Material) -> list[Block]:
    if not 2 <= len(of.points) <= MOST_POINTS:
        return []
    labels = [label(point.period, of.step) for point in of.points]
    made: list[Block] = []
    if any(point.figures[code].value for point in of.points for code in ("filed", "done")):
        made.append(Chart("点单与完成服务", labels, [_course(of, "filed"), _course(of, "done")]))
    if any(point.figures["satisfaction_rate"].n for point in of.points):
        series = [_course(of, code) for code in ("response_rate", "resolution_rate", "satisfaction_rate")]
        made.append(Chart("三率", labels, series, percent=True))
    return made


def _course(of: Material, code: str) -> Series:
    return Series(of.figures[code].name, [shown(point.figures[code]) for point in of.points])


def _both_ways(of: Material) -> str:
    given = [resource for one in of.partners for resource in one.given if not resource.ours]
    used = sum(resource.state != OPEN for resource in given)
    done, minutes, came = (_sum(of.partners, code) for code in ("done", "minutes", "person_times"))
    return (
        f"我院为共建单位：受理点单 {_sum(of.partners, 'filed')} 件，完成服务 {done} 件，"
        f"服务时长 {hours(minutes)} 小时，活动惠及 {came} 人次。共建单位为我院：资源清单在册 {len(given)} 项，"
        f"已使用 {used} 项，志愿者参加活动 {sum(one.volunteers for one in of.partners)} 人次。"
    )


def _sum(partners: Sequence[Partnership], code: str) -> int:
    return sum(int(one.figures[code].exact or 0) for one in partners)


def _balance(of: Material) -> Table:
    rows: list[list[Cell]] = []
    for one in of.partners:
        given = [resource for resource in one.given if not resource.ours]
        used = sum(resource.state != OPEN for resource in given)
        served = (shown(one.figures[code]) for code in ("filed", "done", "helpers", "minutes", "person_times"))
        rows.append([one.name, *served, len(given), used, one.volunteers])
    columns = (
        Column("共建单位", 2.2, Align.left), Column("点单", 0.7), Column("完成", 0.7), Column("服务人次", 0.9),
        Column("服务时长(h)", 1), Column("受益人次", 0.9), Column("资源", 0.7), Column("已使用", 0.8),
        Column("志愿者", 0.8),
    )  # fmt: skip
    note = "点单至受益人次：我院为共建单位。资源、已使用：共建单位资源清单现有项数；志愿者：其人员参加本期活动的人次。"
    return Table("双向服务", columns, rows, note=note)


def hours(minutes: int) -> str:
    """Minutes as hours with one decimal, half rounded up (docs/domain.md §7)."""
    return tenths(Fraction(minutes, 60))
