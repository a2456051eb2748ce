"""An ask as the member who got it reads it: what, where, how long, and in three plain reasons why them."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from fastapi import Request

from matching.api import i18n
from matching.api.places import service_name, where
from matching.api.templates import language
from matching.asks.model import Answer, Ask, Purpose
from matching.engine.scoring import Part
from matching.requests.model import ServiceRequest
from matching.requests.states import State
from matching.words import _

TITLES = {
    Purpose.slot: _("想请您帮个忙"),
    Purpose.cover: _("同事来不了，想请您替一下"),
    Purpose.helper: _("想请您去搭把手"),
}
WHAT_THEN = {
    Purpose.slot: _("点“愿意”就是接单，接着请联系对方。"),
    Purpose.cover: _("点“愿意”，这一单就转给您办，时限照旧，接着请联系对方。"),
    Purpose.helper: _("已有人接了单，您去帮把手。点“愿意”后，请先和接单的人联系。"),
}
BY_LEAD = _("支部负责人点名想请您来")
SAME_HOUSE = _("您就在这栋楼")
GLADLY = _("这类事您常常愿意")
WISHED = _("对方希望来的人，正好是您这样的")
LONG_UNASKED = _("您最近没怎么被邀请过")
RESTED = _("您近两周服务得不多")
KIND = _("您一向乐意帮忙")
FREE, ABLE, HERE = _("这段时间您有空"), _("这件事您做得来"), _("这件事归您所在的支部办")
REASONS = 3
A_LITTLE = 0.05  # of a contribution: below this it says nothing about somebody


class Invitation(NamedTuple):
    """For `asks/_card.html`. `late`: the time to answer is over and a yes still counts."""

    ask: Ask
    request: ServiceRequest
    title: str
    then: str
    service: str
    place: str
    minutes: int
    why: list[str]
    late: bool


def invitation(request: Request, ask: Ask, row: ServiceRequest) -> Invitation:
    """In the visitor's language. The request's unit, service, spot and claims are loaded."""
    lang, purpose = language(request), Purpose(ask.purpose)

    def said(sentence: str, **values: Any) -> str:
        return i18n.translate(lang, sentence, values)

    return Invitation(
        ask, row, said(TITLES[purpose]), said(WHAT_THEN[purpose]), service_name(row.service, lang),
        where(row.spot, lang), row.service.usual_minutes, [said(one) for one in why_you(ask)],
        ask.answer == Answer.unanswered,
    )  # fmt: skip


def why_you(ask: Ask) -> list[str]:
    """Three reasons, the strongest first, from what the engine computed when it asked."""
    return list(dict.fromkeys([*_reasons(ask), FREE, ABLE, HERE]))[:REASONS]


def _reasons(ask: Ask) -> Iterator[str]:
    parts = ask.parts
    if ask.by_id is not None:
        yield BY_LEAD
    if parts.get(Part.unasked, 0.0) > 0 or parts.get(Part.recent, -1.0) > -A_LITTLE:
        yield LONG_UNASKED
    if parts.get(Part.distance, -1.0) >= 0:
        yield SAME_HOUSE
    if parts.get(Part.category, 0.0) > A_LITTLE:
        yield GLADLY
    if parts.get(Part.wish, 0.0) > 0:
        yield WISHED
    if parts.get(Part.member, 0.0) > A_LITTLE:
        yield KIND
    if parts.get(Part.hours, -1.0) >= 0:
        yield RESTED


CLAIMED = _("接好了，谢谢您！请现在联系对方：点“查看联系方式”，说好了再按“已经联系上了”。")
NOT_ALL_YET = _("接好了，谢谢您！还差 {n} 人，人齐了会告诉您，到时请联系对方。")
COVERED = _("谢谢您替班！这一单现在由您负责，请联系对方。")
HELPS = _("谢谢您来搭把手！请先和接单的人说好怎么分工：{people}。")
HELPS_SOMEBODY = _("谢谢您来搭把手！登录后看看是谁接的单，先说好怎么分工。")


def after_yes(ask: Ask, row: ServiceRequest, *, signed_in: bool) -> tuple[str, dict[str, Any]]:
    """What comes next for who said yes: a sentence with its parameters. Colleagues are named to who signed in."""
    if ask.purpose == Purpose.helper:
        if not signed_in:
            return HELPS_SOMEBODY, {}
        others = [claim.name for claim in row.active_claims if claim.person_id != ask.person_id]
        return HELPS, {"people": "、".join(dict.fromkeys(others))}
    if ask.purpose == Purpose.cover:
        return COVERED, {}
    if row.state == State.dispatched:
        return NOT_ALL_YET, {"n": row.free_slots}
    return CLAIMED, {}
