"""Channels count bytes, people read characters."""

MORE = "…"


def cut(text: str, most: int) -> str:
    """`text` in at most `most` bytes of UTF-8, ended by '…' where something is missing; no character is torn."""
    raw = text.encode()
    if len(raw) <= most:
        return text
    return raw[: most - len(MORE.encode())].decode(errors="ignore").rstrip() + MORE
