"""The verbs of those who do it: taking a slot, and everything until the result."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from matching import clock
from matching.errors import Invalid, WrongState
from matching.people.actor import Actor
from matching.requests.claims import Claim, ClaimerKind, ClaimStatus
from matching.requests.row import RequestRow, Taker
from matching.requests.states import Result, State
from matching.requests.steps import Step

PLAN_AHEAD = 366  # days; a plan further away is none


class Claiming(RequestRow):
    """Who does it?"""

    def claim(self, people: Sequence[Taker], kind: ClaimerKind, name: str, by: Actor, at: datetime) -> Step:
        """The first of `people` answers for it. The last free slot taken starts the work.

        A unit or department takes every free slot, a group one a person as far as they go, a member one.
        Raises WrongState slot_taken or already_claimed_by_you.
        """
        return self._take("claim", people, kind, name, by, at)

    def assign(self, person: Taker, by: Actor, at: datetime) -> Step:
        """A lead gives it to somebody, who may decline."""
        return self._take("assign", [person], ClaimerKind.member, person.name, by, at, assigned=True)

    def move_up(self, person: Taker, by: Actor, at: datetime) -> Step:
        """The first of the waiting list has the slot that came free. Raises WrongState slot_taken."""
        return self._take("move_up", [person], ClaimerKind.member, person.name, by, at)

    def decline(self, note: str, by: Actor, at: datetime) -> Step:
        """Somebody who was assigned says no; their slot is free again."""
        return self._let_go("decline", ClaimStatus.declined, by.id, note, by, at)

    def release(self, person_id: int, note: str, by: Actor, at: datetime) -> Step:
        """The claimer can't, or the lead takes it from them: the slot is free again.

        Who came to help the leader of a group, or whoever had a slot, lets go with the last of those; when only a
        helper lets go, the work goes on.
        """
        if self.can("release") and not self.is_claimed_by(person_id):
            raise WrongState("no_claimer")
        return self._let_go("release", ClaimStatus.released, person_id, note, by, at)

    def _let_go(
        self, verb: str, status: ClaimStatus, person_id: int | None, note: str, by: Actor, at: datetime
    ) -> Step:  # fmt: skip
        leaving = [claim for claim in self.active_claims if claim.person_id == person_id]
        helper = bool(leaving) and all(claim.slot is None for claim in leaving)
        alone = self._left_alone(leaving)
        said: dict[str, Any] = {"helper": True} if helper else {"people": alone} if alone else {}
        to = State(self.state) if helper else State.dispatched
        step = self._move(verb, by, at, note=note, to=to, person=person_id, **said)
        self._end_claims(status, at, person_id=person_id)
        for helping in alone:
            self._end_claims(ClaimStatus.released, at, person_id=helping)
        self._set_due()
        return step

    def _left_alone(self, leaving: Sequence[Claim]) -> list[int]:
        """Who has nobody left to help when these claims end: the people of a group whose lead goes, everybody who
        helps when the last slot comes free."""
        staying = [claim for claim in self.active_claims if claim not in leaving]
        helping = [claim for claim in staying if claim.slot is None]
        if all(claim.slot is None for claim in staying):
            return [claim.person_id for claim in helping]
        gone = {claim.at for claim in leaving if claim.kind == ClaimerKind.group and self._leads_its_group(claim)}
        return [claim.person_id for claim in helping if claim.kind == ClaimerKind.group and claim.at in gone]

    def _leads_its_group(self, claim: Claim) -> bool:
        """A group's claims are made at one moment, its lead's first."""
        first = next(one for one in self.claims if one.kind == ClaimerKind.group and one.at == claim.at)
        return first.person_id == claim.person_id

    def start(self, by: Actor, at: datetime) -> Step:
        """The lead starts with fewer people than slots."""
        step = self._move("start", by, at, claimed=len(self.active_claims))
        self._set_due()
        return step

    def _take(
        self, verb: str, people: Sequence[Taker], kind: ClaimerKind, name: str, by: Actor, at: datetime, *,
        assigned: bool = False,
    ) -> Step:  # fmt: skip
        mine = {person.id for person in people} & {claim.person_id for claim in self.active_claims}
        if mine:
            raise WrongState("already_claimed_by_you" if by.id in mine else "already_claimed", name=people[0].name)
        taken = {claim.slot for claim in self.active_claims}
        free = [slot for slot in range(1, self.slots + 1) if slot not in taken]
        if not free or (self.state == State.in_progress and not self.can(verb)):
            raise WrongState("slot_taken")
        if kind in {ClaimerKind.unit, ClaimerKind.department}:
            held: list[tuple[Taker, int | None]] = [(people[0], slot) for slot in free]
        else:
            held = [(person, free[i] if i < len(free) else None) for i, person in enumerate(people)]
        full = len(free) <= sum(slot is not None for _person, slot in held)
        step = self._move(
            verb, by, at, to=State.in_progress if full else State.dispatched, person=people[0].id, kind=kind, name=name,
            slots=[[person.id, slot] for person, slot in held],
        )  # fmt: skip
        for person, slot in held:
            label = name if kind is not ClaimerKind.group else person.name
            self.claims.append(
                Claim(root_id=self.root_id, slot=slot, kind=kind, person_id=person.id or 0, name=label, at=at,
                      assigned=assigned)
            )  # fmt: skip
        self.taken_at = self.taken_at or at
        self._set_due()
        return step


class Handling(RequestRow):
    """From the first contact to the result."""

    def contact(self, note: str, by: Actor, at: datetime) -> Step:
        """Somebody really reached the requester; nothing can be completed before (§1)."""
        step = self._move("contact", by, at, note=note)
        self.contacted_at = at
        return step

    def extend(self, until: datetime, note: str, by: Actor, at: datetime) -> Step:
        """Ask for more time: once, before the limit is over, at most the original length on top."""
        self._admit("extend", by, at)
        due = self.handle_due_at or at  # without one it is not admitted
        if until <= due:
            raise Invalid.field_is("until", "time_order")
        if until > self.calendar.due(due, self.limits.handle):
            raise Invalid.field_is("until", "extension_too_long", limit=str(self.limits.handle))
        step = self._move("extend", by, at, note=note, until=until.isoformat())
        self.extension, self.extension_until = "asked", until
        return step

    def answer_extension(self, grant: bool, note: str, by: Actor, at: datetime) -> Step:
        """A dispatcher or the requester says yes or no."""
        step = self._move("answer_extension", by, at, note=note, granted=grant)
        self.extension = "granted" if grant else "refused"
        if grant:  # the job may urge again when the new limit is over
            self.handle_due_at = self.extension_until
            self._new_limit()
        self._set_due()
        return step

    def park(self, plan_on: date, note: str, by: Actor, at: datetime) -> Step:
        """It cannot be solved yet: a plan date instead of a running clock."""
        ahead = (plan_on - at.astimezone(clock.SHANGHAI).date()).days
        if ahead <= 0:
            raise Invalid.field_is("plan_on", "plan_date_needed")
        if ahead > PLAN_AHEAD:
            raise Invalid.field_is("plan_on", "time_too_far", days=PLAN_AHEAD)
        step = self._move("park", by, at, note=note, plan_on=plan_on.isoformat())
        self.plan_on, self.paused_at = plan_on, at
        self._set_due()
        return step

    def resume(self, by: Actor, at: datetime) -> Step:
        """The clock goes on where it stood, and so does the time that was asked for on top."""
        limit = self.limits.handle
        step = self._move("resume", by, at, limits={"handle": str(limit)})
        self.handle_due_at = self._resumed(self.handle_due_at, limit, at)
        self.extension_until = self._resumed(self.extension_until, limit, at)
        self.plan_on = self.paused_at = None
        self._set_due()
        return step

    def complete(self, result: Result, note: str, minutes: int, by: Actor, at: datetime, *, photo: str = "") -> Step:
        """The result, in words, and the minutes each claimer served, travel excluded (§7); of a photo the digest."""
        shown: dict[str, Any] = {"photo": photo} if photo else {}
        step = self._move("complete", by, at, reason=result, note=note, minutes=minutes, **shown)
        for claim in self.active_claims:
            claim.minutes = minutes
        self._end_claims(ClaimStatus.done, at)
        self.result, self.completed_at = result, at
        self._set_due()
        return step
