"""What a preview of the dials says moves the way the dials are turned."""

import pytest

from matching.engine.model import Dials
from matching.simulation.preview import Preview, preview


def turned(after: Dials) -> Preview:
    return preview(Dials(), after, members=50, arrivals=4.0, rate=0.25, days=4)


def test_dials_left_alone_change_nothing() -> None:
    same = turned(Dials())
    assert same.before == same.after


@pytest.mark.parametrize("rate", [0.0, 1.0])
def test_a_hospital_where_nobody_or_everybody_said_yes_can_be_tried(rate: float) -> None:
    found = preview(Dials(), Dials(), members=20, arrivals=2.0, rate=rate, days=3)
    assert 0 <= found.before.filled <= 1


def test_a_hospital_without_requests_has_nothing_to_show() -> None:
    found = preview(Dials(), Dials(), members=10, arrivals=0.0, rate=0.3, days=3)
    assert (found.after.filled, found.after.urgent_p90, found.after.lost) == (0.0, None, 0.0)


def test_a_lower_cap_asks_less() -> None:
    moved = turned(Dials(ask_cap=1.5))
    assert moved.after.asked_weekly < moved.before.asked_weekly


def test_being_surer_asks_more() -> None:
    moved = turned(Dials(target_fast=0.97, target_slow=0.95))
    assert moved.after.asked_weekly > moved.before.asked_weekly
