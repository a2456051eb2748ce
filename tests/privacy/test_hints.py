"""Skipping by characters must never skip a text that matches."""

import re

import pytest

from matching.privacy.hints import Words, needs
from matching.privacy.texts import vocabulary, written_out


@pytest.mark.parametrize(
    ("pattern", "sets"),
    [
        ("昏迷", ["昏", "迷"]),
        ("昏[倒厥]", ["昏", "倒厥"]),
        ("了?昏", ["昏"]),
        ("(?:叫|喊)、", ["叫喊", "、"]),
        ("(?:叫|喊)?醒", ["醒"]),
        ("(?<!不)醒(?!来)", ["醒"]),
        ("[^不]醒{0,2}", []),
        (r"\d+", []),
        ("(?:甲|.)", []),
        ("甲{1,3}", ["甲"]),
    ],
)
def test_what_every_match_holds_is_read_from_the_pattern(pattern, sets):
    assert sorted("".join(sorted(s)) for s in needs(pattern)) == sorted("".join(sorted(s)) for s in sets)


def test_brackets_that_do_not_close_are_a_mistake():
    with pytest.raises(ValueError, match="brackets"):
        needs("甲)乙")


def test_skipping_finds_the_same_as_searching_everything(filings):
    signs = vocabulary("urgent")["signs"]
    groups = {name: [written_out(text) for text in sign["means"]] for name, sign in signs.items()}
    plain = {name: re.compile("|".join(f"(?:{text})" for text in texts)) for name, texts in groups.items()}
    words = Words(groups)
    hits = 0
    for text in filings:
        possible = words.possible(text)
        for name, regex in plain.items():
            expected = bool(regex.search(text))
            assert any(one.search(text) for one in possible.get(name, ())) == expected
            hits += expected
    assert hits > 100


def test_only_what_a_text_can_hold_is_searched():
    words = Words({"a": ["甲[乙丙]", "丁+"], "b": [r"\d"]})
    assert {name: [p.pattern for p in patterns] for name, patterns in words.possible("甲丙").items()} == {
        "a": ["甲[乙丙]"],
        "b": [r"\d"],
    }
    assert set(words.possible("甲")) == {"b"}
