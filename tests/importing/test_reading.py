"""Opening files: endings, encodings, headings, and what a cell becomes."""

import zipfile
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from matching.errors import Invalid
from matching.importing.reading import table


def cells(path: Path, sheet: str = "") -> list[dict[str, str]]:
    return [row.cells for row in table(path, sheet).rows]


def written(path: Path, content: bytes) -> Path:
    path.write_bytes(content)
    return path


def book(path: Path, **sheets: list[list[object]]) -> Path:
    made = openpyxl.Workbook()
    made.remove(made.active)
    for name, lines in sheets.items():
        sheet = made.create_sheet(name)
        for line in lines:
            sheet.append(line)
    made.save(path)
    return path


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_the_encodings_of_spreadsheets_are_understood(tmp_path, encoding):
    path = written(tmp_path / "a.csv", "姓名,科室\n夏侯思思,党委办公室\n".encode(encoding))
    assert cells(path) == [{"姓名": "夏侯思思", "科室": "党委办公室"}]


@pytest.mark.parametrize("content", ["姓名\n张三\n".encode("utf-16"), b"name\n\x80\xff\n", b"name\nab\x00c\n"])
def test_another_encoding_is_a_clear_error(tmp_path, content):
    with pytest.raises(Invalid) as refused:
        table(written(tmp_path / "a.csv", content), "")
    assert refused.value.fields["file"].code == "bad_file_encoding"


@pytest.mark.parametrize(
    ("name", "content", "code"),
    [
        ("a.pdf", b"%PDF", "unknown_format"),
        ("a.xls", b"\xd0\xcf", "unknown_format"),
        ("a.csv", b"", "empty_file"),
        ("a.csv", b"\n \n,,\n", "empty_file"),
        ("a.xlsx", b"not a zip", "unreadable_file"),
        ("a.jsonl", b"\n\n", "empty_file"),
        ("a.jsonl", '{"姓名": "张"}'.encode("gb18030"), "bad_file_encoding"),
    ],
)
def test_a_file_that_is_no_table_is_refused_by_code(tmp_path, name, content, code):
    with pytest.raises(Invalid) as refused:
        table(written(tmp_path / name, content), "")
    assert refused.value.fields["file"].code == code


def test_rows_keep_the_number_a_spreadsheet_shows_and_empty_ones_are_left_out(tmp_path):
    path = written(tmp_path / "a.csv", b'a,b\n1,"two\nlines"\n\n , \n3,4\n')
    assert [(row.number, row.cells["a"]) for row in table(path, "").rows] == [(2, "1"), (5, "3")]


def test_short_rows_are_filled_and_long_ones_are_broken(tmp_path):
    path = written(tmp_path / "a.csv", b"a,b\n1\n1,2,\n1,2,3\n")
    short, even, extra = table(path, "").rows
    assert short.cells == {"a": "1", "b": ""}
    assert even.broken is None
    assert extra.broken is not None
    assert extra.broken.code == "too_many_cells"


def test_numbers_dates_and_formula_like_texts_of_a_workbook_become_plain_texts(tmp_path):
    path = book(tmp_path / "a.xlsx", 党员名册=[["a", "b", "c", "d"], [13800000000, 19.5, date(2026, 3, 2), "'=1+1"]])
    assert cells(path) == [{"a": "13800000000", "b": "19.5", "c": "2026-03-02T00:00:00", "d": "'=1+1"}]


def test_the_named_sheet_is_taken_or_the_only_one(tmp_path):
    lines: list[list[object]] = [["a"], ["1"]]
    assert cells(book(tmp_path / "a.xlsx", 说明=[["x"]], 党员名册=lines), "党员名册") == [{"a": "1"}]
    assert cells(book(tmp_path / "b.xlsx", 随便=lines), "党员名册") == [{"a": "1"}]
    with pytest.raises(Invalid) as refused:
        table(book(tmp_path / "c.xlsx", 一=lines, 二=lines), "党员名册")
    assert refused.value.fields["file"].code == "missing_sheet"


