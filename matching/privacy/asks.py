"""Recognising asks that are refused (docs/domain.md §5): money, gifts to staff, queue jumping, paid help, diagnoses.

Each kind has patterns (vocabulary/asks.toml) that name it and, where needed, words that must stand elsewhere in the text or must not. What
is denied ('不要加号', '不是借钱') or asked about as a rule ('加号的流程') is allowed.
"""

from dataclasses import dataclass

from matching.privacy.hints import Words
from matching.privacy.texts import pattern, vocabulary, written_out


@dataclass(frozen=True, slots=True)
class _Ask:
    """One way to ask. `needs` must also stand somewhere in the text; with `unless` anywhere in it nothing is found."""

    kind: str
    said: Words
    needs: Words | None = None
    unless: Words | None = None


def _read() -> tuple[_Ask, ...]:
    book = vocabulary("asks")
    words: dict[str, str] = {}
    for name, alternatives in book["words"].items():
        words[name] = f"(?:{pattern(alternatives, words)})"
    known: dict[tuple[str, ...], Words] = {}

    def read(alternatives: list[str]) -> Words:
        return known.setdefault(tuple(alternatives), Words(written_out(text, words) for text in alternatives))

    return tuple(
        _Ask(
            ask["kind"],
            read(ask["said"]),
            read(ask["needs"]) if "needs" in ask else None,
            read(ask["unless"]) if "unless" in ask else None,
        )
        for ask in book["asks"]
    )


_ASKS = _read()


def banned_ask(text: str) -> str | None:
    """Return which refused ask folded, lower-case `text` makes: one of consent.BANNED, or None."""
    letters = frozenset(text)
    there: dict[Words, bool] = {}
    for ask in _ASKS:
        if ask.needs:
            if ask.needs not in there:
                there[ask.needs] = ask.needs.are_in(text, letters)
            if not there[ask.needs]:
                continue
        if ask.said.are_in(text, letters) and not (ask.unless and ask.unless.are_in(text, letters)):
            return ask.kind
    return None
