"""One request as docs/domain.md §2 and §3 tell it: who sees and may what, what a verb needs, where it leads.

Written from the document, with natural hours only; it knows nothing of the code but the table of roles that
test_policy.py keeps, also by hand.
"""

from typing import Any

from matching.requests.claims import ClaimerKind
from tests.requests.test_policy import EXPECTED
from tests.requests.told_following import Following
from tests.requests.told_taking import Taking

OPEN = "submitted needs_info accepted dispatched in_progress parked rectifying"
BEFORE_RESULT = "submitted needs_info accepted dispatched in_progress parked"
LEAVES = {  # verb: the states it may leave
    "ask_info": "submitted", "supplement": "needs_info", "correct": BEFORE_RESULT, "reject": "submitted needs_info",
    "accept": "submitted", "approve_wording": "accepted dispatched in_progress parked completed rectifying closed",
    "dispatch": "submitted accepted", "final_ruling": "accepted", "transfer": "dispatched", "sign_for": "dispatched",
    "return_order": "dispatched", "claim": "dispatched", "assign": "dispatched", "decline": "dispatched in_progress",
    "release": "dispatched in_progress", "start": "dispatched", "contact": "in_progress", "extend": "in_progress",
    "answer_extension": "in_progress", "park": "in_progress", "resume": "parked", "complete": "in_progress",
    "rate": "completed", "rate_again": "closed", "close": "completed", "rectify": "rectifying",
    "answer_misjudgement": "rectifying", "reopen": "completed closed", "withdraw": BEFORE_RESULT,
    "ask": "dispatched in_progress", "hand_back": "dispatched in_progress", "seek_cover": "dispatched in_progress",
    "thank": "accepted dispatched in_progress parked completed rectifying closed withdrawn", "move_up": "dispatched",
    "cover": "dispatched in_progress", "nudge": "in_progress", "offer_helper": "in_progress", "help": "in_progress",
    "archive": "closed rejected withdrawn", "urge": OPEN, "public_list": OPEN, "supervise": OPEN, "reply": OPEN,
}  # fmt: skip
ENTERS = {  # where it is always the same
    "ask_info": "needs_info", "supplement": "submitted", "reject": "rejected", "accept": "accepted",
    "dispatch": "dispatched", "final_ruling": "dispatched", "return_order": "accepted", "start": "in_progress",
    "park": "parked", "resume": "in_progress", "complete": "completed", "close": "closed", "reopen": "in_progress",
    "withdraw": "withdrawn", "archive": "archived",
}  # fmt: skip


class Model(Taking, Following):
    """One request as the document tells it."""

    def refusals(self, verb: str, who: str, told: dict[str, Any]) -> set[int]:
        """The statuses that refuse it now; empty when it must succeed."""
        if not self.sees(who):
            return {404}
        roles = self.roles(who)
        if not roles & EXPECTED[verb]:
            return {403}
        if verb == "claim" and told.get("kind") is ClaimerKind.unit and "lead" not in roles:
            return {403}
        if verb == "release" and told.get("person") and "lead" not in roles:
            return {403}
        wrong = set(getattr(self, f"_{verb}_refused", lambda who, told: ())(who, told))
        return wrong if self.state in LEAVES[verb].split() else {409, *(wrong & {422, 403, 429})}

    def done(self, verb: str, who: str, told: dict[str, Any]) -> None:
        """It happened: keep what the document says comes of it."""
        self.steps += 1 + (verb == "dispatch" and self.state == "submitted")
        before = self.state
        self.state = ENTERS.get(verb, self.state)
        getattr(self, f"_{verb}_done", lambda who, told: None)(who, told)
        if self.state != before:
            self.since = self.at
            self.flags -= {"late", "listed", "nudged", "offered"}