def with_sheet(path: Path, content: bytes, part: str = "sheet1") -> Path:
    """The workbook of `path` again with other content in its only sheet, or in another of its parts."""
    parts = zipfile.ZipFile(path)
    spoilt = path.with_name("spoilt.xlsx")
    with zipfile.ZipFile(spoilt, "w", zipfile.ZIP_DEFLATED) as into:
        for name in parts.namelist():
            into.writestr(name, content if part in name else parts.read(name))
    return spoilt


@pytest.mark.parametrize("content", [b"<worksheet><sheetData><row", b"<a/>" * 20_000_000], ids=["cut off", "bomb"])
def test_a_workbook_that_is_cut_off_or_unpacks_without_end_is_a_clear_error(tmp_path, content):
    whole = book(tmp_path / "a.xlsx", 党员名册=[["a"], ["1"]])
    with pytest.raises(Invalid) as refused:
        cells(with_sheet(whole, content))
    assert refused.value.fields["file"].code == "unreadable_file"


def test_objects_of_jsonl_are_laid_flat_and_broken_lines_named(tmp_path):
    path = written(tmp_path / "a.jsonl", b'{"a": {"b": 1, "c": null}, "d": true, "e": ["x", "y"]}\n[1]\n{"a": \n')
    good, listed, broken = table(path, "").rows
    assert good.cells == {"a.b": "1", "a.c": "", "d": "true", "e": "x;y"}
    assert listed.broken is not None
    assert (broken.number, broken.broken and broken.broken.code) == (3, "bad_json_line")


def test_a_csv_that_cannot_be_read_names_the_row(tmp_path):
    path = written(tmp_path / "a.csv", b'a,b\n1,2\n"1"x,2\n')
    with pytest.raises(Invalid) as refused:
        cells(path)
    assert (refused.value.fields["file"].code, refused.value.fields["file"].params) == ("unreadable_row", {"row": 3})


SHEET = b'<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>%s</sheetData></worksheet>'


def test_a_workbook_whose_list_of_sheets_is_spoilt_is_a_clear_error(tmp_path):
    whole = book(tmp_path / "a.xlsx", 党员名册=[["a"], ["1"]])
    with pytest.raises(Invalid) as refused:
        cells(with_sheet(whole, b'<workbook a="<"/>', "workbook.xml"))
    assert refused.value.fields["file"].code == "unreadable_file"


@pytest.mark.parametrize(
    "rows",
    [b'<row r="999999999"><c r="A999999999"><v>1</v></c></row>', b'<row r="2"><c r="A2" t="s"><v>99999</v></c></row>'],
    ids=["a row beyond the end", "a word that is not there"],
)
def test_a_workbook_that_says_what_no_sheet_holds_is_a_clear_error(tmp_path, rows):
    whole = book(tmp_path / "a.xlsx", 党员名册=[["a"], ["1"]])
    with pytest.raises(Invalid) as refused:
        cells(with_sheet(whole, SHEET % rows))
    assert refused.value.fields["file"].code == "unreadable_file"


def test_an_object_that_no_cell_can_hold_is_a_bad_row(tmp_path):
    deep = b'{"a": ' + b"[" * 900 + b"]" * 900 + b"}"
    path = written(tmp_path / "a.jsonl", deep + b'\n{"a": 1e400}\n{"a": NaN}\n{"a": 1}\n')
    said = [(row.number, row.broken and row.broken.code) for row in table(path, "").rows]
    assert said == [(1, "bad_json_line"), (2, "bad_json_line"), (3, "bad_json_line"), (4, None)]
    with pytest.raises(Invalid) as refused:
        table(written(tmp_path / "b.jsonl", b"[1]\n"), "")
    assert refused.value.fields["file"].code == "unreadable_file"
