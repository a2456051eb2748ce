"""Who may be asked at all: the hard rules, in one order, the first that fails is named (docs/domain.md §11)."""

from collections.abc import Callable, Iterable
from datetime import datetime, timedelta
from enum import StrEnum
from typing import NamedTuple

from matching.engine.model import MOST_URGENT, Dials, Member, Place, Request, Span
from matching.words import _

WALK = timedelta(minutes=5)  # our own: from one house to the next
DEFAULTS = Dials()


class Rule(StrEnum):
    """The hard rules in the order they are looked at."""

    scope = "scope"
    active = "active"
    muted = "muted"
    skills = "skills"
    licence = "licence"
    leave = "leave"
    availability = "availability"
    overlap = "overlap"
    gender = "gender"
    safeguarding = "safeguarding"
    hours_cap = "hours_cap"
    ask_cap = "ask_cap"
    waiting = "waiting"
    asked = "asked"
    deadline = "deadline"


RULES = {
    Rule.scope: _("不在承办支部"),
    Rule.active: _("已停用"),
    Rule.muted: _("已设置暂时不打扰"),
    Rule.skills: _("没有所需的技能"),
    Rule.licence: _("资质没有登记或已过期"),
    Rule.leave: _("正在休假"),
    Rule.availability: _("这段时间没有空"),
    Rule.overlap: _("和已接的任务时间冲突"),
    Rule.gender: _("性别与要求不符"),
    Rule.safeguarding: _("没有参加过未成年人服务培训"),
    Rule.hours_cap: _("近 14 天的服务时长已到上限"),
    Rule.ask_cap: _("最近收到的邀请已到上限"),
    Rule.waiting: _("还有一个邀请没有答复"),
    Rule.asked: _("这件事已经问过了"),
    Rule.deadline: _("来不及在时限前办完"),
}


class Refusal(NamedTuple):
    """The first rule that fails. `detail`: the missing skill or the figures, as data; `until`: the moment from which
    the rule would no longer stand in the way, where it is known (for `deadline`: the deadline itself)."""

    rule: Rule
    detail: str = ""
    until: datetime | None = None


class Screening(NamedTuple):
    """Those who may be asked, in the order they came in, and for the others why not, by id."""

    fit: list[Member]
    refused: dict[int, Refusal]


def eligible(request: Request, members: Iterable[Member], now: datetime, dials: Dials = DEFAULTS) -> Screening:
    """Look at every member; nobody is left out of both answers. Rules: docs/domain.md §11."""
    fit: list[Member] = []
    refused: dict[int, Refusal] = {}
    refusal_of = screen(request, now, dials)
    for member in members:
        refusal = refusal_of(member)
        if refusal is None:
            fit.append(member)
        else:
            refused[member.id] = refusal
    return Screening(fit, refused)


def screen(request: Request, now: datetime, dials: Dials = DEFAULTS) -> Callable[[Member], Refusal | None]:
    """What stands in a member's way for this request, or None. What is the same for all is worked out once."""
    scope, skills, licensed, asked = request.unit_path, request.skills, request.licensed, request.asked
    time = _Time(request, now)
    gender = request.gender if request.strict_gender else ""
    clearance = request.for_child and dials.clearance
    hours, hours_cap = request.minutes / 60, dials.hours_cap
    ask_cap = float("inf") if request.urgency >= MOST_URGENT else dials.ask_cap

    def refusal_of(member: Member) -> Refusal | None:
        if not member.unit_path.startswith(scope):
            return _SCOPE
        if not member.active:
            return _INACTIVE
        if member.muted_until is not None and member.muted_until > now:
            return Refusal(Rule.muted, until=member.muted_until)
        for group in skills:
            if group.isdisjoint(member.skills):
                return Refusal(Rule.skills, "、".join(sorted(group)))
        if licensed:
            usable = (member.skills - licensed) | (member.skills & member.licences)
            for group in skills:
                if group.isdisjoint(usable):
                    return Refusal(Rule.licence, "、".join(sorted(group & member.skills)))
        refusal, begins = time.of(member)
        if refusal is not None:
            return refusal
        if gender and member.gender != gender:
            return _GENDER
        if clearance and not member.cleared:
            return _SAFEGUARDING
        cap = hours_cap if member.hours_cap is None else min(hours_cap, member.hours_cap)
        if member.hours14 + hours > cap:
            return Refusal(Rule.hours_cap, f"{member.hours14:.1f} / {cap:g}")
        if member.recent + 1 > ask_cap:
            return Refusal(Rule.ask_cap, f"{member.recent:.1f} / {ask_cap:g}")
        if member.waiting:
            return _WAITING
        if member.id in asked:
            return _ASKED
        return time.late(member, begins)

    return refusal_of


