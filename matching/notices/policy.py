"""Who may publish to whom, and who may see by name who has read: the table is the policy and its page.

Roles count on a unit that covers the one in question, as everywhere (people/policy.py).
"""

from matching.people.actor import Actor
from matching.people.model import Role
from matching.words import _

C, D, L = Role.committee, Role.dispatcher, Role.unit_lead

MAY: dict[str, frozenset[Role]] = {
    "publish_post": frozenset({C, L}),
    "withdraw_post": frozenset({C, L}),
    "see_post_readers": frozenset({C, L}),
    "repeat_post": frozenset({C, L}),
    "see_step_readers": frozenset({C, D, L}),
    "repeat_step": frozenset({C, D, L}),
}
NOTICE_VERBS = {
    "publish_post": _("发布通知和微党课"),
    "withdraw_post": _("撤回通知和微党课"),
    "see_post_readers": _("看通知谁读过、谁没读"),
    "repeat_post": _("提醒没读通知的人"),
    "see_step_readers": _("看工单消息谁读过、谁没读"),
    "repeat_step": _("提醒没读工单消息的人"),
}


def may(verb: str, by: Actor, path: str) -> bool:
    """Whether `by` may do `verb` (a key of MAY) to what belongs to the unit with that path."""
    return by.holds(*MAY[verb], path=path)


def held(verb: str, by: Actor) -> tuple[str, ...]:
    """The subtrees in which `by` may do it: readers are shown, and reminded, within these only."""
    return by.paths(*MAY[verb])
