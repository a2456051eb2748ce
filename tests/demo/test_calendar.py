"""The wishes move to the weeks before now and keep their weekdays."""

from datetime import datetime, timedelta

import pytest

from matching.clock import SHANGHAI
from matching.demo import DATA
from matching.demo.calendar import FRESH, moved
from matching.importing.reading import table


def at(row, name="submitted_at"):
    return datetime.fromisoformat(row.cells[name])


@pytest.mark.parametrize(
    "now",
    [
        datetime(2026, 4, 1, 9, 0, tzinfo=SHANGHAI),
        datetime(2026, 11, 22, 3, 0, tzinfo=SHANGHAI),
        datetime(2027, 2, 5, 18, 30, tzinfo=SHANGHAI),
        datetime(2028, 2, 29, 23, 59, tzinfo=SHANGHAI),
    ],
)
def test_nothing_is_filed_later_than_now_and_somebody_has_just_filed(now):
    before = {row.cells["id"]: row for row in table(DATA / "wishes.jsonl", "").rows}
    after = moved(list(before.values()), now)
    assert len(after) == len(before)
    assert [at(row) for row in after] == sorted(at(row) for row in after)
    assert now - timedelta(minutes=10) < at(after[-1]) < now
    kept = [row for row in after if at(row).weekday() == at(before[row.cells["id"]]).weekday()]
    assert len(after) - len(kept) <= len(FRESH)
    assert sum(now - at(row) > timedelta(days=35) for row in after) > 20
    for row in after:
        if row.cells["preferred_window.start"]:
            ahead = at(row, "preferred_window.start") - at(row)
            assert ahead == at(before[row.cells["id"]], "preferred_window.start") - at(before[row.cells["id"]])
