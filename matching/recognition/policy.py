"""Who may do what to points, lists and certificates: the table is the policy and its page.

Roles count on a unit that covers that of the person concerned. Nobody decides about themselves, whatever they hold.
"""

from matching.errors import NotAllowed
from matching.people.actor import Actor, Kind
from matching.people.model import Role
from matching.words import _

A, C, L, AUDITOR = Role.administrator, Role.committee, Role.unit_lead, Role.auditor

MAY: dict[str, frozenset[Role]] = {
    "see_points": frozenset({C, L, AUDITOR}),
    "review_declared": frozenset({C, L}),
    "publish_points": frozenset({C, L}),
    "certify": frozenset({C, L}),
    "set_points_rules": frozenset({A, C}),
}
POINTS_VERBS = {
    "see_points": _("看别人的志愿时长和积分"),
    "review_declared": _("审核申报的服务"),
    "publish_points": _("公示积分、答复异议"),
    "certify": _("开具、作废志愿服务证明"),
    "set_points_rules": _("修改积分规则"),
}


def may(verb: str, by: Actor, path: str) -> bool:
    """Whether `by` may do `verb` (a key of MAY) to somebody, or to a list, of the unit with that path."""
    return by.holds(*MAY[verb], path=path)


def held(verb: str, by: Actor) -> tuple[str, ...]:
    """The subtrees in which `by` may do it."""
    return by.paths(*MAY[verb])


def refuse_outsiders(by: Actor) -> int:
    """The id of one of the hospital's own people. Raises NotAllowed for a partner's: they have no points here."""
    if by.kind is not Kind.person or by.id is None or by.partner_id is not None:
        raise NotAllowed
    return by.id
