"""Who may do what to an activity: one table of role × act, which is the policy, its tests and its page of the guide."""

from matching.activities.model import Activity, ActivityKind
from matching.people.actor import Actor, Kind
from matching.people.model import Role
from matching.words import _

LEAD, LISTED, PARTNER = "activity_lead", "listed", "partner"
C, D, L, M, A = Role.committee, Role.dispatcher, Role.unit_lead, Role.member, Role.auditor

# Roles count on a unit that covers the activity's; a member's own unit must be that unit or lie below it. PARTNER: the
# liaison of the partner it is done with, who sees what and when, and no names.
MAY: dict[str, frozenset[str]] = {
    "see": frozenset({C, D, L, A, M, LEAD, LISTED, PARTNER}),
    "see_people": frozenset({C, D, L, A, LEAD}),
    "plan": frozenset({C, D, L}),
    "change": frozenset({C, L, LEAD}),
    "list": frozenset({C, L, LEAD}),
    "tick": frozenset({L, LEAD}),
    "sign": frozenset({M, LISTED, LEAD}),
    "photograph": frozenset({C, L, LEAD}),
    "confirm": frozenset({L, LEAD}),
    "correct": frozenset({C, L}),
    "cancel": frozenset({C, L, LEAD}),
    "see_rhythm": frozenset({C, D, L, A, M}),
    "set_rhythm": frozenset({C}),
}
ACTS = {
    "see": _("看活动"),
    "see_people": _("看活动名单"),
    "plan": _("发起活动"),
    "change": _("修改活动安排"),
    "list": _("调整活动名单"),
    "tick": _("出示签到码、点名"),
    "sign": _("扫码签到（只为自己）"),
    "photograph": _("传活动照片"),
    "confirm": _("确认活动时长"),
    "correct": _("更正已确认的活动"),
    "cancel": _("取消活动"),
    "see_rhythm": _("看组织生活次数"),
    "set_rhythm": _("设定组织生活次数"),
}
ROLES_THAT_SEE = (C, D, L, A)
ACTS_OF_UNITS = frozenset({"plan", "see_rhythm", "set_rhythm"})
"""What is done to a unit and not to an activity that is there."""


def may(act: str, by: Actor, activity: Activity, path: str, *, listed: bool = False) -> bool:
    """Whether `by` may do it, whatever the state. `path`: of the activity's unit; `listed`: they are on its list.

    At a service for others every member of the hospital may sign in; the meetings of a branch are its own.
    """
    allowed = MAY[act]
    if by.kind is not Kind.person or by.root_id != activity.root_id:
        return False
    if by.partner_id is not None:
        return PARTNER in allowed and by.partner_id == activity.partner_id
    if LEAD in allowed and by.id == activity.lead_id:
        return True
    if LISTED in allowed and listed:
        return True
    if act == "sign" and activity.kind == ActivityKind.service:
        return by.holds(M)
    return may_at(act, by, path)


def may_at(act: str, by: Actor, path: str) -> bool:
    """The same by roles on the unit alone: for planning, and for the rhythm of a branch."""
    allowed = MAY[act]
    if by.holds(*(role for role in (C, D, L, A) if role in allowed), path=path):
        return True
    return M in allowed and by.holds(M) and by.unit_path.startswith(path)
