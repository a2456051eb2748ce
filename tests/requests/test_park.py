"""park: it cannot be solved yet: a plan date instead of a running clock."""

from datetime import date, timedelta

from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import DISPATCHED, IN_PROGRESS, refused


class TestPromises(Promises):
    act, enters = "park", State.parked
    way, wrong, twice = IN_PROGRESS, DISPATCHED, "wrong_state"
    may_not = ("lin", "di", "patient")


def test_no_limit_runs_while_it_is_parked(in_progress, lead):
    in_progress.park(date(2026, 3, 20), "等轮椅修好。", lead, AT)
    assert (in_progress.due_at, in_progress.plan_on) == (None, date(2026, 3, 20))
    assert not in_progress.is_late(AT + timedelta(days=30))


def test_the_plan_date_is_later_than_today_in_shanghai(in_progress, lead):
    late = AT.replace(hour=16, minute=30)  # 00:30 on the third there
    with refused("plan_date_needed"):
        in_progress.park(date(2026, 3, 3), "", lead, late)
    in_progress.park(date(2026, 3, 4), "", lead, late)


def test_the_plan_date_is_a_year_away_at_most(in_progress, lead):
    with refused("time_too_far"):
        in_progress.park(AT.date() + timedelta(days=367), "", lead, AT)
    in_progress.park(AT.date() + timedelta(days=366), "", lead, AT)


def test_who_had_it_keeps_it(in_progress, lead):
    in_progress.park(date(2026, 3, 20), "", lead, AT)
    assert [claim.name for claim in in_progress.active_claims] == ["林晓云"]
