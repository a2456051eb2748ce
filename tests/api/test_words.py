"""Every sentence of the product can be said in every language."""

import runpy
from pathlib import Path
from types import SimpleNamespace

import pytest

from matching.api import i18n

TOP = Path(__file__).parents[2]
words = SimpleNamespace(**runpy.run_path(str(TOP / "scripts/words.py")))


def test_there_is_a_catalogue_for_every_language_but_the_source():
    assert {i18n.SOURCE, *words.languages()} == set(i18n.LANGUAGES)


@pytest.mark.parametrize("lang", words.languages())
def test_the_catalogue_is_complete_and_keeps_the_placeholders(lang):
    assert not list(words.faults(lang)), "run: python scripts/words.py"


def test_the_extraction_reads_code_and_templates():
    found = {one.id for one in words.extracted() if isinstance(one.id, str)}
    assert {"待派单", "需要什么帮助？", "请填写这一项。"} <= found


@pytest.mark.parametrize(
    ("query", "cookie", "header", "lang"),
    [
        (None, None, None, "zh-Hans"),
        ("en", "zh-Hans", "zh-CN", "en"),
        ("xx", "en", "zh-CN", "en"),
        (None, None, "en-GB,en;q=0.9,zh;q=0.8", "en"),
        (None, None, "fr,zh-TW;q=0.5,en;q=0.4", "zh-Hans"),
        (None, None, "en;q=0,zh-CN", "zh-Hans"),
        (None, "</script>", ";;q=9,,", "zh-Hans"),
    ],
)
def test_a_language_is_picked_from_link_then_cookie_then_browser(query, cookie, header, lang):
    assert i18n.pick_language(query, cookie, header) == lang


def test_a_sentence_without_translation_stays_chinese_and_its_names_are_filled():
    assert i18n.translate("en", "没有这句话 {n}", {"n": 3}) == "没有这句话 3"


def test_english_counts_one_and_many():
    say = i18n.translator("en")
    assert say.ngettext("{n} 小时", "{n} 小时", 1) == "{n} hour"
    assert say.ngettext("{n} 小时", "{n} 小时", 2) == "{n} hours"
    assert i18n.translator("zh-Hans").ngettext("{n} 小时", "{n} 小时", 2) == "{n} 小时"
