"""Word files, read back by another program: form, styles, fields, tables, charts (GB/T 9704, docs/domain.md §8)."""

import io
import re
import zipfile
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from typing import Any

import docx
import openpyxl
import pytest
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn
from docx.shared import Pt
from pypdf import PdfReader

from matching.documents.excel_report import report_xlsx
from matching.documents.model import Heading, Paragraph, Table
from matching.documents.numbering import chinese
from matching.documents.pdf import report_pdf
from matching.documents.word import report_docx
from tests.documents.samples import DOCUMENT, HEADINGS, NOTHING
from tests.documents.test_typesetting import fonts_of

AT = datetime(2026, 10, 8, 1, 2, 3, 456, tzinfo=UTC)


@cache
def made() -> bytes:
    return report_docx(DOCUMENT, at=AT)


def word() -> Any:
    return docx.Document(io.BytesIO(made()))


def part(name: str) -> str:
    with zipfile.ZipFile(io.BytesIO(made())) as package:
        return package.read(name).decode()


def texts_of(document: Any) -> list[str]:
    return [line.text for line in document.paragraphs if line.text.strip()]


def test_the_page_has_the_margins_of_an_official_document():
    first = word().sections[0]
    assert (round(first.page_width.mm), round(first.page_height.mm)) == (210, 297)
    margins = (first.top_margin, first.bottom_margin, first.left_margin, first.right_margin)
    assert [round(margin / 36000) for margin in margins] == [37, 35, 28, 26]


def test_fonts_are_those_of_official_documents_and_each_names_another_for_machines_without_it():
    styles = word().styles
    named = {name: styles[name].element.rPr.rFonts.get(qn("w:eastAsia")) for name in ("Title", "Normal", "Heading 1")}
    assert named == {"Title": "方正小标宋简体", "Normal": "仿宋_GB2312", "Heading 1": "黑体"}
    assert (styles["Title"].font.size, styles["Normal"].font.size) == (Pt(22), Pt(16))
    table = part("word/fontTable.xml")
    assert re.search('w:name="方正小标宋简体"><w:altName w:val="华文中宋"/>', table)
    assert "asciiTheme" not in "".join(str(styles[name].element.xml) for name in named)


def test_headings_are_headings_with_their_numbers():
    found = [(line.style.name, line.text) for line in word().paragraphs if line.style.name.startswith("Heading")]
    assert [text for _style, text in found] == HEADINGS
    assert [style[-1] for style, _text in found] == ["1", "2", "3", "1", "1"]


def test_the_contents_are_filled_already_and_are_a_field_that_word_brings_up_to_date():
    document = part("word/document.xml")
    assert 'w:fldCharType="begin" w:dirty="true"' in document
    assert 'TOC \\o "1-2" \\h \\z \\u' in document
    lines = list(word().element.body.iter(qn("w:hyperlink")))
    shown = ["".join(text.text for text in line.iter(qn("w:t"))) for line in lines]
    assert [text[:-1] for text in shown] == [text for text in HEADINGS if text[0] != "1"]
    marks = {mark.get(qn("w:name")) for mark in word().element.body.iter(qn("w:bookmarkStart"))}
    assert {line.get(qn("w:anchor")) for line in lines} <= marks


def test_pages_are_numbered_between_dashes_on_the_outer_side():
    document = word()
    assert document.settings.odd_and_even_pages_header_footer
    odd, even = document.sections[0].footer, document.sections[0].even_page_footer
    assert odd.paragraphs[0].text == even.paragraphs[0].text == "— 1 —"
    assert odd.paragraphs[0].alignment != even.paragraphs[0].alignment
    assert "PAGE" in odd.paragraphs[0]._p.xml


def test_a_wide_table_lies_on_a_page_of_its_own_together_with_its_heading():
    sections = word().sections
    assert [one.orientation == WD_ORIENT.LANDSCAPE for one in sections] == [False, True, False]


