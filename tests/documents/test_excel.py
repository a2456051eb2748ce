"""Excel files, read back by another program (docs/domain.md §8)."""

import io
from datetime import date, datetime, time
from pathlib import Path

import openpyxl

from matching.documents.excel import Field, Form, Ledger
from matching.documents.excel_report import report_xlsx
from matching.documents.model import Chart, Column, Document, Paragraph, Series, Shown, Table
from tests.documents.samples import DOCUMENT, NOTHING

FIELDS = (
    Field("电话", 15), Field("内容", 30, wrap=True), Field("日期", 12, Form.day), Field("时间", 16, Form.moment),
    Field("人数", 8, Form.whole),
)  # fmt: skip
MOMENT = datetime.fromisoformat("2026-07-01T09:30")  # as a clock shows it
RISKY = ("=1+1", "+8613800138000", "-2", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x","y")')


def ledger(path: Path, rows: list[tuple[object, ...]]) -> openpyxl.Workbook:
    book = Ledger(path, "台账", FIELDS, about="仁和医院台账 & 明细")
    book.write_all(rows)  # type: ignore[arg-type]
    book.finish()
    return openpyxl.load_workbook(path)


def test_one_heading_row_stays_and_the_number_comes_first(tmp_path):
    rows = [("13800138000", "你好", date(2026, 7, 1), MOMENT, 3), (None, "", None, None, None)]
    sheet = ledger(tmp_path / "a.xlsx", rows).active
    assert [cell.value for cell in sheet[1]] == ["序号", "电话", "内容", "日期", "时间", "人数"]
    assert sheet.freeze_panes == "A2"
    assert [cell.value for cell in sheet[2]] == [
        1, "13800138000", "你好", datetime.combine(MOMENT, time()), MOMENT, 3
    ]  # fmt: skip
    assert (sheet["B2"].data_type, sheet["B2"].number_format) == ("s", "@")
    assert (sheet["D2"].is_date, sheet["D2"].number_format) == (True, "yyyy-mm-dd")
    assert [cell.value for cell in sheet[3]] == [2, None, None, None, None, None]


def test_there_are_lines_to_sign_at_the_foot(tmp_path):
    sheet = ledger(tmp_path / "a.xlsx", [("1", "2", None, None, 1)]).active
    assert [cell.value for cell in sheet[sheet.max_row] if cell.value] == ["填报人：", "审核人：", "日期："]
    assert sheet.max_row == 4


def test_nothing_is_ever_a_formula_not_even_after_it_is_edited(tmp_path):
    sheet = ledger(tmp_path / "a.xlsx", [(text, text, None, None, 1) for text in RISKY]).active
    for row, text in enumerate(RISKY, 2):
        cell = sheet.cell(row, 3)
        assert (cell.value, cell.data_type, cell.quotePrefix) == (text, "s", True)


def test_nothing_that_people_wrote_into_a_report_is_ever_a_formula():
    evil = '=HYPERLINK("http://evil")'
    table = Table(evil, [Column(evil)], [[evil]], note=evil)
    series = [Series(evil, [Shown.of("1")])]
    blocks = [Paragraph(evil), Paragraph(evil, note=True), table, Chart(evil, [evil], series)]
    book = openpyxl.load_workbook(io.BytesIO(report_xlsx(Document(evil, evil, date(2026, 3, 2), blocks, evil))))
    risky = [cell for sheet in book for row in sheet for cell in row if str(cell.value or "").startswith("=")]
    assert len(risky) == 10
    assert {cell.data_type for cell in risky} == {"s"}
    assert [cell.coordinate for cell in risky if not (cell.quotePrefix or cell.hyperlink)] == []


def test_what_no_file_can_carry_is_left_out_and_what_is_too_long_is_cut(tmp_path):
    sheet = ledger(tmp_path / "a.xlsx", [("𠮷䶮\x00\x0b\ud800", "长" * 40_000, None, None, 1)]).active
    assert sheet["B2"].value == "𠮷䶮"
    assert len(sheet["C2"].value) == 32_767


def test_an_empty_ledger_has_its_heading_row(tmp_path):
    sheet = ledger(tmp_path / "a.xlsx", []).active
    assert sheet["A1"].value == "序号"
    assert sheet.max_row == 3


def test_a_ledger_goes_on_on_another_sheet_where_one_is_full(tmp_path, monkeypatch):
    monkeypatch.setattr("matching.documents.excel.MOST_ROWS", 3)
    book = ledger(tmp_path / "a.xlsx", [(str(n), "", None, None, n) for n in range(5)])
    assert book.sheetnames == ["台账", "台账 2"]
    assert [book["台账 2"].cell(2, 1).value, book["台账 2"]["A1"].value] == [4, "序号"]


def test_a_report_in_excel_has_numbers_that_count_and_look_as_in_word():
    book = openpyxl.load_workbook(io.BytesIO(report_xlsx(DOCUMENT)))
    sheet = book["表 1 质量"]
    assert [(cell.value, cell.number_format) for cell in sheet["B"][1:4]] == [(1, "0.0%"), (0, "0.0%"), ("—", "@")]
    assert book["表 2 一览"]["B2"].data_type == "s"
    assert book["表 3 空表"]["A2"].value == "本期无记录。"
    assert len(book["图表"]._charts) == 3
    said = [row[0] for row in book["报告"].values]
    assert "一、基本情况" in said
    assert said[0] == DOCUMENT.title
    assert openpyxl.load_workbook(io.BytesIO(report_xlsx(NOTHING))).sheetnames == ["报告"]


def test_a_number_is_what_its_words_say():
    read = {text: Shown.of(text).value for text in ("12", "93.5%", "0.0%", "100.0", "-1.5", "—", "约 3")}
    assert read == {"12": 12, "93.5%": 0.935, "0.0%": 0, "100.0": 100.0, "-1.5": -1.5, "—": None, "约 3": None}
