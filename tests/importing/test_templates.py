"""Empty files to fill in: what somebody fills in by their guide is what the import understands."""

import io

import openpyxl
import pytest

from matching.api.pages.admin.units import TEMPLATES
from matching.importing.running import KINDS
from matching.importing.templates import HINTS, template


@pytest.mark.parametrize("kind", KINDS)
def test_a_template_has_every_column_with_its_guide_and_its_only_words(kind):
    book = openpyxl.load_workbook(io.BytesIO(template(kind)))
    columns = KINDS[kind].columns
    assert book.sheetnames == [KINDS[kind].sheet, "填写说明"]
    sheet, guide = (book[name] for name in book.sheetnames)
    assert [cell.value for cell in sheet[1]] == [column.heading for column in columns]
    assert sheet.freeze_panes == "A2"
    told = [[cell.value or "" for cell in row[:4]] for row in guide.iter_rows(min_row=3)]
    assert told == [[column.heading, "必填" if column.needed else "", *HINTS[column.name]] for column in columns]
    rules = [rule for rule in sheet.data_validations.dataValidation if rule.type == "list"]
    lists = {str(rule.sqref).split(":")[0][:-1]: rule.formula1 for rule in rules}
    for place, column in enumerate(columns):
        example, letter = HINTS[column.name][1], sheet.cell(1, place + 1).column_letter
        if letter in lists and example:
            assert example in lists[letter].strip('"').split(",")
        if example:
            column.read(example)  # the example is understood


def test_every_kind_has_a_template_on_the_page():
    assert set(TEMPLATES) == set(KINDS)
