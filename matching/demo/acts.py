"""One life: the verbs of a request in a row, each by somebody who may, with pauses that fit its urgency.

A fate (fates.py) first plans acts with pauses; then the life plays them through the real actions, at moments that all
lie before now: if the plan is longer than the request is old, all pauses shrink alike. Limits that run out on the way
are urged by the system, as the job would have done.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from itertools import takewhile
from random import Random
from typing import Any

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.clock import SHANGHAI
from matching.demo.asking import Record
from matching.demo.cast import Cast
from matching.importing.importer import Tools
from matching.people.actor import Actor
from matching.requests import branch_actions, desk_actions, requester_actions
from matching.requests.history import ARCHIVE_AFTER, CLOSE_AFTER
from matching.requests.model import ServiceRequest
from matching.requests.states import MOVES
from matching.services.model import Tier
from matching.units.model import Unit

Action = Callable[..., Awaitable[Any]]
MORNING, EVENING = time(7, 40), time(20, 30)
# minutes, at least and at most, by tier
PAUSES = {
    "dispatch": {"T1": (2, 18), "T2": (6, 50), "T3": (15, 240), "T4": (30, 300)},
    "claim": {"T1": (1, 14), "T2": (8, 120), "T3": (25, 420), "T4": (60, 600)},
    "contact": {"T1": (1, 6), "T2": (5, 40), "T3": (10, 200), "T4": (30, 400)},
    "complete": {"T1": (12, 60), "T2": (40, 600), "T3": (300, 3600), "T4": (1500, 7000)},
}


@dataclass(frozen=True)
class Act:
    """An action by somebody after a pause in minutes; `fixed` pauses are the law's and never shrink."""

    action: Action
    by: Callable[[], Actor]
    args: Callable[[datetime], dict[str, Any]]
    pause: float
    office: bool = False  # done in office hours
    fixed: timedelta | None = None


@dataclass
class Life:
    """What is known while a fate plans, and the plan."""

    cast: Cast
    tools: Tools
    notes: dict[str, Any]
    request: ServiceRequest
    now: datetime
    dice: Random
    record: Record
    plan: list[Act] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.service = self.request.service
        self.tier = Tier.T1 if self.request.emergency else Tier(self.request.tier)
        self.unit: Unit = self.cast.branch_for(self.request.home_unit_id, self.service, self.dice)
        self.last_at = self.request.filed_at
        self.dispatcher, self.boss = self.dice.choice(self.cast.dispatchers), self.dice.choice(self.cast.committee)
        self.team: list[Actor] = self.new_team()

    @property
    def age(self) -> timedelta:
        """Since filing."""
        return self.now - self.request.filed_at

    def new_team(self) -> list[Actor]:
        """Other members of the unit in charge, one a slot; never its lead, who has another part."""
        lead = self.cast.leads[self.unit.id or 0]
        team = self.cast.team(self.unit, self.service, self.request.slots + 1, self.dice)
        return [one for one in team if one.id != lead.id][: self.request.slots]

    def lead(self) -> Actor:
        """Of the unit that has it now."""
        return self.cast.leads[self.request.unit_id]

    def requester(self) -> Actor:
        """Whoever holds the query code."""
        return Actor.requester(self.cast.root_id, self.request.id or 0)

    def system(self) -> Actor:
        """The jobs."""
        return Actor.system(self.cast.root_id)

    def note(self, kind: str) -> str:
        """Something people would write, fitting the service where there is something of its own."""
        said = self.notes[kind]
        if isinstance(said, dict):
            own = said.get("emergency" if self.request.emergency and "emergency" in said else self.service.code, [])
            said = own + said.get("", []) if len(own) < 2 else own
        return str(self.dice.choice(said))

    def add(
        self, action: Action, by: Callable[[], Actor] | Actor, pause: float | str, /, *, office: bool = False,
        fixed: timedelta | None = None, **args: Any,
    ) -> None:  # fmt: skip
        """Plan an act. A pause that is a word is looked up in PAUSES; an argument may be a function of the moment."""
        if isinstance(pause, str):
            least, most = PAUSES[pause][self.tier]
            pause = least + (most - least) * self.dice.random() ** 2
        who = by if callable(by) else lambda: by
        ready = {name: value for name, value in args.items() if not callable(value)}
        later = {name: value for name, value in args.items() if callable(value)}
        calm = office and self.tier in {Tier.T3, Tier.T4}
        self.plan.append(
            Act(action, who, lambda at: ready | {k: v(at) for k, v in later.items()}, pause, calm, fixed)
        )  # fmt: skip

    def end_with_archive(self) -> None:
        """Thirty days after the end, by the job."""
        self.add(
            desk_actions.archive, self.system, 0, fixed=ARCHIVE_AFTER + timedelta(minutes=self.dice.randint(5, 300))
        )

    def end_unrated(self) -> None:
        """Seven days after completion, by the job."""
        self.add(desk_actions.close, self.system, 0, fixed=CLOSE_AFTER + timedelta(minutes=self.dice.randint(5, 60)))

    async def play(self, session: AsyncSession) -> int:
        """Do what is planned; returns how many Steps that was."""
        before = self.request.last_seq
        for place, (act, at) in enumerate(zip(self.plan, self._moments(), strict=True)):
            await self._urge_if_late(session, at)
            if takers := self._takers(place, at):
                self.last_at = await self.record.before_claim(session, self.request, takers, self.last_at, at)
            await act.action(session, self.request.number, **act.args(at), by=act.by(), at=at)
            self.last_at = at
        await self._urge_if_late(session, self.now)
        return self.request.last_seq - before

    def _takers(self, place: int, at: datetime) -> list[Actor]:
        """Those who each claim for themselves from this act on; a group or a unit takes it without being asked."""
        acts = takewhile(lambda act: act.action is branch_actions.claim and not act.args(at), self.plan[place:])
        return [act.by() for act in acts]

    def _moments(self) -> list[datetime]:
        """When each act happens: in order, office hours where they matter, and before now."""
        naturally, at = [], self.request.filed_at
        fixed = timedelta()
        for act in self.plan:
            if act.fixed is None:
                moved = at + timedelta(minutes=act.pause)
                at = _in_office(moved, self.dice) if act.office else moved
            else:
                fixed += act.fixed
            naturally.append(at - self.request.filed_at)
        room = (self.age - fixed) * 0.94
        if room <= timedelta():
            raise ValueError("this fate takes longer than the request is old")
        shrink = min(1.0, room / naturally[-1]) if naturally and naturally[-1] else 1.0
        result, added = [], timedelta()
        for act, since in zip(self.plan, naturally, strict=True):
            added += act.fixed or timedelta()
            result.append(self.request.filed_at + since * shrink + added)
        return result

    async def _urge_if_late(self, session: AsyncSession, before: datetime) -> None:
        due_at = self.request.due_at
        if due_at is None or self.request.late_urged or self.request.state not in MOVES["urge"].leaves:
            return
        at = max(due_at, self.last_at) + timedelta(seconds=self.dice.randint(5, 55))
        if at < before:
            await requester_actions.urge(session, self.request.number, by=self.system(), at=at)
            self.last_at = at


def _in_office(at: datetime, dice: Random) -> datetime:
    local = at.astimezone(SHANGHAI)
    if MORNING <= local.time() <= EVENING:
        return at
    day = local.date() + timedelta(days=local.time() > EVENING)
    return datetime.combine(day, MORNING, SHANGHAI) + timedelta(minutes=dice.randint(0, 90))
