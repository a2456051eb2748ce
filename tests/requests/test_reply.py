"""reply: the unit's answer to the newest order."""

from matching.requests.states import State
from tests.cast import AT
from tests.requests.promises import Promises
from tests.requests.scene import DISPATCHED, refused


class TestPromises(Promises):
    act, enters = "reply", State.dispatched
    way, twice = (*DISPATCHED, "supervise"), "nothing_to_answer"
    wrong = (*DISPATCHED, "supervise", "claim", "contact", "complete")
    may_not = ("lin", "di", "wei", "patient")


def test_it_answers_what_was_ordered_and_nothing_else(dispatched, wei, lead):
    with refused("nothing_to_answer"):
        dispatched.reply("下午办。", lead, AT)
    dispatched.supervise("请今天办结。", wei, AT)
    dispatched.reply("下午办。", lead, AT)
    assert dispatched.reply_due_at is None
