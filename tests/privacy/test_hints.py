"""Skipping by characters must never skip a text that matches."""

import pytest

from matching.privacy import asks, urgent
from matching.privacy.hints import Words, needs


@pytest.mark.parametrize(
    ("pattern", "sets"),
    [
        ("昏迷", ["昏", "迷"]),
        ("昏[倒厥]", ["昏", "倒厥"]),
        ("了?昏", ["昏"]),
        ("(?:叫|喊)…", ["叫喊", "…"]),
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
    groups = [words for _, words in urgent._SIGNS.values()] + [ask.said for ask in asks._ASKS]
    plain = [[regex for _, regex in words._each] for words in groups]
    hits = 0
    for text in filings:
        for words, regexes in zip(groups, plain, strict=True):
            expected = any(regex.search(text) for regex in regexes)
            assert words.are_in(text, frozenset(text)) == expected
            hits += expected
    assert hits > 100


def test_alternatives_are_searched_one_by_one():
    words = Words(["甲[乙丙]", "丁+"])
    assert [m[0] for m in words.finditer("甲丙丁丁", frozenset("甲丙丁丁"))] == ["甲丙", "丁丁"]
    assert not words.are_in("甲", frozenset("甲"))
