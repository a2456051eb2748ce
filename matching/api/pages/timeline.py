"""A request's Steps as staff read them: which verb, who did it, why, and what it changed."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from matching.api import i18n, times
from matching.api.spoken import LIGHTS
from matching.people.actor import Kind
from matching.requests.model import ServiceRequest
from matching.requests.photos import Photos
from matching.requests.states import (
    BACK_REASONS,
    BAD_REASONS,
    CHANNELS,
    HELPERS,
    LEVELS,
    OUTCOMES,
    REJECT_REASONS,
    RESULTS,
    RETURN_REASONS,
    VERBS,
)
from matching.requests.steps import Step
from matching.services.model import TIERS
from matching.words import _

WHO = {Kind.requester: _("群众"), Kind.system: _("系统")}
REASONS: dict[str, Mapping[Any, str]] = {
    "reject": REJECT_REASONS,
    "return_order": RETURN_REASONS,
    "hand_back": BACK_REASONS,
    "complete": RESULTS,
    "rectify": OUTCOMES,
}
PURPOSES = {"slot": _("来接单"), "cover": _("来替班"), "helper": _("来帮忙")}


def told(
    steps: Iterable[tuple[Step, str]], request: ServiceRequest, units: Mapping[int, str], lang: str, photos: Photos
) -> list[dict[str, Any]]:
    """The newest first, as `_parts/_timeline.html` wants them. `units`: the names of the units that Steps mention."""
    people = {claim.person_id: claim.name for claim in request.claims}
    lines = []
    for step, name in steps:
        photo = step.detail.get("photo", "")
        lines.append(
            {
                "words": i18n.translate(lang, VERBS[step.verb]),
                "at": step.at,
                "by": name or i18n.translate(lang, WHO.get(Kind(step.by_kind), "")),
                "note": "\n".join(part for part in (_facts(step, units, people, lang), step.note) if part),
                "photo": f"/requests/{request.number}/photos/{photo}" if photos.holds(request.number, photo) else "",
                "moved": step.seq == 1 or LIGHTS.get(step.from_state) != LIGHTS.get(step.to_state),
            }
        )
    return lines[::-1]


def _facts(step: Step, units: Mapping[int, str], people: Mapping[int, str], lang: str) -> str:
    def say(sentence: str, **params: Any) -> str:
        return i18n.translate(lang, sentence, params)

    detail, facts = step.detail, []
    if step.unit_id is not None and step.verb in {"dispatch", "final_ruling", "transfer"}:
        facts.append(units.get(step.unit_id, ""))
    if step.reason and (words := REASONS.get(step.verb, {}).get(step.reason)):
        facts.append(say(words))
    match step.verb:
        case "file" if detail.get("channel") in CHANNELS:
            facts.append(say(CHANNELS[detail["channel"]]))
        case "dispatch" | "final_ruling":
            facts += [say(TIERS[detail["tier"]]), say(_("{n} 人"), n=detail["slots"])]
            wish = HELPERS.get((detail.get("helper_gender", ""), detail.get("gender_strict", False)))
            facts.append(say(wish) if wish else "")
        case "ask":
            by_hand = step.by_kind == Kind.person  # waves are sent by the system, whoever started them
            facts.append(say(PURPOSES[detail["purpose"]]))
            facts.append(say(_("点名")) if by_hand else say(_("第 {n} 批"), n=detail["wave"]))
            facts.append(say(_("{n} 人"), n=len(detail["people"])))
        case "thank" | "offer_helper":
            facts.append(say(_("{n} 人"), n=len(detail["people"])))
        case "cover":
            facts.append(say(_("接替{name}"), name=people.get(detail["person"], "")))
        case "move_up" | "assign":
            facts.append(detail["name"])
        case "claim" if detail.get("kind") != "member":
            facts.append(detail["name"])
        case "release":
            facts.append(people.get(detail["person"], "") if detail["person"] != step.by_id else "")
            facts.append(say(_("来帮忙的")) if "helper" in detail else "")
        case "extend":
            facts.append(say(_("延到 {time}"), time=times.exact(datetime.fromisoformat(detail["until"]))))
        case "answer_extension":
            facts.append(say(_("同意") if detail["granted"] else _("不同意")))
        case "answer_misjudgement":
            facts.append(say(_("同意") if detail["approved"] else _("不同意")))
        case "park":
            facts.append(say(_("计划 {day}"), day=detail["plan_on"]))
        case "complete":
            facts.append(say(_("服务 {n} 分钟"), n=detail["minutes"]))
        case "rate" | "rate_again":
            facts.append(say(LEVELS[detail["level"]]))
            facts += [say(BAD_REASONS[reason]) for reason in detail["reasons"]]
        case "supervise":
            facts.append(say(_("督办单 {order}"), order=detail["order"]))
    return " · ".join(fact for fact in facts if fact)
