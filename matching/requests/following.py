"""The verbs of those who look on: rating and what follows from it, the end, and pushing."""

from collections.abc import Iterable
from datetime import datetime

from matching import clock
from matching.errors import WrongState
from matching.people.actor import Actor, Kind
from matching.requests.claims import ClaimStatus
from matching.requests.row import RequestRow
from matching.requests.states import Outcome, State
from matching.requests.steps import Step

REPLY_WITHIN = clock.Limit.parse("24h")
RECTIFY_WITHIN = clock.Limit.parse("5wd")
BAD = 2  # levels up to this one open a rectification
RATED = frozenset({State.closed, State.rectifying, State.archived})  # where a level shows that it was rated here


class Following(RequestRow):
    """What became of it?"""

    def rate(self, level: int, reasons: Iterable[str], note: str, by: Actor, at: datetime) -> Step:
        """One rating; level 1 or 2 opens a rectification. Of what was rated and reopened it is the additional one."""
        again = self.level is not None
        if again and self.state in RATED:
            raise WrongState("rated_already")
        step = self._rated("rate", level, reasons, note, by, at)
        if again:
            self.rated_again = True
        else:
            self.level, self.rated_at = level, at
        return step

    def rate_again(self, level: int, reasons: Iterable[str], note: str, by: Actor, at: datetime) -> Step:
        """One additional rating within 30 days of the first, or of the end where there was none."""
        step = self._rated("rate_again", level, reasons, note, by, at)
        self.rated_again = True
        return step

    def close(self, by: Actor, at: datetime) -> Step:
        """Nobody rated it for 7 days: 未评价."""
        return self._move("close", by, at)

    def rectify(self, outcome: Outcome, note: str, by: Actor, at: datetime) -> Step:
        """The unit says how the bad rating was put right; 'misjudged' waits for a second approver."""
        waits = outcome is Outcome.misjudged
        step = self._move("rectify", by, at, reason=outcome, note=note, to=State.rectifying if waits else State.closed)
        self.misjudgement_by = by.id if waits else None
        self._set_due()
        return step

    def answer_misjudgement(self, approve: bool, note: str, by: Actor, at: datetime) -> Step:
        """Somebody other than who asked approves or refuses."""
        to = State.closed if approve else State.rectifying
        step = self._move("answer_misjudgement", by, at, note=note, to=to, approved=approve)
        self.misjudgement_by = None
        self._set_due()
        return step

    def reopen(self, note: str, by: Actor, at: datetime) -> Step:
        """It was not solved after all: those who did it have it again, on a new handling clock."""
        limit = self.limits.handle
        step = self._move("reopen", by, at, note=note, limits={"handle": str(limit)})
        for claim in self.claims:
            if claim.status == ClaimStatus.done:
                claim.status, claim.ended_at = ClaimStatus.active, None
        self.result, self.completed_at, self.extension, self.extension_until = "", None, "", None
        self.handle_due_at = self.calendar.due(at, limit)
        self._set_due()
        return step

    def withdraw(self, note: str, by: Actor, at: datetime) -> Step:
        """The requester does not need it any more."""
        step = self._move("withdraw", by, at, note=note)
        self._end_claims(ClaimStatus.released, at)
        self.wording_at = None
        self._set_due()
        return step

    def archive(self, by: Actor, at: datetime) -> Step:
        """Final, 30 days after the end."""
        return self._move("archive", by, at)

    def _rated(self, verb: str, level: int, reasons: Iterable[str], note: str, by: Actor, at: datetime) -> Step:
        bad = level <= BAD
        to = State.rectifying if bad else State.closed
        step = self._move(verb, by, at, to=to, note=note, level=level, reasons=list(reasons))
        if bad:
            self.rectify_due_at = self.calendar.due(at, RECTIFY_WITHIN)
        self._set_due()
        return step


class Pushing(RequestRow):
    """It takes too long."""

    def urge(self, note: str, by: Actor, at: datetime) -> Step:
        """The requester at most once in 24 hours; the job once for each limit that runs out."""
        step = self._move("urge", by, at, note=note)
        self.urges += 1
        if by.kind is Kind.system:
            self.late_urged = True
        else:
            self.urged_at = at
        return step

    def public_list(self, by: Actor, at: datetime) -> Step:
        """Five working days past its limit: on the public list (通报), once for each limit that runs out."""
        step = self._move("public_list", by, at)
        self.listed_at = at
        return step

    def supervise(self, note: str, by: Actor, at: datetime) -> Step:
        """A numbered order of the committee; the unit replies within 24 hours."""
        step = self._move("supervise", by, at, note=note, order=f"{self.number}-{self.supervisions + 1}")
        self.supervisions += 1  # `order` says so from now on
        self.reply_due_at = self.calendar.due(at, REPLY_WITHIN)
        return step

    def reply(self, note: str, by: Actor, at: datetime) -> Step:
        """The unit's answer to the newest order."""
        step = self._move("reply", by, at, note=note)
        self.reply_due_at = None
        return step
