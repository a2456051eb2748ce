"""What may stand in a text that somebody typed, whichever way it comes in."""

import re

STRANGE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufffd]")
_UNSEEN = r"\u200b\u2060-\u2064\ufeff\U000e0000-\U000e0fff"
_JOINS = r"\u200c-\u200f"  # between two characters these belong to emoji and to other scripts
_SEEN = rf"[^\s{_UNSEEN}{_JOINS}]"
INVISIBLE = re.compile(rf"[{_UNSEEN}]|(?<!{_SEEN})[{_JOINS}]|[{_JOINS}](?!{_SEEN})")


def readable(text: str) -> str:
    """One kind of line end, nothing that cannot be seen; raises ValueError of a code for what no keyboard types."""
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", "\n")
    if strange := STRANGE.search(text):
        raise ValueError("bad_encoding" if strange[0] == "\ufffd" else "control_characters")
    return INVISIBLE.sub("", text)
