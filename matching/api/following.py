"""What a requester is shown of their request: plain words, no office terms, nothing that staff wrote to each other."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from matching.api import i18n, spoken, times
from matching.api.places import service_name, where
from matching.api.promised import promise_of, promised_words
from matching.people.actor import Actor
from matching.privacy.masking import masked_name
from matching.requests.history import URGE_AGAIN_AFTER, forbidden
from matching.requests.model import ServiceRequest
from matching.requests.policy import verbs_for
from matching.requests.states import LEVELS, REJECT_REASONS, RESULTS, RejectReason, Result, State
from matching.requests.steps import Step
from matching.words import _

ENDED = frozenset({State.rejected, State.closed, State.withdrawn, State.archived})
NOTES_FOR_THEM = frozenset({"ask_info", "reject", "extend", "park", "complete", "rectify"})
THEIR_NOTES = frozenset({"supplement", "reopen", "withdraw", "urge", "rate", "rate_again", "answer_extension"})

Timeline = list[tuple[Step, str]]


@dataclass(frozen=True)
class Told:
    """One line of the way a request came."""

    words: str
    at: datetime
    moved: bool
    by: str = ""
    note: str = ""


@dataclass(frozen=True)
class Followed:
    """The request as its page shows it; everything is in the visitor's language already, texts are masked."""

    number: str
    state: str
    service: str
    place: str
    need: str
    reason: str
    name: str
    filed_at: datetime
    due_at: datetime | None
    plan_on: str
    question: str
    refusal: str
    result: str
    note: str
    rating: str
    extension: "Extension | None"
    urge_again_at: datetime | None
    shown_publicly: bool
    promised: str
    """What they were told at filing; '' once it has ended."""


@dataclass(frozen=True)
class Extension:
    """More time that was asked for and waits for an answer."""

    until: datetime
    why: str


def followed(request: ServiceRequest, steps: Timeline, lang: str, at: datetime) -> Followed:
    """The facts of the page. In: the request with its relations, all its Steps."""
    last = {step.verb: step for step, _name in steps}
    state = request.state
    urge_again = request.urged_at + URGE_AGAIN_AFTER if request.urged_at else None
    done = last.get("complete") if request.result else None
    return Followed(
        number=request.number,
        state=state,
        service=service_name(request.service, lang),
        place=" ".join(part for part in (where(request.spot, lang), request.spot.name if request.spot else "") if part),
        need=request.need,
        reason=request.reason,
        name=request.requester_label,
        filed_at=request.filed_at,
        due_at=request.handle_due_at if state in {State.dispatched, State.in_progress} else None,
        plan_on=request.plan_on.isoformat() if request.plan_on and state == State.parked else "",
        question=last["ask_info"].note if state == State.needs_info and "ask_info" in last else "",
        refusal=_refusal(last["reject"], lang) if state == State.rejected and "reject" in last else "",
        result=i18n.translate(lang, RESULTS[Result(request.result)]) if request.result else "",
        note=done.note if done else "",
        rating=i18n.translate(lang, LEVELS[request.level]) if request.level else "",
        extension=Extension(request.extension_until, last["extend"].note)
        if request.extension == "asked" and request.extension_until and "extend" in last
        else None,
        urge_again_at=urge_again if urge_again and urge_again > at and request.can("urge") else None,
        shown_publicly=request.show_publicly,
        promised="" if state in ENDED else promised_words(promise_of(request), request.service, lang),
    )


def told(steps: Timeline, lang: str, speaking: Collection[int | None] = ()) -> list[Told]:
    """The Steps that mean something to the requester, the newest first. `speaking`: the ids of those who speak for a
    partner, which has names and words of its own."""
    return [
        Told(
            words=_words(step, lang),
            at=step.at,
            moved=step.from_state != step.to_state,
            by=name if step.by_id in speaking else _who(step),
            note=_note(step, lang, theirs=step.by_kind == "requester" or step.by_id in speaking),
        )
        for step, name in reversed(steps)
        if step.verb in spoken.VERBS_PLAIN and not _is_inner(step)
    ]


def can_now(request: ServiceRequest, by: Actor, at: datetime) -> set[str]:
    """The verbs that would really be taken now: state, policy, and what was used up already."""
    return {verb for verb in verbs_for(by, request) if forbidden(request, verb, by, at) is None}


def lit(request: ServiceRequest) -> int:
    """How many of the five lights shine; what ended early and was archived does not shine in full."""
    if request.state == State.archived and request.completed_at is None:
        return 1
    return spoken.LIGHTS[request.state]


def promise(request: ServiceRequest, lang: str, at: datetime) -> str:
    """What we owe right after filing: the dispatch limit as a time on the clock."""
    if request.dispatch_due_at is None or at >= request.dispatch_due_at:
        return ""
    moment = times.spoken_due(request.dispatch_due_at, at, i18n.translator(lang))
    return i18n.translate(lang, _("我们会在{moment}安排好人。"), {"moment": moment})


def _is_inner(step: Step) -> bool:
    """A rectification that waits for its second approver, asking around that came to nothing, a helper who left."""
    match step.verb:
        case "rectify":
            return step.to_state == State.rectifying
        case "hand_back":
            return step.from_state == step.to_state
        case "release":
            return "helper" in step.detail
    return False


def _words(step: Step, lang: str) -> str:
    words = spoken.VERBS_PLAIN[step.verb]
    if step.verb == "answer_extension" and not step.detail["granted"]:
        words = _("没有同意多给时间，会按原来的时间办")
    said = i18n.translate(lang, words)
    if step.verb in {"rate", "rate_again"}:
        level = i18n.translate(lang, LEVELS[int(step.detail["level"])])
        said = i18n.translate(lang, _("{words}：{level}"), {"words": said, "level": level})
    return said


def _who(step: Step) -> str:
    """Who took it: people as 李*, units and departments by their name."""
    if step.verb not in {"claim", "assign", "move_up", "cover", "help"}:
        return ""
    name, kind = str(step.detail.get("name", "")), step.detail.get("kind")
    return name if kind in {"unit", "department"} else masked_name(name)


def _note(step: Step, lang: str, *, theirs: bool) -> str:
    if step.verb == "reject":
        return _refusal(step, lang)
    return step.note if (theirs and step.verb in THEIR_NOTES) or step.verb in NOTES_FOR_THEM else ""


def _refusal(step: Step, lang: str) -> str:
    reason = i18n.translate(lang, REJECT_REASONS[RejectReason(step.reason)]) if step.reason else ""
    return i18n.translate(lang, _("{reason}：{note}"), {"reason": reason, "note": step.note}) if step.note else reason
