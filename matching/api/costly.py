"""Reads that take a moment of a core each: as often as people look, and not as fast as a program can ask."""

from fastapi import Depends

from matching.api.deps import SignedIn, TheParts
from matching.api.limits import FIGURES


async def _figures_counted(parts: TheParts, by: SignedIn) -> None:
    await parts.limiter.hit(FIGURES, "too_many_figures", f"figures {by.id}")


FIGURES_COUNTED = Depends(_figures_counted)
"""Of a router whose routes read figures: each counts for the person, by page or program. Raises TooMany."""
