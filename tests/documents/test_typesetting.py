"""Typst source and data become pages whose text can be read again."""

import io
from datetime import UTC, datetime

import pytest
from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from matching.documents.typesetting import SANS, SERIF, pdf

SOURCE = f"""
#let data = json(bytes(sys.inputs.data))
#set page(width: 100mm, height: 60mm)
#set text(font: "{SERIF}", lang: "zh", region: "cn")
#data.name
#text(font: "{SANS}", data.said)
"""


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
    fonts = fonts_of(pdf(SOURCE, {"name": "张䶮", "said": "志愿服务"}))
    assert {name.split("+")[1].split("-")[0] for name in fonts} == {"NotoSerifSC", "NotoSansSC"}
    assert all(fonts.values())


def test_the_same_words_at_the_same_time_are_the_same_file():
    at = datetime(2026, 9, 30, tzinfo=UTC)
    assert pdf(SOURCE, {"name": "张", "said": "好"}, at=at) == pdf(SOURCE, {"name": "张", "said": "好"}, at=at)


def test_a_wrong_source_is_an_error_of_ours():
    with pytest.raises(RuntimeError):
        pdf("#nothing-of-this-name", {})
