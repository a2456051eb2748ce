"""The styles and fonts of a Word file (GB/T 9704, docs/domain.md §8).

Fonts are named as Chinese offices have them; for machines that lack one the font table names the next best.
"""

from typing import Any

from docx.document import Document as WordDocument
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_LINE_SPACING, WD_TAB_ALIGNMENT, WD_TAB_LEADER
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt, RGBColor

TITLE, BODY, HEI, KAI, SONG = "方正小标宋简体", "仿宋_GB2312", "黑体", "楷体_GB2312", "宋体"
LATIN = "Times New Roman"
INSTEAD = {TITLE: "华文中宋", BODY: "仿宋", KAI: "楷体", HEI: "微软雅黑", SONG: "新宋体"}
TEXT_WIDTH = Mm(156)  # A4 less the margins
TABLE_TEXT, TABLE_HEAD, NOTE = "表格文字", "表格标题行", "表注"

_FONT = (
    '<w:font w:name="{name}"><w:altName w:val="{instead}"/><w:charset w:val="86"/>'
    '<w:family w:val="{family}"/><w:pitch w:val="variable"/></w:font>'
)


def dress(word: WordDocument) -> None:
    """Give a document that python-docx began the styles of ours."""
    _normal(word)
    _style(word, "Title", TITLE, 22, align=WD_ALIGN_PARAGRAPH.CENTER, before=150, line=34)
    _style(word, "Subtitle", KAI, 16, align=WD_ALIGN_PARAGRAPH.CENTER, after=12)
    _style(word, "Heading 1", HEI, 16, indent=True, before=6, keep=True)
    _style(word, "Heading 2", KAI, 16, indent=True, keep=True)
    _style(word, "Heading 3", BODY, 16, indent=True, keep=True, bold=True)
    _style(word, "Caption", HEI, 12, align=WD_ALIGN_PARAGRAPH.CENTER, before=10, after=5, line=18, keep=True)
    _style(word, "Footer", SONG, 14, line=18)
    _style(word, TABLE_TEXT, BODY, 10.5, line=14)
    _style(word, TABLE_HEAD, HEI, 10.5, align=WD_ALIGN_PARAGRAPH.CENTER, line=14, keep=True)
    _style(word, NOTE, KAI, 10.5, before=4, after=10, line=14)
    for level in (1, 2):
        contents = _style(word, f"TOC {level}", BODY, 14, line=26)
        contents.paragraph_format.left_indent = Pt(28 * (level - 1))
        contents.paragraph_format.tab_stops.add_tab_stop(TEXT_WIDTH, WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS)
    _style(word, "TOC Heading", HEI, 16, align=WD_ALIGN_PARAGRAPH.CENTER, before=60, after=10)
    _fonts(word)
    _settings(word)


def named(properties: Any, east: str) -> None:
    """Set the fonts of run properties: `east` for Chinese, Times New Roman for Latin letters and digits."""
    for old in properties.findall(qn("w:rFonts")):
        properties.remove(old)
    fonts = OxmlElement("w:rFonts")
    for script, name in (("ascii", LATIN), ("hAnsi", LATIN), ("eastAsia", east), ("cs", LATIN)):
        fonts.set(qn(f"w:{script}"), name)
    properties.insert(0, fonts)


def _normal(word: WordDocument) -> None:
    normal = _style(word, "Normal", BODY, 16)
    language = OxmlElement("w:lang")
    language.set(qn("w:val"), "en-US")
    language.set(qn("w:eastAsia"), "zh-CN")
    normal.element.get_or_add_rPr().append(language)
    normal.paragraph_format.widow_control = True


def _style(
    word: WordDocument, name: str, font: str, size: float, *, align: Any = None, indent: bool = False,
    before: float = 0, after: float = 0, line: float = 28, keep: bool = False, bold: bool = False,
) -> Any:  # fmt: skip
    styles = word.styles
    style = styles[name] if name in styles else styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
    if name != "Normal":
        style.base_style = styles["Normal"]
    named(style.element.get_or_add_rPr(), font)
    style.font.size, style.font.bold, style.font.italic = Pt(size), bold, False
    style.font.color.rgb = RGBColor(0, 0, 0)
    _plain(style)
    form = style.paragraph_format
    form.alignment = align
    form.space_before, form.space_after = Pt(before), Pt(after)
    form.line_spacing_rule, form.line_spacing = WD_LINE_SPACING.EXACTLY, Pt(line)
    form.keep_with_next = keep
    form.first_line_indent = Pt(size * 2) if indent else None
    style.quick_style, style.hidden, style.unhide_when_used = True, False, False
    return style


def _plain(style: Any) -> None:
    """Take away what the template draws around titles and the letter spacing it gives them."""
    properties = style.element.get_or_add_pPr()
    for tag in ("w:pBdr", "w:contextualSpacing"):
        for old in properties.findall(qn(tag)):
            properties.remove(old)
    for tag in ("w:spacing", "w:kern"):
        for old in style.element.rPr.findall(qn(tag)):
            style.element.rPr.remove(old)


def _fonts(word: WordDocument) -> None:
    fonts = "".join(
        _FONT.format(name=name, instead=instead, family="modern" if name in (HEI, BODY) else "roman")
        for name, instead in INSTEAD.items()
    )
    part = word.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
    part._blob = (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>'
        f"<w:fonts {nsdecls('w')}>{fonts}"
        f'<w:font w:name="{LATIN}"><w:charset w:val="00"/><w:family w:val="roman"/><w:pitch w:val="variable"/></w:font>'
        "</w:fonts>"
    ).encode()


def _settings(word: WordDocument) -> None:
    """Page numbers on the outer side, and the layout of today's Word instead of one that imitates an old one."""
    word.settings.odd_and_even_pages_header_footer = True
    for setting in word.settings.element.iter(qn("w:compatSetting")):
        if setting.get(qn("w:name")) == "compatibilityMode":
            setting.set(qn("w:val"), "15")
