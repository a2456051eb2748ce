"""The job that asks: looks for requests that need somebody, settles what was answered, and sends the next wave."""

from datetime import datetime

from matching.db import Database, Work


async def run_waves(database: Database, work: Work, at: datetime) -> int:
    """Returns for how many requests something was done. Does nothing the second time."""
    raise NotImplementedError
