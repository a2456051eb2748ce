"""What a change makes of the pins and forbidden pairs of a proposal."""

from datetime import UTC, datetime

import pytest

from matching.api import planner
from matching.api.planner import MOST_FORBIDDEN, Change
from matching.asks.planning import Prepared
from matching.asks.queue import Queue
from matching.engine.model import Dials, Member, Request
from matching.engine.scoring import BUILT_IN
from matching.errors import Refused


def test_so_many_pairs_may_be_forbidden_and_no_more():
    people = [Member(person) for person in range(MOST_FORBIDDEN + 1)]
    queue = Queue(1, datetime(2026, 3, 2, tzinfo=UTC), [Request(1)], people, BUILT_IN, Dials(), {}, 0)
    known = Prepared(queue, {}, {1: []}, {})
    full = [(1, person) for person in range(MOST_FORBIDDEN)]
    one_more = (1, MOST_FORBIDDEN)
    assert planner._changed(known, [], full[:-1], Change("forbid", one_more)) == ([], [*full[:-1], one_more])
    with pytest.raises(Refused) as refused:
        planner._changed(known, [], full, Change("forbid", one_more))
    assert (refused.value.code, refused.value.params) == ("too_many_items", {"max": MOST_FORBIDDEN})
    again = planner._changed(known, [], full, Change("forbid", full[0]))
    assert len(again[1]) == MOST_FORBIDDEN  # once more is not one more
    gone = [(2, person) for person in range(MOST_FORBIDDEN)]  # of what has left the queue
    assert planner._changed(known, [], gone, Change("forbid", one_more))[1] == [one_more]
