"""Reading whether a text tells of a possibly life-threatening state happening now (docs/domain.md §5).

Each sign (vocabulary/urgent.toml) weighs 1 (common), 2 (alarming) or 3 (enough alone); 3 in sum is an emergency. A sign
does not count where it is denied, past, feared, taught, quoted from a report or a figure of speech. A missed emergency
is the worst mistake, so a word for 'now' in its clause outweighs these, except denial and figures of speech. Where the
vocabulary does not reach, a text that sounds like the emergencies filed before (`likeness`) is taken for one.
"""

import re

from matching.privacy.hints import Words
from matching.privacy.likeness import likeness
from matching.privacy.texts import pattern, vocabulary, written_out

ENOUGH = 3
_WITH_A_SIGN, _ALONE, _NEARLY_CERTAIN = 0.3, 0.65, 0.9

_WORDS = vocabulary("urgent")
_WEIGHTS = {name: sign["weight"] for name, sign in _WORDS["signs"].items()}
_SIGNS = Words({name: map(written_out, sign["means"]) for name, sign in _WORDS["signs"].items()})
_WHEN = {name: re.compile(pattern(words)) for name, words in _WORDS["context"].items()}
_NOW, _SUDDEN, _PAST, _DONE_AFTER = _WHEN["now"], _WHEN["sudden"], _WHEN["past"], _WHEN["done_after"]
_DENIED, _ASKED, _FEARED, _FIGURE = _WHEN["denied"], _WHEN["asked"], _WHEN["feared"], _WHEN["figure"]
_OVER, _TAUGHT, _PERSON, _WRITTEN = _WHEN["over"], _WHEN["taught"], _WHEN["person"], _WHEN["written"]
_THING, _RUDE, _DEAF = _WHEN["thing"], _WHEN["rude"], _WHEN["deaf"]
_LIVE, _ANYBODY = _WHEN["live"], _WHEN["anybody"]
_BY_FIGURE = frozenset(
    {
        "awake",
        "dim",
        "breath",
        "fit",
        "bleed",
        "blood",
        "suicide",
        "dying",
        "chest",
        "heart",
        "cry",
        "choke",
        "pulse",
        "stifle",
        "silent",
    }
)
_BY_THING = frozenset(
    {"awake", "dim", "breath", "breath_mild", "dying", "fit", "cramp", "cry", "pulse", "stroke", "silent", "choke"}
)
_DARK = frozenset({"suicide", "despair"})
_MARK = re.compile(r"[,。;!?\n、]|(?<!\d)\.|\.(?!\d)")
_FULL_STOP = re.compile(r"[。;!?\n]|(?<!\d)\.(?!\d)")


def is_emergency(text: str, likely: float | None = None) -> bool:
    """Tell whether folded, lower-case `text` describes a danger to somebody's life now.

    `likely` is how much it sounds like one, 0 to 1; by default the learned likeness. Where a sign counts, less of it is
    enough; where something is told as past, over, taught or written (or in English, of which it learned little), nearly
    certain is asked for.
    """
    signs = _weight_of_signs(text)
    if signs >= ENOUGH:
        return True
    sounds = likeness(text) if likely is None else likely
    if sounds < _WITH_A_SIGN:
        return False
    if any(context.search(text) for context in (_TAUGHT, _OVER, _PAST, _WRITTEN)) or (text.isascii() and not signs):
        return sounds >= _NEARLY_CERTAIN
    return sounds >= (_WITH_A_SIGN if signs else _ALONE)


def _weight_of_signs(text: str) -> int:
    weight, bonus = 0, 0
    for name, patterns in _SIGNS.possible(text).items():
        clauses = [
            clause
            for pattern in patterns
            for match in pattern.finditer(text)
            if _counts(name, text, match, *(clause := _around(_MARK, text, match.start(), match.end())))
        ]
        if clauses:
            weight += _WEIGHTS[name]
            bonus = bonus or int(any(_presses(text, start, end) for start, end in clauses))
    return weight + bonus


def _presses(text: str, start: int, end: int) -> bool:
    """Tell whether the clause says that it came suddenly, or that somebody has it now."""
    return bool(
        _SUDDEN.search(text, start, end) or (_NOW.search(text, start, end) and _PERSON.search(text, start, end))
    )


def _counts(name: str, text: str, match: re.Match[str], start: int, end: int) -> bool:
    """Tell whether the sign at `match` in the clause text[start:end] is meant, present and real."""
    before = text[start : match.start()]
    if _DENIED.search(before) and not _ASKED.search(before):
        return False
    if name in _BY_THING and _THING.search(before):
        return False
    urgent_now = bool(_NOW.search(text, start, end))
    if name in _BY_FIGURE and _FIGURE.search(before) and not _SUDDEN.search(text, start, end):
        return False
    if name == "awake" and _DEAF.search(text):
        return False
    if name == "fit" and _RUDE.search(text[start:end]):
        return False
    if name == "silent" and not _PERSON.search(text, start, end):
        return False
    taught = bool(_TAUGHT.search(text, start, end))
    if taught and not _LIVE.search(text, start, end) and _ANYBODY.search(text, start, end):
        return False
    if urgent_now:
        return True
    if _DONE_AFTER.match(text, match.end()) or _PAST.search(text, start, end) or _FEARED.search(before):
        return False
    sentence = slice(*_around(_FULL_STOP, text, match.start(), match.end()))
    if _WRITTEN.search(text, start, end) or (_WRITTEN.search(text[sentence]) and _quoted(text, match)):
        return False
    if taught or (_TAUGHT.search(text[sentence]) and not _PERSON.search(text, start, end)):
        return False
    return name in _DARK or not _OVER.search(text, match.start())


def _around(mark: re.Pattern[str], text: str, start: int, end: int) -> tuple[int, int]:
    """Return the borders of what stands between two marks around text[start:end]."""
    left = 0
    for found in mark.finditer(text, 0, start):
        left = found.end()
    right = mark.search(text, end)
    return left, right.start() if right else len(text)


def _quoted(text: str, match: re.Match[str]) -> bool:
    opened = max(text.rfind(quote, 0, match.start()) for quote in '“「"')
    return opened >= 0 and not any(quote in text[opened + 1 : match.start()] for quote in '”」"')
