"""Typst source and data become pages whose text can be read again."""

import io
from datetime import UTC, datetime
from typing import NamedTuple

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from matching.documents.coverage import missing
from matching.documents.typesetting import RARE, SANS, SERIF, fonts, pdf, unprintable

NEWEST = chr(0x33479)  # the last Han character of Unicode 17: in no font yet
SOURCE = f"""
#let data = json(bytes(sys.inputs.data))
#set page(width: 100mm, height: 60mm)
#set text(font: "{SERIF}", lang: "zh", region: "cn")
#data.name
#text(font: "{SANS}", data.said)
#sys.inputs.lacking
"""


class FontInfo(NamedTuple):
    """What is known of a font."""

    path: str
    index: int = 0


def fonts_of(made: bytes) -> dict[str, bool]:
    """The fonts that the pages use, and whether each is embedded."""
    found: dict[str, bool] = {}
    for page in PdfReader(io.BytesIO(made)).pages:
        for font in page["/Resources"].get_object()["/Font"].get_object().values():
            below = font.get_object()["/DescendantFonts"][0].get_object()
            descriptor: DictionaryObject = below["/FontDescriptor"].get_object()
            found[str(font.get_object()["/BaseFont"])] = any(
                key in descriptor for key in ("/FontFile", "/FontFile2", "/FontFile3")
            )
    return found


def test_what_people_wrote_is_printed_and_never_obeyed():
    said = '#read("/etc/passwd") *不加粗* $x$ @ref \\ "引号" <标签> 👍'
    text = PdfReader(io.BytesIO(pdf(SOURCE, {"name": "张䶮", "said": said}))).pages[0].extract_text()
    assert "张䶮" in text
    assert '#read("/etc/passwd") *不加粗* $x$ @ref' in text.replace("\n", " ")


def test_the_fonts_are_our_own_and_embedded():
    found = fonts_of(pdf(SOURCE, {"name": "张䶮", "said": "志愿服务"}))
    assert {name.split("+")[1].split("-")[0] for name in found} == {"NotoSerifSC", "NotoSansSC"}
    assert all(found.values())


def test_rare_characters_of_names_are_printed_with_a_font_that_comes_with_the_program():
    names = "𠮷田、𡋾、𡝗、䶮、㛃、𫖮、𬱖"
    source = SOURCE.replace(f'font: "{SERIF}"', f'font: ("{SERIF}", "{RARE}")')
    made = pdf(source, {"name": names, "said": "好"})
    assert "DianliangRareHan" in " ".join(fonts_of(made))
    assert all(fonts_of(made).values())
    text = PdfReader(io.BytesIO(made)).pages[0].extract_text()
    assert names in text
    assert "方框" not in text
    assert unprintable(names, anywhere=True) == ""


def test_a_character_without_a_font_is_named_in_the_document_instead_of_standing_there_as_a_box_alone():
    assert unprintable(f"张{NEWEST}三，{NEWEST}\n\t\u3000\u200b\ufe0f") == NEWEST
    text = PdfReader(io.BytesIO(pdf(SOURCE, {"name": f"张{NEWEST}", "said": "好"}))).pages[0].extract_text()
    assert "没有以下字符的字体，本文中显示为方框：U+33479。" in text.replace("\n", "")


def test_every_font_of_this_machine_can_be_asked_what_it_has():
    known = fonts().fonts()
    latin = [font for font in known if missing("A", [font]) == ""]
    assert len(latin) > len(known) / 2
    assert missing(NEWEST, known) == NEWEST
    assert missing("永A", known[:0]) == "A永"


def test_a_file_that_is_no_font_has_no_characters(tmp_path):
    for content in (b"", b"ttcf", b"\0\1\0\0\0\x05", b"\0\1\0\0" + b"\0" * 40):
        path = tmp_path / f"{len(content)}.ttf"
        path.write_bytes(content)
        assert missing("永", [FontInfo(str(path))]) == "永"
    assert missing("永", [FontInfo(str(tmp_path / "none.ttf"))]) == "永"


def test_the_same_words_at_the_same_time_are_the_same_file():
    at = datetime(2026, 9, 30, tzinfo=UTC)
    assert pdf(SOURCE, {"name": "张", "said": "好"}, at=at) == pdf(SOURCE, {"name": "张", "said": "好"}, at=at)


def test_a_wrong_source_is_an_error_of_ours():
    with pytest.raises(RuntimeError):
        pdf("#nothing-of-this-name", {})