def test_the_heading_row_of_a_table_comes_again_on_each_page_and_no_row_is_torn():
    rates, wide, empty = word().tables
    assert rates.rows[0]._tr.xml.count("w:tblHeader") == 1
    assert len(wide.rows) == 40
    assert wide._tbl.xml.count("w:cantSplit") == 40
    assert [cell.text for cell in rates.rows[3].cells] == ["满意率", "—", "0"]
    assert empty.rows[0].cells[0].text == "本期无记录。"


def test_charts_are_words_own_with_the_numbers_they_show():
    with zipfile.ZipFile(io.BytesIO(made())) as package:
        charts = [name for name in package.namelist() if name.startswith("word/charts/chart")]
        assert len(charts) == 3
        book = openpyxl.load_workbook(io.BytesIO(package.read("word/embeddings/chart1.xlsx")))
    assert list(book.active.values) == [
        (None, "点单", "完成"), ("7月", 12, 10), ("8月", 30, 28), ("9月", 0, None)
    ]  # fmt: skip
    assert '<c:barDir val="bar"/>' in part("word/charts/chart3.xml")
    assert "图 1　点单与完成；点单：7月 12，8月 30，9月 0" in part("word/document.xml")


def test_what_people_wrote_stands_there_as_they_wrote_it_without_what_no_file_can_carry():
    lines = texts_of(word())
    assert "第一段。" in lines
    assert '第二段：<b>标签</b> #strong[x] & "引号" 张䶮、𠮷野家' in lines


def test_word_and_pdf_say_the_same():
    pdf = "".join(page.extract_text() for page in PdfReader(io.BytesIO(report_pdf(DOCUMENT, at=AT))).pages)
    squeezed = re.sub(r"\s", "", pdf)
    document = word()
    cells = [cell.text for table in document.tables[:1] for row in table.rows for cell in row.cells]
    for said in [*HEADINGS, *cells, DOCUMENT.title, "2026年10月8日", "n为分母。", "填报人："]:
        assert re.sub(r"\s", "", said) in squeezed
    for said in HEADINGS:
        assert said in texts_of(document)


def test_the_pdf_says_who_made_it_and_brings_its_fonts():
    file = report_pdf(DOCUMENT, at=AT)
    about = PdfReader(io.BytesIO(file)).metadata
    assert about is not None
    assert (about.title, about.author) == (DOCUMENT.title, DOCUMENT.issuer)
    assert all(fonts_of(file).values())


def test_a_document_that_says_nothing_is_one_all_the_same():
    assert texts_of(docx.Document(io.BytesIO(report_docx(NOTHING))))[0] == "报告"
    assert len(PdfReader(io.BytesIO(report_pdf(NOTHING))).pages) >= 2


def test_numbers_of_headings_are_chinese():
    assert [chinese(n) for n in (1, 10, 11, 20, 35)] == ["一", "十", "十一", "二十", "三十五"]
    with pytest.raises(ValueError, match="0"):
        chinese(0)


def test_what_no_file_can_carry_stops_no_file_wherever_it_stands():
    bad = "标题\x00\ud83d=1+1#read(x)" + "长" * 300
    blocks = (Heading(bad), Paragraph(bad), Table("𠮷" * 40, (), ()))
    document = replace(NOTHING, title=bad, issuer=bad, subtitle=bad, about=bad, keywords=(bad,), blocks=blocks)
    words = re.sub(
        r"\s", "", "".join(page.extract_text() for page in PdfReader(io.BytesIO(report_pdf(document))).pages)
    )
    word = docx.Document(io.BytesIO(report_docx(document)))
    assert word.core_properties.title == ("标题=1+1#read(x)" + "长" * 300)[:255]
    for said in (words, "".join(line.text for line in word.paragraphs)):
        assert "标题=1+1#read(x)长" in said
    assert openpyxl.load_workbook(io.BytesIO(report_xlsx(document))).sheetnames[1].endswith("𠮷")
    nobody = replace(document, issuer="\x00")
    assert docx.Document(io.BytesIO(report_docx(nobody))).core_properties.author == ""
