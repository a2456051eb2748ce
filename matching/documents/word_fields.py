"""Fields of a Word file: the page number, and contents that are filled already and can be brought up to date."""

from collections.abc import Sequence
from typing import Any

from docx.document import Document as WordDocument
from docx.enum.text import WD_ALIGN_PARAGRAPH
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Pt

CONTENTS = 'TOC \\o "1-2" \\h \\z \\u'


def number_pages(section: Any) -> None:
    """'— 1 —' at the outer side, one character in (GB/T 9704)."""
    for footer, align in (
        (section.footer, WD_ALIGN_PARAGRAPH.RIGHT),
        (section.even_page_footer, WD_ALIGN_PARAGRAPH.LEFT),
    ):
        footer.is_linked_to_previous = False
        line = footer.paragraphs[0]
        line.alignment = align
        line.paragraph_format.left_indent = line.paragraph_format.right_indent = Pt(14)
        line.add_run("— ")
        _field(line._p, "PAGE", "1")
        line.add_run(" —")


def contents(word: WordDocument, entries: Sequence[tuple[str, int, int]]) -> None:
    """The contents: text, level and page of each heading; Word counts the pages anew when the file is opened.

    The n-th heading must carry the bookmark `bookmark(n)`.
    """
    word.add_paragraph("目　录", style="TOC Heading")
    lines = []
    for n, (text, level, page) in enumerate(entries):
        if level > 2:
            continue
        line = word.add_paragraph(style=f"TOC {level}")
        link = OxmlElement("w:hyperlink")
        link.set(qn("w:anchor"), bookmark(n))
        link.set(qn("w:history"), "1")
        line._p.append(link)
        _run(link, text)
        link.append(_with(OxmlElement("w:r"), OxmlElement("w:tab")))
        _field(link, f"PAGEREF {bookmark(n)} \\h", str(page))
        lines.append(line)
    last = word.add_paragraph(style="TOC 1")
    _framed([line._p for line in (*lines, last)])


def bookmarked(paragraph: Any, n: int) -> None:
    """Mark a heading so that the contents can point at it."""
    start, end = OxmlElement("w:bookmarkStart"), OxmlElement("w:bookmarkEnd")
    for mark in (start, end):
        mark.set(qn("w:id"), str(n + 1))
    start.set(qn("w:name"), bookmark(n))
    first = paragraph._p.find(qn("w:r"))
    first.addprevious(start)
    paragraph._p.append(end)


def bookmark(n: int) -> str:
    """The name of the n-th heading's bookmark; Word gives such names to its own."""
    return f"_Toc{900_000 + n}"


def _framed(lines: list[Any]) -> None:
    """Put the field around its lines, and what Word draws its 'update' tab on around both."""
    begin = OxmlElement("w:fldChar")
    begin.set(qn("w:fldCharType"), "begin")
    begin.set(qn("w:dirty"), "true")
    runs = [_with(OxmlElement("w:r"), begin), _with(OxmlElement("w:r"), _instruction(CONTENTS)), _mark("separate")]
    properties = lines[0].find(qn("w:pPr"))
    for run in reversed(runs):
        properties.addnext(run)
    lines[-1].append(_mark("end"))
    frame, about, kind, inside = (OxmlElement(f"w:{tag}") for tag in ("sdt", "sdtPr", "docPartObj", "sdtContent"))
    for tag, value in (("docPartGallery", "Table of Contents"), ("docPartUnique", "true")):
        part = OxmlElement(f"w:{tag}")
        part.set(qn("w:val"), value)
        kind.append(part)
    lines[0].addprevious(frame)
    _with(frame, _with(about, kind), inside)
    for line in lines:
        inside.append(line)


def _field(parent: Any, instruction: str, shown: str) -> None:
    parent.append(_mark("begin"))
    parent.append(_with(OxmlElement("w:r"), _instruction(instruction)))
    parent.append(_mark("separate"))
    _run(parent, shown)
    parent.append(_mark("end"))


def _mark(kind: str) -> Any:
    mark = OxmlElement("w:fldChar")
    mark.set(qn("w:fldCharType"), kind)
    return _with(OxmlElement("w:r"), mark)


def _instruction(text: str) -> Any:
    said = OxmlElement("w:instrText")
    said.set(qn("xml:space"), "preserve")
    said.text = f" {text} "
    return said


def _run(parent: Any, text: str) -> None:
    said = OxmlElement("w:t")
    said.set(qn("xml:space"), "preserve")
    said.text = text
    parent.append(_with(OxmlElement("w:r"), said))


def _with(parent: Any, *children: Any) -> Any:
    parent.extend(children)
    return parent
