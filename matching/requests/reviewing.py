"""The verbs from the desk: reviewing what was filed, and sending it to a unit and back."""

from datetime import datetime
from typing import Any

from matching.people.actor import Actor
from matching.requests.claims import ClaimStatus
from matching.requests.row import RequestRow
from matching.requests.steps import Step
from matching.services.model import Tier
from matching.units.model import Unit


class Reviewing(RequestRow):
    """Is it something we can do, in words that may be shown?"""

    def ask_info(self, question: str, by: Actor, at: datetime) -> Step:
        """The requester is asked something; the dispatch limit does not count while we wait."""
        step = self._move("ask_info", by, at, note=question)
        self.paused_at = at
        self._set_due()
        return step

    def supplement(self, answer: str, by: Actor, at: datetime) -> Step:
        """The answer is in; the dispatch limit goes on where it stood."""
        limit = self.limits.dispatch
        step = self._move("supplement", by, at, note=answer, limits={"dispatch": str(limit)})
        self.dispatch_due_at = self._resumed(self.dispatch_due_at, limit, at)
        self.paused_at = None
        self._set_due()
        return step

    def correct(self, need: str, reason: str, by: Actor, at: datetime) -> Step:
        """The requester says it in other words; approved wording falls, since it described something else."""
        step = self._move("correct", by, at, note=need)
        self.need, self.reason, self.wording, self.wording_at = need, reason, "", None
        return step

    def reject(self, reason: str, note: str, by: Actor, at: datetime) -> Step:
        """Coded reason and words, both shown to the requester."""
        step = self._move("reject", by, at, reason=reason, note=note)
        self._set_due()
        return step

    def accept(self, by: Actor, at: datetime) -> Step:
        """Reviewed: it may be dispatched."""
        return self._move("accept", by, at)

    def approve_wording(self, wording: str, by: Actor, at: datetime) -> Step:
        """What the public wall may show. Never without the requester's consent, never of a child (§5)."""
        step = self._move("approve_wording", by, at, note=wording)
        self.wording, self.wording_at = wording, at
        return step


class Dispatching(RequestRow):
    """Whose is it?"""

    def dispatch(
        self, unit: Unit, tier: Tier, slots: int, by: Actor, at: datetime, *, helper_gender: str = "",
        gender_strict: bool = False,
    ) -> Step:  # fmt: skip
        """The handling clock starts here, not when the unit signs for it (§3: a known abuse).

        `helper_gender` ('', f, m) is what is wished of who comes; where it is strict nobody else may.
        """
        return self._to_unit("dispatch", unit, tier, slots, by, at, helper_gender, gender_strict)

    def final_ruling(
        self, unit: Unit, tier: Tier, slots: int, by: Actor, at: datetime, *, helper_gender: str = "",
        gender_strict: bool = False,
    ) -> Step:  # fmt: skip
        """The committee office decides after the last return; this order cannot come back."""
        step = self._to_unit("final_ruling", unit, tier, slots, by, at, helper_gender, gender_strict)
        self.ruled = True
        return step

    def transfer(self, unit: Unit, note: str, by: Actor, at: datetime) -> Step:
        """To another unit on the same clock; who had claimed in the old one is free again."""
        step = self._move("transfer", by, at, note=note, unit_id=unit.id, before=self.unit_id)
        self._end_claims(ClaimStatus.released, at)
        self.unit, self.unit_id, self.signed_at = unit, unit.id or 0, None
        return step

    def sign_for(self, by: Actor, at: datetime) -> Step:
        """The unit has seen it. Recorded; starts and stops nothing."""
        step = self._move("sign_for", by, at)
        self.signed_at = at
        return step

    def return_order(self, reason: str, note: str, home: Unit, by: Actor, at: datetime) -> Step:
        """Back to the dispatcher, within one working day, at most MOST_RETURNS times, never after a final ruling.

        `home` is where the request stood before it was dispatched (`home_unit_id`).
        """
        limit = self.limits.dispatch
        said: dict[str, Any] = {"before": self.unit_id, "limits": {"dispatch": str(limit)}}
        step = self._move("return_order", by, at, reason=reason, note=note, **said)
        self._end_claims(ClaimStatus.released, at)
        self.returns += 1
        self.unit, self.unit_id, self.signed_at = home, self.home_unit_id, None
        self.dispatch_due_at = self.calendar.due(at, limit)
        self._set_due()
        return step
