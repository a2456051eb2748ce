"""Who assesses branches, who sees what was given, who sets what is assessed and weighed."""

from matching.people.actor import Actor
from matching.people.model import Role
from matching.words import _

MAY: dict[str, tuple[Role, ...]] = {
    "see": (Role.committee, Role.auditor, Role.unit_lead),  # a unit's sheet with its evidence
    "see_drafts": (Role.committee, Role.auditor),  # what was given before it is signed
    "assess": (Role.committee,),  # score, sign, open again
    "set": (Role.committee, Role.administrator),  # items, cut-offs, the weights of the rates
}
ASSESSMENT_VERBS = {
    "see": _("看五化考核（自己的单位）"),
    "see_drafts": _("看没有签字的考核得分"),
    "assess": _("考核打分、签字、重新打开"),
    "set": _("考核项目和三率权重"),
}


def may(verb: str, by: Actor, path: str) -> bool:
    """`path`: of the unit whose sheet it is; the root's for what is of the whole hospital."""
    return by.holds(*MAY[verb], path=path)