class _Time:
    """What a member must be free for. Most members share a shift pattern and a house: each is looked at once."""

    def __init__(self, request: Request, now: datetime) -> None:
        self.now, self.place, self.deadline = now, request.place, request.deadline
        self.length = timedelta(minutes=request.minutes)
        window = request.window
        if window is None:
            self.span, self.whole = Span(now, now + self.length), True
        else:
            self.span, self.whole = Span(max(window.start, now), window.end), request.whole
        self.over = self.span.end - self.span.start < (timedelta(microseconds=1) if self.whole else self.length)
        self._covered: dict[int, tuple[tuple[Span, ...], bool]] = {}  # by id; kept, so that no other takes the id
        self._gaps: dict[int, tuple[tuple[Span, ...], datetime | None]] = {}
        self._there: dict[int, tuple[Place, datetime]] = {}

    def of(self, member: Member) -> tuple[Refusal | None, datetime]:
        """Whether leave, hours or commitments stand in the way; otherwise when they can begin."""
        start, end = self.span
        if self.over:  # nobody can come any more: the deadline says so
            return None, start
        if not self.whole:
            return self._somewhere(member)
        free = member.free
        known = self._covered.get(id(free))
        if known is None:
            known = self._covered[id(free)] = free, any(a <= start and end <= b for a, b in free)
        if not known[1]:
            return self._not_free(member), start
        for a, b in member.commitments:
            if a < end and start < b:
                return Refusal(Rule.overlap, until=b), start
        return None, start

    def late(self, member: Member, begins: datetime) -> Refusal | None:
        """Whether they cannot come and be done before the deadline."""
        if self.over:
            return Refusal(Rule.deadline, until=self.span.end)
        if self.deadline is None:
            return None
        place = member.place
        known = self._there.get(id(place))
        if known is None:
            known = self._there[id(place)] = place, self.now + WALK * self.place.distance(place)
        return (
            Refusal(Rule.deadline, until=self.deadline) if max(begins, known[1]) + self.length > self.deadline else None
        )

    def _somewhere(self, member: Member) -> tuple[Refusal | None, datetime]:
        free, busy = member.free, member.commitments
        known = self._gaps.get(id(free))
        if known is None:
            known = self._gaps[id(free)] = free, self._gap(free, ())
        if known[1] is None:
            return self._not_free(member), self.span.start
        begins = self._gap(free, busy) if busy else known[1]
        if begins is None:
            return Refusal(Rule.overlap, until=max(b for _a, b in busy)), self.span.start
        return None, begins

    def _gap(self, free: tuple[Span, ...], busy: tuple[Span, ...]) -> datetime | None:
        """When the first free minutes in the range begin that are long enough and meet nothing promised."""
        start, end = self.span
        for a, b in free:
            begins, ends = max(a, start), min(b, end)
            for held in sorted(busy):
                if held.start - begins >= self.length:
                    break
                begins = max(begins, held.end)
            if ends - begins >= self.length:
                return begins
        return None

    def _not_free(self, member: Member) -> Refusal:
        for away in member.away:
            if away.meets(self.span):
                return Refusal(Rule.leave, until=away.end)
        later = [a for a, b in member.free if a > self.now and b - a >= self.length]
        return Refusal(Rule.availability, until=min(later, default=None))


_SCOPE, _INACTIVE = Refusal(Rule.scope), Refusal(Rule.active)
_GENDER, _SAFEGUARDING = Refusal(Rule.gender), Refusal(Rule.safeguarding)
_WAITING, _ASKED = Refusal(Rule.waiting), Refusal(Rule.asked)
