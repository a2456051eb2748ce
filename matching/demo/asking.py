"""Whom the demo has asked before each claim, what they answered, and what members say of when they are free.

The Step of each ask is made by the real action while a life is played. What became of the asks is known once all lives
are: then their rows are written at once, with what the engine computes for each in the order of time.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any, NamedTuple

from sqlmodel.ext.asyncio.session import AsyncSession

from matching.asks.counts import IN_ALL
from matching.asks.facts import engine_request
from matching.asks.model import Answer, Ask, AskCount, Asking, DeclineReason, Purpose, Wave
from matching.demo import SEED
from matching.demo.cast import Cast
from matching.engine.model import Member, Place, Tally
from matching.engine.scoring import BUILT_IN, fade, ranked
from matching.people.actor import Actor
from matching.people.model import Person
from matching.requests import seeking
from matching.requests.model import ServiceRequest
from matching.requests.states import WORKING
from matching.units.model import Unit

OTHERS = (2, 6)  # how many are asked besides those who will say yes
TARGET = 0.8
SILENT, REASON = 0.4, 0.6  # shares: of a no that is never said, of a said one that gives its reason


class Sent(NamedTuple):
    """Who was asked for a request, and when."""

    request: ServiceRequest
    people: list[int]
    at: datetime


@dataclass
class Record:
    """All asks of the demo, as they were sent."""

    cast: Cast
    sent: list[Sent] = field(default_factory=list)
    asked: dict[int, set[int]] = field(default_factory=lambda: defaultdict(set))

    async def before_claim(
        self, session: AsyncSession, request: ServiceRequest, takers: Sequence[Actor], since: datetime, until: datetime
    ) -> datetime:
        """A wave to those who will take it and some others of the branch, somewhere between the Step before and the
        claim; returns when. Nobody is asked twice for one request."""
        dice = Random(f"{SEED}/{request.number}/{since.timestamp()}/ask")
        before = self.asked[request.id or 0]
        coming = [actor.id or 0 for actor in takers if actor.id not in before]
        if not coming:
            return since
        at = since + (until - since) * dice.uniform(0.1, 0.6)
        able = self.cast.able(request.unit_id, request.service)
        others = [person.id or 0 for person in able if person.id not in before and person.id not in coming]
        people = coming + dice.sample(others, min(len(others), dice.randint(*OTHERS)))
        dice.shuffle(people)
        by = Actor.system(self.cast.root_id)
        await seeking.ask(session, request.number, people, Purpose.slot, 1, TARGET, by=by, at=at)
        before.update(people)
        self.sent.append(Sent(request, people, at))
        return at


@dataclass
class Standing:
    """What is known of a member as the weeks pass."""

    person: Person
    unit: Unit
    tallies: dict[str, list[int]] = field(default_factory=lambda: {IN_ALL: [0, 0]})  # asked, accepted, by service
    recent: float = 0.0
    last_asked: datetime | None = None

    def member(self, at: datetime) -> Member:
        """As the engine is told of them at this moment."""
        tallies = {category: Tally(*counts) for category, counts in self.tallies.items()}
        return Member(
            self.person.id or 0, self.unit.path, skills=frozenset(self.person.skills), gender=self.person.gender,
            place=Place(self.person.building), tally=tallies.get(IN_ALL, Tally()), categories=tallies,
            recent=self._faded(at), last_asked=self.last_asked,
        )  # fmt: skip

    def note_asked(self, at: datetime) -> None:
        """One more ask to wear them out."""
        self.recent, self.last_asked = self._faded(at) + 1, at

    def note_answer(self, category: str, answer: Answer) -> None:
        """What was withdrawn counts for nothing."""
        if answer is not Answer.withdrawn:
            for name in (IN_ALL, category):
                tally = self.tallies.setdefault(name, [0, 0])
                tally[0] += 1
                tally[1] += answer is Answer.accepted

    def counts(self) -> list[AskCount]:
        """As kept in the database."""
        return [
            AskCount(
                person_id=self.person.id or 0, category=category, root_id=self.person.root_id, asked=asked,
                accepted=accepted, recent=self.recent if category == IN_ALL else 0.0,
                recent_at=self.last_asked if category == IN_ALL else None,
                last_asked=self.last_asked if category == IN_ALL else None,
            )
            for category, (asked, accepted) in self.tallies.items()
        ]  # fmt: skip

    def _faded(self, at: datetime) -> float:
        return fade(self.recent, at - self.last_asked) if self.last_asked else 0.0


def write(session: AsyncSession, record: Record) -> int:
    """The rows of all asks with their answers, what is counted of them, and that their waves are over; how many."""
    known: dict[int, Standing] = {}
    rows: list[Any] = []
    for sent in sorted(record.sent, key=lambda one: one.at):
        request = sent.request
        standings = [known.setdefault(id_, _standing(record.cast, id_)) for id_ in sent.people]
        told = engine_request(request, sent.at)
        scored = ranked(told, [one.member(sent.at) for one in standings], sent.at, len(standings), explain=False)
        for one in scored:
            standing = known[one.member.id]
            answer, at, reason = _answer(sent, one.member.id)
            standing.note_asked(sent.at)
            standing.note_answer(request.service.code, answer)
            rows.append(
                Ask(root_id=request.root_id, request_id=request.id or 0, person_id=one.member.id,
                    category=request.service.code, purpose=Purpose.slot, asked_at=sent.at, answer=answer,
                    answered_at=at, reason=reason, p=one.p, weights=BUILT_IN.version,
                    parts=one.parts | one.equity)
            )  # fmt: skip
    asks = len(rows)
    for standing in known.values():
        rows += standing.counts()
    rows += [_over(sent) for sent in {one.request.id: one for one in record.sent}.values() if _is_over(sent)]
    session.add_all(rows)
    return asks


def _standing(cast: Cast, person_id: int) -> Standing:
    person = cast.people[person_id]
    return Standing(person, cast.units[person.unit_id])


def _answer(sent: Sent, person_id: int) -> tuple[Answer, datetime | None, str]:
    """Who claimed it said yes by that; the others no, or nothing, unless it was full before they got round to it."""
    claims = [claim for claim in sent.request.claims if claim.at >= sent.at and claim.slot is not None]
    taken = next((claim.at for claim in claims if claim.person_id == person_id), None)
    if taken is not None:
        return Answer.accepted, taken, ""
    dice = Random(f"{SEED}/{sent.request.number}/{person_id}/answer")
    full = min((claim.at for claim in claims), default=None)
    at = sent.at + timedelta(minutes=dice.randint(1, max(2, sent.request.service.usual_minutes)))
    if full is not None and full <= at:
        return Answer.withdrawn, full, ""
    if dice.random() < SILENT:
        return Answer.unanswered, at, ""
    return Answer.declined, at, dice.choice(list(DeclineReason)) if dice.random() < REASON else ""


def _is_over(sent: Sent) -> bool:
    return sent.request.state not in WORKING


def _over(sent: Sent) -> Wave:
    request = sent.request
    return Wave(
        request_id=request.id or 0, root_id=request.root_id, unit_id=request.unit_id, asking=Asking.filled, wave=1,
        started_at=sent.at,
    )  # fmt: skip
