"""A document with everything in it that a report may have, and rows that are hard to write."""

from datetime import date

from matching.documents.model import (
    Align,
    Chart,
    ChartKind,
    Column,
    Document,
    Heading,
    Paragraph,
    Series,
    Shown,
    Signatures,
    Table,
)  # fmt: skip

MONTHS = ("7月", "8月", "9月")
SAID = '第一段。\n第二段：<b>标签</b> #strong[x] & "引号" 张䶮、𠮷野家\x00\x0b'
RATES = (("响应率", Shown.of("100.0%"), 12), ("解决率", Shown.of("0.0%"), 5), ("满意率", Shown.of("—"), 0))
WIDE = tuple(Column(f"列{n}") for n in range(14))

DOCUMENT = Document(
    title="湘衡精密铸造有限公司共建工作报告",
    issuer="仁和医院党委",
    on=date(2026, 10, 8),
    subtitle="（2026年第三季度）",
    about="partner P01 2026Q3",
    keywords=("共建",),
    blocks=(
        Heading("基本情况"),
        Paragraph(SAID),
        Heading("协议", 2),
        Heading("到期", 3),
        Heading("工作数据"),
        Table(
            "质量", (Column("指标", 2, Align.left), Column("本期"), Column("n")), RATES, note="n 为分母。",
        ),
        Chart("点单与完成", MONTHS, (
            Series("点单", [Shown.of("12"), Shown.of("30"), Shown.of("0")]),
            Series("完成", [Shown.of("10"), Shown.of("28"), Shown.of("—")]),
        )),
        Chart("满意率", MONTHS, (Series("满意率", [Shown.of("0.0%"), Shown.of("100.0%"), Shown.of("95.5%")]),),
              percent=True),
        Chart("分支部", ("门诊一支部", "急诊支部"), (Series("完成", [Shown.of("3"), Shown.of("0")]),), ChartKind.bar),
        Heading("附表"),
        Table("一览", WIDE, tuple((n, *["=1+1"] * 13) for n in range(1, 40)), wide=True),
        Table("空表", (Column("甲"), Column("乙")), ()),
        Signatures(),
    ),
)  # fmt: skip
HEADINGS = ["一、基本情况", "（一）协议", "1.到期", "二、工作数据", "三、附表"]
NOTHING = Document("报告", "党委", date(2026, 1, 1), ())
