"""The product's own command, with a fault put in from outside: `python -m tests.faults.process FAULTS COMMAND …`.

`--kill-at POINT` (points.py) makes the process end itself by SIGKILL there, as soon as the file `--armed-by` exists;
the file is taken away first, so that the process is killed once. `--clock FILE` moves the process's clock by as many
seconds as the file says. `--full FILE`: while the file exists SQLite's disk has no room for another page.
`--at-once JOB` lets a worker begin with that job. The product knows nothing of any of this.
"""

import argparse
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.faults import points

ROOMY = 2**30  # pages


def main() -> int:
    """Put the faults in, then do what `python -m matching` does."""
    asked = argparse.ArgumentParser()
    asked.add_argument("--kill-at", choices=points.POINTS)
    asked.add_argument("--armed-by", type=Path)
    asked.add_argument("--clock", type=Path)
    asked.add_argument("--full", type=Path)
    asked.add_argument("--at-once", default="")
    faults, command = asked.parse_known_args()
    if faults.clock:
        move_clock(faults.clock)
    if faults.full:
        fill_disk(faults.full)
    if faults.kill_at:
        points.put_in(faults.kill_at, faults.armed_by)
    if faults.at_once:
        begin_with(faults.at_once)
    from matching.__main__ import main as matching  # only now: what it imports has the faults already

    return matching(command)


def move_clock(by: Path) -> None:
    """`clock.now()` is the only clock that the doors look at."""
    from matching import clock

    now = clock.now
    clock.now = lambda: now() + timedelta(seconds=float(by.read_text()))


def fill_disk(full: Path) -> None:
    """SQLite says itself that the disk is full when it may not have another page."""
    from matching import db
    from matching.db.sqlite import Filer

    begin = db.begin

    def begin_on_what_is_left(connection: Any) -> None:
        connection.exec_driver_sql(f"PRAGMA max_page_count={1 if full.exists() else ROOMY}")
        begin(connection)

    commit = Filer._commit

    def commit_on_what_is_left(filer: Any, *args: Any) -> Any:
        if filer._connection is not None:
            filer._connection.execute(f"PRAGMA max_page_count={1 if full.exists() else ROOMY}")
        return commit(filer, *args)

    db.begin, Filer._commit = begin_on_what_is_left, commit_on_what_is_left


def begin_with(name: str) -> None:
    """That job runs as soon as the worker is up, and not only at its next minute."""
    from matching.workers import settings

    cron = settings.cron
    settings.cron = lambda *args, **when: cron(*args, **when, run_at_startup=when["name"] == name)


if __name__ == "__main__":
    sys.exit(main())
