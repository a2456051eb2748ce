"""What the working pages share: cards, the verbs that make sense now, what a verb leads to, the frame with its flash.

`policy.verbs_for` says what state and role admit; `offered` leaves out what this request's history would refuse anyway
(signed for already, no extension to answer, …), since a button that never works teaches nobody.
"""

import json
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from fastapi import Request
from fastapi.responses import HTMLResponse
from sqlmodel.ext.asyncio.session import AsyncSession

from matching.api import flash
from matching.api.deps import Parts
from matching.api.idempotency import Once, once
from matching.api.pages.staff import staff_page
from matching.api.timeliness import is_near
from matching.clock import Calendar
from matching.people.actor import Actor
from matching.people.model import Role
from matching.privacy.codes import new_token
from matching.requests.claims import ClaimStatus
from matching.requests.history import forbidden
from matching.requests.model import ServiceRequest
from matching.requests.policy import may, verbs_for
from matching.requests.states import VERBS, State
from matching.services.model import TIERS, Tier
from matching.words import _

TIER_TAGS = {tier: TIERS[tier] for tier in (Tier.T1, Tier.T2)}  # the others are not worth a mark
ON_A_CARD = ("accept", "sign_for", "claim")  # verbs of one tap
LIKELY = (
    *("contact", "complete", "claim", "dispatch", "final_ruling", "answer_extension", "answer_misjudgement"),
    *("sign_for", "assign", "resume", "rectify", "reply", "supplement"),
)
DUE_FOR = {
    State.submitted: VERBS["dispatch"],
    State.accepted: VERBS["dispatch"],
    State.dispatched: VERBS["claim"],
    State.in_progress: VERBS["complete"],
    State.rectifying: VERBS["rectify"],
}
NEXT = {
    "ask_info": _("对方会在查询页看到您的问题，回答后回到“待审核”。等待的时间不计入时限。"),
    "supplement": _("补充的内容会交给审核，回到“待审核”。"),
    "reject": _("对方会看到原因。这一单就此结束。"),
    "accept": _("进入“待派单”。"),
    "approve_wording": _("核定后会出现在公示墙上，姓名、电话和病情都不能写。"),
    "dispatch": _("办理时限从派单这一刻开始算，承办支部马上看得到。"),
    "final_ruling": _("终审以后不能再退单，办理时限从现在开始算。"),
    "transfer": _("换一个单位承办，时限照旧，原来接单的人自动退出。"),
    "sign_for": _("只是告诉派单员您看到了，不影响时限。"),
    "return_order": _("退回派单员重新派，每单最多退两次，派单后 1 个工作日内有效。"),
    "claim": _("名额接满就开始办理。接单后请先联系对方。"),
    "assign": _("对方会在“我的任务”里看到，也可以婉拒。"),
    "decline": _("名额空出来，由别人来接。"),
    "release": _("名额空出来，回到“待接单”，时限照旧。"),
    "start": _("不等名额接满，现有的人先开始办理。"),
    "contact": _("登记以后才能办结。"),
    "extend": _("由派单员或本人答复，同意后时限才会变。只能申请一次。"),
    "answer_extension": _("同意后办理时限改到申请的时间。"),
    "park": _("暂停计时，到计划日期前恢复办理。对方会看到计划日期。"),
    "resume": _("继续计时，回到“办理中”。"),
    "complete": _("对方会收到结果并评价，服务时长记到接单人名下。"),
    "rectify": _("整改完成就办结；选“误评”要由另一位审批人确认。"),
    "answer_misjudgement": _("同意就办结，不同意继续整改。"),
    "supervise": _("发出一份编号的督办单，承办单位要在 24 小时内答复。"),
    "reply": _("党委办公室会看到答复。"),
}


class Card(NamedTuple):
    """A request as a list shows it: who has it, whether three quarters of its limit are gone, what one tap can do."""

    request: ServiceRequest
    people: list[str]
    near: bool
    verbs: list[str]
    form: str  # the likeliest verb that needs more than a tap, '' without one


