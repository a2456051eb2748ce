"""A report from its material: the chapters of docs/domain.md §8 in their order. Pure.

What people wrote comes first in its chapter; what the figures say follows. Every number is one of the figures, shown
with their own text, so that Word, PDF, Excel and the pages agree.
"""

from matching.documents.model import Block, Document, Heading, Paragraph
from matching.reports.written.chapters import (
    appendix,
    basics,
    cases,
    data,
    plans,
    practice,
    problems,
    units,
)
from matching.reports.written.material import CHAPTERS, About, Chapter, Material
from matching.reports.written.periods import said

TITLES = {About.hospital: "志愿服务工作报告", About.branch: "志愿服务工作报告", About.partner: "共建工作报告"}
BUILT = {
    Chapter.basics: basics.blocks,
    Chapter.practice: practice.blocks,
    Chapter.data: data.blocks,
    Chapter.units: units.blocks,
    Chapter.cases: cases.blocks,
    Chapter.problems: problems.blocks,
    Chapter.plans: plans.blocks,
    Chapter.tables: appendix.blocks,
}


def document(material: Material) -> Document:
    """The report, ready to be written as Word, PDF or Excel."""
    blocks: list[Block] = []
    for chapter in Chapter:
        blocks.append(Heading(CHAPTERS[chapter]))
        if words := material.words.get(chapter, ""):
            blocks.append(Paragraph(words))
        blocks.extend(BUILT[chapter](material))
    when = said(material.period)
    return Document(
        title=(material.name if material.about is not About.hospital else material.issuer) + TITLES[material.about],
        issuer=material.issuer,
        on=material.on,
        blocks=blocks,
        subtitle=f"（{when}）",
        about=f"{material.about} {material.code} {material.period.code}".replace("  ", " "),
        keywords=(material.name, when),
    )


def file_name(material: Material, ending: str) -> str:
    """What the file is called when it is taken away."""
    made = document(material)
    return f"{made.title}{made.subtitle}.{ending}"
