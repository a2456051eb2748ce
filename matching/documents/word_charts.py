"""Charts that Word draws itself, each with the small workbook that 'edit data' opens."""

import io
from collections.abc import Iterable, Sequence
from typing import Any
from xml.sax.saxutils import escape, quoteattr

import xlsxwriter
from docx.document import Document as WordDocument
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.packuri import PackURI
from docx.opc.part import Part
from docx.oxml import parse_xml
from docx.shared import Mm

from matching.documents.model import Chart, ChartKind, Shown, highest, printable

COLOURS = ("B3261E", "C8963E", "4A6572", "9AA5AB")
PERCENT = "0.0%"
_CHART = "application/vnd.openxmlformats-officedocument.drawingml.chart+xml"
_BOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
_C = "http://schemas.openxmlformats.org/drawingml/2006/chart"
_A = "http://schemas.openxmlformats.org/drawingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_WP = "http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing"

_LINES = (
    '<c:majorGridlines><c:spPr><a:ln w="6350"><a:solidFill><a:srgbClr val="D0D7DE"/></a:solidFill></a:ln></c:spPr>'
    "</c:majorGridlines>"
)


def draw(word: WordDocument, paragraph: Any, chart: Chart, n: int) -> None:
    """Put the n-th chart (from 1) into an empty paragraph."""
    package = word.part.package
    book = Part(PackURI(f"/word/embeddings/chart{n}.xlsx"), _BOOK, _workbook(chart), package)
    part = Part(PackURI(f"/word/charts/chart{n}.xml"), _CHART, b"", package)
    data = part.relate_to(book, RELATIONSHIP_TYPE.PACKAGE)
    part._blob = _xml(chart, data).encode()
    rel = word.part.relate_to(part, RELATIONSHIP_TYPE.CHART)
    wide = int(Mm(150))
    high = int(
        Mm(72) if chart.kind is ChartKind.column else Mm(min(200, 24 + len(chart.labels) * (4 + 4 * len(chart.series))))
    )
    paragraph.add_run()._r.append(
        parse_xml(
            f'<w:drawing xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" xmlns:wp="{_WP}">'
            f'<wp:inline distT="0" distB="0" distL="0" distR="0"><wp:extent cx="{wide}" cy="{high}"/>'
            f'<wp:docPr id="{1000 + n}" name="chart {n}" descr={quoteattr(_spoken(chart))}/><wp:cNvGraphicFramePr/>'
            f'<a:graphic xmlns:a="{_A}"><a:graphicData uri="{_C}"><c:chart xmlns:c="{_C}" xmlns:r="{_R}" r:id="{rel}"/>'
            "</a:graphicData></a:graphic></wp:inline></w:drawing>"
        )
    )


def _spoken(chart: Chart) -> str:
    """What the chart shows, for who cannot see it."""
    lines = [f"{one.name}：" + "，".join(_pairs(chart.labels, one.values)) for one in chart.series]
    return printable("；".join([chart.caption, *lines]))[:2000].replace("\n", " ")


def _pairs(labels: Sequence[str], values: Sequence[Shown]) -> list[str]:
    return [f"{label} {value.text}" for label, value in zip(labels, values, strict=True)]


def _workbook(chart: Chart) -> bytes:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"in_memory": True}) as book:
        sheet = book.add_worksheet("Sheet1")
        for x, one in enumerate(chart.series):
            sheet.write_string(0, x + 1, printable(one.name))
            for y, value in enumerate(one.values):
                if value.value is not None:
                    sheet.write_number(y + 1, x + 1, value.value)
        for y, label in enumerate(chart.labels):
            sheet.write_string(y + 1, 0, printable(label))
    return file.getvalue()


