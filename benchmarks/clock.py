"""What one due date costs: `python benchmarks/clock.py` prints microseconds per call, best of five runs.

Filing calls `due` once, a page of overdue work calls `used` once a row. The cold figures are for the first call
in a process (the holiday data are read for each year once) and for the first call on a new calendar.
"""

import sys
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from timeit import repeat

sys.path.insert(0, str(Path(__file__).parents[1]))

from matching.clock import Calendar, Limit

START = datetime(2026, 9, 18, 1, 30, tzinfo=UTC)


def micros(call: Callable[[], object], number: int = 20_000, runs: int = 5) -> float:
    return min(repeat(call, number=number, repeat=runs)) / number * 1e6


def main() -> None:
    calendar = Calendar({date(2026, 9, 20): False})
    print(f"first due in a process     {micros(lambda: calendar.due(START, Limit.parse('7d')), 1, 1):10.1f} µs")
    print(f"first due on a calendar    {micros(lambda: Calendar().due(START, Limit.parse('7d')), 200):10.1f} µs")
    for text in ("2h", "24h", "1wd", "7d", "15d"):
        limit = Limit.parse(text)
        print(f"due, {text:<4}                  {micros(lambda limit=limit: calendar.due(START, limit)):10.2f} µs")
    week, later = Limit.parse("7d"), START + timedelta(days=12)
    pause = [(START + timedelta(days=2), START + timedelta(days=4))]
    print(f"elapsed, working           {micros(lambda: calendar.elapsed(START, later, True)):10.2f} µs")
    print(f"used, working, one pause   {micros(lambda: calendar.used(START, week, later, pause)):10.2f} µs")
    print(f"Limit.parse                {micros(lambda: Limit.parse('7d')):10.2f} µs")


if __name__ == "__main__":
    main()
