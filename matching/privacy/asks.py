"""Recognising asks that are refused (docs/domain.md §5): money, gifts to staff, queue jumping, paid help, diagnoses.

Each kind has patterns (vocabulary/asks.toml) that name it and, where needed, words that must stand elsewhere in the
text or must not. What is denied ('不要加号', '不是借钱') or asked about as a rule ('加号的流程') is allowed.
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
_ASKS = tuple(
    (str(ask["kind"]), f"said {place}", f"needs {place}" if "needs" in ask else "", f"unless {place}")
    for place, ask in enumerate(_BOOK["asks"])
)


def banned_ask(text: str) -> str | None:
    """Return which refused ask folded, lower-case `text` makes: one of consent.BANNED, or None."""
    possible = _PARTS.possible(text)

    def stands(part: str) -> bool:
        return any(regex.search(text) for regex in possible.get(part, ()))

    for kind, said, needs, unless in _ASKS:
        if said in possible and stands(said) and (not needs or stands(needs)) and not stands(unless):
            return kind
    return None