def _xml(chart: Chart, data: str) -> str:
    lying = chart.kind is ChartKind.bar
    code = PERCENT if chart.percent else "General"
    series = "".join(_series(chart, n, code) for n in range(len(chart.series)))
    legend = '<c:legend><c:legendPos val="b"/><c:overlay val="0"/></c:legend>' if len(chart.series) > 1 else ""
    return (
        f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f'<c:chartSpace xmlns:c="{_C}" xmlns:a="{_A}" xmlns:r="{_R}"><c:roundedCorners val="0"/>'
        '<c:chart><c:autoTitleDeleted val="1"/><c:plotArea><c:layout/>'
        f'<c:barChart><c:barDir val="{"bar" if lying else "col"}"/><c:grouping val="clustered"/><c:varyColors val="0"/>'
        f'{series}<c:gapWidth val="60"/><c:axId val="111"/><c:axId val="112"/></c:barChart>'
        f"{_labels(lying)}{_values(chart, lying)}</c:plotArea>{legend}"
        '<c:plotVisOnly val="1"/><c:dispBlanksAs val="gap"/></c:chart><c:spPr><a:ln><a:noFill/></a:ln></c:spPr>'
        '<c:txPr><a:bodyPr/><a:p><a:pPr><a:defRPr sz="900"/></a:pPr><a:endParaRPr lang="zh-CN"/></a:p></c:txPr>'
        f'<c:externalData r:id="{data}"><c:autoUpdate val="0"/></c:externalData></c:chartSpace>'
    )


def _labels(lying: bool) -> str:
    return (
        f'<c:catAx><c:axId val="111"/><c:scaling><c:orientation val="{"maxMin" if lying else "minMax"}"/></c:scaling>'
        f'<c:delete val="0"/><c:axPos val="{"l" if lying else "b"}"/><c:numFmt formatCode="General" sourceLinked="0"/>'
        '<c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="low"/>'
        '<c:crossAx val="112"/><c:crosses val="autoZero"/></c:catAx>'
    )


def _values(chart: Chart, lying: bool) -> str:
    top = '<c:max val="1"/>' if chart.percent and highest(chart) == 1 else ""
    return (
        f'<c:valAx><c:axId val="112"/><c:scaling><c:orientation val="minMax"/>{top}<c:min val="0"/></c:scaling>'
        f'<c:delete val="1"/><c:axPos val="{"b" if lying else "l"}"/>{"" if lying else _LINES}'
        f'<c:numFmt formatCode="{"0%" if chart.percent else "General"}" sourceLinked="0"/>'
        '<c:majorTickMark val="none"/><c:minorTickMark val="none"/><c:tickLblPos val="nextTo"/>'
        '<c:crossAx val="111"/><c:crosses val="autoZero"/></c:valAx>'
    )


def _series(chart: Chart, n: int, code: str) -> str:
    series, last, letter = chart.series[n], len(chart.labels) + 1, chr(ord("B") + n)
    names = _points(enumerate(chart.labels))
    values = _points((i, repr(one.value)) for i, one in enumerate(series.values) if one.value is not None)
    count = f'<c:ptCount val="{len(chart.labels)}"/>'
    return (
        f'<c:ser><c:idx val="{n}"/><c:order val="{n}"/><c:tx><c:strRef><c:f>Sheet1!${letter}$1</c:f>'
        f'<c:strCache><c:ptCount val="1"/>{_points([(0, series.name)])}</c:strCache></c:strRef></c:tx>'
        f'<c:spPr><a:solidFill><a:srgbClr val="{COLOURS[n % 4]}"/></a:solidFill></c:spPr><c:invertIfNegative val="0"/>'
        f'<c:dLbls><c:numFmt formatCode="{code}" sourceLinked="0"/><c:showLegendKey val="0"/><c:showVal val="1"/>'
        '<c:showCatName val="0"/><c:showSerName val="0"/><c:showPercent val="0"/><c:showBubbleSize val="0"/></c:dLbls>'
        f"<c:cat><c:strRef><c:f>Sheet1!$A$2:$A${last}</c:f><c:strCache>{count}{names}</c:strCache></c:strRef></c:cat>"
        f"<c:val><c:numRef><c:f>Sheet1!${letter}$2:${letter}${last}</c:f><c:numCache>"
        f"<c:formatCode>{code}</c:formatCode>{count}{values}</c:numCache></c:numRef></c:val></c:ser>"
    )


def _points(points: Iterable[tuple[int, str]]) -> str:
    return "".join(f'<c:pt idx="{i}"><c:v>{escape(printable(text))}</c:v></c:pt>' for i, text in points)
