"""A life that lies in the past: planned like the others, but played on the row alone, without a door in between."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from matching.demo.acts import Act, Life
from matching.people.actor import Actor
from matching.requests.acting import clean
from matching.requests.claims import ClaimerKind
from matching.requests.row import Taker
from matching.requests.states import MOVES, Result
from matching.requests.steps import Step
from matching.services.model import Tier
from matching.units.model import Unit

said = cache(clean)  # the same sentences come again and again


@dataclass
class Past(Life):
    """`slow` stretches what people do; `steps` and `ratings` (rows as dictionaries) are what comes of it."""

    slow: float = 1.0
    steps: list[Step] = field(default_factory=list)
    ratings: list[dict[str, Any]] = field(default_factory=list)

    def live(self) -> None:
        """Do what is planned."""
        self.plan = [self._slower(act) for act in self.plan]
        for act, at in zip(self.plan, self._moments(), strict=True):
            self._urge(at)
            getattr(self, f"_{act.action.__name__}")(act.by(), at, **act.args(at))
            self.last_at = at
        self._urge(self.now)

    def _slower(self, act: Act) -> Act:
        return Act(act.action, act.by, act.args, act.pause * self.slow, act.office, act.fixed)

    def _urge(self, before: datetime) -> None:
        """What the job would have done on the way."""
        due_at = self.request.due_at
        if due_at is None or self.request.late_urged or self.request.state not in MOVES["urge"].leaves:
            return
        at = max(due_at, self.last_at) + timedelta(seconds=self.dice.randint(5, 55))
        if at < before:
            self.steps.append(self.request.urge("", self.system(), at))
            self.last_at = at

    def _unit(self, code: str) -> Unit:
        return next(unit for unit in self.cast.units.values() if unit.code == code)

    def _person(self, number: str) -> Taker:
        return next(one for one in self.cast.people.values() if one.member_no == number)

    # What the actions of requests and ratings do between the question who may and the Step

    def _accept(self, by: Actor, at: datetime) -> None:
        self.steps.append(self.request.accept(by, at))

    def _reject(self, by: Actor, at: datetime, reason: str, note: str) -> None:
        self.steps.append(self.request.reject(reason, said(note), by, at))

    def _dispatch(self, by: Actor, at: datetime, unit: str, tier: Tier | None = None) -> None:
        request, tier = self.request, tier or Tier(self.request.tier)
        self.steps.append(request.dispatch(self._unit(unit), tier, request.slots, by, at))

    def _final_ruling(self, by: Actor, at: datetime, unit: str) -> None:
        request = self.request
        self.steps.append(request.final_ruling(self._unit(unit), Tier(request.tier), request.slots, by, at))

    def _sign_for(self, by: Actor, at: datetime) -> None:
        self.steps.append(self.request.sign_for(by, at))

    def _return_order(self, by: Actor, at: datetime, reason: str, note: str) -> None:
        home = self.cast.units[self.request.home_unit_id]
        self.steps.append(self.request.return_order(reason, said(note), home, by, at))

    def _claim(
        self, by: Actor, at: datetime, kind: ClaimerKind = ClaimerKind.member, people: Sequence[str] = ()
    ) -> None:
        name = self.request.unit.name if kind is ClaimerKind.unit else by.name
        self.steps.append(self.request.claim([by, *map(self._person, people)], kind, name, by, at))

    def _assign(self, by: Actor, at: datetime, person: str) -> None:
        self.steps.append(self.request.assign(self._person(person), by, at))

    def _release(self, by: Actor, at: datetime, note: str) -> None:
        self.steps.append(self.request.release(by.id or 0, said(note), by, at))

    def _contact(self, by: Actor, at: datetime, note: str) -> None:
        self.steps.append(self.request.contact(said(note), by, at))

    def _extend(self, by: Actor, at: datetime, until: datetime, note: str) -> None:
        self.steps.append(self.request.extend(until, said(note), by, at))

    def _answer_extension(self, by: Actor, at: datetime, grant: bool, note: str) -> None:
        self.steps.append(self.request.answer_extension(grant, said(note), by, at))

    def _park(self, by: Actor, at: datetime, plan_on: Any, note: str) -> None:
        self.steps.append(self.request.park(plan_on, said(note), by, at))

    def _resume(self, by: Actor, at: datetime) -> None:
        self.steps.append(self.request.resume(by, at))

    def _complete(self, by: Actor, at: datetime, result: Result, note: str, minutes: int) -> None:
        self.steps.append(self.request.complete(result, said(note), minutes, by, at))

    def _approve_wording(self, by: Actor, at: datetime, wording: str) -> None:
        self.steps.append(self.request.approve_wording(said(wording), by, at))

    def _supervise(self, by: Actor, at: datetime, note: str) -> None:
        self.steps.append(self.request.supervise(said(note), by, at))

    def _reply(self, by: Actor, at: datetime, note: str) -> None:
        self.steps.append(self.request.reply(said(note), by, at))

    def _reopen(self, by: Actor, at: datetime, note: str) -> None:
        self.steps.append(self.request.reopen(said(note), by, at))

    def _withdraw(self, by: Actor, at: datetime, note: str) -> None:
        self.steps.append(self.request.withdraw(said(note), by, at))

    def _rate(self, by: Actor, at: datetime, level: int, note: str, reasons: Sequence[str] = ()) -> None:
        turn = 1 if self.request.level is None else 2
        self.steps.append(self.request.rate(level, reasons, said(note), by, at))
        self._rated(turn, level, reasons, note, at)

    def _rate_again(self, by: Actor, at: datetime, level: int, note: str, reasons: Sequence[str] = ()) -> None:
        self.steps.append(self.request.rate_again(level, reasons, said(note), by, at))
        self._rated(2, level, reasons, note, at)

    def _rectify(self, by: Actor, at: datetime, outcome: Any, note: str) -> None:
        self.steps.append(self.request.rectify(outcome, said(note), by, at))

    def _answer_misjudgement(self, by: Actor, at: datetime, approve: bool, note: str) -> None:
        self.steps.append(self.request.answer_misjudgement(approve, said(note), by, at))

    def _close(self, by: Actor, at: datetime) -> None:
        self.steps.append(self.request.close(by, at))

    def _archive(self, by: Actor, at: datetime) -> None:
        self.steps.append(self.request.archive(by, at))

    def _rated(self, turn: int, level: int, reasons: Sequence[str], note: str, at: datetime) -> None:
        request = self.request
        self.ratings.append(
            {"root_id": request.root_id, "request_id": request.id, "turn": turn, "level": level,
             "reasons": list(reasons), "comment": said(note), "at": at}
        )  # fmt: skip
