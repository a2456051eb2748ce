"""supervise: a numbered order of the committee, to be answered within 24 hours."""

from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import COMPLETED, HOUR


class TestPromises(Promises):
    act, enters = "supervise", State.submitted
    wrong = COMPLETED
    may_not = ("di", "patient", "lead")


def test_orders_are_numbered_within_their_request(dispatched, wei):
    orders = [dispatched.supervise("请今天办结。", wei, AT).detail["order"] for _ in range(2)]
    assert orders == ["260302-00017-1", "260302-00017-2"]
    assert dispatched.supervisions == 2


def test_the_reply_is_due_in_24_hours_and_the_limit_stays(dispatched, wei):
    before = dispatched.due_at
    dispatched.supervise("请今天办结。", wei, AT)
    assert (dispatched.reply_due_at, dispatched.due_at) == (AT + 24 * HOUR, before)
