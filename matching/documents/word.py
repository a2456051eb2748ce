"""A document as Word: real styles, headings and fields, in the form of GB/T 9704 (docs/domain.md §8)."""

import io
from datetime import UTC, datetime
from typing import Any

import docx
from docx.document import Document as WordDocument
from docx.enum.section import WD_ORIENT, WD_SECTION
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.shared import Emu, Mm, Pt

from matching.documents.model import (
    Block,
    Chart,
    Document,
    Heading,
    Paragraph,
    Signatures,
    Table,
    printable,
)  # fmt: skip
from matching.documents.numbering import parts
from matching.documents.pdf import heading_pages
from matching.documents.word_charts import draw
from matching.documents.word_fields import bookmarked, contents, number_pages
from matching.documents.word_styles import NOTE, TABLE_TEXT, dress
from matching.documents.word_tables import tabulate

MOST_OF_A_PROPERTY = 255  # characters, as Office allows
WIDE, UPRIGHT = Mm(297 - 28 - 26), Mm(156)


def report_docx(document: Document, *, at: datetime | None = None) -> bytes:
    """The file. The contents name the pages of the PDF; Word counts its own as it opens the file."""
    word = docx.Document()
    dress(word)
    _properties(word, document, at or datetime(2026, 1, 1, tzinfo=UTC))
    _upright(word.sections[0])
    number_pages(word.sections[0])
    made = parts(document.blocks)
    headings = [block for part in made for block in part.blocks if isinstance(block, Heading)]
    _cover(word, document)
    _new_page(word)
    pages = heading_pages(document)
    contents(word, [(printable(one.text), one.level, page) for one, page in zip(headings, pages, strict=True)])
    _new_page(word)
    writing = _Writing(word)
    for part in made:
        writing.turn(part.wide)
        for block in part.blocks:
            writing.put(block)
    writing.turn(False)
    _signed(word, document)
    file = io.BytesIO()
    word.save(file)
    return file.getvalue()


class _Writing:
    """Puts blocks one after the other; knows how the page lies and how many headings and charts there were."""

    def __init__(self, word: WordDocument) -> None:
        self.word, self.wide, self.headings, self.charts = word, False, 0, 0

    def turn(self, wide: bool) -> None:
        """Go on on a page that lies, or stands."""
        if wide == self.wide:
            return
        section = self.word.add_section(WD_SECTION.NEW_PAGE)
        section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = (Mm(297), Mm(210)) if wide else (Mm(210), Mm(297))
        self.wide = wide

    def put(self, block: Block) -> None:
        """One block."""
        if isinstance(block, Heading):
            bookmarked(self.word.add_paragraph(printable(block.text), style=f"Heading {block.level}"), self.headings)
            self.headings += 1
        elif isinstance(block, Paragraph):
            self._paragraph(block)
        elif isinstance(block, Table):
            self._table(block)
        elif isinstance(block, Chart):
            self._chart(block)
        else:
            self._signatures(block)

    def _paragraph(self, block: Paragraph) -> None:
        for line in printable(block.text).split("\n"):
            if block.note:
                self.word.add_paragraph(line, style=NOTE)
                continue
            paragraph = self.word.add_paragraph(line)
            paragraph.paragraph_format.first_line_indent = Pt(32)
            paragraph.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY

    def _table(self, block: Table) -> None:
        self.word.add_paragraph(printable(block.caption), style="Caption")
        tabulate(self.word, block, WIDE if self.wide else UPRIGHT)
        if block.note:
            self.word.add_paragraph(printable(block.note), style=NOTE)
        elif not self.wide:
            self.word.add_paragraph(style=NOTE)

    def _chart(self, block: Chart) -> None:
        self.charts += 1
        line = self.word.add_paragraph()
        line.alignment = WD_ALIGN_PARAGRAPH.CENTER
        line.paragraph_format.line_spacing = 1.0  # as high as the chart is
        line.paragraph_format.keep_with_next = True
        draw(self.word, line, block, self.charts)
        below = self.word.add_paragraph(printable(block.caption), style="Caption")
        below.paragraph_format.keep_with_next = False

    def _signatures(self, block: Signatures) -> None:
        line = self.word.add_paragraph(style=TABLE_TEXT)
        line.paragraph_format.space_before, line.paragraph_format.keep_with_next = Pt(24), True
        each = int((WIDE if self.wide else UPRIGHT) / len(block.labels))
        for n, label in enumerate(block.labels):
            if n:
                line.paragraph_format.tab_stops.add_tab_stop(Emu(each * n))
            line.add_run(("\t" if n else "") + f"{label}：＿＿＿＿＿＿＿＿").font.size = Pt(12)


def _cover(word: WordDocument, document: Document) -> None:
    word.add_paragraph(printable(document.title), style="Title")
    if document.subtitle:
        word.add_paragraph(printable(document.subtitle), style="Subtitle")
    for line in (document.issuer, _day(document)):
        word.add_paragraph(style="Subtitle").add_run(printable(line)).font.size = Pt(14)


def _new_page(word: WordDocument) -> None:
    word.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def _signed(word: WordDocument, document: Document) -> None:
    """Issuer and day at the end, centred on each other, four characters from the right margin (GB/T 9704)."""
    widest = max(len(document.issuer), 9) + 1
    for n, line in enumerate((document.issuer, _day(document))):
        paragraph = word.add_paragraph(printable(line))
        form = paragraph.paragraph_format
        form.alignment, form.keep_with_next = WD_ALIGN_PARAGRAPH.CENTER, n == 0
        form.left_indent, form.right_indent = Emu(max(0, UPRIGHT - Pt(16 * (widest + 4)))), Pt(64)
        form.space_before = Pt(0 if n else 28)


def _day(document: Document) -> str:
    return f"{document.on.year}年{document.on.month}月{document.on.day}日"


def _upright(section: Any) -> None:
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin, section.bottom_margin = Mm(37), Mm(35)
    section.left_margin, section.right_margin = Mm(28), Mm(26)
    section.footer_distance = Mm(25)


def _properties(word: WordDocument, document: Document, at: datetime) -> None:
    about = word.core_properties
    about.title, about.author, about.comments, about.keywords = (
        printable(text)[:MOST_OF_A_PROPERTY]
        for text in (document.title, document.issuer, document.about, "，".join(document.keywords))
    )
    about.language = "zh-CN"
    about.created = about.modified = at.astimezone(UTC).replace(tzinfo=None)
    about.last_modified_by = printable(document.issuer)[:MOST_OF_A_PROPERTY]