def card_of(by: Actor, request: ServiceRequest, at: datetime) -> Card:
    """The card of one request for this viewer."""
    verbs = in_order(offered(by, request, at))
    form = next((verb for verb in verbs if verb in LIKELY and verb not in ON_A_CARD), "")
    return Card(request, holders(request), is_near(request, at), [one for one in verbs if one in ON_A_CARD], form)


def cards_of(by: Actor, rows: Iterable[ServiceRequest], at: datetime, calendar: Calendar) -> list[Card]:
    """Their cards, in the same order, by the hospital's calendar."""
    cards = []
    for row in rows:
        row.calendar = calendar
        cards.append(card_of(by, row, at))
    return cards


def holders(request: ServiceRequest) -> list[str]:
    """The names of who holds it now, or held it to the end; who only helps stands last."""
    held = [claim for claim in request.claims if claim.status in {ClaimStatus.active, ClaimStatus.done}]
    return list(dict.fromkeys(claim.name for claim in sorted(held, key=lambda claim: claim.slot is None)))


def offered(by: Actor, request: ServiceRequest, at: datetime) -> list[str]:
    """The verbs with a button: admitted by state and role, and not refused by what has happened already."""
    verbs = verbs_for(by, request)
    if "accept" in verbs and may("dispatch", by, request):
        verbs.append("dispatch")  # reviewing and dispatching in one act
    return [verb for verb in verbs if not _is_moot(verb, by, request, at)]


def in_order(verbs: list[str]) -> list[str]:
    """The same verbs, what most likely comes next first."""
    likely = [verb for verb in LIKELY if verb in verbs]
    return likely + [verb for verb in verbs if verb not in likely]


def _is_moot(verb: str, by: Actor, request: ServiceRequest, at: datetime) -> bool:
    """Whether it would be refused, or nobody would look for it here."""
    match verb:
        case "claim" if request.is_claimed_by(by.id):
            return True
        case "rectify":
            return request.misjudgement_by is not None
    return forbidden(request, verb, by, at) is not None


def leads(by: Actor, request: ServiceRequest) -> bool:
    """Whether the viewer leads the responsible unit."""
    return by.holds(Role.unit_lead, path=request.unit.path)


def once_of(path: str, form: dict[str, Any]) -> Once | None:
    """The key that a page's form carries, with what was sent; None where it carries none."""
    key = str(form.get("once", ""))
    sent = {name: value for name, value in form.items() if name not in {"once", "back"}}
    return Once(key, f"{path} {json.dumps(sent, sort_keys=True, ensure_ascii=False)}") if key else None


async def done_once(
    parts: Parts, path: str, form: dict[str, Any], by: Actor, at: datetime,
    deed: Callable[[AsyncSession], Awaitable[object]],
) -> None:  # fmt: skip
    """Do it in one transaction, unless this page's form did it before: a button that is pressed twice."""

    async def work(session: AsyncSession) -> tuple[int, dict[str, Any]]:
        await deed(session)
        return 303, {}

    await parts.work(once, once_of(path, form), by, at, work)


def desk_page(
    request: Request, parts: Parts, actor: Actor, template: str, status: int = 200, /, *,
    said: Sequence[flash.Said] = (), **context: Any,
) -> HTMLResponse:  # fmt: skip
    """A staff page that says what the page before has left to say, and then `said`."""
    shown = [*flash.take(request, parts.settings), *(flash.spoken(request, one) for one in said)]
    words: dict[str, Any] = {"due_for": DUE_FOR, "what_next": NEXT, "tiers": TIER_TAGS, "once": new_token(16)}
    answer = staff_page(request, actor, template, status, flash=shown, **(words | context))
    if flash.was_taken(request):
        answer.delete_cookie(flash.COOKIE)
    return answer
