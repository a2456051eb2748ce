"""The wishes were written in one March; the demo wants them in the weeks that end now.

They move by whole weeks, so that 'Wednesday' in a text and the rush on Monday mornings stay true. What would lie in
the future, and every eighth wish, moves CYCLE further back: a board needs an archive too. The newest that name no
time of their own are filed in the last hour, so that somebody always waits, at whatever hour the demo is loaded.
"""

from datetime import datetime, timedelta

from matching.clock import SHANGHAI
from matching.importing.reading import Row

CYCLE, WEEK = timedelta(weeks=5), timedelta(weeks=1)
FRESH = (4, 9, 17, 26, 34, 49, 58)  # minutes before now
TIMES = ("submitted_at", "preferred_window.start", "preferred_window.end")


def moved(rows: list[Row], now: datetime) -> list[Row]:
    """The rows with their times before `now` (and wanted windows moved alike), in the order of filing."""
    newest = max(_at(row) for row in rows)
    today = now.astimezone(SHANGHAI).date()
    weeks = -(-(today - newest.astimezone(SHANGHAI).date()).days // 7)
    result = []
    for place, row in enumerate(rows):
        by = weeks * WEEK
        if _at(row) + by >= now or place % 8 == 3:
            by -= CYCLE
        result.append(_moved(row, by))
    result.sort(key=_at)
    minutes = iter(FRESH)
    for place in range(len(result) - 1, -1, -1):
        if not result[place].cells["preferred_window.start"]:
            before = next(minutes, None)
            if before is None:
                break
            to = now - timedelta(minutes=before, seconds=7 * before)
            result[place] = _moved(result[place], to - _at(result[place]))
    return sorted(result, key=_at)


def _at(row: Row) -> datetime:
    return datetime.fromisoformat(row.cells["submitted_at"])


def _moved(row: Row, by: timedelta) -> Row:
    later = {name: (datetime.fromisoformat(cell) + by).isoformat() for name in TIMES if (cell := row.cells.get(name))}
    return Row(row.number, dict.fromkeys(TIMES, "") | row.cells | later)
