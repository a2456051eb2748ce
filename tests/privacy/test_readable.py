"""What somebody typed, whichever way it comes in."""

import pytest

from matching.privacy.readable import readable


@pytest.mark.parametrize("unseen", ["\u200b\u200b\u200b", "\u200d\u200c\u200e", "\u2060\ufeff", "\U000e0041\U000e007f"])
def test_what_cannot_be_seen_is_nothing(unseen: str):
    assert readable(unseen) == ""
    assert readable(f"借轮椅{unseen}") == "借轮椅"


def test_what_joins_two_characters_stays():
    assert readable("谢谢👩\u200d⚕️") == "谢谢👩\u200d⚕️"


@pytest.mark.parametrize(("text", "code"), [("a\x00b", "control_characters"), ("a\ufffd", "bad_encoding")])
def test_what_no_keyboard_types_is_refused_by_code(text: str, code: str):
    with pytest.raises(ValueError, match=code):
        readable(text)
