"""The rules about time: leave, hours, what is promised, the deadline (docs/domain.md §11)."""

from datetime import datetime, timedelta

from matching.engine.model import ELSEWHERE, Engaged, Place, Request, Span
from matching.engine.refusals import Refusal, Rule

Spans = tuple[Span, ...]
Activities = tuple[Engaged, ...]
Busy = tuple[Span | Engaged, ...]
WALK = timedelta(minutes=5)  # our own: from one house to the next


class Timing:
    """What a member must be free for. Most members share a shift pattern and a house: each is looked at once."""

    def __init__(self, request: Request, now: datetime) -> None:
        self.id, self.now, self.place, self.deadline = request.id, now, request.place, request.deadline
        self.length = timedelta(minutes=request.minutes)
        window = request.window
        if window is None:
            self.span, self.whole = Span(now, now + self.length), True
        else:
            self.span, self.whole = Span(max(window.start, now), window.end), request.whole
        self.over = self.span.end - self.span.start < (timedelta(microseconds=1) if self.whole else self.length)
        self._covered: dict[int, tuple[Spans, bool]] = {}  # by id; kept, so that no other takes the id
        self._gaps: dict[int, tuple[Spans, datetime | None]] = {}
        self._there: dict[int, tuple[Place, datetime]] = {}

    @property
    def binds(self) -> bool:
        """Whether anybody can be too late: not if even who begins last or comes from another house is done in time."""
        if self.over or self.deadline is None:
            return self.over
        last = self.span.start if self.whole else self.span.end - self.length
        farthest = self.now + WALK * ELSEWHERE
        return self.place.point is not None or max(last, farthest) + self.length > self.deadline

    def refusal(self, told: tuple[Spans, Spans, Spans, Activities]) -> Refusal | None:
        """Whether leave, hours, commitments or activities stand in the way: who is free and away then, has promised
        this and is to be at those."""
        free, away, commitments, engaged = told
        if self.over:  # nobody can come any more: the deadline says so
            return None
        start, end = self.span
        if self.whole:
            known = self._covered.get(id(free))
            if known is None:
                known = self._covered[id(free)] = free, any(a <= start and end <= b for a, b in free)
            if not known[1]:
                return self._not_free(free, away)
            for a, b in commitments:
                if a < end and start < b:
                    return Refusal(Rule.overlap, until=b, since=a)
            for a, b, request in engaged:
                if a < end and start < b and request != self.id:
                    return Refusal(Rule.engaged, until=b, since=a)
            return None
        if self._begins(free, commitments, engaged) is not None:
            return None
        if self._begins(free) is None:
            return self._not_free(free, away)
        if self._begins(free, commitments) is None:
            return self._taken_up(Rule.overlap, commitments)
        return self._taken_up(Rule.engaged, self._elsewhere(engaged))

    def late(self, told: tuple[Spans, Spans, Activities, Place]) -> Refusal | None:
        """Whether they cannot come and be done before the deadline: who is free, has promised this, is to be at those
        activities, and works there."""
        free, commitments, engaged, place = told
        if self.over:
            return Refusal(Rule.deadline, until=self.span.end)
        known = self._there.get(id(place))
        if known is None:
            known = self._there[id(place)] = place, self.now + WALK * self.place.distance(place)
        if self.whole:
            begins: datetime | None = self.span.start
        else:
            begins = self._begins(free, commitments, engaged)
        if self.deadline is None or begins is None or max(begins, known[1]) + self.length <= self.deadline:
            return None
        return Refusal(Rule.deadline, until=self.deadline)

    def _taken_up(self, rule: Rule, busy: Busy) -> Refusal:
        """By what of it lies in the range to choose from."""
        start, end = self.span
        within = [one for one in busy if one.start < end and start < one.end]
        return Refusal(rule, until=max(one.end for one in within), since=min(one.start for one in within))

    def _begins(self, free: Spans, commitments: Spans = (), engaged: Activities = ()) -> datetime | None:
        """When they can begin, in a range to choose from; what came of this request keeps nobody from it."""
        known = self._gaps.get(id(free))
        if known is None:
            known = self._gaps[id(free)] = free, self._gap(free, ())
        begins = known[1]
        if begins is None or not (commitments or engaged):
            return begins
        done = begins + self.length
        for a, b in commitments:
            if a < done and begins < b:
                break
        else:
            for a, b, request in engaged:
                if a < done and begins < b and request != self.id:
                    break
            else:  # nothing meets the first free minutes, as for most
                return begins
        return self._gap(free, (*commitments, *self._elsewhere(engaged)))

    def _elsewhere(self, engaged: Activities) -> Activities:
        return tuple(one for one in engaged if one.request != self.id)

    def _gap(self, free: Spans, busy: Busy) -> datetime | None:
        """When the first free minutes in the range begin that are long enough and meet nothing promised."""
        start, end = self.span
        in_order = sorted(busy)
        for a, b in free:
            begins, ends = max(a, start), min(b, end)
            for held in in_order:
                if held.start - begins >= self.length:
                    break
                begins = max(begins, held.end)
            if ends - begins >= self.length:
                return begins
        return None

    def _not_free(self, free: Spans, away: Spans) -> Refusal:
        for leave in away:
            if leave.meets(self.span):
                return Refusal(Rule.leave, until=leave.end)
        later = [a for a, b in free if a > self.now and b - a >= self.length]
        return Refusal(Rule.availability, until=min(later, default=None))
