"""One run: the days of one hospital with one way of asking, event after event. Nothing in it is left to chance but
what the seed decides."""

from collections.abc import Callable
from functools import partial
from heapq import heappop, heappush
from itertools import count

import numpy as np

from matching.engine.learning import Logged, recalibrate, rest_of
from matching.engine.model import Dials
from matching.engine.waves import CHANCE, Asked, History
from matching.simulation.crew import hired
from matching.simulation.demand import DAY, requests
from matching.simulation.desk import START, Desk, moment
from matching.simulation.jobs import End, Job, Run, Sent
from matching.simulation.past import remember
from matching.simulation.policies import Chosen, Policy, Situation
from matching.simulation.truth import Dice, Truth
from matching.simulation.world import World

LOOKED_BACK = 180  # days, as in the product; a run is shorter
WEEK, NIGHT = 7 * DAY, 3 * 60.0  # the weights are learnt anew on Mondays at 3


class Hospital:
    """Members, requests, and one policy."""

    def __init__(self, world: World, policy: Policy, seed: int, days: int, dials: Dials) -> None:
        self.world, self.policy, self.dials = world, policy, dials
        self.warm = int(world.of("size.warm_days"))
        self.days = days
        total = self.warm + days
        self.crew = hired(world, seed, total)
        self.truth = Truth(world, self.crew, seed)
        self.desk = Desk(world, self.crew, total)
        self.desk.hours14 = self.truth.hours14
        self.now = 0.0
        self.turn = [0]
        self.dice = np.random.default_rng([seed, 5])
        self.hours, self.asks = np.zeros(len(self.crew)), np.zeros(len(self.crew))
        self.told: list[tuple[float, float]] = []
        self.lost = 0
        self._events: list[tuple[float, int, Callable[[], None]]] = []
        self._number, self._ask_number = count(), count(1)
        self._sent: list[Sent] = []
        self._median, self._spacing = world.row("answer.delay"), world.row("tiers.spacing")
        remember(world, self.desk, self.truth, seed)
        self._thrown: dict[int, Dice] = {}  # of requests that are under way
        self.jobs = [Job(one, one.slots) for one in requests(world, seed, total)]
        for job in self.jobs:
            self._at(job.wanted.at, partial(self._wave, job, 0))
        for week in range(1, total // 7 + 1):
            self._at(week * WEEK + NIGHT, self._learn)

    def run(self) -> Run:
        """Until nothing is left to happen: no request comes after the last day, but all that came are seen through."""
        while self._events:
            self.now, _number, happen = heappop(self._events)
            happen()
        counted = [job for job in self.jobs if self._counts(job)]
        return Run(counted, self.hours, self.asks, self.lost, self.told, self.days)

    def _counts(self, job: Job) -> bool:
        return job.wanted.at >= self.warm * DAY

    def _at(self, when: float, happen: Callable[[], None]) -> None:
        heappush(self._events, (when, next(self._number), happen))

    def _wave(self, job: Job, turn: int) -> None:
        if job.end or job.free == 0 or turn != job.turn:
            return
        wanted, now = job.wanted, self.now
        if now >= wanted.due:
            self._finish(job, End.expired)
            return
        situation = self._situation(job)
        choice = self.policy(situation)
        if choice.decision.hand_back and not choice.chosen:
            job.handed_back = True
            self._over(job)
            return
        true = self.truth.p(wanted, now)
        if choice.first and job.hit is None:
            dice = self._dice(job)
            job.hit = any(dice.accepts[who] < true[who] for who in choice.first)
        for chosen in choice.chosen:
            self._ask(job, chosen, float(true[chosen.who]))
        if choice.chosen:
            job.waves += 1
        if choice.decision.next_at is not None:
            self._again(job, (choice.decision.next_at - START).total_seconds() / 60)

    def _situation(self, job: Job) -> Situation:
        wanted, now, desk = job.wanted, self.now, self.desk
        history = History(
            job.waves,
            max((moment(sent.at) for sent in job.open.values() if sent.waits), default=None),
            tuple(Asked(sent.chosen.p or 0.0, moment(sent.at)) for sent in job.open.values()),
        )
        request = desk.request(wanted, job.free, frozenset(job.asked), now)
        return Situation(
            desk, self.truth, wanted, request, history, now, self.dials, self.turn, self.dice,
            job.hit is None and self._counts(job),
        )  # fmt: skip

    def _ask(self, job: Job, chosen: Chosen, true: float) -> None:
        who, now, dice, tier = chosen.who, self.now, self._dice(job), job.wanted.kind.tier - 1
        sent = Sent(next(self._ask_number), now, chosen)
        if chosen.suggestion is not None:
            sent.rest = rest_of(chosen.suggestion.parts, self.desk.weights)
        job.asked.add(who)
        job.asks += 1
        job.open[who] = sent
        if self._counts(job):
            self.asks[who] += 1
            if chosen.suggestion is not None and chosen.p is not None:
                self.told.append((chosen.p, true))
        worn = self.truth.asked(who, now)
        self.desk.asked(who, now)
        self._at(now + self._spacing[tier], lambda: self._lapse(job, who, sent))
        over = worn - float(self.crew.tolerance[who])
        if over > 0 and dice.stays[who] < self.world.of("leave.hazard") * over:
            self._leave(who)
            return
        yes = bool(dice.accepts[who] < true)
        if yes or dice.answers[who] >= self.world.of("answer.silent"):
            delay = self._median[tier] * float(np.exp(self.world.of("answer.spread") * dice.delay[who]))
            self._at(now + delay, lambda: self._answer(job, who, sent, yes))

    def _leave(self, who: int) -> None:
        """They want no more asks, and so do not answer this one."""
        self.desk.left(who)
        if self.warm * DAY <= self.now < (self.warm + self.days) * DAY:
            self.lost += 1

    def _lapse(self, job: Job, who: int, sent: Sent) -> None:
        """The pause is over: they may be asked for something else, and may still say yes to this."""
        if job.open.get(who) is sent and sent.waits:
            sent.waits = False
            self._count(job, who, sent)
            self._over(job)

    def _answer(self, job: Job, who: int, sent: Sent, yes: bool) -> None:
        if job.open.get(who) is not sent:
            return
        del job.open[who]
        sent.accepted = yes and bool(self.now < job.wanted.due)
        if sent.waits:
            self._count(job, who, sent)
        elif sent.accepted:
            self.desk.accepted_late(who, job.wanted.kind.code)
        if sent.accepted:
            self._claim(job, who)
        elif not any(other.waits for other in job.open.values()) and not job.handed_back:
            self._again(job, self.now)  # all have answered: nobody is waited for
        else:
            self._over(job)

    def _count(self, job: Job, who: int, sent: Sent) -> None:
        self.desk.settled(who, job.wanted.kind.code, sent.accepted)
        if sent.chosen.suggestion is not None:
            self._sent.append(sent)

    def _claim(self, job: Job, who: int) -> None:
        wanted, now = job.wanted, self.now
        job.free -= 1
        if len(job.claims) < wanted.slots:
            job.claims.append(now)
        start = wanted.window[0] if wanted.window else now
        held = (start, start + wanted.minutes)
        self.desk.committed(who, held)
        if self._dice(job).comes[who] < self.world.of("answer.no_show"):
            self._at(now + (wanted.due - now) / 2, lambda: self._missed(job, who, held))
        else:
            self._at(held[1], lambda: self._serve(job, who, held))
        if job.free == 0:
            self._thank(job)

    def _missed(self, job: Job, who: int, held: tuple[float, float]) -> None:
        """By half of the time nobody was contacted: the slot is free again, and others are asked."""
        self.desk.freed(who, held)
        job.free += 1
        if job.end is None:
            self._again(job, self.now)

    def _serve(self, job: Job, who: int, held: tuple[float, float]) -> None:
        self.desk.freed(who, held)
        job.served += 1
        hours = job.wanted.minutes / 60
        self.truth.served(who, self.now, hours)
        if self._counts(job):
            self.hours[who] += hours
        if job.served == job.wanted.slots:
            self._finish(job, End.filled)

    def _again(self, job: Job, when: float) -> None:
        job.turn += 1
        turn = job.turn
        self._at(when, lambda: self._wave(job, turn))

    def _over(self, job: Job) -> None:
        """Handed back, and nobody is left who might still answer."""
        if job.handed_back and job.free and not any(sent.waits for sent in job.open.values()):
            self._finish(job, End.handed_back)

    def _finish(self, job: Job, end: End) -> None:
        job.end = job.end or end
        self._thrown.pop(job.wanted.id, None)
        self._thank(job)

    def _dice(self, job: Job) -> Dice:
        thrown = self._thrown.get(job.wanted.id)
        if thrown is None:
            thrown = self._thrown[job.wanted.id] = self.truth.dice(job.wanted)
        return thrown

    def _thank(self, job: Job) -> None:
        """Nobody is needed any more: asks that wait are withdrawn, which counts against nobody."""
        for who, sent in job.open.items():
            if sent.waits:
                self.desk.settled(who, None)
                job.asked.discard(who)
                sent.withdrawn = True
                if sent.chosen.suggestion is not None:
                    self._sent.append(sent)
            elif job.free == 0 and self.now < sent.at + CHANCE * self._spacing[job.wanted.kind.tier - 1]:
                self.desk.uncounted(who, job.wanted.kind.code)
                sent.withdrawn = True
        job.open.clear()

    def _learn(self) -> None:
        """From the answers of LOOKED_BACK days; of those before day 0 as many as lie within."""
        older = self.desk.log[int(len(self.desk.log) * self.now / (LOOKED_BACK * DAY)) :]
        log = older + [Logged(sent.id, sent.rest, sent.accepted, sent.withdrawn) for sent in self._sent]
        self.desk.weights = recalibrate(log, self.desk.weights)
