"""The verbs of finding people for it: asking members, one in another's place, and what is done when nobody calls.

Whom to ask, and that who comes was asked, is the business of the room of asks; here is what becomes of the request.
`people` are inner ids: they stand in a Step's detail and are shown to nobody who may not know who was asked.
"""

from collections.abc import Sequence
from datetime import datetime

from matching.errors import WrongState
from matching.people.actor import Actor
from matching.requests.claims import Claim, ClaimerKind, ClaimStatus
from matching.requests.row import RequestRow
from matching.requests.states import BackReason, State
from matching.requests.steps import Step


class Asking(RequestRow):
    """Whom do we ask, and whom do we thank?"""

    def ask(self, people: Sequence[int], purpose: str, wave: int, target: float, by: Actor, at: datetime) -> Step:
        """These people are asked: for a slot, to take somebody's place, or to help (`purpose`, of asks.model).

        `wave` counts from 1; `target` is the chance (0 to 1) with which the wave should fill what is open.
        """
        return self._move("ask", by, at, people=list(people), purpose=purpose, wave=wave, target=target)

    def thank(self, people: Sequence[int], by: Actor, at: datetime) -> Step:
        """They were asked and need not come any more: others were quicker, or it is not needed."""
        return self._move("thank", by, at, people=list(people))

    def hand_back(self, why: BackReason, purpose: str, by: Actor, at: datetime) -> Step:
        """Back to the lead. `nobody`: all who could be asked were, for `purpose`; who has it keeps it.

        `not_contacted`: who took it never called; their claims end, and it is dispatched again with its limits running
        on. Raises WrongState already_contacted or no_claimer.
        """
        if why is BackReason.nobody:
            step = self._move("hand_back", by, at, reason=why, purpose=purpose, to=State(self.state))
            for claim in self.active_claims:
                claim.cover_asked_at = None if purpose == "cover" else claim.cover_asked_at
            return step
        if self.contacted_at is not None:
            raise WrongState("already_contacted")
        if self.state == State.dispatched:
            raise WrongState("no_claimer")
        step = self._move("hand_back", by, at, reason=why, purpose=purpose, to=State.dispatched)
        self._end_claims(ClaimStatus.released, at)
        self._set_due()
        return step


class Healing(RequestRow):
    """They took it, and nobody has called yet."""

    def nudge(self, by: Actor, at: datetime) -> Step:
        """Please call: half of the time is gone. Once for those who have it now."""
        step = self._move("nudge", by, at)
        self.nudged_at = at
        return step

    def offer_helper(self, people: Sequence[int], by: Actor, at: datetime) -> Step:
        """Still no call: these people are asked to lend a hand. Once for those who have it now."""
        step = self._move("offer_helper", by, at, people=list(people))
        self.helper_offered_at = at
        return step

    def help(self, by: Actor, at: datetime) -> Step:
        """Somebody comes along without a slot, as in a group. Raises WrongState already_claimed_by_you."""
        self._admit("help", by, at)
        if self.is_claimed_by(by.id):
            raise WrongState("already_claimed_by_you")
        kind = ClaimerKind.member
        step = self._move("help", by, at, person=by.id, kind=kind, name=by.name, slots=[[by.id, None]])
        self._joins(by, None, at)
        return step

    def _joins(self, by: Actor, slot: int | None, at: datetime) -> None:
        self.claims.append(Claim(root_id=self.root_id, slot=slot, person_id=by.id or 0, name=by.name, at=at))


class Covering(Healing):
    """Somebody else in my place."""

    def seek_cover(self, note: str, by: Actor, at: datetime) -> Step:
        """A claimer cannot come and looks for somebody in their place; until then it stays theirs.

        Once while it is open. Who only helps just lets go, and a unit finds its own people.
        """
        step = self._move("seek_cover", by, at, note=note)
        for claim in self.active_claims:
            if claim.person_id == by.id:
                claim.cover_asked_at = at
        return step

    def cover(self, leaver_id: int, by: Actor, at: datetime) -> Step:
        """`by` takes the place of a claimer who looks for cover: one slot, one Step, no limit starts anew.

        Who helps goes on helping whoever has the slot. Raises WrongState cover_not_sought or already_claimed_by_you.
        """
        self._admit("cover", by, at)
        if self.is_claimed_by(by.id):
            raise WrongState("already_claimed_by_you")
        left = next((one for one in self.active_claims if one.person_id == leaver_id and one.cover_asked_at), None)
        if left is None:
            raise WrongState("cover_not_sought")
        kind = ClaimerKind.member
        step = self._move("cover", by, at, person=leaver_id, kind=kind, name=by.name, slots=[[by.id, left.slot]])
        self._end_claims(ClaimStatus.released, at, person_id=leaver_id)
        self._joins(by, left.slot, at)
        self.nudged_at = self.helper_offered_at = None
        return step
