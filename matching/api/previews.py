"""Previews of the dials, run by the simulator in a thread."""

import asyncio

from matching.asks.basis import Basis
from matching.engine.model import Dials
from matching.errors import TooMany
from matching.simulation.preview import Preview, preview

DAYS = 14  # that are tried


class Previews:
    """One at a time in a process; who comes meanwhile is told to try again, since each takes seconds of a core."""

    def __init__(self) -> None:
        self._busy = False

    async def run(self, before: Dials, after: Dials, basis: Basis) -> Preview:
        """Raises TooMany("counting")."""
        if self._busy:
            raise TooMany("counting", retry_after=5)
        self._busy = True
        try:
            return await asyncio.to_thread(
                preview, before, after, members=basis.members, arrivals=basis.arrivals, rate=basis.rate, days=DAYS
            )
        finally:
            self._busy = False
