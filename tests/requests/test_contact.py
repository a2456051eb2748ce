"""contact: the first real contact with the requester; nothing is completed before."""

from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import DISPATCHED, HOUR, IN_PROGRESS, refused


class TestPromises(Promises):
    act, enters = "contact", State.in_progress
    way, twice = IN_PROGRESS, "already_contacted"
    wrong = ("second", *DISPATCHED, "claim")
    may_not = ("zhao", "lead", "di", "patient")


def test_the_time_of_the_first_contact_is_kept(in_progress, lin):
    in_progress.contact("电话说好了。", lin, AT + HOUR)
    with refused("already_contacted"):
        in_progress.contact("又打了一次。", lin, AT + 2 * HOUR)
    assert in_progress.contacted_at == AT + HOUR
