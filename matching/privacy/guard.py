"""Reading free text as it is filed: what is personal in it, whether it is urgent, whether it asks what is refused.

Words and rules that can be explained, and one sum of learned weights for emergencies; a filing costs well under a
millisecond (benchmarks/guard.py). Simplified and traditional Chinese, Cantonese and English. How well it reads:
tests/privacy/test_guard_figures.py.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from matching.privacy import asks, names, personal, urgent
from matching.privacy.texts import fold

MARKS = {
    "phone": "〔电话〕",
    "id_number": "〔证件号〕",
    "bank_card": "〔卡号〕",
    "wechat_id": "〔微信号〕",
    "account": "〔账号〕",
    "bed_no": "〔床号〕",
    "address": "〔地址〕",
    "full_name": "〔姓名〕",
}
"""What stands in the text instead. The order is the precedence where two readings overlap."""

_RANK = {kind: rank for rank, kind in enumerate(MARKS)}
_FINDERS = (
    ("phone", personal.phones),
    ("id_number", personal.papers),
    ("bank_card", personal.cards),
    ("wechat_id", personal.wechat_ids),
    ("account", personal.accounts),
    ("bed_no", personal.beds),
    ("address", personal.addresses),
)


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """One personal thing: `type` is a key of MARKS; offsets are code points of the text as typed, the end exclusive."""

    start: int
    end: int
    type: str


@dataclass(frozen=True, slots=True)
class Findings:
    """What was read in one text. `banned` is one of consent.BANNED; an emergency is never banned."""

    spans: tuple[Span, ...] = ()
    emergency: bool = False
    banned: str | None = None


def inspect(text: str) -> Findings:
    """Return what `text` holds. Spans are in order and do not overlap."""
    if not text:
        return Findings()
    plain = fold(text)
    low = plain.lower()
    emergency = urgent.is_emergency(low)
    return Findings(_spans(plain, low), emergency, None if emergency else asks.banned_ask(low))


def inspect_filing(*fields: str) -> tuple[Findings, ...]:
    """Return findings per field, in order. Urgency and banned asks are read across all fields, and told with each."""
    plain = [fold(field) for field in fields]
    low = [text.lower() for text in plain]
    together = "\n".join(low)
    emergency = urgent.is_emergency(together)
    banned = None if emergency else asks.banned_ask(together)
    return tuple(Findings(_spans(p, lo), emergency, banned) for p, lo in zip(plain, low, strict=True))


def mask(text: str, spans: Iterable[Span]) -> str:
    """Return `text` with each span replaced by its mark, as everybody but the active claimer reads it."""
    shown, at = "", 0
    for span in sorted(spans):
        shown += text[at : span.start] + MARKS[span.type]
        at = span.end
    return shown + text[at:]


def masked(text: str) -> str:
    """Return `text` with everything personal in it replaced by marks."""
    return mask(text, inspect(text).spans)


def _spans(plain: str, low: str) -> tuple[Span, ...]:
    if not plain:
        return ()
    kept: list[Span] = []
    for span in sorted(_found(plain, low), key=lambda span: (_RANK[span.type], span.start - span.end)):
        kept += _uncovered(span, kept)
    return tuple(sorted(kept))


def _uncovered(span: Span, others: list[Span]) -> Iterator[Span]:
    """Yield what of `span` no other span hides already: where readings differ, nothing of either is left to read."""
    start = span.start
    for other in sorted(o for o in others if o.start < span.end and span.start < o.end):
        if start < other.start:
            yield Span(start, other.start, span.type)
        start = max(start, other.end)
    if start < span.end:
        yield Span(start, span.end, span.type)


def _found(plain: str, low: str) -> Iterator[Span]:
    for kind, find in _FINDERS:
        for start, end in find(low):
            yield Span(start, end, kind)
    for start, end in names.full_names(plain):
        yield Span(start, end, "full_name")
