"""Recognising asks that are refused (docs/domain.md §5): money, gifts to staff, queue jumping, paid help, diagnoses.

Each kind has patterns (vocabulary/asks.toml) that name it and, where needed, words that must stand elsewhere in the text or must not. What
is denied ('不要加号', '不是借钱') or asked about as a rule ('加号的流程') is allowed.
"""

from matching.privacy.hints import Words
from matching.privacy.texts import pattern, vocabulary, written_out

_BOOK = vocabulary("asks")
_NAMED: dict[str, str] = {}
for _name, _alternatives in _BOOK["words"].items():
    _NAMED[_name] = f"(?:{pattern(_alternatives, _NAMED)})"
_PARTS = Words(
    {
        f"{part} {place}": [written_out(text, _NAMED) for text in ask[part]]
        for place, ask in enumerate(_BOOK["asks"])
        for part in ("said", "needs", "unless")
        if part in ask
    }
)
_ASKS = tuple((str(ask["kind"]), place, "needs" in ask) for place, ask in enumerate(_BOOK["asks"]))


def banned_ask(text: str) -> str | None:
    """Return which refused ask folded, lower-case `text` makes: one of consent.BANNED, or None."""
    possible = _PARTS.possible(text)

    def stands(part: str, place: int) -> bool:
        return any(regex.search(text) for regex in possible.get(f"{part} {place}", ()))

    for kind, place, has_needs in _ASKS:
        if stands("said", place) and (not has_needs or stands("needs", place)) and not stands("unless", place):
            return kind
    return None
