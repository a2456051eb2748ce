"""LibreOffice opens what we write: the nearest thing to Word and Excel that a test can have."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest
from pypdf import PdfReader

from matching.documents.excel import Field, Ledger
from matching.documents.excel_report import report_xlsx
from matching.documents.word import report_docx
from tests.documents.samples import DOCUMENT, HEADINGS

SOFFICE = shutil.which("soffice")
pytestmark = pytest.mark.skipif(SOFFICE is None and "CI" not in os.environ, reason="LibreOffice is not installed")


def test_word_and_excel_files_open_and_print_with_all_they_say(tmp_path: Path):
    (tmp_path / "report.docx").write_bytes(report_docx(DOCUMENT))
    (tmp_path / "book.xlsx").write_bytes(report_xlsx(DOCUMENT))
    ledger = Ledger(tmp_path / "ledger.xlsx", "需求台账", (Field("诉求内容", 30, wrap=True),))
    ledger.write_all([("=1+1",), ("推轮椅",)])
    ledger.finish()
    files = sorted(str(path) for path in tmp_path.iterdir())
    home = f"-env:UserInstallation=file://{tmp_path}/home"
    command = [SOFFICE or "soffice", home, "--headless", "--convert-to", "pdf", "--outdir", str(tmp_path), *files]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    word, book, list_ = (
        "".join(page.extract_text() for page in PdfReader(tmp_path / f"{name}.pdf").pages)
        for name in ("report", "book", "ledger")
    )
    assert all(heading in word for heading in HEADINGS)
    assert "— 2 —" in word
    assert "100.0%" in word
    assert "质量" in book
    assert "=1+1" in list_
    assert "推轮椅" in list_
